"""Everything that a server of the playground saw and showed, each with its time. No I/O.

A record is a JSON object of some kind ("calls", "versions", ...). All kinds share one count: `index` says when a record
came or last changed, so whoever asks for `since=N` gets each record that is new to him, and a call that was in flight
again when it has its answer; `id` stays the same. Times are in seconds: `at` is `time.time()`, `monotonic` is
`time.monotonic()` (comparable between the processes of one machine).

Kinds that every server keeps (each may add its own):
calls      method, arguments, arrived, effect, answered (monotonic; None: not yet, or cut), status, error
versions   one version of one message: channel, message (its id), number (0, 1, ...), author, text, method ("" when a
           person did it), deleted; and what the platform adds
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass(eq=False, slots=True)
class Call:
    """One call in the record: mark its effect when it takes place, its answer when it is sent."""

    record: "Record"
    id: int

    def effect(self) -> None:
        self.record.amend(self.id, effect=self.record.monotonic())

    def answered(self, status: int, error: str = "") -> None:
        self.record.amend(self.id, answered=self.record.monotonic(), status=status, error=error)

    def cut(self) -> None:
        """The connection was cut: no answer was sent."""
        self.record.amend(self.id, error="cut")


@dataclass(eq=False, slots=True)
class Record:
    """The list of all records, in memory."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    _next: int = 0
    _by_index: dict[int, JsonObject] = field(default_factory=dict)  # in order of the index
    _index_of: dict[int, int] = field(default_factory=dict)  # id -> index
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)  # (channel, message) -> its versions so far

    def add(self, kind: str, **fields: object) -> int:
        """Note something of a kind; its id. `fields` must be JSON-able and no longer change."""
        entry = {"index": self._next, "id": self._next, "kind": kind, "at": self.wall(), "monotonic": self.monotonic()}
        self._by_index[self._next] = entry | fields
        self._index_of[self._next] = self._next
        self._next += 1
        return self._next - 1

    def amend(self, id_: int, **fields: object) -> None:
        """Change a record; it moves to the end. One that was cleared stays cleared."""
        index = self._index_of.pop(id_, None)
        if index is None:
            return
        entry = self._by_index.pop(index)
        self._by_index[self._next] = entry | fields | {"index": self._next}
        self._index_of[id_] = self._next
        self._next += 1

    def call(self, method: str, arguments: Mapping[str, object]) -> Call:
        """Note that a call arrived."""
        started = self.monotonic()
        fields = {"arguments": dict(arguments), "arrived": started, "effect": None, "answered": None}
        return Call(self, self.add("calls", method=method, status=0, error="", **fields))

    def version(self, channel: str, message: str, *, author: str, text: str, method: str = "", **more: object) -> int:
        """Note what a message looks like from now on; its number among the message's versions."""
        number = self._numbers.get((channel, message), 0)
        self._numbers[channel, message] = number + 1
        fields = {"channel": channel, "message": message, "number": number, "author": author, "text": text}
        self.add("versions", **fields, method=method, **({"deleted": False} | more))
        return number

    def state(self, since: int = 0) -> JsonObject:
        """What came or changed at `index >= since`: `{"next": N, "at", "monotonic", <kind>: [records], ...}`.

        `next` is the `since` to ask with the next time; a kind's records stand in the order in which they began.
        """
        found = []
        for index, entry in reversed(self._by_index.items()):
            if index < since:
                break
            found.append(entry)
        answer: JsonObject = {"next": self._next, "at": self.wall(), "monotonic": self.monotonic()}
        for entry in sorted(found, key=lambda entry: int(entry["id"])):
            answer.setdefault(entry["kind"], []).append(entry)
        return answer

    def clear(self) -> None:
        """Forget all records. The count goes on, so an old `since` stays valid."""
        self._by_index.clear()
        self._index_of.clear()
        self._numbers.clear()
