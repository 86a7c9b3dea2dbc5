"""What may be said in a log: numbers, switches, enums, slugs and pseudonyms, and no other kind of field."""

import logging
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from functools import cache
from typing import ClassVar, Self

from core.contract import Action, Outcome

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


# The program


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(LogEvent):
    """`embedded`: the store is our own server, not one of REDIS_URL."""

    version: Slug
    python: Slug
    platforms: int
    embedded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRead(LogEvent):
    """Which rooms are on, as switches and counts: never a value that somebody chose."""

    own_redis: bool
    own_keys: bool
    own_prompt: bool
    person_windows: int
    place_windows: int
    allowed: int
    admins: int
    history_days: int
    drain_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(LogEvent):
    """`clean`: every live reply ended, or was handed over, within the time to drain."""

    seconds: float
    clean: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTrouble(LogWarning):
    """Redis did not do what was asked. `call` is a script, or what was asked for; `code` the kind of error.

    OutOfMemoryError: it is full. ReadOnlyError: it is a replica. taken:slack: another bot of Slack is at work there.
    """

    call: Slug
    code: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreUnfit(LogWarning):
    """A `setting` of the Redis behind REDIS_URL breaks a promise, or it is full; `parley doctor` says what to do."""

    setting: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDied(LogWarning):
    """The embedded Redis died, `times` in all while this process watched it, and is started again.

    `log` says why: a file in DATA_DIR/redis.
    """

    times: int
    log: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(LogEvent):
    platform: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(LogWarning):
    platform: Slug
    code: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformTrouble(LogWarning):
    """A platform did not do what was asked, or something failed at its door. `code` is its word, or what was raised.

    `call` is what it failed at: core/meters.py lists them. What Redis refuses meanwhile is a StoreTrouble.
    """

    platform: Slug
    call: Slug
    code: Slug
    retry_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited(LogWarning):
    """A platform refused a call: there were too many. `bucket` is a budget's name; it stops for so many seconds."""

    bucket: Slug
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesClosed(LogWarning):
    """The pages of HTTP_PORT cannot be served. Everything else goes on without.

    `code`, the system's: EADDRINUSE, the port is taken; EACCES, it is not for us; EADDRNOTAVAIL, not of this machine.
    """

    port: int
    code: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class DataErased(LogEvent):
    """What was kept of a person or a place was deleted: as asked at `place`, or as the bot had to leave it."""

    platform: Slug
    place: Pseudonym
    turns: int
    exchanges: int
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLost(LogEvent):
    """Usage lines could not be written. `code` is the system's.

    ENOSPC: the disk is full. EACCES: the folder is not ours.
    """

    level: ClassVar[int] = logging.ERROR

    code: Slug
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRetires(LogWarning):
    """A model of the settings will be retired on that date."""

    model: Slug
    date: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReached(LogWarning):
    """So many per cent of everybody's budget of the day are gone; with 100, nobody is answered until it is over."""

    percent: int


# A turn: the same pseudonym in each of its lines, from the door to the end


class Refusal(StrEnum):
    """Why a message was not taken."""

    ACCESS = "access"
    RATE = "rate"
    FULL = "full"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(LogEvent):
    """A message at the door. `length` in characters, `text` their keyed hash, `ahead` how many wait in its line."""

    platform: Slug
    turn: Pseudonym
    place: Pseudonym
    person: Pseudonym
    outcome: Outcome
    ahead: int
    length: int
    text: Pseudonym
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(LogEvent):
    """A message that is not answered, or a button that does nothing. `turn` as in what was said of it at the door."""

    platform: Slug
    turn: Pseudonym
    place: Pseudonym
    person: Pseudonym
    reason: Refusal
    retry_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(LogEvent):
    """A button that asks again, at the door. `turn` is the new one, `of` the one whose answer it stands below."""

    platform: Slug
    turn: Pseudonym
    of: Pseudonym
    place: Pseudonym
    person: Pseudonym
    action: Action
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(LogEvent):
    """A process took a turn. `waited`: seconds since the platform's time of the message."""

    turn: Pseudonym
    attempt: int
    waited: float
    exchanges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded(LogEvent):
    """What became of a turn. Times in seconds, `calls` to the model, tokens by kind, `text` the answer's keyed hash.

    `stop` is the model's stop reason, `error` our code of what went wrong; "-" when there was none.
    """

    turn: Pseudonym
    place: Pseudonym
    person: Pseudonym
    attempt: int
    seconds: float
    first_token: float
    model: Slug
    stop: Slug
    error: Slug
    request_id: Slug
    calls: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    length: int
    text: Pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDone(LogEvent):
    """The last text stands on the screen, and whoever waited in its line is next. `seconds` since it was claimed."""

    turn: Pseudonym
    attempt: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed(LogEvent):
    """A fault of ours ended a turn: the person read an apology; the line carries the fault's type and frames.

    Or the fault kept the answer's end from the screen: that is tried again, and given up after a while.
    """

    level: ClassVar[int] = logging.ERROR

    turn: Pseudonym
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLost(LogWarning):
    """A turn's lease was lost here, or Redis was away: whoever claims it goes on. Nobody does if Redis lost it."""

    turn: Pseudonym
    attempt: int


# Calls to the model


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRetried(LogWarning):
    """A call to the model failed and is tried again after `wait` seconds."""

    code: Slug
    attempt: int
    wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered(LogEvent):
    """A memory was to take the place of so many exchanges. `error` is why it did not, "-" when it did."""

    place: Pseudonym
    exchanges: int
    seconds: float
    error: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFailed(LogEvent):
    """A fault of ours while a memory was made: the conversation goes on without. The line carries type and frames."""

    level: ClassVar[int] = logging.ERROR

    turn: Pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFailed(LogEvent):
    """A fault in a tool: the model was told so in a sentence; the line carries the fault's type and frames."""

    level: ClassVar[int] = logging.ERROR

    tool: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsLeftOut(LogWarning):
    """Claude took a question only without so many tools: `code` is mcp_server, mcp_token or the API's own word."""

    code: Slug
    tools: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLeftOut(LogWarning):
    """The model of the settings does not take this one, and is asked without it; `parley doctor` says more."""

    setting: Slug
    model: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsUnknown(LogWarning):
    """At the start, the API did not tell which models there are and what they can; `parley doctor` says more."""

    code: Slug
