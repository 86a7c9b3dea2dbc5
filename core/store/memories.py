"""What takes the place of the oldest exchanges of a history: a memory of them, an exchange itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from secrets import token_hex

from core.contract import Json, Place
from core.dialogue import Exchange
from core.errors import StoreDown
from core.store.bounds import MAKING_SECONDS
from core.store.keys import Names
from core.store.vault import Vault
from core.store.words import Run


@dataclass(frozen=True, slots=True)
class Making:
    """The right to make the memory of a place, for a while. All names are pseudonyms."""

    platform: str
    here: str
    asked: Mapping[str, Json] = field(repr=False)


class Memories:
    """Swaps exchanges for a memory. Every method raises StoreDown."""

    def __init__(self, run: Run, names: Names, vault: Vault) -> None:
        self._run = run
        self._names = names
        self._vault = vault

    async def begin(self, place: Place, replaced: Sequence[str], *, root: str = "") -> Making | None:
        """Be the only one who makes a memory of the oldest exchanges of a place, by id.

        `root`: the exchange that the thread grew from, its channel's, if the memory will know of it, too.
        None: somebody else is at it or failed at it not long ago, or the history does not begin with just these.
        """
        names, here = self._names, self._names.place(place)
        asked: Mapping[str, Json] = {
            "failed": False,
            "place": here,
            "replaces": [names.turn(place.platform, one) for one in replaced],
            "root": names.channel(place) if root else "",
            "rt": names.turn(place.platform, root) if root else "",
            "token": token_hex(8),
        }
        return Making(place.platform, here, asked) if await self._run("remember", **asked) else None

    @asynccontextmanager
    async def kept(self, making: Making) -> AsyncIterator[None]:
        """Keep the right while it is used, and for MAKING_SECONDS: others wait no longer for who died.

        Who fails within the `with` ends it as `fail` does, who is cancelled as `leave` does; `swap` has ended it.
        """
        keeping, end = asyncio.create_task(self._keep(making)), None
        try:
            yield
        except asyncio.CancelledError:
            end = self.leave
            raise
        except Exception:
            end = self.fail
            raise
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            if end:
                with suppress(StoreDown):
                    await end(making)

    async def _keep(self, making: Making) -> None:
        while True:
            await asyncio.sleep(MAKING_SECONDS / 4)
            with suppress(StoreDown):
                await self._run("remember", **making.asked)

    async def swap(self, making: Making, memory: Exchange) -> bool:
        """Let the memory stand for them; whoever is next may begin again.

        False, and nothing happens, when the history does not begin with just these any more: one was deleted, or the
        place was reset. A question that is deleted later takes the memory that knows of it with it.
        """
        id = self._names.turn(making.platform, memory.id)
        sealed = self._vault.seal_exchange(replace(memory, memory=True), making.here, id)
        return bool(await self._run("compact", sealed, memory=id, **making.asked))

    async def leave(self, making: Making) -> None:
        """Give the right back unused."""
        await self._run("compact", b"", memory="", **making.asked)

    async def fail(self, making: Making) -> None:
        """Nobody tries the same again at once."""
        await self._run("remember", **{**making.asked, "failed": True})
