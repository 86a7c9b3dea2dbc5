"""What the holder of a lease has Redis do; and how Redis is told of a claim that it has forgotten."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from core.store.admitting import Named
from core.store.keys import Names
from core.store.lease import Lease
from core.store.vault import Vault
from core.store.words import held_by

_NOT_KEPT = "-"
"""No place has this epoch."""


class Tenure:
    """`run` runs a script. Every method raises StoreDown.

    They answer more than 0 when it was done; 0 when somebody else has the turn, or it has ended or was erased; -1 when
    Redis has forgotten the whole question: then nobody has it, and nobody but its holder knows of it.
    """

    def __init__(self, run: Callable[..., Awaitable[Any]], names: Names, vault: Vault) -> None:
        self._run = run
        self._names = names
        self._vault = vault

    async def run(self, script: str, lease: Lease, *sealed: bytes, **named: Named) -> int:
        """A script that is the holder's alone."""
        said: int = await self._run(script, *sealed, **named, **held_by(lease))
        if said >= 0 or (said := await self.regain(lease)) <= 0:
            return said
        said = await self._run(script, *sealed, **named, **held_by(lease))
        return max(said, 0)

    async def renew(self, leases: Sequence[Lease]) -> list[int]:
        """For each one; 2: it is held, and to be stopped."""
        asked = [[lease.pool, lease.line, lease.record, str(lease.fence)] for lease in leases]
        said = await self._run("renew", leases=asked)
        return [known if known >= 0 else await self.regain(lease) for lease, known in zip(leases, said, strict=True)]

    async def bind(self, lease: Lease, shown: tuple[str, ...]) -> int:
        sealed, names = self._shown(lease, shown)
        said = await self.run("bind", lease, sealed, shown=names)
        lease.shown = shown
        return said

    async def regain(self, lease: Lease) -> int:
        """Tell Redis of the claim again.

        Whoever stopped the answer may have erased it, and Redis have forgotten that as well: then it is not kept.
        """
        sealed, names = self._shown(lease, lease.shown)
        epoch = _NOT_KEPT if lease.stopped else lease.epoch
        said: int = await self._run("regain", sealed, shown=names, epoch=epoch, **held_by(lease))
        lease.forgotten = said < 0
        return said

    def _shown(self, lease: Lease, shown: tuple[str, ...]) -> tuple[bytes, str]:
        sealed = self._vault.seal_shown(shown, lease.place, lease.record)
        return sealed, " ".join(self._names.turn(lease.platform, id) for id in shown)
