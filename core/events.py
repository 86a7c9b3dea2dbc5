"""What the log is told: one class, one line. What may stand in it is said in telling.py. No I/O."""

from dataclasses import dataclass
from enum import StrEnum

from core.contract import Action, Outcome
from core.telling import LogError, LogEvent, LogWarning, Pseudonym, Slug

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

    OutOfMemoryError: it is full. MISCONF: it cannot write to its disk. ReadOnlyError: it is a replica. taken:slack:
    another bot of Slack is at work there.
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
class UsageLost(LogError):
    """Usage lines could not be written. `code` is the system's.

    ENOSPC: the disk is full. EACCES: the folder is not ours.
    """

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
class TurnFailed(LogError):
    """A fault of ours ended a turn: the person read an apology; the line carries the fault's type and frames.

    Or the fault kept the answer's end from the screen: that is tried again, and given up after a while.
    """

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
class MemoryFailed(LogError):
    """A fault of ours while a memory was made: the conversation goes on without. The line carries type and frames."""

    turn: Pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFailed(LogError):
    """A fault in a tool: the model was told so in a sentence; the line carries the fault's type and frames."""

    tool: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsLeftOut(LogWarning):
    """Claude took a question only without so many tools.

    `code` is mcp_server, mcp_token, failed_before, or the API's own word.
    """

    code: Slug
    tools: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLeftOut(LogWarning):
    """The model of the settings does not take this one, and is asked without it; `parley doctor` says more."""

    setting: Slug
    model: Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsUnknown(LogWarning):
    """At the start, the API did not tell which models there are and what they can.

    Where that is a trouble, and no gateway without such a list, `parley doctor` says more.
    """

    code: Slug
