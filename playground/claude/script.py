"""What a test wants this Claude to say, and to which question. No I/O.

An entry is posted as JSON, or stands in the question itself on a line `playground: {...}`; all keys may be left out:
match              a part of the newest user message (its tool results included), upper and lower case alike; "*": any
times              how often it is used; null: until cleared (1)
text               what is said, a delta a token; or
chunks             what is said, each string one delta
thinking           what is thought before
tool_use           [{"name", "input", "id"}, ...] after it, `id` made when it is left out
blocks             content blocks as they are, after all that
stop_reason, stop_sequence, stop_details   ("tool_use" with tools, else "end_turn")
tokens_per_second, first_token             the pace; 0 tokens a second: all at once
do, after, ...     a fault, as in `playground.faults` and the package's docstring
An entry that says nothing changes only the pace, or the end, of what this Claude says by itself.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground import faults
from playground.claude import answer
from playground.claude.answer import Answer, Part
from playground.claude.trouble import WORDS
from playground.faults import Fault

_SAYING = ("text", "chunks", "thinking", "tool_use", "blocks", "stop_reason", "stop_sequence", "stop_details")
_OWN = ("match", "times", *_SAYING, "tokens_per_second", "first_token", "do")
_IN_TEXT = re.compile(r"^playground: *(\{.*\})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One wish. `says` is None when only the pace or the end is wished for; seconds, None: as usual."""

    match: str = "*"
    times: int | None = 1
    says: Mapping[str, Any] | None = None
    tokens_per_second: float | None = None
    first_token: float | None = None
    fault: Fault | None = None

    def answer(self, new_id: Callable[[object], str]) -> Answer | None:
        """What it says, None when nothing. `new_id` makes a tool's id and is told whether thinking went before it."""
        return None if self.says is None else _answer(self.says, new_id)


def read(raw: object) -> Entry:
    """An entry from its JSON. Raises ValueError with a sentence for its author."""
    if not isinstance(raw, Mapping):
        raise ValueError("An entry of the script is an object.")  # noqa: TRY004  # what a reader of JSON raises
    extra = {name: value for name, value in raw.items() if name not in _OWN}
    fault = faults.read({"method": "*", "do": raw["do"], **extra}, WORDS) if "do" in raw else None
    if extra and fault is None:
        raise ValueError(f"An entry of the script has no {', '.join(extra)}.")
    says = {name: raw[name] for name in _SAYING if name in raw}
    match, times = raw.get("match", "*"), raw.get("times", 1)
    if not isinstance(match, str) or not (times is None or (isinstance(times, int) and times > 0)):
        raise ValueError("`match` of an entry is a string, `times` a number from 1 or null.")
    pace = (raw.get("tokens_per_second"), raw.get("first_token"))
    if not all(one is None or (isinstance(one, int | float) and one >= 0) for one in pace):
        raise ValueError("`tokens_per_second` and `first_token` of an entry are numbers from 0.")
    _answer(says, str)
    return Entry(match, times, says or None, *pace, fault)


def in_text(question: str) -> Entry | None:
    """The entry that stands in a question, if one does and can be read."""
    found = _IN_TEXT.search(question)
    if found is None:
        return None
    try:
        return read(json.loads(found[1]))
    except ValueError:
        return None


def _answer(says: Mapping[str, Any], new_id: Callable[[object], str]) -> Answer:
    try:
        parts = [*_words(says), *_tools(says, new_id), *map(_block, says.get("blocks", ()))]
    except (TypeError, KeyError, AttributeError):
        raise ValueError("An entry of the script cannot be read: look at the types of what it says.") from None
    usual = "tool_use" if says.get("tool_use") else "end_turn"
    return Answer(tuple(parts), says.get("stop_reason", usual), says.get("stop_sequence"), says.get("stop_details"))


def _words(says: Mapping[str, Any]) -> Iterable[Part]:
    if says.get("thinking"):
        yield answer.thinking(says["thinking"])
    if says.get("chunks"):
        yield Part("text", tuple(map(str, says["chunks"])))
    elif says.get("text"):
        yield answer.text(says["text"])


def _tools(says: Mapping[str, Any], new_id: Callable[[object], str]) -> Iterable[Part]:
    for wanted in says.get("tool_use", ()):
        yield answer.tool_use(wanted["name"], wanted.get("input", {}), wanted.get("id") or new_id(says.get("thinking")))


def _block(raw: Mapping[str, Any]) -> Part:
    fields = {**raw}
    kind = fields.pop("type")
    if kind == "text":
        cited = {"citations": fields["citations"]} if fields.get("citations") else {}
        return replace(answer.text(fields["text"]), fields=cited)
    if kind == "thinking":
        return answer.thinking(fields["thinking"])
    if kind in ("tool_use", "server_tool_use"):
        made = answer.tool_use(fields["name"], fields.get("input", {}), fields["id"], kind=kind)
        return replace(made, fields={**made.fields, "caller": fields["caller"]}) if "caller" in fields else made
    return Part(kind, (), fields)


@dataclass(eq=False, slots=True)
class Script:
    """The entries that are still to come. The first one that matches is used."""

    _entries: list[tuple[Entry, int]] = field(default_factory=list)  # with how often each was used

    def add(self, entries: Iterable[object]) -> None:
        """All of them or, when one cannot be read (ValueError), none."""
        self._entries += [(read(raw), 0) for raw in entries]

    def take(self, question: str) -> Entry | None:
        asked = question.casefold()
        for place, (entry, used) in enumerate(self._entries):
            if entry.match != "*" and entry.match.casefold() not in asked:
                continue
            if entry.times is not None and used + 1 >= entry.times:
                del self._entries[place]
            else:
                self._entries[place] = (entry, used + 1)
            return entry
        return in_text(question)

    def clear(self) -> None:
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
