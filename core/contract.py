"""START HERE. The nouns that travel through Parley and the promises between its rooms. No I/O.

A platform turns what it hears into an `Event` and hands it to the `Inbox`; the engine turns an accepted message into a
`Turn`, asks the model, and writes the answer into a `Reply`; the reply paints `Page`s through the platform's `Screen`.

Events, turns and what is kept of them are frozen and travel as JSON: one process may answer what another accepted. The
rest stays in its process. No repr shows a text, a name or an id, so no stray log line or traceback can carry one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from core.draft import Draft

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class Outcome(StrEnum):
    """What became of an event at the door."""

    ACCEPTED = "accepted"
    """It is stored and will be answered, or (a change, a stop) it is done; acknowledge it."""
    SEEN = "seen"
    """It was accepted before, here or elsewhere; acknowledge it, show nothing."""
    TOLD = "told"
    """Only the verdict's `text` follows, for this person alone: a refusal, a command's answer."""
    PASSED = "passed"
    """It is not for us (nobody named the bot, and it takes no part in that thread); nothing was stored."""


class Action(StrEnum):
    """What a button does."""

    STOP = "stop"
    REGENERATE = "regenerate"
    CONTINUE = "continue"
    RETRY = "retry"


LABELS: Mapping[Action, str] = {
    Action.STOP: "Stop",
    Action.REGENERATE: "Regenerate",
    Action.CONTINUE: "Continue",
    Action.RETRY: "Try again",
}
"""What stands on the buttons."""


class Quiet:
    """No repr of its fields: they are what people wrote, or who they are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, slots=True, repr=False)
