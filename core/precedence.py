"""Who may touch a platform next: decided for all live replies together. The clock is an argument. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf

from core import pacing
from core.budget import Budget
from core.contract import Bucket
from core.errors import Throttled
from core.sharing import Account

SHORTEST_GAP = 0.32
"""Seconds between two paints of one reply: more often only costs budget, nobody reads faster."""
UNGOVERNED_GAP = 0.05
"""The same for a platform that publishes no limits."""
LOOK = 0.25
"""Seconds after which all that wait are looked at again, if nothing happens before."""
DENIED = 0.05
"""Seconds until a call that the others left no room for is looked at again."""
ROOMY = 0.9
"""Seconds: where a reply shares a bucket whose gap is longer, its first text waits for more of it before it is painted.

It waits for as long as the gap is longer than this, times `Budget.weight`: where paints are few, the first one is worth
more when it shows more, and a short answer needs no other. With 50 replies at once that halved the median lag.
"""
MOST_GATHER = 2.5
"""Seconds that a first text waits so at most. The status line shows meanwhile that an answer comes."""
FRESH = 0.02
"""Seconds after which the gap of a bucket is reckoned anew."""
MOST_BUCKETS = 500
"""When more are remembered, idle ones are forgotten; the next time when there are twice as many as remained."""

Buckets = Callable[[str], Sequence[Bucket]]


class Need(IntEnum):
    """Why a reply wants to call. Smaller goes first."""

    END = 0
    """A last text, a withdrawal: at once."""
    FIRST = 1
    """A new message, which will need an edit for its end."""
    PROGRESS = 2
    SIGN = 3
    """A reply's first sign of life."""
    STATUS = 4
    """Another one, or the same again: whoever waits knows already that they were heard."""

    @property
    def spends_surplus(self) -> bool:
        """Whether it must leave the calls that are held for ends."""
        return self in (Need.FIRST, Need.PROGRESS)


@dataclass(frozen=True, slots=True)
class Wish:
    """One call that a reply would make: "post", "edit" or "status".

    `since`: the time from which it is wanted; of equal needs, the oldest goes first. `after`: it is not made before.
    """

    call: str
    need: Need
    since: float
    after: float = 0


@dataclass(slots=True, eq=False)
class Share:
    """All that is known of one bucket: its budget, and the live replies (`stands`) whose edits draw on it.

    `gap`: seconds between two paints of each of them. `gather`: seconds that a first text waits for more of it, where
    others draw on the bucket too. `reckoned`: when these two were.
    """

    budget: Budget
    demand: pacing.Demand
    stands: "dict[Stand, None]" = field(default_factory=dict)  # a set that keeps its order: all of this is reproducible
    gap: float = 0
    gather: float = 0
    reckoned: float = -inf

    def is_idle(self, now: float) -> bool:
        budget = self.budget
        return not self.stands and not budget.refusals and budget.free(now) == budget.bucket.calls


@dataclass(slots=True, eq=False)
class Stand:
    """One live reply, as the governor sees it.

    `edits`: what an edit of it draws on. `began`, `painted`: when it was painted first, and last. `denied`: when other
    processes last left no room for it. `held`: how many edits are kept for the ends of its messages. `unseen`:
    characters of its text that are not painted yet. `wish`: the call that it waits for; `wished`: what that draws on.
    """

    buckets: Buckets
    entered: float
    edits: tuple[Share, ...] = ()
    began: float | None = None
    painted: float = -inf
    denied: float = -inf
    held: int = 0
    unseen: int = 0
    wish: Wish | None = None
    wished: tuple[Share, ...] = ()

    def urgency(self, now: float) -> tuple[int, float]:
        """Who goes first among those that may: the smaller. Progress goes to the screen that is most behind."""
        if self.wish is None:
            return Need.STATUS, inf
        if self.wish.need is Need.PROGRESS:
            return Need.PROGRESS, -self.unseen * min(now - self.painted, 1e6)
        return self.wish.need, self.wish.since


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """A call that may be made, and the shares that it is charged to. `id` counts from 1.

    `before`: `began` and `painted` of its stand as they were, for the case that the call is not made.
    """

    id: int
    stand: Stand
    wish: Wish
    charged: tuple[Share, ...]
    before: tuple[float | None, float]

    @property
    def spared(self) -> tuple[Share, ...]:
        """The shares that must have more than what is held for ends."""
        return self.stand.edits if self.wish.need.spends_surplus else ()

    @property
    def opens(self) -> bool:
        return self.wish.need is Need.FIRST


