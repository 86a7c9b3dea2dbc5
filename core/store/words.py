"""What scripts are told and what they answer, as they take it and give it. No I/O."""

import math
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from core.contract import Json
from core.store.lease import Lease


class Run(Protocol):
    """Runs a script, which is told sealed values and named ones. Its reply is its own. Raises StoreDown."""

    def __call__(self, script: str, *sealed: bytes, **named: Json) -> Awaitable[Any]: ...


def held_by(lease: Lease) -> dict[str, str]:
    """A turn as the holder of its lease names it to a script."""
    return {"pool": lease.pool, "line": lease.line, "turn": lease.record, "fence": str(lease.fence)}


def microseconds(seconds: float) -> int:
    """A platform's time as an exact score; a nonsensical one is bounded."""
    return 0 if math.isnan(seconds) else round(min(max(seconds, 0.0), 4e9) * 1e6)


def info(told: str) -> dict[str, str]:
    """What INFO tells, by its names."""
    return dict(line.split(":", 1) for line in told.splitlines() if ":" in line)


def pairs(flat: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """A hash as Lua lists it."""
    return [(flat[i].decode(), flat[i + 1]) for i in range(0, len(flat), 2)]
