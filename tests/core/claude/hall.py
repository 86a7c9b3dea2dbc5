"""The whole house but its platforms: the engine on a real Valkey, and our Claude in front of the stand-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.options import Options
from tests.core.claude.bench import Bench
from tests.core.office import OPTIONS, Office, staffed


@asynccontextmanager
async def hall(
    valkey: Path, bench: Bench, *, options: Options = OPTIONS, keep: bool = False, drain: float = 5, **claude: Any
) -> AsyncIterator[Office]:
    """Open for questions. `keep`: with what an earlier one has left in Redis; `drain`: how long answers may take on."""
    async with (
        bench.claude(**claude) as model,
        staffed(valkey, model, options, keep=keep, drain=drain) as opened,  # type: ignore[arg-type]  # a real model
    ):
        yield opened
