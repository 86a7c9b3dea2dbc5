"""Answers as blocks: what cuts them short, and what is signed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playground.claude import answer
from playground.claude.answer import Answer
from playground.claude.check import read
from playground.claude.models import Catalogue
from playground.claude.request import Request
from playground.claude.seals import signed_prefix

from .conftest import MODEL


def request(*turns: Any, **more: Any) -> Request:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(turns)]
    return read({"model": MODEL, "max_tokens": 100, "messages": messages, **more}, Catalogue())


TALK = Answer((answer.thinking("Let me see."), answer.text("One two three four.")))


@given(st.integers(0, 20))
def test_a_cut_leaves_so_many_tokens_and_says_why(most: int) -> None:
    cut = answer.cut(TALK, most, "max_tokens")

    assert cut.tokens <= max(most, 0)
    assert (cut.stop_reason == "max_tokens") == (most < TALK.tokens)
    assert TALK.text.startswith(cut.text)


def test_half_a_tool_call_is_none() -> None:
    both = Answer((answer.text("I roll."), answer.tool_use("roll", {"sides": 6, "times": 20}, "toolu_1")), "tool_use")

    cut = answer.cut(both, both.tokens - 1, "max_tokens")

    assert [part.kind for part in cut.parts] == ["text"]
    assert cut.stop_reason == "max_tokens"


def test_a_stop_sequence_is_not_said_and_is_named() -> None:
    stopped = answer.until(TALK, ("four", "three"))

    assert stopped.text == "One two "
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "three")
    assert answer.until(TALK, ("five",)) is TALK


def test_after_so_much_text_nothing_follows() -> None:
    longer = Answer((*TALK.parts, answer.tool_use("roll", {}, "toolu_1")), "tool_use")

    stopped = answer.after_text(longer, 2, "refusal", {"type": "refusal"})

    assert [part.kind for part in stopped.parts] == ["thinking", "text"]
    assert stopped.text == "One two"
    assert answer.after_text(longer, 0, "refusal").parts == ()


def test_thinking_is_signed_for_the_prompt_and_shown_only_when_it_is_wanted() -> None:
    asked = request("Hi")
    silent = answer.sealed(TALK, asked).parts[0].whole()
    shown = answer.sealed(TALK, request("Hi", thinking={"type": "adaptive", "display": "summarized"})).parts[0].whole()

    assert silent["thinking"] == ""
    assert signed_prefix(silent["signature"], "") == asked.prefix(1, 0)
    assert shown["thinking"] == "Let me see."
    assert signed_prefix(shown["signature"], "Let me see.") is not None
    assert signed_prefix(shown["signature"], "Let me see!") is None


def test_an_answer_with_its_thinking_may_come_back() -> None:
    twice = Answer((*TALK.parts, answer.thinking("And more."), answer.text("Five.")))
    blocks = [part.whole() for part in answer.sealed(twice, request("Hi")).parts]

    assert request("Hi", blocks, "Go on").turns[1].blocks == tuple(blocks)


def test_a_paused_turn_that_was_gone_on_with_may_come_back_joined() -> None:
    paused = [{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]
    found = answer.search_failed("srvtoolu_1").whole()
    rest = [found, *(part.whole() for part in answer.sealed(TALK, request("Hi", [*paused, found])).parts)]

    assert request("Hi", paused + rest, "Go on").turns[1].blocks == (*paused, *rest)


def test_a_tool_call_streams_its_arguments_in_pieces_and_holds_them_whole() -> None:
    part = answer.tool_use("roll", {"sides": 6, "name": "Größe"}, "toolu_1")

    assert len(part.pieces) > 1
    assert part.whole() == {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "roll",
        "caller": {"type": "direct"},
        "input": {"sides": 6, "name": "Größe"},
    }
