"""Where people may not ask, and whether they know."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from core.contract import Event, Outcome
from core.store.keys import Names
from core.store.lease import Admission


class ClosedDoor:
    """`run` runs a script."""

    def __init__(self, run: Callable[..., Awaitable[Any]], names: Names) -> None:
        self._run = run
        self._names = names

    async def tell(self, event: Event) -> Admission:
        """Told when the event comes for the first time in ten minutes, else seen. "again": its author knows already.

        They know it of a channel and its threads, for an hour. Raises StoreDown.
        """
        names, platform = self._names, event.place.platform
        sight = await self._run(
            "sight",
            turn=names.turn(platform, event.id),
            token=secrets.token_hex(8),
            author=names.person(platform, event.author.id),
            what=names.channel(event.place),
        )
        return Admission(Outcome.TOLD if sight else Outcome.SEEN, notices=("again",) if sight == 2 else ())
