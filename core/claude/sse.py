"""Server-sent events: bytes in, the data of whole events out. No I/O.

The client library's own decoder costs three times as much a delta, and reading is most of what a turn costs.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_PLAIN: Final = re.compile(rb"(?<![^\n])(?<![^\n]\n)event: ([^\n]*)\ndata: ([^\n]*)\n\n")
"""How the API writes nearly all of them."""
_MOST: Final = 32 * 1024 * 1024  # bytes of one event: the largest that the API takes, so no answer holds a larger one


class Frames:
    """Cuts a stream into events. `wanted` are the names whose data is let through, and events without a name."""

    __slots__ = ("_rest", "_wanted")

    def __init__(self, wanted: Iterable[str]) -> None:
        self._rest = b""
        self._wanted = frozenset(name.encode() for name in wanted)

    def feed(self, chunk: bytes) -> Sequence[bytes]:
        """The data of each event that is whole now. Raises ValueError when one grows beyond all measure."""
        rest = self._rest + chunk if self._rest else chunk
        if b"\r" in rest:
            rest = _with_plain_ends(rest)
        end = rest.rfind(b"\n\n") + 2
        whole, self._rest = (rest[:end], rest[end:]) if end > 1 else (b"", rest)
        if len(self._rest) > _MOST:
            raise ValueError("an event without end")
        plain = _PLAIN.findall(whole)
        if len(plain) == whole.count(b"\n\n"):
            wanted = self._wanted
            return [data for name, data in plain if data and name in wanted]
        return [data for event in whole.split(b"\n\n") if (data := self._data(event))]

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
