"""Tools at work: all that a message asks for at the same time, each within its time, each with a result."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from core.claude.rounds import result
from core.claude.stream import Raw
from core.dialogue import Tool
from core.errors import ToolError
from core.events import ToolFailed
from core.telling import Slug, emit

Note = Callable[[Sequence[Raw]], Awaitable[None]]
"""Hears of all results that are there, each time that some came."""

TOGETHER: Final = 0.25
"""Seconds that a result waits for others, so that those of quick tools are noted once."""
_UNKNOWN: Final = "There is no tool of this name."
_LATE: Final = "The tool took too long and was stopped."
_FAILED: Final = "The tool failed. Go on without it."


async def use(calls: Sequence[Raw], tools: Sequence[Tool], note: Note) -> tuple[Raw, ...]:
    """The results, in the order of the calls. Raises what `note` raises; cancelling ends all of them."""
    named = {tool.name: tool for tool in tools}
    tasks = [asyncio.create_task(_run(call, named.get(call["name"]))) for call in calls]
    pending = set(tasks)
    try:
        while pending:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if pending:
                _, pending = await asyncio.wait(pending, timeout=TOGETHER)
            await note([task.result() for task in tasks if task.done()])
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    return tuple(task.result() for task in tasks)


async def _run(call: Raw, tool: Tool | None) -> dict[str, Any]:
    if tool is None or tool.run is None:
        return result(call["id"], _UNKNOWN, failed=True)
    try:
        async with asyncio.timeout(tool.seconds or None):
            return result(call["id"], await tool.run(call["input"]))
    except ToolError as error:
        return result(call["id"], str(error), failed=True)
    except TimeoutError:
        return result(call["id"], _LATE, failed=True)
    except Exception as error:  # noqa: BLE001  # a tool is anybody's code, and its fault must not end the answer
        emit(ToolFailed(tool=Slug.of(tool.name)), error)
        return result(call["id"], _FAILED, failed=True)
