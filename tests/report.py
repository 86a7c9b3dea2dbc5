"""What the long runs tell: their figures as a table, and where and when they were found."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.launcher import ROOT


def conditions() -> dict[str, object]:
    """When, where, on what: a figure without them says nothing."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "cores": cores(),
    }


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def table(figures: Mapping[str, object]) -> str:
    """A line each, those of what was broken last."""
    broken = figures.get("broken")
    rows = [(name, value) for name, value in figures.items() if not isinstance(value, dict)]
    rows += [(f"broken: {kind}", count) for kind, count in broken.items()] if isinstance(broken, dict) else []
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.replace('_', ' '):<{width}}  {value:>10}" for name, value in rows)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
