"""What was promised beside what was measured, line by line. No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks import cost
from tests.benchmarks.cost import Costs
from tests.benchmarks.rows import Row
from tests.benchmarks.screen_pages import USUAL, Cut

HEAD = f"| {'':62} | {'goal':>9} | {'figure':>9} | {'best':>6} | |\n|---|---:|---:|---:|---|\n"
_BEST = {"p50": "best_p50", "p95": "best_p95", "mean": "best_mean"}
_TIMES = ("p50", "p95", "mean", "first", "end", "edits", "sign")


@dataclass(frozen=True, slots=True)
class Promise:
    """A goal and its figure as they are written; `best` is what could be reached with hindsight, "" if unknown."""

    what: str
    goal: str
    figure: str
    is_kept: bool
    best: str = ""


def of_rows(where: str, found: Iterable[Row]) -> Iterator[Promise]:
    """Each goal of each row; that all is exact and nothing refused in one line."""
    for row in found:
        goal, what = row.goal, f"{where}, {row.name}"
        is_clean = row.exact == row.replies and row.refused <= goal.refused
        wanted, got = f"{row.replies}, {goal.refused}", f"{row.exact}, {row.refused}"
        if row.replies and "timer" not in row.name:
            yield Promise(f"{what}: exact, 429s", wanted, got, is_clean)
        for name in _TIMES:
            bound, value = getattr(goal, name), getattr(row, name)
            if bound and (value or name != "sign"):  # in virtual time there is none
                best = getattr(row, _BEST.get(name, ""), 0)
                yield Promise(
                    f"{what}: {name}", f"{bound:g}", f"{value:g}", value <= bound, f"{best:g}" if best else ""
                )


def of_means(where: str, what: str, found: Sequence[Row], bound: float) -> Iterator[Promise]:
    """The mean of several rows' means: one seed is one day."""
    if found:
        mean = round(sum(row.mean for row in found) / len(found), 3)
        best = round(sum(row.best_mean for row in found) / len(found), 3)
        yield Promise(f"{where}, {what}: mean", f"{bound:g}", f"{mean:g}", mean <= bound, f"{best:g}" if best else "")


def of_costs(found: Costs) -> Iterator[Promise]:
    paced, full, most = found.paced, found.full, max(found.memory)
    yield _at_most("a turn at full speed: ms of the bot", full.bot_ms, cost.MOST_MS)
    a_second = full.turns_a_second
    yield Promise(
        "at full speed: turns a second", f"{cost.LEAST_A_SECOND:g}", f"{a_second:g}", a_second >= cost.LEAST_A_SECOND
    )
    yield _at_most("a turn at the model's pace: ms of the bot", paced.bot_ms, cost.PACED_MS)
    yield _at_most("memory: MiB", most, cost.MOST_MIB)
    yield _at_most(f"memory after {full.turns} turns and more: growth", found.growth, cost.MOST_GROWTH)


def of_pages(found: Cut, wanted: int) -> Iterator[Promise]:
    """Of documents as a model might write them, and of those that are made to be misread, which come behind them."""
    for what, first, most in (("pages", 0, min(wanted, USUAL)), ("misread pages", USUAL, wanted - USUAL)):
        if most > 0:
            seen = max(min(found.documents - first, most), 0)
            failed = sum(first <= seed < first + most for seed in found.failed)
            is_kept = not failed and seen >= most
            yield Promise(f"{what}: documents, broken promises", f"{most}, 0", f"{seen}, {failed}", is_kept)


def _at_most(what: str, figure: float, goal: float) -> Promise:
    return Promise(what, f"{goal:g}", f"{figure:g}", figure <= goal)


def table(found: Iterable[Promise]) -> str:
    """In Markdown; what is missed is marked."""
    lines = (
        f"| {one.what:62} | {one.goal:>9} | {one.figure:>9} | {one.best:>6} | {'' if one.is_kept else 'missed'} |\n"
        for one in found
    )
    return HEAD + "".join(lines)
