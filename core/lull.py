"""The pause between two looks at what the model sends: few looks are cheaper than many, and a paint ends it at once."""

import asyncio


class Lull:
    """Belongs to one reply: whoever reads the model's words rests in it, whoever paints them ends it."""

    def __init__(self) -> None:
        self._resting: asyncio.Future[None] | None = None
        self._hoping: asyncio.Future[None] | None = None

    async def rest(self, seconds: float) -> None:
        """Return after so long, sooner when the newest words are wanted."""
        self._resting = asyncio.get_running_loop().create_future()
        await _over(self._resting, seconds)

    async def end(self, seconds: float) -> None:
        """End the rest, and wait until its look has brought new words: `seconds` at most; not when nobody rests."""
        if self._resting is None or self._resting.done():
            return
        self._resting.set_result(None)
        self._hoping = asyncio.get_running_loop().create_future()
        await _over(self._hoping, seconds)

    def heard(self) -> None:
        """There are new words."""
        if self._hoping is not None:
            _end(self._hoping)


async def _over(one: asyncio.Future[None], seconds: float) -> None:
    timer = asyncio.get_running_loop().call_later(seconds, _end, one)
    try:
        await one
    finally:
        timer.cancel()


def _end(one: asyncio.Future[None]) -> None:
    if not one.done():
        one.set_result(None)
