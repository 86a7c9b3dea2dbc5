"""One call's stream, from its bytes to the text on the screen. Who has the bytes hands them in, and rests between."""

from collections.abc import Callable, Mapping

from pydantic_core import from_json

from core.claude.failures import CUT, GARBLED, STALLED, Failure, of_event
from core.claude.sse import Frames
from core.claude.stream import EVENTS, Incoming
from core.claude.writing import Writing


class Listening:
    """Takes in a stream. `over`: the message has ended, or a failure was told; nothing after it counts.

    `events` counts what came but pings. `on_text` hears of each text that is written.
    """

    __slots__ = ("_failure", "_frames", "_on_text", "_pieces", "events", "incoming", "over", "writing")

    def __init__(self, writing: Writing, on_text: Callable[[], None]) -> None:
        self.incoming = Incoming()
        self.over = False
        self.events = 0
        self._frames = Frames(EVENTS)
        self.writing = writing
        self._on_text = on_text
        self._pieces: list[str] = []
        self._failure: Failure | None = None

    def feed(self, chunk: bytes) -> None:
        """What came together is written together."""
        grown, pieces = self.incoming.grown, self._pieces
        try:
            for data in self._frames.feed(chunk):
                event = from_json(data)
                if text := grown(event):
                    pieces.append(text)
                    self.events += 1
                    continue
                self._take(event)
                if self.over:
                    break
        except ValueError:
            self._fail(GARBLED)
        self._write()

    def stall(self) -> None:
        """Nothing but pings came for long. Within a text that means that it hangs; who thinks may be silent."""
        if self.incoming.phase == "text":
            self._fail(STALLED)

    def outcome(self) -> Failure | None:
        """What went wrong, once the stream is over or has come to its end; None when nothing did."""
        return self._failure or (None if self.incoming.ended else CUT)

    def _take(self, event: object) -> None:
        self.events += 1
        if not isinstance(event, dict) or _is_failure(event):
            self._fail(of_event(event))
            return
        piece = self.incoming.feed(event)
        if piece:
            self._pieces.append(piece)
        elif self.incoming.phase != self.writing.phase:
            self._write()
            self.writing.enter(self.incoming.phase)
        self.over = self.incoming.ended

    def _fail(self, failure: Failure) -> None:
        self._failure, self.over = failure, True

    def _write(self) -> None:
        if not self._pieces:
            return
        self._on_text()
        self.writing.add("".join(self._pieces))
        self._pieces.clear()


def _is_failure(event: Mapping[str, object]) -> bool:
    """Some gateways say what went wrong without a type."""
    return event.get("type") == "error" or ("error" in event and "type" not in event)
