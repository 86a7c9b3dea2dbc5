"""The sign for who waits in a line: how many are answered first. A failure of it never reaches the answer."""

import asyncio
from collections.abc import Awaitable, Callable

from core.contract import Message, Platform, Turn
from core.errands import Errands
from core.errors import StoreDown
from core.governor import Governor
from core.precedence import Need
from core.sign import Sign

SECONDS = 5.0
"""A sign that found no room in the platform's budget for so long is left out."""


class Waiting:
    """Shows such signs, each in a task of its own: the acknowledgement of the message does not wait for it."""

    def __init__(self, governor: Governor, waits: Callable[[Message], Awaitable[bool]]) -> None:
        """`waits`: whether nobody has begun to answer a message; it may raise StoreDown."""
        self._governor = governor
        self._waits = waits
        self._signs = Errands()

    def tell(self, platform: Platform, message: Message, ahead: int) -> None:
        self._signs.begin(self._show(platform, message, f"Answering earlier questions first: {ahead} ahead…"))

    async def _show(self, platform: Platform, message: Message, text: str) -> None:
        screen, now = platform.screen(Turn(message.id, 0, 1, message)), asyncio.get_running_loop().time()
        if screen.lasts:  # where the question is deleted, nothing would take it away
            return
        ticket, sign = self._governor.enter(screen.buckets), Sign(screen, lambda: None)
        try:
            permit = await ticket.turn("status", Need.SIGN, since=now, until=now + SECONDS)
            if permit is None:
                return
            if await self._still(message):  # no post would take the sign of an answer that stands away
                sign.show(text, permit)
                await sign.settle()
            else:
                permit.unused()
        finally:
            ticket.close()

    async def _still(self, message: Message) -> bool:
        """Whether nobody has begun to answer: any process may have, while there was no room for the sign."""
        try:
            return await self._waits(message)
        except StoreDown:
            return False
