"""What of a bucket is free, and when there is more: against the rules that platforms keep."""

from math import inf
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from core.budget import Budget
from core.contract import Bucket
from core.sharing import News
from playground.limits import Level, Refill, Rule, Window

SLACK = Bucket("edits", "T1", 50, 60)


def spend(budget: Budget, calls: int, now: float, seconds: float = 0.1) -> None:
    for _ in range(calls):
        budget.take(now)
    for _ in range(calls):
        budget.returned(now + seconds)


def refusals(budget: Budget, rule: Rule, pauses: list[float], latency: list[float]) -> int:
    """Call whenever the budget says so, at most; how many of these calls the rule refuses."""
    now, level, refused, flights = 0.0, None, 0, list[float]()
    kept: Level | None = level
    for pause, took in zip(pauses, latency, strict=True):
        now += pause
        for end in [end for end in flights if end <= now]:
            flights.remove(end)
            budget.returned(end)
        if not budget.free(now):
            continue
        budget.take(now)
        flights.append(now + took)
        kept, taken = rule.take(kept, now + took / 2)
        refused += not taken.passed
    return refused


def test_calls_are_free_until_the_window_is_full_and_again_when_it_has_passed() -> None:
    budget = Budget(Bucket("b", "", 3, 10))
    spend(budget, 3, 100)

    assert budget.free(100.1) == 0
    assert budget.until(100.1) == 110.101
    assert budget.free(110.101) == 3


def test_a_call_in_flight_counts_until_it_has_come_back() -> None:
    budget = Budget(Bucket("b", "", 1, 10))
    budget.take(100)

    assert budget.free(200) == 0
    assert budget.until(200) == inf
    budget.returned(200)
    assert budget.until(200) == 210.001


def test_a_call_that_was_not_made_is_free_again() -> None:
    budget = Budget(SLACK)
    budget.take(0)
    budget.untake(0)

    assert budget.free(0) == 50


def test_calls_that_were_not_made_add_none_to_a_bucket_that_refills() -> None:
    budget = Budget(SLACK)
    budget.refused(0, 1)
    before = budget.free(1)
    for _ in range(5):
        budget.take(1)
        budget.untake(1)

    assert budget.free(1) == before


def two_hundred(random: Random, least: float, most: float) -> list[float]:
    """Seconds: a third of them the least, a third the most."""
    return [random.choice((least, most, random.uniform(least, most))) for _ in range(200)]


@given(st.randoms(use_true_random=True))
def test_whoever_keeps_to_it_is_never_refused_wherever_the_window_begins(random: Random) -> None:
    pauses, latency = two_hundred(random, 0, 2), two_hundred(random, 0.01, 0.9)
    ordered = sorted(latency)  # effects in the order of their calls

    assert refusals(Budget(Bucket("b", "", 5, 5)), Window(5, 5), pauses, ordered) == 0


def test_a_refusal_stops_the_bucket_for_as_long_as_the_platform_says() -> None:
    budget = Budget(SLACK)
    budget.take(100)
    budget.refused(100, 7)
    budget.returned(100)

    assert budget.free(106.9) == 0
    assert budget.until(100) == 107
    assert budget.free(107) == 1


def test_after_a_refusal_it_is_believed_to_refill_slowly() -> None:
    budget = Budget(SLACK)
    budget.take(0)
    budget.refused(0, 1)
    budget.returned(0)

    assert [budget.free(second) for second in (1, 3, 7, 60, 3600)] == [1, 2, 6, 8, 8]
    assert budget.until(1, 3) == 1 + 2 / (50 / 60)
    assert budget.until(1, 20) == inf


@given(st.randoms(use_true_random=True))
def test_once_learnt_whoever_keeps_to_it_is_not_refused_any_more(random: Random) -> None:
    pauses, latency = two_hundred(random, 0, 1.5), two_hundred(random, 0.01, 0.5)
    budget = Budget(SLACK)
    budget.refused(0, 0)

    assert refusals(budget, Refill(9, 50 / 60), pauses, sorted(latency)) == 0


def test_each_unfinished_message_keeps_an_edit_for_its_end() -> None:
    budget = Budget(SLACK, held=20)
    spend(budget, 30, 0)

    assert budget.kept == 20
    assert budget.until(1, budget.kept + 1) == 60.101


def test_where_a_window_is_short_less_is_kept() -> None:
    assert Budget(Bucket("channel", "", 5, 5), held=3).kept == 3
    assert Budget(Bucket("interaction", "", 5, 2), held=5).kept == 1
    assert Budget(Bucket("global", "", 50, 1), held=40).kept == 0


def test_what_can_be_called_within_a_while_counts_what_comes_back() -> None:
    budget = Budget(SLACK)
    spend(budget, 10, 0)
    spend(budget, 10, 30)

    assert budget.within(40, 5) == 30
    assert budget.within(40, 30) == 40
    assert budget.within(40, 60) == 50


def test_nothing_can_be_called_within_a_freeze() -> None:
    budget = Budget(SLACK)
    budget.refused(0, 30)

    assert budget.within(0, 10) == 0
    assert budget.within(0, 42) == 11


def test_what_others_use_and_hold_is_not_free() -> None:
    budget = Budget(SLACK)
    budget.learn(News(used=(5.0, 40.0), held=3), 100)

    assert (budget.free(100), budget.kept) == (48, 3)
    assert budget.until(100, 49) == 105
    assert budget.within(100, 10) == 49
    assert budget.free(105.001) == 49


def test_a_refusal_that_others_met_is_learnt_and_forgotten_with_them() -> None:
    budget = Budget(SLACK)
    budget.learn(News(frozen=7, level=1.0), 100)

    assert [budget.free(second) for second in (106, 107.1, 3600)] == [0, 1, 8]
    budget.learn(News(), 3600)
    assert budget.free(3600) == 50


def test_a_refusal_of_ones_own_is_not_forgotten_because_others_have_not_heard_of_it() -> None:
    budget = Budget(SLACK)
    budget.refused(100, 7)
    budget.learn(News(), 100.1)

    assert budget.free(100.2) == 0
    assert budget.free(107.1) == 1


def test_when_others_do_not_answer_any_more_their_part_is_taken_as_spent() -> None:
    alone, among = Budget(SLACK), Budget(SLACK)
    among.learn(News(held=3, live=3, left=10), 100)
    for budget in (alone, among):
        budget.part(100, live=1)

    assert alone.free(100) == 50
    assert among.free(100) == 14
    assert among.kept == 3
    assert among.free(160.001) == 50
