"""A plan of what shall go wrong, and with which call. No I/O.

A fault is posted as JSON:
{"method": "chat.update", "do": "429", "times": 1, "skip": 0, "retry_after": 2}

method   the call's name; `*` and `?` match as in file names
do       "429", "500", "503" or any other HTTP status in the place of an answer, without effect
         "lost"    the call takes effect and its answer is cut
         "reset"   the connection is cut before any effect
         "hang"    nothing is ever answered, without effect
         {"error": "..."}   the platform's own error of this name (in the shape that the platform gives it)
         or a word that only one server knows (its package says which)
times    how many calls it hits; null: until cleared
skip     how many matching calls it lets pass first
about    a text that a call's arguments must hold, such as a channel's id or a word; "": any call
All other keys belong to the server that reads them: `retry_after` in seconds goes with "429" and the like.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

MANNERS = ("lost", "reset", "hang")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was planned; `more` holds the keys that are the server's own."""

    method: str
    do: str
    times: int | None = 1
    skip: int = 0
    error: str = ""
    about: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status to answer with; 0 when this fault is of another kind."""
        return int(self.do) if self.do.isdecimal() else 0

    @property
    def retry_after(self) -> float:
        """Seconds, for the header of this name; 1 when the plan says nothing."""
        return float(self.more.get("retry_after", 1))


def read(raw: Mapping[str, Any], words: Iterable[str] = ()) -> Fault:
    """A fault from its JSON; `words` are the server's own manners. Raises ValueError with a sentence for its author."""
    rest = dict(raw)
    method, do, times, skip = rest.pop("method", ""), rest.pop("do", ""), rest.pop("times", 1), rest.pop("skip", 0)
    error, about = "", str(rest.pop("about", ""))
    if isinstance(do, Mapping):
        error, do = str(do.get("error", "")), "error"
    do = str(do)
    if not isinstance(method, str) or not method:
        raise ValueError("A fault needs the name of a method.")
    if not _is_count(skip, 0) or not (times is None or _is_count(times, 1)):
        raise ValueError("`times` (from 1, or null: until cleared) and `skip` (from 0) of a fault are whole numbers.")
    if do == "error" and not error:
        raise ValueError('An error has a name: {"do": {"error": "..."}}.')
    if do != "error" and do not in (*MANNERS, *words) and not (do.isdecimal() and 400 <= int(do) <= 599):
        known = ", ".join((*MANNERS, *words))
        raise ValueError(f"A fault's `do` is a status from 400 to 599, an error or one of {known}.")
    return Fault(method, do, times, skip, error, about, rest)


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


@dataclass(eq=False, slots=True)
class Plan:
    """The faults that are still to come, in the order in which they were added."""

    words: tuple[str, ...] = ()
    _faults: list[Fault] = field(default_factory=list)
    _seen: list[int] = field(default_factory=list)  # matching calls that each fault has met

    def add(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Plan all of these or, when one cannot be read (ValueError), none."""
        fresh = [read(raw, self.words) for raw in faults]
        self._faults += fresh
        self._seen += [0] * len(fresh)

    def take(self, method: str, arguments: Mapping[str, Any] | None = None) -> Fault | None:
        """What shall go wrong with this call. The first fault that matches counts it, also while it skips."""
        for place, fault in enumerate(self._faults):
            if not fnmatchcase(method, fault.method):
                continue
            if fault.about and fault.about not in json.dumps(arguments, ensure_ascii=False):
                continue
            self._seen[place] += 1
            if fault.times is not None and self._seen[place] >= fault.skip + fault.times:
                del self._faults[place], self._seen[place]
                return fault
            return fault if self._seen[place] > fault.skip else None
        return None

    def clear(self) -> None:
        self._faults.clear()
        self._seen.clear()

    def __len__(self) -> int:
        return len(self._faults)
