"""Server-sent events: bytes in, the data of whole events out. No I/O.

The client library's own decoder costs three times as much a delta, and reading is most of what a turn costs.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_PLAIN: Final = re.compile(rb"event: ([^\n]*)\ndata: ([^\n]*)")
"""How the API writes nearly all of them."""
_MOST: Final = 32 * 1024 * 1024  # bytes of one event: the largest that the API takes, so no answer holds a larger one


class Frames:
    """Cuts a stream into events. `wanted` are the names whose data is let through, and events without a name."""

    __slots__ = ("_rest", "_wanted")

    def __init__(self, wanted: Iterable[str]) -> None:
        self._rest = b""
        self._wanted = frozenset(name.encode() for name in wanted)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of each event that is whole now. Raises ValueError when one grows beyond all measure."""
        rest = self._rest + chunk if self._rest else chunk
        if b"\r" in rest:
            rest = _with_plain_ends(rest)
        *whole, self._rest = rest.split(b"\n\n")
        if len(self._rest) > _MOST:
            raise ValueError("an event without end")
        for event in whole:
            plain = _PLAIN.fullmatch(event)
            data = (plain[2] if plain[1] in self._wanted else b"") if plain else self._data(event)
            if data:
                yield data

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
