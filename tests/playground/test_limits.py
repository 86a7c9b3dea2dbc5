"""Limits: what any sequence of calls may and may not get through."""

from hypothesis import given
from hypothesis import strategies as st

from playground.limits import Limits, Refill, Rule, Window

gaps = st.lists(st.floats(0, 30), min_size=1, max_size=60)


def passed(rule: Rule, gaps: list[float]) -> list[float]:
    """The times of the calls that passed, when one comes after each gap."""
    limits, now, times = Limits(), 0.0, []
    for gap in gaps:
        now += gap
        if limits.take("key", rule, now).passed:
            times.append(now)
    return times


def test_a_window_begins_with_the_first_call_and_not_with_the_clock() -> None:
    limits, rule = Limits(), Window(2, 60)
    answers = [limits.take("k", rule, now).passed for now in (59, 60, 61, 118.9, 119)]

    assert answers == [True, True, False, False, True]


def test_a_refused_call_is_told_how_long_to_wait_and_does_not_lengthen_it() -> None:
    limits, rule = Limits(), Window(1, 60)
    waits = [limits.take("k", rule, now).wait for now in (0, 10, 20, 60)]

    assert waits == [0, 50, 40, 0]


def test_keys_have_a_budget_each() -> None:
    limits, rule = Limits(), Window(1, 60)

    assert limits.take(("chat.update", "T1"), rule, 0).passed
    assert limits.take(("chat.update", "T2"), rule, 0).passed
    assert not limits.take(("chat.update", "T1"), rule, 0).passed


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    limits, rule = Limits(), Refill(9, 50 / 60)
    answers = [limits.take("k", rule, now).passed for now in [0.0] * 10 + [1.1, 1.3, 2.4]]

    assert answers == [True] * 9 + [False, False, True, True]


@given(gaps)
def test_any_minute_passes_at_most_the_calls_of_the_two_windows_that_it_touches(gaps: list[float]) -> None:
    times = passed(Window(5, 60), gaps)

    assert all(sum(start <= t < start + 60 - 1e-3 for t in times) <= 10 for start in times)


@given(gaps, st.integers(1, 9), st.floats(0.1, 5))
def test_a_bucket_never_passes_more_than_burst_and_rate(gaps: list[float], burst: int, rate: float) -> None:
    times = passed(Refill(burst, rate), gaps)

    for place, start in enumerate(times):
        for count, end in enumerate(times[place:], 1):
            assert count <= burst + (end - start) * rate + 1e-3


@given(gaps, st.sampled_from([Window(3, 60), Refill(3, 0.2)]))
def test_whoever_waits_as_long_as_told_gets_through(gaps: list[float], rule: Rule) -> None:
    limits, now = Limits(), 0.0
    for gap in gaps:
        now += gap
        taken = limits.take("k", rule, now)
        if not taken.passed:
            now += taken.wait
            assert limits.take("k", rule, now).passed


@given(gaps)
def test_remaining_counts_what_would_still_pass(gaps: list[float]) -> None:
    limits, now, rule = Limits(), 0.0, Window(7, 60)
    for gap in gaps:
        now += gap
        remaining = limits.take("k", rule, now).remaining
    more = [limits.take("k", rule, now).passed for _ in range(8)]

    assert more.count(True) == remaining
