"""Tests wait for what must come true, and never for a time."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

from tests.launcher import PATIENCE


async def until(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Look again and again, be it by awaiting, until what is found is true."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds} s"
        await asyncio.sleep(0.005)
