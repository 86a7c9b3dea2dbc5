"""The sign of life of a reply: its status line, in a call of its own that no text waits for long."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from core.contract import Screen
from core.errors import ScreenError, Throttled
from core.governor import Permit

AGAIN = 8.0
"""Seconds after which a sign that the platform did not take is shown again."""
SETTLE_SECONDS = 0.3
"""So long a first text waits for a sign in flight, which might else land behind it and stay."""


class Sign:
    """What the status line shows, as far as is known. One call at a time; a failure of it goes no further."""

    def __init__(self, screen: Screen, landed: Callable[[], None], *, may_stand: bool = False) -> None:
        """`may_stand`: whoever had the turn before may have shown one."""
        self._screen = screen
        self.may_stand = may_stand
        self._landed = landed
        self._flight: asyncio.Task[None] | None = None
        self._is_late = False
        self.shown = ""
        self.until = 0.0
        """When it goes by itself and is to be shown again, in the loop's time."""

    @property
    def in_flight(self) -> bool:
        return self._flight is not None and not self._flight.done()

    def stands(self, text: str) -> bool:
        """Whether it shows this; one that lasts does so behind a post, too."""
        return text == self.shown or bool(text and self.may_stand and self._screen.lasts)

    def is_old(self, now: float) -> bool:
        return now >= self.until

    def show(self, text: str, permit: Permit) -> None:
        self.shown, self._is_late, self.may_stand = text, False, bool(text)
        self.until = asyncio.get_running_loop().time() + self._screen.status_seconds
        self._flight = asyncio.create_task(self._show(text, permit))

    async def settle(self, seconds: float | None = None) -> None:
        """Wait until the call in flight has come back, `seconds` at most, or however long. It is never cancelled."""
        if self._flight is not None and not self._flight.done():
            await asyncio.wait([self._flight], timeout=seconds)

    def gone(self) -> None:
        """A message was posted: platforms take the sign away by themselves then, but not one that lands only now."""
        self.shown, self._is_late = "", self.in_flight

    async def end(self) -> None:
        """Take one away that lasts."""
        await self.settle()
        if self.may_stand and self._screen.lasts:
            with suppress(ScreenError):
                await self._screen.status("")

    async def _show(self, text: str, permit: Permit) -> None:
        refused = None
        try:
            await self._screen.status(text)
        except ScreenError as error:
            refused = error if isinstance(error, Throttled) else None
            self.until = min(self.until, asyncio.get_running_loop().time() + AGAIN)
        finally:
            permit.returned(refused)
            if self._is_late:
                self.shown = text
            self._landed()
