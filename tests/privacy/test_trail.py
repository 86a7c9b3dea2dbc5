"""The check of what a log tells of a turn finds what is missing."""

import json
from typing import Any

import pytest

from tests.privacy.trail import gaps, turns, unfinished

TURN, TEXT = "a" * 20, "b" * 20
AT = "2026-11-21T14:36:05.230Z"
ACCEPTED = {"event": "accepted", "outcome": "accepted", "length": 3, "files": 0, "ahead": 0, "text": TEXT}
CLAIMED = {"event": "claimed", "waited": 0.1, "attempt": 1}
ENDED = {
    "event": "turn ended",
    **dict.fromkeys(("seconds", "first_token", "calls", "input", "output", "cache_read", "cache_write"), 1),
    "length": 5,
    "attempt": 1,
    "text": TEXT,
    "model": "claude-sonnet-5-5",
    "stop": "end_turn",
    "error": "-",
    "request_id": "req_1",
}
DONE = {"event": "turn done", "attempt": 1, "seconds": 2.0}


def log(*lines: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps({"at": AT, "turn": TURN, **line}).encode() for line in lines) + b'\n{"at": "cut'


def test_a_whole_turn_has_no_gap() -> None:
    whole = log(ACCEPTED, CLAIMED, ENDED, DONE)

    assert list(turns(whole)) == [TURN]
    assert gaps(whole) == unfinished(whole) == []
    assert unfinished(log(ACCEPTED, CLAIMED, ENDED)) == [TURN]


@pytest.mark.parametrize("field", ["seconds", "model", "request_id", "length", "stop", "error", "input"])
def test_what_an_end_does_not_tell_is_found(field: str) -> None:
    less = {name: value for name, value in ENDED.items() if name != field}

    assert field in gaps(log(ACCEPTED, CLAIMED, less, DONE))


def test_a_text_in_clear_or_a_line_that_is_missing_is_found() -> None:
    assert gaps(log({**ACCEPTED, "text": "hello"}, CLAIMED, ENDED, DONE)) == ["keyed hash"]
    assert gaps(log(ACCEPTED, DONE)) == ["claimed", "turn ended"]
    assert gaps(log({**ACCEPTED, "at": "now"}, CLAIMED, ENDED, DONE)) == ["time"]
    assert gaps(log(ACCEPTED, CLAIMED, {**ENDED, "request_id": "-"}, DONE)) == ["model or request id"]
