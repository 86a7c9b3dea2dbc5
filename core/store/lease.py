"""What the store hands out: the word at the door, and a turn for a while. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.contract import Outcome, Turn
from core.dialogue import Choices, Exchange
from core.limits import Window


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a message or a press. `ahead`: how many are answered before it in its line.

    TOLD says why in one of: `full`, the line's queue; `window`, with `retry_after` seconds until it has room; `reason`:
    "all" or "own" (everybody's budget or the person's is gone until `retry_after`), or of a press: "busy" (something of
    the line still waits or runs), "gone" (too old, reset or deleted), "older" (a newer answer stands), "theirs"
    (somebody else asked). ACCEPTED has a `window` when it is held back until that has room, in `retry_after` seconds.
    `notices`: "here" when the window is all people's of the channel together; "again" when the person was told the same
    not long ago; "all" and "own" when a budget is nearly gone.
    """

    outcome: Outcome
    ahead: int = 0
    full: bool = False
    window: Window | None = None
    retry_after: float = 0
    reason: str = ""
    notices: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Lease:
    """The right to answer one turn, for a while. `stopped`: somebody pressed Stop, as far as we have heard.

    `epoch`: the place's when it was claimed. `shown`: ids of the messages on the screen, as noted last. `forgotten`:
    Redis knows nothing of the turn any more, so nobody can take it from us, nor is anything kept of it. `unkept`: no
    button will find it; `unasked`: nor does anybody want it, its question was deleted; both as far as we have heard.
    """

    fence: int
    clock: Callable[[], float] = field(repr=False)
    deadline: float = field(repr=False)
    record: str = field(repr=False)
    line: str = field(repr=False)
    place: str = field(repr=False)
    exchange: str = field(repr=False)
    pool: str = field(repr=False)
    lost: bool = False
    stopped: bool = False
    turn: str = field(default="", repr=False)
    """The turn's own id, as its platform says it: "" until its record was opened."""
    epoch: str = ""
    shown: tuple[str, ...] = field(default=(), repr=False)
    forgotten: bool = False
    unkept: bool = False
    unasked: bool = False

    def learn(self, left: int) -> None:
        """What Redis says is left of the turn (lib.lua)."""
        self.unkept, self.unasked = left > 1, left > 2

    @property
    def platform(self) -> str:
        return self.pool.partition(".")[0]

    def held(self, within: float = 0) -> bool:
        """Whether it is ours for `within` more seconds at least. Once lost it stays so."""
        return not self.lost and (self.forgotten or self.clock() + within < self.deadline)


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn to be answered now, with all that its prompt needs.

    `exchanges` are what was said before it, oldest first: the one at its thread's root, then its place's; the last one
    is the one that it replaces, if it does. `since`: when the place was made to forget, in s since 1970; 0: never.
    `payer`: the pseudonym of who pays for it, "" for who asked. `root`: the id of the one at the thread's root. Without
    `keeps`, nothing is kept there after the answer.

    What another release or one with another key has stored we may not be able to read: of what was said or chosen
    before (`gaps`), or of the turn itself (`unread`): then its message may have no words, and only that can be said.
    """

    turn: Turn
    lease: Lease
    exchanges: tuple[Exchange, ...]
    choices: Choices
    since: float = 0
    gaps: bool = False
    unread: bool = False
    payer: str = ""
    root: str = ""
    keeps: bool = True
