"""The contract's nouns as JSON and back. No I/O.

A lone surrogate, which no UTF-8 can carry, becomes a question mark here, at the door.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from core.contract import Action, Event, Final, Json, Message, Place, Progress
from core.dialogue import Exchange
from core.store.sealing import Unreadable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """What a turn comes from beside its message: its own id, the exchange it replaces, the text it goes on from.

    `stood`: that exchange's answer. `payer`: the pseudonym of who pressed the button; "": who asked pays.
    """

    id: str
    of: str = ""
    begun: str = ""
    stood: str = ""
    payer: str = ""

    def again(self, id: str, action: Action, text: str) -> "Origin":
        """What a button makes of it, below this text: a retry begins and ends as the failed one did."""
        if action is Action.RETRY:
            return Origin(id, self.of or self.id, self.begun, self.stood)
        return Origin(id, self.of or self.id, text if action is Action.CONTINUE else "", text)


@dataclass(frozen=True, slots=True, repr=False)
class Sighting:
    """The newest event of a place."""

    place: Place
    id: str


class Record(Generic[T]):
    """One noun's way into JSON and out of it."""

    def __init__(self, noun: type[T]) -> None:
        self._adapter = TypeAdapter(noun)

    def dump(self, value: T) -> bytes:
        try:
            return self._adapter.dump_json(value)
        except PydanticSerializationError:
            return _without_surrogates(self._adapter.dump_python(value))

    def load(self, text: bytes) -> T:
        """Raises Unreadable: its cause would repeat the text."""
        with _of_our_shape():
            return self._adapter.validate_json(text)


@contextmanager
def _of_our_shape() -> Iterator[None]:
    try:
        yield
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        raise Unreadable("a stored record is not of the shape that this release knows") from None


MESSAGE: Record[Message] = Record(Message)
ASKED: Record[Event] = Record(Event)
"""What a message has of every event, where the rest of it has another shape."""
FINAL: Record[Final] = Record(Final)
ORIGIN: Record[Origin] = Record(Origin)
SIGHTING: Record[Sighting] = Record(Sighting)
SHOWN: Record[tuple[str, ...]] = Record(tuple[str, ...])


def dump_exchange(exchange: Exchange) -> bytes:
    """By hand: its messages are JSON already, of any depth, and keep the order of their keys."""
    plain = {"id": exchange.id, "at": exchange.at, "messages": exchange.messages, "tokens": exchange.tokens}
    return _dumped(plain, exchange, "memory", "cited", "heard", "answered", "beyond")


def load_exchange(text: bytes) -> Exchange:
    """Raises Unreadable."""
    with _of_our_shape():
        plain = from_json(text)
        at, tokens, memory = float(plain["at"]), int(plain["tokens"]), bool(plain.get("memory"))
        cited = _words(plain.get("cited", []))
        heard, answered = bool(plain.get("heard")), _words(plain.get("answered", []))
        id, messages, beyond = _word(plain["id"]), _said(plain["messages"]), _words(plain.get("beyond", []))
        return Exchange(id, at, messages, tokens, memory, cited, heard, answered, beyond)


def dump_progress(progress: Progress) -> bytes:
    """By hand, as an exchange."""
    plain = {"model": progress.model, "text": progress.text, "sent": progress.sent, "said": progress.said}
    return _dumped(plain, progress, "container", "cited")


def load_progress(text: bytes) -> Progress:
    """Raises Unreadable."""
    with _of_our_shape():
        plain = from_json(text)
        sent, said, container = _said(plain["sent"]), _said(plain["said"]), _word(plain.get("container", ""))
        cited = _words(plain.get("cited", []))
        return Progress(_word(plain["model"]), _word(plain["text"]), sent, said, container, cited)


def _word(plain: object) -> str:
    if isinstance(plain, str):
        return plain
    raise TypeError


def _words(plain: object) -> tuple[str, ...]:
    if isinstance(plain, list):
        return tuple(map(_word, plain))
    raise TypeError


def _said(plain: object) -> tuple[Mapping[str, Json], ...]:
    if isinstance(plain, list) and all(isinstance(one, dict) for one in plain):
        return tuple(plain)
    raise TypeError


def _dumped(plain: Mapping[str, object], noun: object, *more: str) -> bytes:
    """As JSON, with what it has `more`: fields that older releases do not know, and that most are without."""
    plain = {**plain, **{name: value for name in more if (value := getattr(noun, name))}}
    try:
        return to_json(plain)
    except PydanticSerializationError:
        return _without_surrogates(plain)


def _without_surrogates(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
