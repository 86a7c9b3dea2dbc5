"""A turn that this process answers now: whether it is stopped, and what its reply notes down."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from core.errors import StaleLease
from core.memory import Talk
from core.store import Claim, Lease, Store

T = TypeVar("T")


class Live:
    """`stop` ends the model's stream; what is written so far stands."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._stopped = False
        self.task: asyncio.Task[None] | None = None
        self.talk: Talk | None = None
        """The conversation with this answer, which has so many `tokens`: 0 when nobody counted them."""
        self.tokens = 0
        self._working: asyncio.Task[Any] | None = None

    @property
    def stopped(self) -> bool:
        """The lease has heard of a stop that came before anybody knew that the turn is answered here."""
        return self._stopped or self.claim.lease.stopped

    def stop(self) -> None:
        self._stopped = True
        if self._working is not None:
            self._working.cancel()

    async def unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What comes of it, or None when it was stopped."""
        if self.stopped:
            work.close()
            return None
        task = self._working = asyncio.create_task(work)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:  # this task is told to end: the stream ends with it
            task.cancel()
            await asyncio.wait([task])
            raise
        return None if task.cancelled() else task.result()


@dataclass(frozen=True, slots=True)
class StoreJournal:
    """The `Journal` of a reply while it paints: the ids on the screen, and whether the turn is still ours."""

    store: Store
    lease: Lease

    async def bind(self, shown: tuple[str, ...]) -> None:
        await self.store.bind(self.lease, shown)

    def held(self, within: float) -> bool:
        if self.lease.lost:
            raise StaleLease
        return self.lease.held(within)
