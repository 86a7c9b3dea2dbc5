"""Waiting for one's turn: the thin shell around `Precedence`, shared by all live replies of a process."""

import asyncio
from dataclasses import dataclass
from math import inf

from core.errors import Throttled
from core.precedence import Buckets, Charge, Need, Precedence, Stand, Wish


class Governor:
    """One for a process. It lives in the event loop that its tickets wait in."""

    def __init__(self) -> None:
        self._precedence = Precedence()
        self._tickets: dict[Stand, Ticket] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_looking = False

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

    def returned(self, charge: Charge, refused: Throttled | None) -> None:
        self._precedence.returned(charge, _now(), refused)
        self.look()

    def unused(self, stand: Stand, charge: Charge) -> None:
        self._precedence.unused(stand, charge, _now())
        self.look()

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
        granted, again = self._precedence.due(_now())
        for stand, charge in granted:
            self._tickets[stand].granted(charge)
        if again < inf:
            self._timer = asyncio.get_running_loop().call_at(again, self._look)


@dataclass(slots=True, eq=False)
class Call:
    """A call that may be made now. Exactly one of `returned` and `unused` ends it."""

    governor: Governor
    stand: Stand
    charge: Charge

    def returned(self, refused: Throttled | None = None) -> None:
        self.governor.returned(self.charge, refused)

    def unused(self) -> None:
        self.governor.unused(self.stand, self.charge)


class Ticket:
    """One live reply's place among all others. Only one of its tasks waits at a time."""

    __slots__ = ("_going", "_governor", "stand")

    def __init__(self, governor: Governor, stand: Stand) -> None:
        self._governor = governor
        self.stand = stand
        self._going: asyncio.Future[Call | None] | None = None

    async def turn(self, call: str, need: Need, *, since: float, after: float = 0, until: float = inf) -> Call | None:
        """Wait until this call ("post", "edit", "status"; "" for one that no bucket limits) may be made.

        Not before `after`, and not longer than `until` (times of the loop): then, and when it is withdrawn, None.
        """
        loop = asyncio.get_running_loop()
        self._going = loop.create_future()
        self._governor.ask(self.stand, Wish(call, need, since, after))
        timer = loop.call_at(until, self.withdraw) if until < inf else None
        try:
            return await self._going
        finally:
            self._going = None
            self._governor.drop(self.stand)
            if timer:
                timer.cancel()

    def granted(self, charge: Charge) -> None:
        call = Call(self._governor, self.stand, charge)
        if self._going and not self._going.done():
            self._going.set_result(call)
        else:
            call.unused()

    def withdraw(self) -> None:
        """What waits shall wait no longer: there is something more important to do."""
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