class Place(Quiet):
    """One conversation: a channel, a thread in it, a direct message.

    `thread` is the id of the message at the thread's root ("" at a channel's top level); the thread's history begins
    with the exchange of that message. `private`: only one person and the bot are there (a DM, or an answer only one
    person sees, which has a Place of its own with that person's id as `thread`).
    """

    platform: str
    space: str
    channel: str
    thread: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Person(Quiet):
    """Who wrote. `trusted` is False for guests and people of other workspaces."""

    id: str
    name: str = ""
    roles: tuple[str, ...] = ()
    trusted: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class File(Quiet):
    """A file as the platform refers to it: no signed URL, no bytes. `size` in bytes, as announced."""

    ref: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Event(Quiet):
    """Something a person did.

    `id` is unique on its platform and the same at every delivery. `at` is the platform's own time of it, in seconds
    since 1970: order within a line follows it. `address` is what the platform needs to answer later, from any process.
    """

    id: str
    place: Place
    author: Person
    at: float
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Message(Event):
    """A question, as Markdown, with the mention of the bot removed.

    `direct`: the bot was named, or it is a DM or a command. False: an ordinary message in a thread, which is for the
    bot only where it already takes part. `quoted`: ids of people whose words stand in `text`, too.
    """

    text: str
    files: tuple[File, ...] = ()
    direct: bool = True
    quoted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Command(Event):
    """A row of `commands.TABLE`, however it was typed. `quoted`: as in a Message, of the argument.

    `edited`: when it was edited last, as its platform says that; "" when it was not.
    """

    name: str
    argument: str = ""
    files: tuple[File, ...] = ()
    quoted: tuple[str, ...] = ()
    edited: str = ""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Press(Event):
    """A button. `turn` is the turn whose answer carries it; "" means the one that runs at this place."""

    action: Action
    turn: str = ""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Change(Event):
    """The message `id` was edited to `text`, or deleted (None). `at` is the time of the message, not of its change.

    `shown`: its id on a screen, "" when the same; it may be ours. `files`: refs of those that are left, None when that
    is not told. `less`: it surely lost one, so its answer goes, too.
    """

    text: str | None
    shown: str = ""
    files: tuple[str, ...] | None = None
    less: bool = False


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Left(Event):
    """The bot is no longer in a place, nor in those within it: it was removed, the place was deleted, or is now `to`.

    With no channel: nowhere in its space. Its author is nobody. `at`: when it left or that was heard; later words stay.
    """

    to: Place | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Verdict(Quiet):
    """The engine's word on an event. `retry_after` in seconds, 0 when waiting is no use; `file` goes with `text`.

    ACCEPTED may have a `text` too, for this person alone: it waits, or little is left. TOLD without one: show a sign.
    `own`: it tells what is somebody's own, such as what they spent; so others never read it, where no way is private.
    """

    outcome: Outcome
    text: str = ""
    retry_after: float = 0
    file: bytes = b""
    own: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Final(Quiet):
    """How an answer ended: committed before it is painted, so that it is never asked for twice.

    `note` is our own sentence below the text (stopped, cut short, an error's advice), never the model's.
    """

    text: str
    note: str = ""
    buttons: tuple[Action, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it did not fail, and was neither cut nor stopped: nobody is to go on with it."""
        return not {Action.CONTINUE, Action.RETRY}.intersection(self.buttons)


@dataclass(frozen=True, slots=True, repr=False)
class Progress(Quiet):
    """How far an answer has come by its tools, kept so that what they gave survives a restart.

    `text`: what stands so far. `sent`: the messages that follow the prompt's, with thinking and unchanged, which only
    `model` takes. `said`: those of them that the history will keep. `container`: where Claude's code runs, or "".
    `cited`: as in an Answer.
    """

    model: str
    text: str
    sent: tuple[Mapping[str, Json], ...]
    said: tuple[Mapping[str, Json], ...] = ()
    container: str = ""
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Turn(Quiet):
    """One answer that is owed: the journal's record.

    `fence` rises with every claim; whoever holds an older one can write nothing. `attempt` counts claims, from 1.
    `of`: the id of the exchange that this turn replaces, "" when it is a new one. `begun`: the text that it goes on
    from. `shown`: the platform's ids of its messages, page by page. `stood`: the answer that was in the history when a
    button was pressed; it stands again when no new one can be had.
    """

    id: str
    fence: int
    attempt: int
    message: Message
    of: str = ""
    begun: str = ""
    shown: tuple[str, ...] = ()
    final: Final | None = None
    progress: Progress | None = None
    stood: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Page(Quiet):
    """One message on a platform: Markdown within its size. `file` is the rest of a text that was too long."""

    text: str
    buttons: tuple[Action, ...] = ()
    final: bool = False
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A budget that a platform publishes: `calls` in `seconds`, shared by everything under the same name and scope.

    `scope` is opaque to the core (a team, a channel); it never reaches a log.
    """

    name: str
    scope: str = field(repr=False)
    calls: int
    seconds: float


class Screen(Protocol):
    """One answer's place on a platform: all that a platform writes.

    One method is one call as `buckets` counts it (what belongs to it, a file, may follow), never repeated inside. Every
    method raises `ScreenError`s (errors.py) and nothing else. `buckets` names what a "post", "edit" or "status" spends.
    `unnoticed`: an edit tells nobody, and whoever was told of this message looks elsewhere by now. An answer that would
    end in it ends in a new message, which tells; no call, and False where nothing is told twice.
    """

    tables_apart: bool  # a message has one table at most
    head: str  # Markdown that stands above the answer: what was asked, where others do not see it; "": nothing
    most_pieces: int  # and so many headings, rules, tables and runs of anything else between them; 0: any number

    @property
    def speaks(self) -> bool: ...  # a status says what goes on; where it does not, one that stands need no second call
    @property
    def status_seconds(self) -> float: ...  # for so long a status stands at least, where no post takes it away
    @property
    def lasts(self) -> bool: ...  # no post takes a status away: that is asked for at the end, whatever `buckets` say
    @property
    def size(self) -> int: ...  # the most that a page may have, as `measure` counts
    def measure(self, text: str) -> int: ...  # in the platform's units, as it is sent; additive over whole lines
    def buckets(self, call: str) -> Sequence[Bucket]: ...
    def unnoticed(self, id: str) -> bool: ...
    async def post(self, page: Page, nonce: str) -> str: ...  # the message's id; `find` knows it by its nonce
    async def edit(self, id: str, page: Page) -> None: ...
    async def remove(self, id: str) -> None: ...  # Closed: it may not be removed
    async def status(self, text: str) -> None: ...  # "" takes it away
    async def find(self, nonce: str) -> str | None: ...  # the id of the message posted with it, or None


class Reply(Protocol):
    """A live answer, as whoever writes it sees it. core/screen.py has the one that people see."""

    def write(self, text: Draft | str) -> None:
        """The whole text so far. The latest wins; never waits; "" withdraws what was shown."""

    def status(self, text: str) -> None:
        """What is going on until text comes: thinking, a tool, queued. Never waits."""

    async def rest(self, seconds: float) -> None:
        """Return when it is worth reading more of the text: after so long, sooner when it is about to be painted."""

    async def end(self, note: str = "", buttons: tuple[Action, ...] = ()) -> None:
        """Return when the last text stands. Raises ScreenError when it never can, StaleLease when it is not ours."""


class Inbox(Protocol):
    """Where a platform hands in what it hears. core/door.py is the only one."""

    async def accept(self, event: Event) -> Verdict:
        """Decide and store. Acknowledge to the platform only after it returned; when it raises, do not acknowledge."""

    def welcomes(self, event: Event) -> bool:
        """Whether its author may ask there at all: what `accept` refuses for that is better shown to nobody before."""

    async def decline(self, event: Event, why: str) -> Verdict:
        """Like `accept`, of a question that the platform cannot answer: its person is told why, once an hour there."""

    async def last_seen(self, platform: str) -> Mapping[Place, str]:
        """The newest event's id of each place of late, for asking the platform what was missed."""

    async def unread(self, platform: str) -> Mapping[Place, float]:
        """A gap is to be read: when (s since 1970) the newest event of each place was before it.

        It stays so, whatever comes in and whoever dies meanwhile, until the platform has `caught_up`.
        """

    async def caught_up(self, platform: str) -> None:
        """All is handed in that was missed."""


class Platform(Protocol):
    """A chat service, made by a folder under bots/.

    What else it can do it says by having the methods: `Writer`, `Namer`, `Homed` and `Heard` below.
    """

    @property
    def name(self) -> str: ...

    async def open(self) -> None:
        """Check the tokens, open what screens need. Raises SettingsError with a sentence for each thing wrong."""

    async def run(self, inbox: Inbox) -> None:
        """Listen until cancelled; reconnect by itself. Screens go on working afterwards, until `close`."""

    async def close(self) -> None: ...

    def screen(self, turn: Turn) -> Screen:
        """Where this turn's answer goes, also for a turn that another process began."""

    async def read(self, file: File, at_most: int) -> bytes:
        """A file's bytes, in one try. Raises FileError: not to be had, or over `at_most` bytes.

        Throttled and Uncertain of what may be over soon: it is then tried again, as long as who asks can wait.
        """

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        """What was said in its thread before, but after `since`, and its files, oldest first; empty: kept back."""


@runtime_checkable
class Writer(Protocol):
    """A platform on which people can be written to who asked nothing."""

    @property
    def name(self) -> str: ...

    async def write_to(self, person: str, text: str) -> None:
        """For this person alone. Does nothing when `person` is no id of this platform's. Raises ScreenErrors."""


@runtime_checkable
class Namer(Protocol):
    """A platform that may learn what a file is called only when it reads it."""

    def file_name(self, file: File) -> str: ...


@runtime_checkable
class Homed(Protocol):
    """A platform that is one bot, in Slack of one workspace: it cannot end what another one accepted."""

    @property
    def home(self) -> str: ...


@runtime_checkable
class Heard(Protocol):
    """A platform with a connection: when it said anything, in s since 1970; 0: never."""

    @property
    def last_frame_at(self) -> float: ...
