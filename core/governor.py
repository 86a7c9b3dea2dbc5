"""Waiting for one's turn: the thin shell around `Precedence`, shared by all live replies of all processes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from core.errors import StoreDown, Throttled
from core.events import Limited, StoreTrouble
from core.greetings import Greetings
from core.ledger import Ledger, Letter
from core.precedence import Buckets, Grant, Need, Precedence, Stand, Wish
from core.sharing import Account, News, WishedCall
from core.telling import Slug, emit
from core.trouble import Burst

OTHERS_SECONDS = 0.3
"""Seconds that we wait for the others' word. Then we go on with our own share: better than a text that waits."""
BEAT = 0.5
"""Seconds between two letters to the other processes while no reply here asks for a call."""
QUIET_BEAT = 2.0
"""The same where no other process draws on our buckets."""


class Others(Protocol):
    """The other processes, as far as they can be asked."""

    async def take(
        self, accounts: Sequence[Account], asked: Sequence[WishedCall]
    ) -> tuple[Sequence[bool], Sequence[News]]:
        """Whether each call may be made, and the others' news of each account, both in the order given.

        The same letter sent twice takes its calls once. Raises StoreDown.
        """


class Governor:
    """Tells each live reply when it may call its platform. One for a process, in the event loop of its tickets.

    Without `others` it shares its budgets with nobody.
    """

    def __init__(self, others: Others | None = None) -> None:
        self.greetings = Greetings()
        self.burst = Burst(_now)
        self._precedence = Precedence()
        self._tickets: dict[Stand, Ticket] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_looking = False
        self._others = others
        self._ledger = Ledger(self._precedence)
        self._asking: asyncio.Task[None] | None = None
        self._told_at = -inf
        self._has_others = False
        self._is_apart = False

    def enter(self, buckets: Buckets) -> "Ticket":
        """A live reply begins. Close its ticket when it has ended."""
        ticket = Ticket(self, self._precedence.enter(buckets, _now()))
        self._tickets[ticket.stand] = ticket
        return ticket

    def leave(self, stand: Stand) -> None:
        del self._tickets[stand]
        self._precedence.leave(stand, _now())
        self.look()

    def ask(self, stand: Stand, wish: Wish) -> None:
        self._precedence.ask(stand, wish, _now())
        self.look()

    def drop(self, stand: Stand) -> None:
        self._precedence.drop(stand)

    def hold(self, stand: Stand, messages: int) -> None:
        if messages != stand.held:
            self._precedence.hold(stand, messages)
            self.look()

    def returned(self, grant: Grant, refused: Throttled | None) -> None:
        stopped = self._precedence.returned(grant, _now(), refused)
        if refused:
            for share in stopped:
                emit(Limited(bucket=Slug.of(share.budget.bucket.name), seconds=refused.retry_after))
        if self._others:
            self._ledger.returned(grant, _now(), stopped)
        if stopped:
            self.look()  # a call that came back well leaves no more room than before: its window begins only now

    def unused(self, grant: Grant) -> None:
        self._precedence.unused(grant, _now())
        if self._others:
            self._ledger.unused(grant)
        self.look()

    async def close(self) -> None:
        """Tell the others what they do not know yet. All tickets are closed by now."""
        while self._asking:
            await asyncio.wait([self._asking])
        if self._others and not (self._is_apart or self._ledger.is_settled):
            await self._ask(self._others, ())
        if self._timer:
            self._timer.cancel()

    def look(self) -> None:
        """See who may go now: once, whatever else happens in this round of the loop."""
        if not self._is_looking:
            self._is_looking = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._is_looking = False
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._asking and not self._is_apart:
            return  # it looks again when it has its answer
        granted, again = self._precedence.due(_now())
        alone = self._others is None or self._is_apart
        shared = [grant for grant in granted if not alone and (grant.charged or grant.spared)]
        again = min(again, self._write(shared))
        for grant in granted:
            if grant not in shared:
                self._go(grant)
        if again < inf:
            self._timer = asyncio.get_running_loop().call_at(again, self._look)

    def _go(self, grant: Grant) -> None:
        ticket = self._tickets.get(grant.stand)
        if ticket is None or not ticket.granted(grant):
            self.unused(grant)

    # The others

    def _write(self, grants: Sequence[Grant]) -> float:
        """Send the others a letter if there is a reason for one. Returns when to see again whether there is."""
        if self._others is None or self._asking or not (self._tickets or not self._ledger.is_settled):
            return inf
        beat = self._told_at + (BEAT if self._has_others else QUIET_BEAT)
        if not grants and _now() < beat:
            return beat
        self._asking = asyncio.create_task(self._ask(self._others, grants, whole=_now() >= beat))
        return inf

    async def _ask(self, others: Others, grants: Sequence[Grant], *, whole: bool = True) -> None:
        letter = self._ledger.letter(grants, _now(), whole=whole)
        passed: Sequence[bool] = [True] * len(grants)
        if whole:
            self._told_at = _now()
        try:
            async with asyncio.timeout(OTHERS_SECONDS):
                passed, news = await others.take(letter.accounts, letter.asked)
            self._learn(letter, news)
        except StoreDown as down:
            self._part(down.code)
        except TimeoutError:
            self._part("TimeoutError")
        finally:
            self._asking = None
            self.look()
        for grant, may in zip(grants, passed, strict=True):
            if may:
                self._go(grant)
            else:
                self._deny(grant)

    def _learn(self, letter: Letter, news: Sequence[News]) -> None:
        self._is_apart = False
        self._ledger.told(letter)
        for share, told in zip(letter.shares, news, strict=True):
            share.budget.learn(told, _now())
        self._has_others = any(told.live or told.used for told in news)

    def _part(self, code: str) -> None:
        """The others do not answer: until they do, we live on our own share."""
        if not self._is_apart:
            self._is_apart = True
            emit(StoreTrouble(call=Slug("take"), code=Slug.of(code)))
            self._precedence.part(_now())

    def _deny(self, grant: Grant) -> None:
        ticket = self._tickets.get(grant.stand)
        if ticket is not None and ticket.waits_for(grant):
            self._precedence.deny(grant, _now())
        else:
            self._precedence.unused(grant, _now())


