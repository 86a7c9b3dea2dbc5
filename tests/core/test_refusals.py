"""What a person reads who was not admitted, or not at once: why, and how long to wait."""

import pytest

from core.contract import Outcome
from core.events import Refusal
from core.limits import Window
from core.refusals import is_own, reason, told
from core.store import Admission

MINUTE = Window(10, 60)


def test_a_limit_is_named_with_the_time_to_wait() -> None:
    said = told(Admission(Outcome.TOLD, window=MINUTE, retry_after=23))

    assert said == "That was 10 questions within a minute. Please wait 23 seconds: until then I take no more."


def test_a_limit_of_all_together_is_not_told_as_the_persons_own() -> None:
    refused = Admission(Outcome.TOLD, window=MINUTE, retry_after=23, notices=("here",))
    held = Admission(Outcome.ACCEPTED, window=MINUTE, retry_after=23, reason="held", notices=("here", "own"))

    assert told(refused) == (
        "That was 10 questions of all people in this channel within a minute. Please wait 23 seconds: until then I "
        "take no more."
    )
    assert told(held).startswith("That was 10 questions of all people in this channel within a minute. I will answer")


def test_what_is_held_back_is_said_to_come() -> None:
    said = told(Admission(Outcome.ACCEPTED, window=Window(1, 7200), retry_after=1, reason="held"))

    assert said == "That was 1 question within 2 hours. I will answer this one in 1 second."


@pytest.mark.parametrize("refused", [{"window": MINUTE}, {"reason": "own"}, {"reason": "all"}])
def test_the_same_is_not_told_again_unless_something_waits_for_words(refused: dict[str, object]) -> None:
    admission = Admission(Outcome.TOLD, retry_after=23, notices=("again",), **refused)  # type: ignore[arg-type]  # one of its fields each

    assert told(admission) == ""
    assert told(admission, waits=True)


@pytest.mark.parametrize(
    ("which", "whose"), [("own", "Your budget for today"), ("all", "Today's budget for everybody")]
)
def test_a_spent_budget_is_told_with_the_time_it_begins_anew(which: str, whose: str) -> None:
    said = told(Admission(Outcome.TOLD, reason=which, retry_after=7200))

    assert said.startswith(whose)
    assert said.endswith("It begins anew in 2 hours.")


@pytest.mark.parametrize(("notice", "whose"), [("own", "your budget"), ("all", "everybody")])
def test_who_is_near_the_end_of_a_budget_is_told_so(notice: str, whose: str) -> None:
    said = told(Admission(Outcome.ACCEPTED, notices=(notice,)))

    assert "80 %" in said
    assert whose in said


@pytest.mark.parametrize(
    ("admission", "own"),
    [
        (Admission(Outcome.ACCEPTED, notices=("own",)), True),
        (Admission(Outcome.ACCEPTED, notices=("all",)), True),
        (Admission(Outcome.TOLD, reason="own", retry_after=7200), True),
        (Admission(Outcome.TOLD, reason="all", retry_after=7200), False),
        (Admission(Outcome.TOLD, window=MINUTE, retry_after=23, notices=("here",)), False),
        (Admission(Outcome.ACCEPTED), False),
    ],
)
def test_what_somebody_has_spent_and_what_admins_are_told_is_their_own(admission: Admission, own: bool) -> None:
    assert is_own(admission) is own


def test_a_full_line_and_each_refused_button_have_their_sentence() -> None:
    said = {told(Admission(Outcome.TOLD, reason=why)) for why in ("busy", "gone", "older", "theirs")}
    said.add(told(Admission(Outcome.TOLD, full=True)))

    assert "" not in said
    assert len(said) == 5


def test_who_is_admitted_is_told_nothing() -> None:
    assert told(Admission(Outcome.ACCEPTED)) == ""


def test_the_log_has_one_word_for_each_kind_of_refusal() -> None:
    admissions = [{"window": MINUTE}, {"full": True}, {"reason": "own"}, {"reason": "all"}]

    words = [reason(Admission(Outcome.TOLD, **one)) for one in admissions]  # type: ignore[arg-type]  # one of its fields each

    assert words == [Refusal.RATE, Refusal.FULL, Refusal.BUDGET, Refusal.BUDGET]
