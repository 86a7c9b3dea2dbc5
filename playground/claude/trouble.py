"""What can go wrong in the middle of an answer, done to the answer or to its stream. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from playground.claude.answer import Answer, after_text
from playground.claude.errors import Refused, body
from playground.claude.frames import PING, Frame, event
from playground.faults import Fault

STOPS = {
    "refusal": "refusal",
    "max_tokens": "max_tokens",
    "pause_turn": "pause_turn",
    "context_exceeded": "model_context_window_exceeded",
}
ENDINGS = ("sse_error", "cut", "fin", "end", "stall", "pings", "garbage")
WORDS = (*STOPS, *ENDINGS, "empty", "unknown")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a stream ends after its last frame.

    "done" and "end" cleanly, "cut" by a reset, "fin" in the middle of the body, "stall" never, with nothing more,
    "pings" never, with a ping every `every` seconds.
    """

    how: str = "done"
    every: float = 0.1


def stopped(answer: Answer, fault: Fault) -> Answer:
    """The answer that a fault of STOPS or "empty" leaves; others leave it alone. `after`: pieces of text before it."""
    if fault.do == "empty":
        return replace(answer, parts=(), stop_reason="end_turn")
    if fault.do not in STOPS:
        return answer
    after = int(fault.more.get("after") or 0)
    details = None
    if fault.do == "refusal":
        told = {name: fault.more.get(name) for name in ("category", "explanation")}
        details = {"type": "refusal", **told}
    return after_text(answer, after, STOPS[fault.do], details)


def spoilt(frames: Iterable[Frame], fault: Fault, request_id: str) -> tuple[list[Frame], Ended]:
    """The stream that a fault leaves, and how it ends.

    `after`: so many pieces of text go before it; 0: only the message's opening does; without it nothing does.
    """
    whole = list(frames)
    if fault.do == "unknown":
        return _with_unknown(whole), Ended()
    if fault.do not in ENDINGS:
        return whole, Ended()
    kept = whole[: _place(whole, fault.more.get("after"))]
    every = float(fault.more.get("every", 0.1))
    last: Mapping[str, Callable[[], Frame]] = {
        "sse_error": lambda: Frame(_error(fault, request_id)),
        "garbage": lambda: Frame(b'event: content_block_delta\ndata: {"type": "content_block_delta", "ind\n\n'),
        "pings": lambda: Frame(PING),
    }
    if fault.do in last:
        kept.append(last[fault.do]())
    return kept, Ended("end" if fault.do in ("sse_error", "garbage") else fault.do, every)


def _place(frames: list[Frame], after: int | None) -> int:
    """Where so many pieces of text have gone by."""
    if after is None:
        return 0
    texts = [place for place, frame in enumerate(frames) if frame.characters]
    if not texts:
        return len(frames) - 2  # before message_delta
    if after >= len(texts):
        return texts[-1] + 1
    return texts[after]


def _error(fault: Fault, request_id: str) -> bytes:
    kind = str(fault.more.get("type", "overloaded_error"))
    said = str(fault.more.get("message", "Overloaded" if kind == "overloaded_error" else "Internal server error"))
    told = body(Refused(529, said, kind=kind, code=str(fault.more.get("code", ""))), request_id)
    return event("error", error=told["error"], request_id=request_id)


def _with_unknown(frames: list[Frame]) -> list[Frame]:
    """Events, deltas and a block of types that nobody knows yet, strewn among the known ones."""
    block: Any = {"type": "hologram", "scene": "a type of block from next year"}
    last = len([frame for frame in frames if b"content_block_start" in frame.data[:32]])
    strange = Frame(
        event("content_block_start", index=last, content_block=block)
        + event("content_block_delta", index=last, delta={"type": "hologram_delta", "angle": 12})
        + event("content_block_stop", index=last)
    )
    delta = Frame(event("content_block_delta", index=0, delta={"type": "mood_delta", "mood": "fine"}))
    place = _place(frames, 1)
    return [
        frames[0],
        Frame(event("weather", forecast="sunny")),
        *frames[1:place],
        delta,
        *frames[place:-2],
        strange,
        *frames[-2:],
    ]
