"""What a person reads who was not admitted: why, and how long to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract import Outcome
from core.limits import Window
from core.refusals import refusal, spoken
from core.store import Admission


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 second"),
        (0.2, "1 second"),
        (23.01, "24 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7200, "2 hours"),
    ],
)
def test_a_wait_is_said_in_words_and_rounded_up(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


@given(st.floats(0, 1e7))
def test_who_waits_as_long_as_told_has_waited_long_enough(seconds: float) -> None:
    number, unit = spoken(seconds).split()

    assert int(number) * {"s": 1, "m": 60, "h": 3600}[unit[0]] >= seconds


def test_a_limit_is_named_with_the_time_to_wait() -> None:
    told = refusal(Admission(Outcome.TOLD, window=Window(10, 60), retry_after=23))

    assert told == "That was 10 questions within a minute. Please wait 23 seconds."


def test_a_full_line_and_each_refused_button_have_their_sentence() -> None:
    told = {refusal(Admission(Outcome.TOLD, reason=reason)) for reason in ("busy", "gone", "older", "theirs")}
    told.add(refusal(Admission(Outcome.TOLD, full=True)))

    assert "" not in told
    assert len(told) == 5


def test_who_is_admitted_is_told_nothing() -> None:
    assert refusal(Admission(Outcome.ACCEPTED)) == ""
