"""Slack tells a mention as two events, which mostly come together: the second one need not ask the store.

When it is edited Slack tells it a third time, with the same id: that one is no twin, whoever asks here sees to it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

SECONDS = 60.0
"""How long a message is known to have been taken in; after that the store tells, which knows it for two days."""
MOST = 1_000


class Twins:
    """Does something once for an id, as long as it is remembered: whoever comes meanwhile waits for the same end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._done: dict[str, tuple[float, asyncio.Future[bool]]] = {}  # by id, oldest first: until when, whether well

    async def once(self, id: str, work: Callable[[], Awaitable[None]]) -> None:
        """Raises what the work raises. What failed for somebody else is tried anew."""
        if await self.known(id):
            return
        well: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._done.pop(id, None)
        self._done[id] = self._clock() + SECONDS, well
        self._forget()
        try:
            await work()
        except BaseException:
            well.set_result(False)
            if self._done.get(id, (0, None))[1] is well:
                del self._done[id]
            raise
        well.set_result(True)

    async def known(self, id: str) -> bool:
        """Whether it was done well; while somebody is at it that is waited for."""
        until, going = self._done.get(id, (0.0, None))
        return going is not None and self._clock() < until and await asyncio.shield(going)

    def _forget(self) -> None:
        now = self._clock()
        while self._done and (len(self._done) > MOST or next(iter(self._done.values()))[0] <= now):
            del self._done[next(iter(self._done))]
