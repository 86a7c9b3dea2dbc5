"""A new HISTORY_KEY: all that older ones sealed is sealed anew, while the bot goes on. Raises StoreDown.

A value is put back only if it is still the one that was read, so nothing that is written meanwhile is lost; whoever is
interrupted begins again, and what is done is passed over.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from core.store.sealing import Unreadable
from core.store.vault import Vault
from core.store.words import Run

KINDS = ("x:", "h:", "c:", "v:")
"""Keys that hold what is sealed."""
PASSES = 5


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """`sealed` values were sealed anew; `unreadable` ones no key of ours opens.

    `done`: nothing is left that an older key sealed, and no process at work seals with one.
    """

    sealed: int
    unreadable: int
    done: bool


class Rekeying:
    """`keys` finds the names of keys."""

    def __init__(self, run: Run, keys: Callable[[str], AsyncIterator[str]], vault: Vault) -> None:
        self._run = run
        self._keys = keys
        self._vault = vault

    async def all(self) -> Rekeyed:
        """Until a pass finds nothing more to do.

        Nothing is begun while a process seals with an older key: it may have no other, and could open nothing any more.
        """
        if not await self._all_seal_anew(begin=True):
            return Rekeyed(0, 0, done=False)
        sealed = 0
        for _ in range(PASSES):
            some, unreadable = await self._once()
            sealed += some
            if not some:
                return Rekeyed(sealed, unreadable, done=not unreadable and await self._all_seal_anew())
        return Rekeyed(sealed, unreadable, done=False)

    async def _all_seal_anew(self, *, begin: bool = False) -> bool:
        return bool(await self._run("rekeyed", newest=self._vault.newest, begin=begin))

    async def _once(self) -> tuple[int, int]:
        sealed = unreadable = 0
        for begin in KINDS:
            async for key in self._keys(begin):
                some, more = await self._one(key)
                sealed, unreadable = sealed + some, unreadable + more
        return sealed, unreadable

    async def _one(self, key: str) -> tuple[int, int]:
        """How many of a key's values were sealed anew, and how many cannot be read."""
        place, *flat = await self._run("sealed", key=key) or (b"",)
        fields, values, unreadable = [], [], 0
        for field, old in zip(map(bytes.decode, flat[::2]), flat[1::2], strict=True):
            try:
                new = self._vault.resealed(old, place.decode() or field, key, field)
            except Unreadable:
                unreadable += 1
                continue
            if new:
                fields.append([field, hashlib.sha1(old, usedforsecurity=False).hexdigest()])
                values.append(new)
        return (await self._run("reseal", *values, key=key, fields=fields) if fields else 0), unreadable
