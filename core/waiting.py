"""The sign for who waits in a line: how many are answered first. Trouble with it is nobody's trouble."""

import asyncio

from core.contract import Message, Platform, Turn
from core.governor import Governor
from core.precedence import Need
from core.sign import Sign

SECONDS = 5.0
"""A sign that finds no room in the platform's budget for so long is left out."""


class Waiting:
    """Shows it, each in a task of its own: the acknowledgement does not wait for it."""

    def __init__(self, governor: Governor) -> None:
        self._governor = governor
        self._signs: set[asyncio.Task[None]] = set()

    def tell(self, platform: Platform, message: Message, ahead: int) -> None:
        sign = asyncio.create_task(self._show(platform, message, f"Queued, {ahead} ahead…"))
        self._signs.add(sign)
        sign.add_done_callback(self._signs.discard)

    async def ended(self) -> None:
        """Once no sign is under way any more."""
        if self._signs:
            await asyncio.wait(self._signs)

    async def _show(self, platform: Platform, message: Message, text: str) -> None:
        screen, now = platform.screen(Turn(message.id, 0, 1, message)), asyncio.get_running_loop().time()
        ticket, sign = self._governor.enter(screen.buckets), Sign(screen, lambda: None)
        try:
            call = await ticket.turn("status", Need.STATUS, since=now, until=now + SECONDS)
            if call is not None:
                sign.show(text, call)
                await sign.settle()
        finally:
            ticket.close()
