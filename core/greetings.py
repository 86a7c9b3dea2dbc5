"""Which answers still owe their first sign of life: all signs go out before any work that takes time."""

import asyncio
from contextlib import suppress

GREETING = 0.15
"""Seconds that an answer waits at most, before it is begun, for the first signs of all that were asked for with it."""

CROWD = 8
"""Of more signs than this, the last ones are sent only some rounds of the event loop later."""
SENDING = 0.015
"""Seconds that these rounds are left to themselves: the work on all answers would make them long ones."""


class Greetings:
    """Of many questions that come at once, the last one's sign would else wait for the work on the first ones."""

    def __init__(self) -> None:
        self._owed: set[object] = set()
        self._given = asyncio.Event()
        self._given.set()

    def owe(self, one: object) -> None:
        self._owed.add(one)
        self._given.clear()

    def give(self, one: object) -> None:
        """Its sign is under way, or will not come."""
        self._owed.discard(one)
        if not self._owed:
            self._given.set()

    async def given(self, one: object) -> None:
        """Until nobody is owed a sign any more; not for long, and nobody waits for `one` after that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GREETING):
                await self._all_given()
        self.give(one)

    async def _all_given(self) -> None:
        """Until nobody is owed a sign. Of a crowd, some come to be owed theirs only while those of others are sent."""
        is_crowd = len(self._owed) > CROWD
        await self._given.wait()
        while is_crowd:
            await asyncio.sleep(SENDING)
            is_crowd = not self._given.is_set()
            await self._given.wait()
