"""What a fault leaves of an answer and of its stream."""

from typing import Any

from playground.claude import answer, frames
from playground.claude.answer import Answer
from playground.claude.cache import Charge
from playground.claude.frames import Frame
from playground.claude.trouble import WORDS, Ended, spoilt, stopped
from playground.faults import Fault, read

TALK = Answer((answer.thinking("Hm."), answer.text("one two three")))
CALL = Answer((answer.tool_use("roll", {}, "t1"),), "tool_use")


def fault(do: str, **more: Any) -> Fault:
    return read({"method": "*", "do": do, **more}, WORDS)


def stream(one: Answer = TALK) -> list[Frame]:
    return list(frames.stream("msg_1", "claude-x", one, Charge(1)))


def test_a_stop_keeps_so_much_text_and_names_its_reason() -> None:
    refused = stopped(TALK, fault("refusal", after=2, category="bio", explanation="No."))

    assert (refused.text, refused.stop_reason) == ("one two", "refusal")
    assert refused.stop_details == {"type": "refusal", "category": "bio", "explanation": "No."}
    assert stopped(TALK, fault("empty")).parts == ()
    assert stopped(TALK, fault("cut")) is TALK


def test_a_stream_is_cut_before_all_after_its_opening_or_after_so_much_text() -> None:
    def texts(found: list[Frame]) -> int:
        return sum(frame.characters > 0 for frame in found)

    nothing, _ = spoilt(stream(), fault("end"), "req_1")
    opening, _ = spoilt(stream(), fault("end", after=0), "req_1")
    two, _ = spoilt(stream(), fault("end", after=2), "req_1")
    most, _ = spoilt(stream(), fault("end", after=99), "req_1")

    assert nothing == []
    assert b"message_start" in opening[0].data
    assert [texts(found) for found in (opening, two, most)] == [0, 2, 3]


def test_a_stream_without_text_is_cut_before_its_end() -> None:
    found, ended = spoilt(stream(CALL), fault("cut", after=1), "req_1")

    assert ended == Ended("cut")
    assert any(b"content_block_stop" in frame.data for frame in found)
    assert not any(b"message_delta" in frame.data for frame in found)


def test_an_error_event_ends_the_stream_and_says_what_it_was_told_to() -> None:
    found, ended = spoilt(stream(), fault("sse_error", type="api_error", after=1), "req_1")

    assert ended == Ended("end")
    assert found[-1].data.startswith(b"event: error\n")
    assert b'"type": "api_error"' in found[-1].data
    assert b"req_1" in found[-1].data


def test_unknown_things_leave_the_known_ones_in_place() -> None:
    found, ended = spoilt(stream(), fault("unknown"), "req_1")

    assert ended == Ended()
    known = [frame for frame in found if frame in stream()]
    assert known == stream()
    assert len(found) == len(known) + 3


def test_a_fault_of_another_kind_leaves_the_stream_alone() -> None:
    assert spoilt(stream(), fault("lost"), "req_1") == (stream(), Ended())
