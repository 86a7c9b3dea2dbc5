"""Rows of figures: what lags, and what was missed."""

from tests.benchmarks import rows
from tests.benchmarks.rows import Goal, Seen


def test_a_token_lags_until_a_version_shows_it() -> None:
    found = rows.seen([(1.0, 5), (1.1, 10), (1.2, 15)], [(1.5, 10), (2.0, 15)], edits=1, exact=True)

    assert [round(lag, 3) for lag in found.lags] == [0.5, 0.4, 0.8]
    assert (round(found.first_lag, 3), round(found.end_lag, 3), found.is_exact) == (0.5, 0.8, True)


def test_a_text_that_is_never_shown_whole_is_not_exact() -> None:
    assert not rows.seen([(1.0, 5), (1.1, 10)], [(1.5, 9)], edits=0, exact=True).is_exact


def test_what_is_over_its_goal_is_named() -> None:
    seen = [Seen(first_lag=0.2, end_lag=0.1, lags=[0.1, 0.2, 0.9], edits=4, is_exact=False)]

    assert rows.row("r", seen, 1, goal=Goal(0.3, 0.5, first=0.1, edits=4)).missed == ("exact", "429s", "p95", "first")
    assert rows.row("r", seen, 1, goal=Goal(refused=1)).missed == ("exact",)


def test_a_row_is_a_line_of_the_table() -> None:
    line = rows.line(rows.row("a name", [Seen(lags=[1.0], is_exact=True)], 0))

    assert line.count("|") == rows.HEAD.splitlines()[0].count("|")
    assert line.startswith("| a name")
