"""The append-only file, written anew from what there is: only then is what was erased gone from the disk as well."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from core.errors import StoreDown
from core.store.words import Run, info

LOOK_SECONDS = 0.02
PATIENCE = 120.0
REFUSED = (
    "Redis did not write its append-only file anew ({}): until it does, whoever has the keys can read in it what was "
    "erased. Send it BGREWRITEAOF."
)


class Rewriting:
    """`ask` asks the server to begin; it raises StoreDown."""

    def __init__(self, run: Run, ask: Callable[[], Awaitable[None]]) -> None:
        self._run = run
        self._ask = ask

    async def begin(self) -> None:
        """Without waiting for it. One that is under way already is enough for nobody: then another one follows it."""
        if await self._has_file():
            await self._ask()

    async def done(self, patience: float = PATIENCE) -> str:
        """Return when it is written, with "" or a sentence on why it is not."""
        try:
            async with asyncio.timeout(patience):
                return await self._done()
        except StoreDown as down:
            return REFUSED.format(down)
        except TimeoutError:
            return REFUSED.format("it takes too long")

    async def _done(self) -> str:
        if not await self._has_file():
            return ""
        while True:
            await self._idle()
            try:
                await self._ask()
                break
            except StoreDown:  # somebody else was quicker
                if not _is_busy(await self._info()):
                    raise
        told = await self._idle()
        status = told.get("aof_last_bgrewrite_status", "ok")
        return "" if status == "ok" else REFUSED.format(status)

    async def _idle(self) -> Mapping[str, str]:
        """Until none is under way. What it tells then."""
        began = time.monotonic()
        while _is_busy(told := await self._info()):  # noqa: ASYNC110  # another process; it tells nobody
            await asyncio.sleep(min(1.0, max(LOOK_SECONDS, (time.monotonic() - began) / 10)))
        return told

    async def _has_file(self) -> bool:
        return (await self._info()).get("aof_enabled") == "1"

    async def _info(self) -> Mapping[str, str]:
        reply: bytes = await self._run("aof")
        return info(reply.decode())


def _is_busy(told: Mapping[str, str]) -> bool:
    return "1" in (told.get("aof_rewrite_in_progress"), told.get("aof_rewrite_scheduled"))
