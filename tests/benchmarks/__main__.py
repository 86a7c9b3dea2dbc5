"""`make bench`: everything that is measured, written down under figures/ with its conditions, drawn, and told.

    python -m tests.benchmarks [--virtual | --pages | --short]

--virtual: only what needs no time of its own (a minute). --pages: only the texts that are cut (some minutes).
--short: a little of everything, to see whether it runs.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path

from core.telling import LOGGER
from playground.limits import Window
from tests import report
from tests.benchmarks import cost, goals, live, readme, rows, screen, screen_pages, timer
from tests.benchmarks.chart import Line, chart
from tests.benchmarks.cost import Costs
from tests.benchmarks.rows import Row
from tests.benchmarks.screen_pages import Cut

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).parent / "figures"
PICTURE = ROOT / "docs" / "pictures" / "lag.svg"
COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 15, 20, 25, 30, 40, 50)
BLUE, GREY, RED = "#1f5fbf", "#777777", "#c0392b"
APART = 6.0
"""Seconds between the beginnings of scenes that are played side by side."""
TURNS, SHORT_TURNS = 10_000, 200
DOCUMENTS, STEP, CHUNK = 120_000, 97, 500
"""Documents that are cut, the last 20,000 of them made to be misread, at each so many-th of their prefixes (at every
one it would take an hour), in chunks."""
README = ROOT / "README.md"


def conditions() -> Mapping[str, object]:
    """When and where it was measured."""
    return {
        **report.conditions(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "ms_of_a_million_steps": _steps(),
        "api_latency_seconds": live.LATENCY,
        "tokens_a_second": live.SPEED,
        "tokens_of_a_reply": 400,
    }


def _steps() -> float:
    """How fast this machine is just now: the best of five."""
    found = []
    for _ in range(5):
        begun, steps = time.process_time(), 0
        while steps < 1_000_000:
            steps += 1
        found.append((time.process_time() - begun) * 1000)
    return round(min(found), 1)


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


def virtually(about: Mapping[str, object]) -> list[Row]:
    slack, discord, two = [*screen.on_slack()], [*screen.on_discord()], [*screen.in_two_processes()]
    found = [*slack, *discord, *two, *(timer.measured(count) for count in rows.BURSTS)]
    write("screen", "The screen's lag on a stand-in, in virtual time. Seconds.", of_rows(about, found), table(found))
    return found


def bursts(*, short: bool) -> list[Row]:
    """One after the other."""
    found = list[Row]()
    for scene in live.bursts()[:: 6 if short else 1]:
        found += asyncio.run(_alone(scene, 0))
    return found


def minutes(*, short: bool) -> list[Row]:
    """What takes minutes, side by side: nearly all of it is waiting."""
    scenes = (
        [live.small(), replace(live.small(), name="again", processes=1)] if short else [*live.refills(), *live.days()]
    )
    return asyncio.run(_side_by_side(scenes))


async def _side_by_side(scenes: Sequence[live.Scene]) -> list[Row]:
    """Each in a world of its own, the longest first. One that breaks off costs no other its figures."""
    later = sorted(scenes, key=lambda scene: -max(ask.at for ask in scene.asks))
    found = await asyncio.gather(*(_alone(scene, place * APART) for place, scene in enumerate(later)))
    return [row for rows in found for row in rows]


async def _alone(scene: live.Scene, delay: float) -> list[Row]:
    """`delay`: seconds until it begins, since to start everything at once takes longer than is waited for."""
    await asyncio.sleep(delay)
    for _ in range(2):
        try:
            return await live.perform([scene], live.tell)
        except (AssertionError, TimeoutError, OSError, ValueError) as trouble:
            say(f"{scene.name}: broke off: {trouble!r}")
    return []


def costly(about: Mapping[str, object], turns: int) -> Costs | None:
    try:
        found = asyncio.run(cost.costs(turns))
    except (AssertionError, TimeoutError, OSError) as trouble:
        say(f"costs: broke off: {trouble!r}")
        return None
    kept = {"conditions": about, **asdict(found)}
    write("cost", "What a turn of 200 tokens costs.", kept, cost.table(found))
    say(cost.table(found))
    return found


class Aside:
    """Documents that are cut behind everything else, on whatever the processor has left."""

    def __init__(self, documents: int, step: int) -> None:
        self._step, self.wanted = step, documents
        self._pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
        chunk = max(1, min(CHUNK, documents))
        self._parts = [
            self._pool.submit(screen_pages.run_aside, chunk, first, step) for first in range(0, documents, chunk)
        ]

    def end(self, about: Mapping[str, object]) -> Cut:
        """Wait for the rest."""
        parts = [part.result() for part in self._parts]
        self._pool.shutdown()
        failed = tuple(seed for part in parts for seed in part.failed)
        documents, prefixes = sum(part.documents for part in parts), sum(part.prefixes for part in parts)
        found = Cut(documents, prefixes, failed, round(sum(part.seconds for part in parts), 1))
        told = (
            f"{documents} documents, {prefixes} of their prefixes (each {self._step}th): {len(failed)} broken promises."
        )
        write("pages", "Generated documents cut into pages.", {"conditions": about, **asdict(found)}, told + "\n")
        return found


def recut(about: Mapping[str, object]) -> bool:
    """Only the texts that are cut, and their lines among the promises; whether these are kept."""
    found = [*goals.of_pages(Aside(DOCUMENTS, STEP).end(about), DOCUMENTS)]
    told = json.loads((FIGURES / "goals.json").read_text())
    others = [one for one in told["promises"] if one["what"] not in {mine.what for mine in found}]
    promises = [*(goals.Promise(**one) for one in others), *found]
    told["promises"] = [asdict(one) for one in promises]
    write("goals", "What was promised, and what was measured. Seconds.", told, goals.table(promises))
    return all(one.is_kept for one in found)


def kept() -> list[Row]:
    """The rows over real processes that were measured last."""
    file = FIGURES / "live.json"
    told = json.loads(file.read_text())["seconds"] if file.exists() else []
    names = Row.__dataclass_fields__.keys() - {"goal"}
    return [Row(**{name: row[name] for name in names}) for row in told]


def say(text: str) -> None:
    sys.stdout.write(f"{text.rstrip()}\n")
    sys.stdout.flush()


def finish(
    about: Mapping[str, object], virtual: Sequence[Row], real: Sequence[Row], costs: Costs | None, cut: Cut | None
) -> bool:
    """The chart, the README, and what was promised beside what was measured; whether all of it is kept."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(real))
    usual = [row for row in virtual if "ordinary" in row.name]
    promises = [
        *goals.of_rows("virtual", (row for row in virtual if row not in usual)),
        *goals.of_rows("virtual", (replace(row, goal=replace(row.goal, mean=0)) for row in usual)),
        *goals.of_means("virtual", "Slack, ordinary use, six seeds", usual, rows.ORDINARY.mean),
        *goals.of_rows("real", real),
        *(goals.of_costs(costs) if costs else ()),
        *(goals.of_pages(cut, DOCUMENTS) if cut else ()),
    ]
    told = {"conditions": about, "promises": [asdict(one) for one in promises]}
    write("goals", "What was promised, and what was measured. Seconds.", told, goals.table(promises))
    say(goals.table(promises))
    return all(one.is_kept for one in promises)


