"""Which tool servers of others have failed a moment ago. No I/O: the clock is an argument, in seconds."""

from collections.abc import Callable, Iterable
from typing import Final

from core.dialogue import Tool

SECONDS: Final = 60.0
"""For so long answers do without a server, before one of them finds out anew."""


class Outages:
    """What one process knows of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def note(self, servers: Iterable[Tool]) -> None:
        """These failed."""
        self._until |= dict.fromkeys((one.name for one in servers), self._clock() + SECONDS)

    def among(self, tools: Iterable[Tool]) -> list[Tool]:
        """Those of these tools that are down."""
        now = self._clock()
        return [one for one in tools if one.server is not None and self._until.get(one.name, now) > now]
