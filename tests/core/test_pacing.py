"""How often a reply may move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.budget import Budget
from core.contract import Bucket
from core.pacing import LONGEST_LIFE, PRIOR_RATE, SHORTEST_LIFE, Demand, Lives, gap

SLACK = Bucket("edits", "T1", 50, 60)


def gap_of(live: int, *, used: int = 0, demand: Demand | None = None) -> float:
    budget = Budget(SLACK)
    for _ in range(used):
        budget.take(0)
        budget.returned(0)
    lives = Lives()
    return gap(budget, (demand or Demand(0)).rate(1), lives, [lives.expected] * live, 1)


def test_the_more_replies_and_the_less_budget_the_longer_the_gaps() -> None:
    gaps = [gap_of(live) for live in (1, 2, 5, 10, 20, 50)]

    assert gaps == sorted(gaps)
    assert gaps[0] < 0.45
    assert 1 < gap_of(10) < 2
    assert gap_of(5, used=30) > gap_of(5)


def test_where_a_window_is_short_nothing_is_kept_for_ends() -> None:
    short = gap(Budget(Bucket("all", "", 50, 1)), PRIOR_RATE, Lives(), [2.0] * 50, 1)

    assert short == pytest.approx(50 / 50, rel=0.05)
    assert gap(Budget(Bucket("all", "", 50, 10)), PRIOR_RATE, Lives(), [2.0] * 50, 1) > 2 * short


def test_who_is_expected_gets_a_share() -> None:
    busy = Demand(-100)
    for second in range(-100, 0, 5):
        busy.began(second)

    assert gap_of(1, demand=busy) > 2 * gap_of(1)


@given(st.lists(st.floats(0.3, 10), max_size=60), st.integers(0, 60), st.floats(1, 1e6))
def test_a_gap_is_always_some_seconds(remaining: list[float], used: int, now: float) -> None:
    budget = Budget(SLACK)
    for _ in range(used):
        budget.take(now)
        budget.returned(now)

    assert 0 < gap(budget, Demand(now).rate(now), Lives(), remaining, now) < 3600


def test_how_long_replies_last_is_learnt_within_bounds() -> None:
    short, long = Lives(), Lives()
    for _ in range(100):
        short.ended(0.5)
        long.ended(90)

    assert short.expected == SHORTEST_LIFE
    assert long.expected == LONGEST_LIFE


def test_a_reply_that_goes_on_may_go_on_for_as_long_again() -> None:
    lives = Lives()

    assert [lives.remaining(age) for age in (0, 3, 4, 5.9, 10, 40)] == [6, 3, 2, 2.95, 10, 40]


def test_how_many_come_is_learnt_and_forgotten() -> None:
    demand = Demand(0)
    for second in range(0, 300, 5):
        demand.began(second)

    assert demand.rate(300) == pytest.approx(0.2, rel=0.2)
    assert demand.rate(1500) < PRIOR_RATE


def test_a_burst_is_not_a_rate_until_it_has_ended_or_the_next_one_comes() -> None:
    ended, followed = Demand(0), Demand(0)
    for demand in (ended, followed):
        for _ in range(20):
            demand.began(0)
    before = ended.rate(5)

    for _ in range(20):
        ended.ended(0, 5)
    followed.began(5)

    assert before <= PRIOR_RATE
    assert ended.rate(5) == followed.rate(5) > 0.5
