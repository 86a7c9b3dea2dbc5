"""Asks pip-audit for advisories on what is shipped; and says so where nobody could be asked, which it does not.

Without a way to the advisories it finds nothing, says that there is nothing, and ends well.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "audit"
TOOL = "pip-audit==2.10.1"
WELL, FOUND, UNKNOWN = 0, 1, 3
"""Exit codes: all was looked up and nothing found; something is known; not all could be looked up."""


def audit(lock: str) -> tuple[int, Sequence[str]]:
    """The exit code, and what to print."""
    if not (HOME / "bin" / "pip-audit").exists() and not _fetch():
        return UNKNOWN, [f"NOT CHECKED: {TOOL} cannot be installed from here."]
    run = subprocess.run(
        [HOME / "bin" / "pip-audit", "--disable-pip", "--require-hashes", "-r", ROOT / lock, "-f", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        told: Sequence[Mapping[str, Any]] = json.loads(run.stdout)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return UNKNOWN, ["NOT CHECKED: the advisories cannot be reached from here."]
    return judged(told)


def judged(told: Sequence[Mapping[str, Any]]) -> tuple[int, Sequence[str]]:
    """What pip-audit's list means."""
    unknown = [one["name"] for one in told if "vulns" not in one]
    known = list(_known(told))
    lines = [*known, f"{len(told) - len(unknown)} of {len(told)} packages looked up, {len(known)} advisories."]
    if unknown:
        lines.append(f"NOT CHECKED: no advisories can be had from here for {_some(unknown)}.")
    return FOUND if known else UNKNOWN if unknown or not told else WELL, lines


def _known(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in told:
        for advisory in one.get("vulns", ()):
            mended = ", ".join(advisory.get("fix_versions") or ()) or "nowhere yet"
            yield f"{one['name']} {one['version']}: {advisory['id']}, mended in {mended}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) < 5 else f"{len(names)} packages"


def _fetch() -> bool:
    """A virtual environment of its own: it brings two dozen packages that nothing else needs."""
    make = [sys.executable, "-m", "venv", "--clear", str(HOME)]
    fill = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "--retries", "1", TOOL]
    return all(subprocess.run(step, capture_output=True, check=False).returncode == 0 for step in (make, fill))
