"""Tests wait for what must come true, and never for a time."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

from tests.launcher import PATIENCE


async def until(look: Callable[[], Any], what: str = "what was waited for", *, seconds: float = PATIENCE) -> Any:
    """Look again and again until what is found is true. In the wall's seconds, whatever clock the loop has.

    What has to be awaited is mostly asked of another process, and a little less often.
    """
    end, factor = time.monotonic() + seconds, getattr(asyncio.get_running_loop(), "factor", 1.0)
    while True:
        found = look()
        if is_asked := inspect.isawaitable(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        await asyncio.sleep((0.02 if is_asked else 0.005) * factor)
