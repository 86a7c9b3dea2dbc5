"""Every way to end has its words."""

import pytest

from core import errors
from core.claude import ending
from core.claude.ending import Then
from core.claude.failures import CUT, Failure, judged
from core.content import CUT_BY_CONTEXT
from core.contract import Action
from core.dialogue import Tool


@pytest.mark.parametrize("stop", ["end_turn", "stop_sequence"])
def test_a_good_end_needs_no_words(stop: str) -> None:
    assert ending.ended(stop, has_text=True, pauses=1) == ending.Ending(stop)


@pytest.mark.parametrize(
    ("stop", "note", "buttons"),
    [
        ("max_tokens", ending.LONG, (Action.CONTINUE,)),
        ("model_context_window_exceeded", ending.FULL, ()),
        ("tool_use", ending.TOOLLESS, ()),
        ("something_new", ending.ODD, ()),
        ("", ending.ODD, ()),
    ],
)
def test_any_other_end_is_told_and_keeps_the_text(stop: str, note: str, buttons: tuple[Action, ...]) -> None:
    assert ending.ended(stop, has_text=True, pauses=1) == ending.Ending(stop, note, buttons)


@pytest.mark.parametrize("has_text", [True, False])
def test_a_refusal_is_an_error_also_in_the_middle_of_a_text(has_text: bool) -> None:
    assert isinstance(ending.ended("refusal", has_text=has_text, pauses=1).error, errors.Declined)


@pytest.mark.parametrize("has_text", [True, False])
def test_a_paused_turn_goes_on(has_text: bool) -> None:
    assert ending.ended("pause_turn", has_text=has_text, pauses=1).then is Then.RESUME


def test_a_turn_that_pauses_for_ever_ends_with_continue() -> None:
    assert ending.ended("pause_turn", has_text=True, pauses=0).buttons == (Action.CONTINUE,)


@pytest.mark.parametrize(
    ("stop", "kind"),
    [
        ("end_turn", errors.Empty),
        ("max_tokens", errors.Empty),
        ("tool_use", errors.Empty),
        ("something_new", errors.Empty),
        ("model_context_window_exceeded", errors.TooLarge),
    ],
)
def test_an_end_without_a_word_is_an_error(stop: str, kind: type[errors.ChatError]) -> None:
    assert type(ending.ended(stop, has_text=False, pauses=1).error) is kind


def test_an_answer_that_was_all_thinking_is_told_as_that() -> None:
    error = ending.ended("max_tokens", has_text=False, pauses=1).error

    assert error is not None
    assert error.advice == ending.ALL_THOUGHT


def test_a_failure_after_text_keeps_the_text_and_offers_to_continue() -> None:
    end = ending.broken_off(judged(529, {}), has_text=True)

    assert end.error is None
    assert end.note == f"{ending.BROKEN_OFF} {errors.Busy.advice}"
    assert end.buttons == (Action.CONTINUE,)


def test_a_connection_that_was_lost_in_the_middle_is_told_as_that() -> None:
    assert ending.broken_off(CUT, has_text=True).note == f"{ending.BROKEN_OFF} {ending.LOST}"


def test_a_failure_before_any_text_is_an_error() -> None:
    assert isinstance(ending.broken_off(CUT, has_text=False).error, errors.Unreachable)


@pytest.mark.parametrize(
    ("stop", "has_text", "insists", "expected"),
    [
        ("end_turn", True, True, ending.Ending("end_turn", then=Then.INSIST)),
        ("end_turn", False, True, ending.Ending("end_turn", then=Then.INSIST)),
        ("end_turn", True, False, ending.Ending("end_turn", ending.SILENT, (Action.CONTINUE,))),
        ("end_turn", False, False, None),
        ("max_tokens", True, True, ending.Ending("max_tokens", ending.ALL_THOUGHT, (Action.CONTINUE,))),
        ("max_tokens", False, True, None),
        ("pause_turn", True, True, None),
        ("tool_use", True, True, None),
    ],
)
def test_where_no_words_came_after_tools_they_are_asked_for_or_that_is_said(
    stop: str, has_text: bool, insists: bool, expected: ending.Ending | None
) -> None:
    assert ending.wordless(stop, has_text=has_text, insists=insists) == expected


def test_who_waits_for_room_in_a_budget_is_not_told_that_it_is_gone() -> None:
    assert "used" not in ending.BUDGET_SHORT  # little of it may be: what a call may cost is much more than what it does


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("", ""),
        ("text", ""),
        ("thinking", "Thinking…"),
        ("tool:web_search", "Searching the web…"),
        ("tool:read_calendar", "Using read calendar…"),
        ("tool:", "Using a tool…"),
    ],
)
def test_what_the_model_does_is_said_in_words(phase: str, words: str) -> None:
    assert ending.words_for(phase) == words


def test_where_there_is_no_room_for_the_rest_it_is_as_if_the_end_of_the_context_had_cut_the_text() -> None:
    end = ending.broken_off(Failure(errors.TooLarge, "request_too_large"), has_text=True)

    assert (end.stop, end.buttons) == (CUT_BY_CONTEXT, (Action.CONTINUE,))


def test_tools_are_used_as_long_as_there_are_any_and_it_is_not_too_often() -> None:
    assert ending.ended("tool_use", has_text=False, pauses=1, tools=3).then is Then.USE
    assert ending.ended("tool_use", has_text=True, pauses=1, tools=0).note == ending.TOOLS_SPENT
    assert ending.ended("tool_use", has_text=True, pauses=1, tools=None).note == ending.TOOLLESS
    assert ending.ended("end_turn", has_text=True, pauses=1, tools=3).then is Then.OVER


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["current_time"], "Using current time…"),
        (["web_search"], "Searching the web…"),
        (["a", "a"], "Using a…"),
        (["current_time", "weather", "dice"], "Using current time, weather and dice…"),
    ],
)
def test_tools_at_work_are_named(names: list[str], words: str) -> None:
    assert ending.using(names) == words


def test_tools_and_servers_that_were_left_out_are_named() -> None:
    search, wiki = Tool("web_search", {}), Tool("wiki", {}, server={"name": "wiki"})

    said = ending.without_tools([search, wiki])
    assert said == "Claude refused a tool that is turned on here, so it answered without web search and “wiki”."
