"""One call's stream, from its bytes to the text on the screen."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import errors
from core.claude.failures import STALLED
from core.claude.listening import Listening
from core.claude.writing import Writing
from tests.core.claude.bench import Screenless


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


START = event("message_start", message={"model": "m", "usage": {}})
TEXT = event("content_block_start", index=1, content_block={"type": "text", "text": ""})
END = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 3}) + event("message_stop")
THINKING = event("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""})
SEARCH = event("content_block_start", index=2, content_block={"type": "server_tool_use", "name": "web_search"})


def said(text: str) -> bytes:
    return event("content_block_delta", index=1, delta={"type": "text_delta", "text": text})


def listen(*chunks: bytes) -> tuple[Listening, list[str]]:
    """What was heard, and what the screen was told."""
    reply = Screenless()
    writing = Writing(reply, "")
    writing.open(resumed=False)
    listening = Listening(writing, lambda: None)
    for chunk in chunks:
        listening.feed(chunk)
    return listening, reply.told


def test_what_comes_together_is_written_together() -> None:
    listening, told = listen(START + TEXT, said("Good ") + said("day"), said("."), END)

    assert told == ["Good day", "Good day."]
    assert listening.over
    assert listening.outcome() is None


def test_a_status_stands_where_it_came_among_the_text() -> None:
    _, told = listen(START + THINKING + TEXT + said("I look.") + SEARCH + said("There."))

    assert told == ["(Thinking…)", "I look.", "(Searching the web…)", "I look.\n\nThere."]


def test_a_gateway_may_say_without_a_type_what_went_wrong() -> None:
    wrong = b'data: {"error": {"message": "AnthropicException - Overloaded", "type": "None", "code": "529"}}\n\n'

    listening, told = listen(START + TEXT, said("Good "), b'data: {"usage": 3}\n\n', wrong)

    failure = listening.outcome()
    assert told == ["Good "]
    assert failure is not None
    assert (failure.kind, failure.cools) == (errors.Busy, True)


def test_a_stream_that_stops_without_its_end_was_cut() -> None:
    listening, _ = listen(START + TEXT + said("Good "))

    failure = listening.outcome()
    assert failure is not None
    assert (failure.code, failure.again) == ("cut", True)


def test_silence_within_a_text_is_a_failure_and_silent_thinking_is_none() -> None:
    thinks, _ = listen(START + THINKING)
    writes, _ = listen(START + TEXT)
    thinks.stall()
    writes.stall()

    assert (thinks.over, writes.over) == (False, True)
    assert writes.outcome() is STALLED


def test_an_error_event_is_told_and_what_came_before_it_is_written() -> None:
    error = event("error", error={"type": "overloaded_error", "message": "x"})

    listening, told = listen(START + TEXT + said("Good ") + error + said("day"))

    failure = listening.outcome()
    assert told == ["Good "]
    assert failure is not None
    assert failure.kind is errors.Busy


@pytest.mark.parametrize(
    "garbage", [b'{"type": "content_block_delta", "ind', b"[1, 2]", b"3", b"\xff\xfe", b"[" * 5_000]
)
def test_what_is_no_event_is_garbled(garbage: bytes) -> None:
    listening, told = listen(START + TEXT + said("Good ") + b"event: content_block_delta\ndata: " + garbage + b"\n\n")

    failure = listening.outcome()
    assert told == ["Good "]
    assert failure is not None
    assert (failure.code, failure.again) == ("garbled", True)


def test_events_of_unknown_names_are_not_even_read() -> None:
    listening, told = listen(START + b"event: weather\ndata: not json\n\n" + TEXT + said("Fine.") + END)

    assert told == ["Fine."]
    assert listening.outcome() is None


@given(st.binary(max_size=200))
def test_no_bytes_break_it(raw: bytes) -> None:
    listening, _ = listen(START, raw)

    assert listening.outcome() is not None
