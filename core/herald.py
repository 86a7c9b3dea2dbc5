"""Tells admins in direct messages when everybody's budget of the day is nearly, or wholly, gone."""

import asyncio
from collections.abc import Callable, Collection, Iterable

from core.contract import Platform, Writer
from core.errands import Errands
from core.events import BudgetReached
from core.refusals import reached
from core.telling import LogEvent
from core.trouble import surely

TRIES = (1.0, 10.0, 60.0)
"""Seconds between two tries to write to an admin; after the last one only the log tells it."""


class Herald:
    """`hear` takes every event of the log; admins are written to in tasks of their own.

    `left` returns the seconds until the day ends, when there is a new budget.
    """

    def __init__(self, platforms: Iterable[Platform], admins: Collection[str], left: Callable[[], float]) -> None:
        self._writers = [platform for platform in platforms if isinstance(platform, Writer)]
        self._admins = sorted(admins)
        self._left = left
        self._telling = Errands()

    def hear(self, event: LogEvent) -> None:
        if not isinstance(event, BudgetReached):
            return
        text = reached(event.percent, self._left())
        for writer in self._writers:
            self._telling.begin(self._tell(writer, text))

    async def told(self) -> None:
        """Return when nobody is being written to any more."""
        await self._telling.ended()

    async def close(self) -> None:
        await self._telling.cancel()

    async def _tell(self, writer: Writer, text: str) -> None:
        await asyncio.gather(*(surely(writer, admin, text, TRIES) for admin in self._admins))
