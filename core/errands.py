"""Work that nobody waits for while it goes on, and that somebody owns to its end all the same."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Errands:
    """Tasks, each until it has ended."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __bool__(self) -> bool:
        """Whether any goes on."""
        return bool(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        self.own(asyncio.create_task(work))

    def own(self, task: "asyncio.Task[Any] | None") -> None:
        """One that a library began; None is none."""
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def ended(self, seconds: float | None = None) -> None:
        """Return when none of those that were begun is left, or after so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def cancel(self) -> None:
        await cancelled(*self._tasks)


async def cancelled(*tasks: "asyncio.Future[Any] | None") -> None:
    """Cancel these, and wait for their end; what they end with is nobody's any more."""
    owned = [task for task in tasks if task is not None]
    for task in owned:
        task.cancel()
    await asyncio.gather(*owned, return_exceptions=True)
