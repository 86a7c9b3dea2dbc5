"""Which tools have failed a moment ago: MCP servers, and tools of the API's that the account may not use. No I/O."""

from collections.abc import Callable, Iterable
from typing import Final

from core.dialogue import Tool

SECONDS: Final = 60.0
"""For so long answers do without a tool, before one of them finds out anew."""


class Outages:
    """What one process knows of them. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def note(self, tools: Iterable[Tool]) -> None:
        """These failed."""
        self._until |= dict.fromkeys((one.name for one in tools), self._clock() + SECONDS)

    def among(self, tools: Iterable[Tool]) -> list[Tool]:
        """Those of these tools that are down."""
        now = self._clock()
        return [one for one in tools if one.run is None and self._until.get(one.name, now) > now]
