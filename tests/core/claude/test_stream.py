"""What stands in a message after its events came in."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claude.stream import Incoming, context, total
from core.dialogue import Usage

START = {
    "type": "message_start",
    "message": {
        "model": "claude-sonnet-5-5",
        "usage": {
            "input_tokens": 12,
            "cache_read_input_tokens": 300,
            "cache_creation_input_tokens": 50,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 40},
            "output_tokens": 1,
        },
    },
}
STOP = {"type": "message_stop"}


def begin(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": fields}


def end(reason: str = "end_turn", **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def fed(*events: dict[str, Any]) -> tuple[Incoming, str]:
    incoming = Incoming()
    return incoming, "".join(incoming.feed(event) for event in events)


def test_the_text_is_what_the_deltas_say() -> None:
    incoming, text = fed(
        START,
        begin(0, type="text", text=""),
        delta(0, type="text_delta", text="Good "),
        delta(0, type="text_delta", text="day."),
        {"type": "content_block_stop", "index": 0},
        end(output_tokens=3),
        STOP,
    )

    assert text == "Good day."
    assert incoming.content() == ({"type": "text", "text": "Good day."},)
    assert (incoming.model, incoming.stop, incoming.ended) == ("claude-sonnet-5-5", "end_turn", True)


def test_without_message_stop_nothing_has_ended() -> None:
    incoming, _ = fed(START, begin(0, type="text", text=""), delta(0, type="text_delta", text="Go"), end())

    assert not incoming.ended


def test_tokens_are_counted_by_kind_and_the_last_word_on_each_counts() -> None:
    incoming, _ = fed(
        START,
        end(
            output_tokens=90,
            input_tokens=13,
            cache_read_input_tokens=None,
            output_tokens_details={"thinking_tokens": 60},
            server_tool_use={"web_search_requests": 2},
        ),
    )

    assert incoming.usage() == Usage(
        input=13, output=90, cache_read=300, cache_write_5m=10, cache_write_1h=40, thinking=60, searches=2
    )


def test_a_call_that_was_worked_on_in_the_us_alone_says_so() -> None:
    begun = {"type": "message_start", "message": {"usage": {"input_tokens": 5, "inference_geo": "us"}}}

    assert fed(begun, end(output_tokens=1))[0].usage() == Usage(input=5, output=1, us=True)
    assert fed(START, end(output_tokens=1, inference_geo="global"))[0].usage().us is False
    assert total((Usage(), Usage(us=True))).us


@pytest.mark.parametrize(("piece", "tokens"), [("x", 100), ("日", 300)])
def test_the_output_of_a_cut_stream_is_estimated_in_any_script_and_marked(piece: str, tokens: int) -> None:
    pieces = [delta(0, type="text_delta", text=piece) for _ in range(300)]
    incoming, _ = fed(START, begin(0, type="text", text=""), *pieces)

    assert incoming.usage().estimated
    assert incoming.usage().output == tokens


def test_searches_of_a_cut_stream_are_counted_but_for_those_that_failed() -> None:
    found: dict[str, Any] = {"type": "web_search_tool_result", "content": [{"type": "web_search_result"}]}
    failed = {"type": "web_search_tool_result", "content": {"error_code": "unavailable"}}

    cut, _ = fed(START, begin(0, **found), begin(1, **failed), begin(2, **found))
    whole, _ = fed(START, begin(0, **found), end(server_tool_use={"web_search_requests": 1}), STOP)

    assert [one.usage().searches for one in (cut, whole)] == [2, 1]


def test_thinking_shows_no_text_and_goes_back_with_its_signature() -> None:
    incoming, text = fed(
        START,
        begin(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="Let me "),
        delta(0, type="thinking_delta", thinking="see."),
        delta(0, type="signature_delta", signature="c2ln"),
    )

    assert text == ""
    assert incoming.phase == "thinking"
    assert incoming.content() == ({"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"},)


def test_a_tool_is_named_while_its_input_comes_and_has_it_whole_then() -> None:
    incoming, text = fed(
        START,
        begin(0, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}),
        delta(0, type="input_json_delta", partial_json='{"query": "wea'),
        delta(0, type="input_json_delta", partial_json='ther"}'),
    )

    assert text == ""
    assert incoming.phase == "tool:web_search"
    assert incoming.content()[0]["input"] == {"query": "weather"}


@pytest.mark.parametrize(
    "raw", ["{", '{"n": NaN}', '{"n": -Infinity}', '{"n": 1e999}', '{"q": "\\ud83d"}', "[" * 100_000]
)
def test_a_tool_whose_input_cannot_be_sent_back_has_none(raw: str) -> None:
    incoming, _ = fed(begin(0, type="tool_use", id="t", name="x"), delta(0, type="input_json_delta", partial_json=raw))

    assert incoming.content()[0]["input"] == {}


def test_citations_are_kept_with_their_text() -> None:
    incoming, _ = fed(
        begin(0, type="text", text="", citations=None),
        delta(0, type="text_delta", text="So it is"),
        delta(0, type="citations_delta", citation={"type": "web_search_result_location"}),
    )

    assert incoming.content()[0]["citations"] == incoming.sources() == [{"type": "web_search_result_location"}]


def test_events_blocks_and_deltas_of_no_known_type_are_skipped() -> None:
    incoming, text = fed(
        START,
        {"type": "weather_report", "sun": True},
        begin(0, type="hologram", text="not this", shape="cube"),
        delta(0, type="text_delta", text="nor this"),
        begin(1, type="text", text=""),
        delta(1, type="sound_delta", text="nor that"),
        delta(7, type="text_delta", text="nor what has no beginning"),
        delta(1, type="text_delta", text="This."),
        STOP,
    )

    assert text == "This."
    assert incoming.ended


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "ping", "x"]
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "thinking", "tool_use", "text_delta", "input_json_delta", "citations_delta"])},
    optional=dict.fromkeys(("text", "thinking", "partial_json", "input", "citations", "citation", "name"), JSON),
)
EVENTS = st.fixed_dictionaries(
    {"type": TYPES},
    optional={
        "index": st.integers(0, 2) | JSON,
        "delta": BLOCKS | JSON,
        "content_block": BLOCKS | JSON,
        "message": JSON,
        "usage": JSON,
    },
)


@settings(max_examples=50)
@given(st.lists(EVENTS, max_size=12))
def test_no_event_however_odd_breaks_it(events: list[dict[str, Any]]) -> None:
    incoming, text = fed(*events)

    assert isinstance(text, str)
    assert json.dumps(incoming.content())
    assert incoming.usage().output >= 0


@given(st.lists(st.text(max_size=4), max_size=20))
def test_no_part_of_a_text_is_lost(parts: list[str]) -> None:
    deltas = [delta(0, type="text_delta", text=part) for part in parts]

    incoming, text = fed(START, begin(0, type="text", text=""), *deltas)

    assert text == "".join(parts) == incoming.content()[0]["text"]


@pytest.mark.parametrize(("ttl", "short", "hour"), [("5m", 65, 40), ("1h", 10, 95)])
def test_what_is_written_to_the_cache_later_on_was_written_for_as_long_as_was_asked(
    ttl: str, short: int, hour: int
) -> None:
    incoming, _ = fed(START, end(output_tokens=1, cache_creation_input_tokens=105))

    used = incoming.usage(ttl)

    assert (used.cache_write_5m, used.cache_write_1h) == (short, hour)


def test_the_tokens_of_several_calls_are_added_up() -> None:
    sum_ = total((Usage(input=1, output=2, searches=1), Usage(input=10, cache_read=5, estimated=True)))

    assert sum_ == Usage(input=11, output=2, cache_read=5, searches=1, estimated=True)


def test_all_that_went_in_is_what_was_new_what_was_read_and_what_was_written() -> None:
    used = Usage(input=1, output=100, cache_read=10, cache_write_5m=1_000, cache_write_1h=10_000)

    assert (used.written, used.prompt) == (11_000, 11_011)


def test_the_conversations_size_is_all_of_its_last_call_but_the_thinking() -> None:
    last = Usage(input=1, output=100, cache_read=10, cache_write_5m=1_000, cache_write_1h=10_000, thinking=60)

    assert context(last) == 11_051


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {"type": "ping"},
        {"type": "content_block_delta", "index": [0], "delta": {"type": "text_delta", "text": "x"}},
        {"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": "x"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 1}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": ["text_delta"], "text": "x"}},
        {"type": "content_block_delta", "index": 0},
    ],
)
def test_the_short_way_takes_words_of_an_open_text_and_nothing_else(event: object) -> None:
    incoming = Incoming()
    incoming.feed({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})

    assert incoming.grown(event) == ""
    assert incoming.grown({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}})
    assert incoming.content() == ({"type": "text", "text": "x"},)
