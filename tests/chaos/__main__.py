"""`python -m tests.chaos [--full] [--seed N]`: a storm over real processes, its figures as a table and as a file."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.chaos.nemesis import Size
from tests.chaos.pace import QUICK
from tests.chaos.storm import storm
from tests.launcher import Launcher
from tests.report import conditions, say, table

FIGURES = Path(__file__).parents[1] / "benchmarks" / "figures" / "chaos.json"
SHORT = Size(seconds=12, lines=2, questions=5, kills=9, redis_kills=2, freezes=1, pace=QUICK)
FULL = Size(seconds=450, lines=10, questions=14, kills=305, redis_kills=52, freezes=32)
SEED = 20261121


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill what can be killed, and look.")
    parser.add_argument("--full", action="store_true", help="the long one, whose figures are kept (eight minutes)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=("slack", "discord"), help="one platform alone")
    parser.add_argument("--keep", type=Path, help="a new folder for logs and data (else a temporary one)")
    chosen = parser.parse_args()
    size = FULL if chosen.full else SHORT
    if chosen.only:
        size = replace(size, commands=(chosen.only,) * len(size.commands), platforms=(chosen.only,))
    say(f"seed {chosen.seed}: {size.kills} workers and {size.redis_kills} Redis killed, {size.freezes} frozen")
    with tempfile.TemporaryDirectory(prefix="parley-chaos-") as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        launcher = Launcher()
        try:
            report = asyncio.run(storm(launcher, folder, chosen.seed, size))
        finally:
            launcher.close()
    say(table(report.figures()))
    for problem in report.problems:
        say(f"  {problem}")
    if chosen.full and not chosen.only:
        FIGURES.parent.mkdir(parents=True, exist_ok=True)
        kept = {**conditions(), "seed": chosen.seed, "command": "make chaos", **report.figures()}
        FIGURES.write_text(json.dumps(kept, indent=2) + "\n")
    sys.exit(bool(report.problems))


if __name__ == "__main__":
    main()
