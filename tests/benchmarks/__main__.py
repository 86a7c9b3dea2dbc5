"""`make bench`: everything that is measured, written down under figures/ with its conditions, and drawn.

    python -m tests.benchmarks [--virtual]

--virtual: only what needs no time of its own (a minute).
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from playground.limits import Window
from tests.benchmarks import cost, live, rows, screen, timer
from tests.benchmarks.chart import Line, chart
from tests.benchmarks.rows import Row

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).parent / "figures"
PICTURE = ROOT / "docs" / "pictures" / "lag.svg"
COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 15, 20, 25, 30, 40, 50)
BLUE, GREY, RED = "#1f5fbf", "#777777", "#c0392b"
TURNS = 2_000


def conditions() -> Mapping[str, object]:
    """When and where it was measured."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "api_latency_seconds": live.LATENCY,
        "tokens_a_second": live.SPEED,
        "tokens_of_a_reply": 400,
    }


def write(name: str, about: str, found: Mapping[str, object], table: str) -> None:
    """The figures as JSON, and as a table for readers."""
    FIGURES.mkdir(exist_ok=True)
    (FIGURES / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    told = "\n".join(f"- {key}: {value}" for key, value in dict(found["conditions"]).items())  # type: ignore[call-overload]  # it is one
    (FIGURES / f"{name}.md").write_text(f"{about}\n\n{told}\n\n{table}")


def of_rows(about: Mapping[str, object], found: Sequence[Row]) -> Mapping[str, object]:
    return {"conditions": about, "seconds": [asdict(row) | {"missed": row.missed} for row in found]}


def table(found: Sequence[Row]) -> str:
    return rows.HEAD + "".join(map(rows.line, found))


def draw(real: Sequence[Row]) -> str:
    """Lag against the number of replies at once: ours, the best possible, and a timer for each."""
    ours = [screen.measured("", screen.burst(count), screen.slack(), Window(50, 60)) for count in COUNTS]
    timers = [timer.measured(count) for count in COUNTS]
    dots = {count: row for count in rows.BURSTS for row in real if row.name == f"Slack, {count} at once"}
    lines = [
        Line("a timer each, 95 %", RED, _points(COUNTS, [row.p95 for row in timers])),
        Line("a timer each, median", RED, _points(COUNTS, [row.p50 for row in timers]), "2 4"),
        Line("Parley, 95 %", BLUE, _points(COUNTS, [row.p95 for row in ours])),
        Line("Parley, median", BLUE, _points(COUNTS, [row.p50 for row in ours]), "2 4"),
        Line("best possible, 95 %", GREY, _points(COUNTS, [row.best_p95 for row in ours])),
    ]
    if dots:
        lines.append(
            Line("○ real processes", BLUE, _points(tuple(dots), [row.p95 for row in dots.values()]), dots=True)
        )
    return chart("Seconds from a token's arrival to its being visible", lines, (1, 2, 5, 10, 20, 50), _SECONDS)


_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 20, 60)


def _points(counts: Sequence[int], seconds: Sequence[float]) -> list[tuple[float, float]]:
    return [(count, max(second, _SECONDS[0])) for count, second in zip(counts, seconds, strict=True)]


def virtually(about: Mapping[str, object]) -> None:
    found = [*screen.on_slack(), *screen.on_discord(), *screen.in_two_processes()]
    found += [timer.measured(count) for count in rows.BURSTS]
    sys.stdout.write(table(found))
    write("screen", "The screen's lag on a stand-in, in virtual time. Seconds.", of_rows(about, found), table(found))


def really(about: Mapping[str, object]) -> list[Row]:
    sys.stdout.write(rows.HEAD)
    found = asyncio.run(live.perform([*live.bursts(), *live.refills(), *live.days()], live.tell))
    write("live", "The screen's lag over real processes. Seconds.", of_rows(about, found), table(found))
    return found


def costly(about: Mapping[str, object]) -> None:
    found, trips = asyncio.run(cost.costs(TURNS))
    told = cost.table(found, trips)
    sys.stdout.write(told)
    kept = {"conditions": about, "costs": [asdict(one) for one in found], "scripts_of_a_turn": trips}
    write("cost", "What a turn of 200 tokens costs.", kept, told)


def kept() -> list[Row]:
    """The rows over real processes that were measured last."""
    file = FIGURES / "live.json"
    told = json.loads(file.read_text())["seconds"] if file.exists() else []
    names = Row.__dataclass_fields__.keys() - {"goal"}
    return [Row(**{name: row[name] for name in names}) for row in told]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--virtual", action="store_true", help="only what is measured in virtual time")
    chosen, about = parser.parse_args(), conditions()
    virtually(about)
    real = kept() if chosen.virtual else really(about)
    if not chosen.virtual:
        costly(about)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(real))


if __name__ == "__main__":
    main()
