"""Server-sent events, however they are cut."""

import itertools
import json
import time

import httpx2
import pytest
from anthropic import Stream
from hypothesis import given
from hypothesis import strategies as st

from core.claude.sse import Frames

WANTED = ("message_start", "content_block_delta", "error")
NAMES = st.sampled_from([*WANTED, "ping", "weather"])
DATA = st.dictionaries(st.text(max_size=3), st.text(max_size=8), max_size=3).map(
    lambda data: json.dumps(data, ensure_ascii=False)
)
PLACES = st.lists(st.integers(0, 10_000), max_size=10)


def cut(text: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def read(*chunks: bytes) -> list[str]:
    frames = Frames(WANTED)
    return [data.decode() for chunk in chunks for data in frames.feed(chunk)]


@given(st.lists(st.tuples(NAMES, DATA), max_size=6), st.sampled_from(["\n", "\r\n", "\r"]), PLACES)
def test_each_wanted_event_comes_whole_and_once(events: list[tuple[str, str]], end: str, places: list[int]) -> None:
    stream = "".join(f"event: {name}{end}data: {data}{end}{end}" for name, data in events)

    found = read(*cut((stream + "\n").encode(), places))

    assert [json.loads(data) for data in found] == [json.loads(data) for name, data in events if name in WANTED]


LINES = st.lists(
    st.sampled_from(
        [
            "event: error",
            "event:error",
            "event: ping",
            "data: a",
            "data:b",
            "data",
            "data: in an event: error",
            ": comment",
            "id: 7",
            "",
            "",
            "odd",
        ]
    )
)


@given(LINES, PLACES)
def test_odd_streams_are_read_as_the_client_library_reads_them(lines: list[str], places: list[int]) -> None:
    stream = "".join(line + "\n" for line in lines).encode()
    theirs = Stream.raw_events(httpx2.Response(200, content=stream + b"\n\n"))

    found = read(*cut(stream + b"\n\n", places))

    assert found == [sse.data for sse in theirs if sse.data and (sse.event or "error") in WANTED]


def test_what_reads_like_an_event_within_a_line_is_none() -> None:
    assert read(b"event: error\ndata: in an event: error\ndata: a\n\n") == ["in an event: error\na"]


def test_a_ping_is_not_let_through() -> None:
    assert read(b'event: ping\ndata: {"type": "ping"}\n\n') == []


def test_what_has_no_end_comes_never() -> None:
    assert read(b"event: error\ndata: {}\n") == []


def test_an_event_without_measure_is_refused() -> None:
    frames = Frames(WANTED)
    chunk = b"x" * 17 * 1024 * 1024
    assert list(frames.feed(chunk)) == []

    with pytest.raises(ValueError, match="without end"):
        list(frames.feed(chunk))


def test_an_event_of_megabytes_is_read_in_the_time_that_its_bytes_take() -> None:
    """Such as a PDF that the API fetched. Looked through anew with each piece, it would take seconds."""
    event = b"event: error\ndata: " + b"x" * 8_000_000 + b"\n\n"
    frames, began = Frames(WANTED), time.process_time()

    found = [data for at in range(0, len(event), 512) for data in frames.feed(event[at : at + 512])]

    assert list(map(len, found)) == [8_000_000]
    assert time.process_time() - began < 0.6
