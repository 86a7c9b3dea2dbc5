"""How something is told to the log: as numbers, switches, enums, slugs and pseudonyms, and no other kind of field."""

import logging
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import ClassVar, Self

LOGGER = "parley"
_log = logging.getLogger(LOGGER)

_SLUG = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_PSEUDONYM = re.compile(r"[0-9a-f]{20}")
_LARGEST = 10**9
"""Beyond it a number may be an id (a snowflake, a Slack timestamp): counts and seconds are smaller."""


class Slug(str):
    """A word of ours or of an API: a model, a request id, a stop reason, an error code. Never what a person wrote."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if not _SLUG.fullmatch(value):
            raise ValueError("not a slug")
        return super().__new__(cls, value)

    @classmethod
    def of(cls, value: str) -> Self:
        """The slug that an outside word is: "-" for none, "unfit" for what cannot be one."""
        return cls(value if _SLUG.fullmatch(value) else "unfit" if value else "-")


class Pseudonym(str):
    """A keyed hash of 80 bits, as `Store.pseudonym` makes them: the only way to say who, where and which text."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if not _PSEUDONYM.fullmatch(value):
            raise ValueError("not a pseudonym")
        return super().__new__(cls, value)


@dataclass(frozen=True, slots=True)
class LogEvent:
    """The root of all events: one class, one line. Its name in plain words is the event, its fields are the facts."""

    level: ClassVar[int] = logging.INFO

    def __str__(self) -> str:
        return " ".join([title(type(self)), *(f"{key}={value}" for key, value in facts(self).items())])


@dataclass(frozen=True, slots=True)
class LogWarning(LogEvent):
    """The root of those that somebody should look at."""

    level: ClassVar[int] = logging.WARNING


@dataclass(frozen=True, slots=True)
class LogError(LogEvent):
    """The root of those that are a fault, or a loss."""

    level: ClassVar[int] = logging.ERROR


Ear = Callable[["LogEvent"], None]
_ears: list[Ear] = []


@contextmanager
def heard_by(ear: Ear) -> Iterator[None]:
    """Inside of it, `ear` hears every event at once, whatever the log's level. It must not raise."""
    _ears.append(ear)
    try:
        yield
    finally:
        _ears.remove(ear)


def emit(event: LogEvent, error: BaseException | None = None, *, written: bool = True) -> None:
    """Write one line. Of `error` it carries the type and the frames, never the message.

    With `written=False` only the ears hear it, so that it is counted: the same line was logged a moment ago.
    """
    if written and _log.isEnabledFor(event.level):  # made by hand: nobody asks from which line an event came
        told = (type(error), error, error.__traceback__) if error else None
        _log.handle(_log.makeRecord(LOGGER, event.level, "", 0, event, (), told))
    for ear in _ears:
        ear(event)


def title(kind: type[LogEvent]) -> str:
    """`TurnEnded` is said "turn ended"."""
    return _in_words(kind.__name__)


@cache
def _in_words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def facts(event: LogEvent) -> dict[str, bool | int | float | str]:
    """The fields as plain values. Of what slipped past the type checker only the type is told."""
    names = _names(type(event))  # type: ignore[arg-type]  # mypy takes the class for one of its events
    return {name: _plain(getattr(event, name)) for name in names}


@cache
def _names(kind: type[LogEvent]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(value: object) -> bool | int | float | str:
    if type(value) in {Slug, Pseudonym}:
        return str(value)
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, int | str) else value.name
    if isinstance(value, bool | int | float) and math.isfinite(value) and abs(value) < _LARGEST:
        return round(value, 4) if isinstance(value, float) else value
    return f"<{type(value).__name__}>"