def tell_readme(about: Mapping[str, object], real: Sequence[Row], costs: Costs | None) -> None:
    README.write_text(readme.told(README.read_text("utf-8"), readme.paragraphs(real, costs, about)), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--virtual", action="store_true", help="only what is measured in virtual time")
    parser.add_argument("--pages", action="store_true", help="only the texts that are cut into pages")
    parser.add_argument("--short", action="store_true", help="a little of everything, in two minutes; nothing is kept")
    chosen, about = parser.parse_args(), conditions()
    logging.getLogger(LOGGER).addHandler(logging.NullHandler())  # of a timer each, every refusal is a line
    if chosen.short:
        _keep_in(Path(tempfile.mkdtemp(prefix="bench")))
    if chosen.pages:
        say("kept" if recut(about) else "missed")
        return
    virtual = virtually(about)
    say(table(virtual))
    if chosen.virtual:
        finish(about, virtual, kept(), None, None)
        return
    costs = costly(about, SHORT_TURNS if chosen.short else TURNS)
    say(rows.HEAD)
    real = bursts(short=chosen.short)
    aside = Aside(200 if chosen.short else DOCUMENTS, STEP)
    real += minutes(short=chosen.short)
    write("live", "The screen's lag over real processes. Seconds.", of_rows(about, real), table(real))
    finish(about, virtual, real, costs, aside.end(about))
    if not chosen.short:
        tell_readme(about, real, costs)


def _keep_in(folder: Path) -> None:
    global FIGURES, PICTURE  # a try shall overwrite nothing
    FIGURES, PICTURE = folder, folder / "lag.svg"


if __name__ == "__main__":
    main()
