"""What was promised stands beside what was measured, and what is missed is marked."""

from tests.benchmarks import cost, goals, rows
from tests.benchmarks.rows import Goal, Seen
from tests.benchmarks.screen_pages import USUAL, Cut
from tests.benchmarks.test_cost import FULL, PACED, PLAIN


def test_each_goal_of_a_row_is_a_line_of_its_own() -> None:
    seen = [Seen(end_lag=0.2, lags=[0.1, 0.2, 0.9], is_exact=True)]
    row = rows.row("scene", seen, 0, [0.1], Goal(p50=0.3, p95=0.5, end=0.3))

    found = {one.what: (one.goal, one.figure, one.is_kept, one.best) for one in goals.of_rows("real", [row])}

    assert found == {
        "real, scene: exact, 429s": ("1, 0", "1, 0", True, ""),
        "real, scene: p50": ("0.3", "0.2", True, "0.1"),
        "real, scene: p95": ("0.5", "0.9", False, "0.1"),
        "real, scene: end": ("0.3", "0.2", True, ""),
    }


def test_what_costs_more_than_promised_is_marked() -> None:
    found = cost.Costs(PACED, FULL, PLAIN, PLAIN, (100.0, 110.0, 121.0), {})

    told = goals.table(goals.of_costs(found)).splitlines()[2:]

    assert [line.endswith("missed |") for line in told] == [False, True, False, False, True]


def test_a_document_that_breaks_a_promise_is_one_too_many() -> None:
    assert next(goals.of_pages(Cut(10, 100, (), 1.0), 10)).is_kept
    assert not next(goals.of_pages(Cut(10, 100, (3,), 1.0), 10)).is_kept
    assert not next(goals.of_pages(Cut(9, 100, (), 1.0), 10)).is_kept
    misread = Cut(USUAL + 10, 100, (USUAL + 3,), 1.0)
    assert [one.is_kept for one in goals.of_pages(misread, USUAL + 10)] == [True, False]
