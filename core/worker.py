"""A worker: claims turns, keeps their leases, hears of stops, and gives back what it cannot finish."""

import asyncio
import contextlib
import time

from core.dialogue import IN_FLIGHT
from core.engine import Engine
from core.errands import Errands, cancelled
from core.errors import StaleLease, StoreDown
from core.live import Live
from core.store import RENEWAL_SECONDS, Claim, Lease, Store, Unreadable
from core.trace import Trace
from core.trouble import Burst

IDLE_SECONDS = 5.0
"""How long a worker sleeps at most when nothing wakes it."""
CLAIMS = 16
"""Claims made at the same time, where many questions came at once: each waits until Redis has it on its disk."""
TROUBLE_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between two tries while Redis does not answer."""
EASE = IN_FLIGHT
"""With so many turns this process lets others claim first: more of them would only wait for the model."""
COURTESY_SECONDS = 0.1
"""So much later than the others such a process claims: one with room has done so by then."""
AT_ONCE = 200
"""Turns in one process at the same time, at the most; each takes up to 0.5 MB."""


class Worker:
    """Claims whatever is free and lets the engine walk it, many at once, until it is drained."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._trace = Trace(store)
        self._burst = Burst()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._draining, self._drained = asyncio.Event(), asyncio.Event()
        self._live: set[Live] = set()
        self.beat_at = time.monotonic()
        """When leases were looked after last; it is not much longer ago than RENEWAL_SECONDS."""
        self._turns, self._chores = Errands(), Errands()

    @property
    def busy(self) -> int:
        """How many turns are live here now."""
        return len(self._live)

    async def run(self) -> None:
        """Claim and walk until `drain` has ended: what is live needs its lease until then."""
        keepers = [asyncio.create_task(self._renew()), asyncio.create_task(self._hear_stops())]
        try:
            while not self._draining.is_set():
                claims = min(self._store.promising, CLAIMS)
                await asyncio.gather(*(self._next() for _ in range(max(claims, 1))))
            await self._drained.wait()
        finally:
            await cancelled(*keepers)

    async def drain(self, seconds: float) -> None:
        """No new turns; live ones may end within `seconds`, the others are given back for whoever claims next."""
        self._draining.set()
        self._store.wake()
        try:
            await self._turns.ended(seconds)
            await self._turns.cancel()
            await self._chores.cancel()  # somebody else will do them
        finally:
            self._drained.set()

    async def _next(self) -> None:
        await self._room.acquire()
        if self.busy >= EASE:
            await self._rest(COURTESY_SECONDS)
        claim = None if self._draining.is_set() else await self._claim()
        if claim is not None and self._draining.is_set():  # it was on its way
            await self._give_back(claim.lease)
            claim = None
        if claim is None:
            self._room.release()
            return
        self._turns.begin(self._turn(Live(claim)))

    async def _claim(self) -> Claim | None:
        for pause in TROUBLE_SECONDS:
            try:
                return await self._found()
            except Unreadable as unreadable:  # of one line: the others are claimed at once
                self._burst.note("claim", unreadable)
            except StoreDown as down:
                self._burst.note("claim", down)
                await self._rest(pause)
                await self._hold()  # what is live here shall not look as if nobody held it
        return None

    async def _rest(self, seconds: float) -> None:
        """Sleep for so long; the drain ends it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._draining.wait()

    async def _found(self) -> Claim | None:
        claim = await self._store.claim()
        if claim is None:
            await self._store.wait(IDLE_SECONDS)
        return claim

    async def _turn(self, live: Live) -> None:
        lease = live.claim.lease
        self._live.add(live)
        live.task = asyncio.current_task()
        try:
            await self._engine.walk(live)
            self._chores.begin(self._engine.tend(live))
        except (StaleLease, StoreDown):
            self._trace.lost(live.claim)
            await self._let_go(lease)
        except asyncio.CancelledError:
            if lease.lost:  # `_hold` found that somebody else has it
                self._trace.lost(live.claim)
            else:
                await self._give_back(lease)
        finally:
            self._live.discard(live)
            self._room.release()

    async def _let_go(self, lease: Lease) -> None:
        """Give the lease back once Redis answers, so that whoever is there goes on at once: the turn has no fault."""
        while not (lease.lost or await self._give_back(lease)) and lease.held():
            await self._rest(TROUBLE_SECONDS[-1])

    async def _give_back(self, lease: Lease) -> bool:
        """Whether Redis heard it. Else the lease runs out by itself."""
        try:
            await self._store.release(lease)
        except StoreDown:
            return False
        return True

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            await self._hold()
            self.beat_at = time.monotonic()

    async def _hold(self) -> None:
        """Renew the leases of all live turns; a turn that somebody else has taken meanwhile ends here."""
        live = tuple(self._live)
        try:
            await self._store.renew([one.claim.lease for one in live])
        except StoreDown as down:
            self._burst.note("renew", down)
        for one in live:
            if one.claim.lease.lost and one.task is not None:
                one.task.cancel()

    async def _hear_stops(self) -> None:
        async for turn in self._store.stops():
            for live in self._live:
                if live.claim.turn.id == turn:
                    live.stop()
