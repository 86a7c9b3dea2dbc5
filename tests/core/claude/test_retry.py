"""What is tried again, and after how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import errors
from core.claude.failures import CUT, Failure, judged
from core.claude.retry import Patience, Tries, cooling, delay, elsewhere

PATIENCE = Patience()
OVERLOADED = judged(529, {"type": "overloaded_error"})
DICE = st.floats(0, 1, exclude_max=True)


def waits(failure: Failure, dice: float, *, grew: bool = False, left: float = 600) -> list[float]:
    """All waits until it is given up."""
    tries, found = Tries().failed(grew=grew), list[float]()
    while (wait := delay(failure, tries, PATIENCE, left - sum(found), lambda: dice)) is not None:
        found.append(wait)
        tries = tries.slept(wait).failed(grew=grew)
    return found


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_what_cannot_get_better_is_not_tried_again(status: int) -> None:
    assert waits(judged(status, {}), 0.5) == []


def test_a_spend_limit_is_not_tried_again_although_it_is_a_429() -> None:
    refused = judged(429, {"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}})

    assert waits(refused, 0.5) == []


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_get_better_is_tried_six_times_again_at_growing_distances(status: int) -> None:
    assert waits(judged(status, {}), 0.5) == [0.25, 0.5, 1, 2, 4, 8]


@given(DICE)
def test_the_jitter_is_full(dice: float) -> None:
    assert waits(OVERLOADED, dice) == pytest.approx([dice * most for most in (0.5, 1, 2, 4, 8, 16)])


@given(st.floats(0, 100_000), DICE)
def test_nobody_comes_before_the_time_that_the_api_asked_for_but_for_the_longest(asked: float, dice: float) -> None:
    found = waits(judged(429, {}, retry_after=asked), dice)

    assert found
    assert all(wait >= min(asked, PATIENCE.longest) for wait in found)
    assert sum(found) <= PATIENCE.waiting or not asked


@given(st.floats(0, 1_000), st.floats(0.01, 600), DICE)
def test_no_wait_goes_beyond_the_deadline(asked: float, left: float, dice: float) -> None:
    assert sum(waits(judged(429, {}, retry_after=asked), dice, left=left)) <= left


def test_an_answer_that_breaks_off_again_and_again_is_continued_three_times_at_growing_distances() -> None:
    assert waits(CUT, 0.5, grew=True) == [0.25, 0.5, 1]


def test_the_first_new_text_makes_the_waits_short_again() -> None:
    tries = Tries().failed(grew=False).failed(grew=False).failed(grew=True)

    assert delay(CUT, tries, PATIENCE, 600, lambda: 1.0) == PATIENCE.base


def test_the_fallback_is_asked_when_the_model_stays_busy_or_asks_for_long() -> None:
    once, twice = Tries().failed(grew=False), Tries().failed(grew=False).failed(grew=False)

    assert not elsewhere(OVERLOADED, once, PATIENCE)
    assert elsewhere(OVERLOADED, twice, PATIENCE)
    assert elsewhere(judged(429, {}, retry_after=45), once, PATIENCE)


def test_the_fallback_is_asked_when_the_model_breaks_off_twice_though_each_time_after_some_words() -> None:
    once, twice = Tries().failed(grew=True), Tries().failed(grew=True).failed(grew=True)

    assert not elsewhere(OVERLOADED, once, PATIENCE)
    assert elsewhere(OVERLOADED, twice, PATIENCE)


def test_the_fallback_is_asked_at_once_when_the_model_is_gone() -> None:
    assert elsewhere(judged(404, {}), Tries().failed(grew=False), PATIENCE)


@pytest.mark.parametrize("kind", [errors.BadKey, errors.Rejected, errors.OutOfCredit, errors.Unreachable])
def test_another_model_does_not_help_against_what_is_not_the_models_fault(kind: type[errors.ChatError]) -> None:
    failure = Failure(kind, "x", again=kind is errors.Unreachable)

    assert not elsewhere(failure, Tries(failures=5), PATIENCE)


@pytest.mark.parametrize(("asked", "seconds"), [(0, 10), (45, 45), (7200, 60)])
def test_a_model_that_was_left_rests_as_long_as_the_api_asks_within_limits(asked: float, seconds: float) -> None:
    assert cooling(judged(429, {}, retry_after=asked), PATIENCE) == seconds
