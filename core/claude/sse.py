"""Server-sent events: bytes in, the data of whole events out. No I/O.

The client library's own decoder costs three times as much a delta, and reading is most of what a turn costs.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_PLAIN: Final = re.compile(rb"(?<![^\n])(?<![^\n]\n)event: ([^\n]*)\ndata: ([^\n]*)\n\n")
"""How the API writes nearly all of them."""
_ENDS: Final = re.compile(rb"[\r\n]")
_MOST: Final = 32 * 1024 * 1024  # bytes of one event: the largest that the API takes, so no answer holds a larger one


class Frames:
    """Cuts a stream into events. `wanted` are the names whose data is let through, and events without a name."""

    __slots__ = ("_begun", "_wanted")

    def __init__(self, wanted: Iterable[str]) -> None:
        self._begun = bytearray()  # of an event that is not whole yet
        self._wanted = frozenset(name.encode() for name in wanted)

    def feed(self, chunk: bytes) -> Sequence[bytes]:
        """The data of each event that is whole now. Raises ValueError when one grows beyond all measure."""
        begun = self._begun
        if begun:
            # Within a line nothing ends, and a PDF that the API fetched is one of megabytes.
            is_within = not _ENDS.search(chunk) and not begun.endswith(b"\r")
            begun += chunk
            if is_within:
                return self._waits()
            chunk = bytes(begun)
            begun.clear()
        if b"\r" in chunk:
            chunk = _with_plain_ends(chunk)
        end = chunk.rfind(b"\n\n") + 2
        whole = chunk[:end] if end > 1 else b""
        if len(whole) < len(chunk):
            begun += chunk[len(whole) :]
            self._waits()
        plain = _PLAIN.findall(whole)
        if len(plain) == whole.count(b"\n\n"):
            wanted = self._wanted
            return [data for name, data in plain if data and name in wanted]
        return [data for event in whole.split(b"\n\n") if (data := self._data(event))]

    def _waits(self) -> Sequence[bytes]:
        """Nothing is whole yet."""
        if len(self._begun) > _MOST:
            raise ValueError("an event without end")
        return ()

    def _data(self, event: bytes) -> bytes:
        name, lines = b"", []
        for line in event.split(b"\n"):
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"event":
                name = value
            elif field == b"data":
                lines.append(value)
        return b"\n".join(lines) if not name or name in self._wanted else b""


def _with_plain_ends(text: bytes) -> bytes:
    """Lines that end in CR or CR LF end in LF. A CR at the very end stays: its LF may be yet to come."""
    last = b"\r" if text.endswith(b"\r") else b""
    body = text[: len(text) - len(last)]
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + last
