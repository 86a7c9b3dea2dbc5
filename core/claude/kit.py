"""The tools of one answer, and which of them it goes on without. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.claude import ending, failures
from core.claude.failures import Failure
from core.dialogue import Tool
from core.events import ToolsLeftOut
from core.telling import Slug


@dataclass(frozen=True, slots=True, repr=False)
class Kit:
    """`whole` are all that it began with; `gone` those that it goes on without, `why` the code of the newest reason.

    `down`: those that are the reason; `suspect`: the one that may be it, where the API does not tell, and is given back
    if it is not, as were those that it `tried` to do without.
    """

    whole: tuple[Tool, ...]
    gone: tuple[Tool, ...] = ()
    why: str = ""
    down: tuple[Tool, ...] = ()
    suspect: Tool | None = None
    tried: tuple[Tool, ...] = ()

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Those that it still has."""
        return tuple(tool for tool in self.whole if tool not in self.gone)

    @property
    def left_out(self) -> ToolsLeftOut | None:
        """What the log is told; None where nothing is gone."""
        return ToolsLeftOut(code=Slug.of(self.why), tools=len(self.gone)) if self.gone else None

    @property
    def note(self) -> str:
        """The words for what is gone."""
        if any(tool.server is None for tool in self.gone):
            is_left = any(tool.run is None for tool in self.tools)
            return ending.without_tools(self.gone) if is_left else ending.UNAIDED
        if self.gone and self._servers:
            return ending.without_servers([tool.name for tool in self.gone])
        return ending.SERVERLESS if self.gone else ""

    def without(self, suspects: Sequence[Tool], failure: Failure) -> "Kit | None":
        """Without those of these tools that it names, else without all; None when there are none."""
        named = [tool for tool in suspects if tool.name in failure.names]
        dropped = named or suspects
        if not dropped:
            return None
        down = dropped if named or failure.code in failures.MCP else ()
        return replace(self, gone=(*self.gone, *dropped), why=failure.code, down=(*self.down, *down))

    def unaided(self, failure: Failure) -> "Kit | None":
        """Without what is not ours: the API's own tools, and servers."""
        return self.without([tool for tool in self.tools if tool.run is None], failure)

    def without_server(self, failure: Failure) -> "Kit | None":
        """Without the one that it names. Else without one after the other alone, and at last without any."""
        if any(tool.name in failure.names for tool in self._servers):
            return self.without(self._servers, failure)
        kit = self._cleared()
        servers = kit._servers
        untried = [tool for tool in servers if tool not in kit.tried] if len(servers) > 1 else []
        if not untried:
            return kit.without(servers, failure)
        return replace(kit, suspect=untried[0], tried=(*kit.tried, untried[0])).without(untried[:1], failure)

    def _cleared(self) -> "Kit":
        """With the suspect again: without it, it failed just the same."""
        gone, down = (tuple(tool for tool in some if tool is not self.suspect) for some in (self.gone, self.down))
        return replace(self, gone=gone, down=down, suspect=None)

    @property
    def _servers(self) -> list[Tool]:
        return [tool for tool in self.tools if tool.server is not None]
