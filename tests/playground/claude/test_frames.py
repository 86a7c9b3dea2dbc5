"""The bytes of a stream: what they decode to is what the whole answer says."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.claude import answer, frames
from playground.claude.answer import Answer, Part
from playground.claude.cache import Charge

CHARGE = Charge(100, 20, 3, 4)


def decoded(one: Answer) -> list[dict[str, Any]]:
    raw = b"".join(frame.data for frame in frames.stream("msg_1", "claude-x", one, CHARGE)).decode()
    events = []
    for event in raw.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


@given(st.text(), st.text())
def test_any_text_survives(thought: str, said: str) -> None:
    events = decoded(Answer((answer.thinking(thought), answer.text(said))))
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]

    assert "".join(delta.get("text", "") for delta in deltas) == said
    assert "".join(delta.get("thinking", "") for delta in deltas) == thought


def test_thinking_that_is_not_shown_takes_its_time_and_sends_nothing() -> None:
    silent = Part("thinking", ("a", " b", " c"), {"signature": "s"}, silent=True)

    found = list(frames.stream("msg_1", "claude-x", Answer((silent,)), CHARGE))

    assert [frame.data for frame in found if frame.beat] == [b"", b"", b""]
    kinds = [event.get("delta", {}).get("type") for event in decoded(Answer((silent,)))]
    assert kinds.count("signature_delta") == 1
    assert "thinking_delta" not in kinds


def test_what_a_text_cites_comes_after_it() -> None:
    cited = {"type": "web_search_result_location", "url": "https://a.example/"}
    part = Part("text", ("So",), {"citations": [cited]})

    begun, said, found, *_ = (event for event in decoded(Answer((part,))) if event["type"].startswith("content_block"))
    assert begun["content_block"] == {"type": "text", "text": "", "citations": []}
    assert (said["delta"]["text"], found["delta"]["citation"]) == ("So", cited)
    assert part.whole()["citations"] == [cited]


def test_a_tool_call_begins_empty_and_ends_whole() -> None:
    call = answer.tool_use("roll", {"sides": 6}, "toolu_1")
    events = decoded(Answer((call,), "tool_use"))
    start = next(event for event in events if event["type"] == "content_block_start")
    pieces = [event["delta"]["partial_json"] for event in events if event["type"] == "content_block_delta"]

    assert start["content_block"]["input"] == {}
    assert json.loads("".join(pieces)) == {"sides": 6}


def test_usage_is_split_at_the_start_and_complete_at_the_end() -> None:
    one = Answer((answer.thinking("so so"), answer.text("yes")), searches=2)
    events = decoded(one)
    start, end = events[0]["message"]["usage"], events[-2]["usage"]

    assert start["cache_creation"] == {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}
    assert (start["input_tokens"], start["cache_read_input_tokens"], start["cache_creation_input_tokens"]) == (
        100,
        20,
        7,
    )
    assert end["output_tokens"] == one.tokens
    assert end["output_tokens_details"] == {"thinking_tokens": one.thinking_tokens}
    assert end["server_tool_use"] == {"web_search_requests": 2, "web_fetch_requests": 0}
    assert frames.message("msg_1", "claude-x", one, CHARGE)["usage"].items() >= end.items()


@pytest.mark.parametrize("geo", ["us", "global"])
def test_the_start_says_where_the_tokens_are_used(geo: str) -> None:
    charge = replace(CHARGE, us=geo == "us")

    opening, *_ = frames.stream("msg_1", "claude-x", Answer((answer.text("yes"),)), charge)

    assert f'"inference_geo": "{geo}"'.encode() in opening.data


def test_all_that_a_compaction_took_stands_in_its_iteration_alone() -> None:
    one = Answer((Part("compaction", (), {"content": "In short."}),), "compaction")

    whole = frames.message("msg_1", "claude-x", one, CHARGE)["usage"]

    (iteration,) = whole["iterations"]
    assert iteration["cache_creation"] == {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}
    assert (iteration["input_tokens"], iteration["cache_creation_input_tokens"]) == (100, 7)
    assert whole["cache_creation"] == {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    assert whole["input_tokens"] == whole["cache_creation_input_tokens"] == whole["output_tokens"] == 0


def test_a_ping_follows_the_first_block() -> None:
    kinds = [event["type"] for event in decoded(Answer((answer.text("a b"), answer.text("c"))))]

    assert kinds.count("ping") == 1
    assert kinds[0] == "message_start"


def test_only_text_counts_as_characters() -> None:
    found = frames.stream("msg_1", "claude-x", Answer((answer.thinking("hm hm"), answer.text("a bc"))), CHARGE)

    assert [frame.characters for frame in found if frame.characters] == [1, 3]