@dataclass(slots=True, eq=False)
class Permit:
    """Leave to make one call, now. Exactly one of `returned` and `unused` ends it."""

    governor: Governor
    grant: Grant

    def returned(self, refused: Throttled | None = None) -> None:
        self.governor.returned(self.grant, refused)

    def unused(self) -> None:
        self.governor.unused(self.grant)


class Ticket:
    """One live reply's place among all others. Only one of its tasks waits at a time."""

    __slots__ = ("_going", "_governor", "_wish", "stand")

    def __init__(self, governor: Governor, stand: Stand) -> None:
        self._governor = governor
        self.stand = stand
        self._wish: Wish | None = None
        self._going: asyncio.Future[Permit | None] | None = None

    async def turn(self, call: str, need: Need, *, since: float, after: float = 0, until: float = inf) -> Permit | None:
        """Wait until this call ("post", "edit", "status"; "" for one that no bucket limits) may be made.

        Not before `after`, and not longer than `until` (times of the loop): then, and when it is withdrawn, None.
        """
        loop = asyncio.get_running_loop()
        self._going, self._wish = loop.create_future(), Wish(call, need, since, after)
        self._governor.ask(self.stand, self._wish)
        timer = loop.call_at(until, self.withdraw) if until < inf else None
        try:
            return await self._going
        finally:
            self._going = self._wish = None
            self._governor.drop(self.stand)
            if timer:
                timer.cancel()

    def waits_for(self, grant: Grant) -> bool:
        """Whether the reply still wants this call, which may have changed while the others were asked."""
        return self._going is not None and not self._going.done() and self._wish is grant.wish

    def granted(self, grant: Grant) -> bool:
        if not self.waits_for(grant) or self._going is None:
            return False
        self._going.set_result(Permit(self._governor, grant))
        return True

    def withdraw(self) -> None:
        """End the wait in `turn`, which then returns None: there is something more important to do."""
        self._governor.drop(self.stand)
        if self._going and not self._going.done():
            self._going.set_result(None)

    def unseen(self, characters: int) -> None:
        self.stand.unseen = characters

    def hold(self, messages: int) -> None:
        """How many of its messages still have their last edit before them."""
        self._governor.hold(self.stand, messages)

    def close(self) -> None:
        self._governor.leave(self.stand)


def _now() -> float:
    return asyncio.get_running_loop().time()
