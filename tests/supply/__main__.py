"""`python -m tests.supply sbom|licences|audit`: what others' code Parley is made of."""

import json
import sys
from pathlib import Path

from tests.supply.audit import audit
from tests.supply.licences import table
from tests.supply.lock import Pin, pins
from tests.supply.sbom import bom

ROOT = Path(__file__).parents[2]
SHIPPED, TOOLS = "requirements.lock", "requirements-dev.lock"
BOM = ROOT / "dist" / "parley.cdx.json"


def locked(lock: str) -> list[Pin]:
    return list(pins((ROOT / lock).read_text("utf-8")))


def main(what: str) -> int:
    if what == "audit":
        code, lines = audit(SHIPPED)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return code
    file, text = ROOT / "docs" / "licences.md", table(locked(SHIPPED), locked(TOOLS))
    if what == "sbom":
        file, text = BOM, json.dumps(bom(locked(SHIPPED)), indent=1) + "\n"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    sys.stdout.write(f"{file.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
