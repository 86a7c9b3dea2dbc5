"""What the model may do beside writing: plain functions, Claude's own tools, and MCP servers."""

from core.tools.around import Around
from core.tools.toolbox import Toolbox, toolbox

__all__ = ["Around", "Toolbox", "toolbox"]
