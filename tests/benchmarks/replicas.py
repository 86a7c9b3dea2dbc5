"""Several processes of the bot in virtual time, which share their budgets through the real scripts on a real Valkey."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from redis import Redis

from core.governor import Governor
from core.store import Store
from core.store.embedded import embedded
from core.store.keys import Names
from core.store.sealing import Sealer
from core.store.server import sources
from core.store.vault import Vault

TRIP = 0.001
"""Seconds of a round trip."""
CLOCK = """
local function server_ms()
  return tonumber(ARGV[#ARGV])
end
"""
NAMES = Names("parley", b"p" * 32)


@contextmanager
def valkey() -> Iterator[Path]:
    """The socket of an empty server."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(embedded(Path(folder))) as socket,
    ):
        yield socket


class Instant:
    """A `Server` whose scripts run in no time of the loop's, at the loop's time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._texts = sources(CLOCK)
        self.trips = 0

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        self.trips += 1
        await asyncio.sleep(TRIP / 2)
        text = self._texts[script]
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        if not self._redis.script_exists(sha)[0]:
            self._redis.script_load(text)
        now = round(asyncio.get_running_loop().time() * 1000)
        reply = self._redis.evalsha(sha, len(keys), *keys, *args, str(now))
        await asyncio.sleep(TRIP / 2)
        return reply

    def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        raise NotImplementedError

    async def rewrite(self) -> None:
        raise NotImplementedError

    async def close(self) -> None: ...


@contextmanager
def crew(socket: Path, processes: int = 2) -> Iterator[tuple[list[Governor], list[Instant]]]:
    """A governor for each process, on a server that is emptied before, and their ways to it."""
    with Redis(unix_socket_path=str(socket), protocol=3) as redis:
        redis.flushall()
        ways = [Instant(redis) for _ in range(processes)]
        yield [Governor(Store(way, NAMES, Vault(NAMES, Sealer((b"h" * 32,)))).sharing) for way in ways], ways