class Precedence:
    """Decides who goes next. Every method takes the time in seconds, of a clock that never goes back."""

    def __init__(self) -> None:
        self._shares: dict[tuple[str, str], Share] = {}
        self._most = MOST_BUCKETS
        self._lives = pacing.Lives()
        self._waiting: dict[Stand, None] = {}
        self._granted = 0

    @property
    def shares(self) -> Iterable[Share]:
        return self._shares.values()

    def enter(self, buckets: Buckets, now: float) -> Stand:
        """A reply that will want to paint: known before its first text, so that others leave it something."""
        stand = Stand(buckets, now)
        stand.edits = self._of(stand, "edit", now)
        for share in stand.edits:
            share.stands[stand] = None
            share.demand.began(now)
        return stand

    def leave(self, stand: Stand, now: float) -> None:
        """It has ended: what it held is free, how long it lasted is learnt."""
        self.drop(stand)
        self.hold(stand, 0)
        for share in stand.edits:
            share.stands.pop(stand, None)
            share.demand.ended(stand.entered, now)
        if stand.began is not None:
            self._lives.ended(now - stand.began)
        if len(self._shares) > self._most:
            self._shares = {key: share for key, share in self._shares.items() if not share.is_idle(now)}
            self._most = max(MOST_BUCKETS, 2 * len(self._shares))

    def ask(self, stand: Stand, wish: Wish, now: float) -> None:
        """One wish at a time; it waits until it is granted or dropped."""
        stand.wish = wish
        stand.wished = self._of(stand, wish.call, now)
        self._waiting[stand] = None

    def drop(self, stand: Stand) -> None:
        stand.wish = None
        self._waiting.pop(stand, None)

    def hold(self, stand: Stand, messages: int) -> None:
        """How many of its messages still have their last edit before them."""
        for share in stand.edits:
            share.budget.held += messages - stand.held
        stand.held = messages

    def due(self, now: float) -> tuple[list[Grant], float]:
        """Who may call now; when to look again (infinity: when somebody asks)."""
        granted, look = [], inf
        for stand in sorted(self._waiting, key=lambda stand: stand.urgency(now)):
            at = self._when(stand, now)
            if stand.wish is not None and at <= now:
                granted.append(self._grant(stand, stand.wish, now))
            else:
                look = min(look, at)
        return granted, min(look, now + LOOK) if self._waiting else inf

    def returned(self, grant: Grant, now: float, refused: Throttled | None = None) -> Sequence[Share]:
        """A granted call came back. After a 429 the bucket that it names stops for everybody, or all, if it names none.

        Returns the shares that stopped.
        """
        named = [share for share in grant.charged if refused and share.budget.bucket.name == refused.code]
        stopped = (named or grant.charged) if refused else ()
        for share in grant.charged:
            if refused and share in stopped:
                share.budget.refused(now, refused.retry_after)
            share.budget.returned(now)
        return stopped

    def unused(self, grant: Grant, now: float) -> None:
        """A granted call was not made."""
        grant.stand.began, grant.stand.painted = grant.before
        for share in grant.charged:
            share.budget.untake(now)
        if grant.opens:
            self.hold(grant.stand, max(0, grant.stand.held - 1))

    def deny(self, grant: Grant, now: float) -> None:
        """Others left no room for it: it waits again."""
        self.unused(grant, now)
        grant.stand.denied = now
        self.ask(grant.stand, grant.wish, now)

    def gap(self, stand: Stand, now: float) -> float:
        """Seconds from one paint of this reply to its next."""
        if not stand.edits:
            return UNGOVERNED_GAP
        return max(SHORTEST_GAP, *(self._reckoned(share, now).gap for share in stand.edits))

    def account(self, share: Share, now: float) -> Account:
        """What the other processes should know of this bucket."""
        budget, remaining = share.budget, self._remaining(share, now)
        return Account(
            budget.bucket,
            held=budget.held,
            weight=budget.weight,
            burst=budget.most,
            live=len(remaining),
            left=sum(remaining),
            rate=share.demand.seen(now),
        )

    def part(self, now: float) -> None:
        """The others do not answer any more."""
        for share in self._shares.values():
            share.budget.part(now, len(share.stands))

    def _when(self, stand: Stand, now: float) -> float:
        """The time before which its wish cannot come true. Only when its own time has come does it look for room."""
        wish = stand.wish
        if wish is None:
            return inf
        at = max(wish.after, stand.denied + DENIED)
        if wish.need is Need.FIRST and stand.edits:
            at = max(at, wish.since + self._gathering(stand, now))
        if wish.need is Need.PROGRESS:
            at = max(at, stand.painted + self.gap(stand, now))
        return at if at > now else self._room(stand, wish, now)

    def _room(self, stand: Stand, wish: Wish, now: float) -> float:
        """When its buckets have a call for it, beside those that are kept for ends."""
        at = max([now, *(share.budget.until(now) for share in stand.wished)])
        if wish.need.spends_surplus:
            at = max([at, *(share.budget.until(now, share.budget.kept + 1) for share in stand.edits)])
        return at

    def _gathering(self, stand: Stand, now: float) -> float:
        """Seconds that a first text waits for more of it: none where the reply shares no bucket.

        Nor where the bucket's window is short: there is room again before there is much more text.
        """
        shared = (share for share in stand.edits if len(share.stands) + share.budget.others.live > 1)
        return max([0.0, *(self._reckoned(share, now).gather for share in shared)])

    def _grant(self, stand: Stand, wish: Wish, now: float) -> Grant:
        self._granted += 1
        grant = Grant(self._granted, stand, wish, stand.wished, (stand.began, stand.painted))
        for share in stand.wished:
            share.budget.take(now)
        if grant.opens:
            self.hold(stand, stand.held + 1)
        if wish.call in ("post", "edit"):
            stand.painted = now
            stand.began = now if stand.began is None else stand.began
        self.drop(stand)
        return grant

    def _reckoned(self, share: Share, now: float) -> Share:
        if now - share.reckoned >= FRESH:
            budget, others = share.budget, share.budget.others
            remaining = self._remaining(share, now) + [others.left / max(others.live, 1)] * others.live
            rate = share.demand.rate(now) + others.rate
            share.gap = pacing.gap(budget, rate, self._lives, remaining, now)
            share.gather = min(MOST_GATHER, max(0.0, (share.gap - ROOMY) * budget.weight))
            share.reckoned = now
        return share

    def _remaining(self, share: Share, now: float) -> list[float]:
        ages = (now - stand.began if stand.began is not None else 0.0 for stand in share.stands)
        return [self._lives.remaining(age) for age in ages]

    def _of(self, stand: Stand, call: str, now: float) -> tuple[Share, ...]:
        return tuple(self._share(bucket, now) for bucket in stand.buckets(call)) if call else ()

    def _share(self, bucket: Bucket, now: float) -> Share:
        share = self._shares.get((bucket.name, bucket.scope))
        if share is None:
            share = self._shares[bucket.name, bucket.scope] = Share(Budget(bucket), pacing.Demand(now))
        share.budget.bucket = bucket  # the platform may have learnt its real numbers meanwhile
        return share
