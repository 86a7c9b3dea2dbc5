"""The whole house but its platforms: the engine on a real Valkey, and our Claude in front of the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from core.options import Options
from core.store import Store
from core.store.sealing import Sealer
from core.store.server import RedisServer
from core.store.vault import Vault
from tests.core.claude.bench import Bench
from tests.core.office import OPTIONS, Office
from tests.core.store.world import NAMES


@asynccontextmanager
async def hall(
    valkey: Path, bench: Bench, *, options: Options = OPTIONS, keep: bool = False, drain: float = 5, **claude: Any
) -> AsyncIterator[Office]:
    """Open for questions. `keep`: with what an earlier one has left in Redis; `drain`: how long answers may take on."""
    if not keep:
        with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
            redis.flushall()
    server = RedisServer(f"unix://{valkey}")
    store = Store(server, NAMES, Vault(NAMES, Sealer((b"h" * 32,))), platforms=["fake"])
    async with bench.claude(**claude) as model:
        office = Office(store, model, options)  # type: ignore[arg-type]  # a real model in the place of the speaker
        working, listening = asyncio.create_task(office.worker.run()), asyncio.create_task(store.listen())
        try:
            yield office
            await office.worker.drain(drain)
            await working
        finally:
            working.cancel()
            listening.cancel()
            await asyncio.wait([working, listening])
            await server.close()
