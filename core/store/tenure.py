"""What the holder of a lease has Redis do; and how Redis is told of a claim, or an end, that it has forgotten."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from core.contract import Json
from core.store.bounds import LEASE_SECONDS
from core.store.keys import Names
from core.store.lease import Lease
from core.store.vault import Vault
from core.store.words import Run, held_by

_MOST = 1_000

_UNCOMMITTED = 3
"""What done.lua answers where Redis has forgotten the final."""


@dataclass(frozen=True, slots=True, repr=False)
class _Ended:
    """A turn that was ours, until `at`."""

    lease: Lease
    leaves: bool
    at: float


class Tenure:
    """Every method raises StoreDown.

    Unless Redis `may_forget` what it has been told, nothing is kept here of what ended.

    Each returns more than 0 when it was done, and 0 when it was not: somebody else has the turn, it has ended, or was
    erased. -1: Redis has forgotten the whole question; then nobody has it, and nobody but its holder knows of it.
    """

    def __init__(self, run: Run, names: Names, vault: Vault, clock: Callable[[], float], *, may_forget: bool) -> None:
        self._run = run
        self._names = names
        self._vault = vault
        self._clock = clock
        self._may_forget = may_forget
        self._committed: WeakKeyDictionary[Lease, tuple[Sequence[bytes], Mapping[str, Json]]] = WeakKeyDictionary()
        self._ended: deque[_Ended] = deque(maxlen=_MOST)

    async def run(self, script: str, lease: Lease, *sealed: bytes, **named: Json) -> int:
        """A script that is the holder's alone."""
        said: int = await self._run(script, *sealed, **named, **held_by(lease))
        if said >= 0 or (said := await self.regain(lease)) <= 0:
            return said
        said = await self._run(script, *sealed, **named, **held_by(lease))
        return max(said, 0)

    async def renew(self, leases: Sequence[Lease]) -> list[int]:
        """For each one; 2: it is held, and to be stopped.

        What has just ended is asked for as well: where it is held again, Redis has forgotten the end.
        """
        ended = tuple(self._ended)
        everything = (*leases, *(one.lease for one in ended))
        if not everything:
            return []
        before = self._clock()
        asked = [[lease.pool, lease.line, lease.record, str(lease.fence)] for lease in everything]
        said = zip(everything, await self._run("renew", leases=asked), strict=True)
        states = [known if known >= 0 else await self.regain(lease) for lease, known in said]
        for one, state in zip(ended, states[len(leases) :], strict=True):
            if state > 0:
                await self._end(one.lease, leaves=one.leaves)
        while self._ended and self._ended[0].at < before - LEASE_SECONDS:
            self._ended.popleft()
        return states[: len(leases)]

    async def commit(self, lease: Lease, *sealed: bytes, **named: Json) -> int:
        if self._may_forget:
            self._committed[lease] = sealed, named
        return await self._commit(lease, *sealed, **named)

    async def done(self, lease: Lease, *, leaves: bool) -> int:
        """2: there may be more to claim."""
        said = await self._end(lease, leaves=leaves)
        if said > 0 and self._may_forget:
            self._ended.append(_Ended(lease, leaves, self._clock()))
        return said

    async def _end(self, lease: Lease, *, leaves: bool) -> int:
        said = await self.run("done", lease, leaves=leaves, committed=lease in self._committed)
        if said != _UNCOMMITTED:
            return said
        sealed, named = self._committed[lease]
        await self._commit(lease, *sealed, **named)
        return await self.run("done", lease, leaves=leaves, committed=False)

    async def _commit(self, lease: Lease, *sealed: bytes, **named: Json) -> int:
        return await self.run("commit", lease, *sealed, stopped=lease.stopped, **named)

    async def bind(self, lease: Lease, shown: tuple[str, ...]) -> int:
        sealed, names = self._shown(lease, shown)
        said = await self.run("bind", lease, sealed, shown=names)
        lease.shown = shown
        return said

    async def regain(self, lease: Lease) -> int:
        """Tell Redis of the claim again."""
        sealed, names = self._shown(lease, lease.shown)
        said: int = await self._run("regain", sealed, shown=names, epoch=lease.epoch, **held_by(lease))
        lease.forgotten = said < 0
        return said

    def _shown(self, lease: Lease, shown: tuple[str, ...]) -> tuple[bytes, str]:
        sealed = self._vault.seal_shown(shown, lease.place, lease.record)
        return sealed, " ".join(self._names.turn(lease.platform, id) for id in shown)
