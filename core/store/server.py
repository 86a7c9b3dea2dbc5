"""The connection to Redis: one script is one round trip; everything redis-py raises becomes StoreDown."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from importlib.resources import files
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel, SentinelConnectionPool
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import NoScriptError, RedisError

from core.errors import SettingsError, StoreDown

Reply: TypeAlias = "bytes | int | list[Reply] | None"
Client: TypeAlias = "Redis | RedisCluster"

SCRIPTS = (
    "accept", "again", "bind", "change", "choices", "choose", "claim", "commit", "done", "look", "meet", "release", "renew",
    "reset", "sightings", "stop",
)  # fmt: skip
_DEADLINE = 6.0
"""Seconds for one script, all tries together."""
_SILENCE = 15.0
"""Seconds without a message after which a subscription asks whether it is still alive."""


class Server(Protocol):
    """What the store needs of Redis; a simulator has one of its own."""

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        """The script's reply: ints, bytes, lists of them. Sent again when the reply was lost. Raises StoreDown."""

    def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        """Messages, after a first ("", b"") when it listens. Raises StoreDown when the connection breaks."""

    async def close(self) -> None: ...


def source(script: str, clock: str = "clock") -> str:
    """A script's text: the clock, what all share, and its own."""
    folder = files(__package__) / "scripts"
    return "\n".join((folder / f"{name}.lua").read_text("utf-8") for name in (clock, "lib", script))


class RedisServer:
    """A Redis, Sentinel or Cluster behind a URL."""

    def __init__(self, url: str) -> None:
        self._client = _connect(url, socket_timeout=2.0)
        self._ears = _connect(url, socket_timeout=None)
        self._sources = {name: source(name).encode() for name in SCRIPTS}
        self._shas = {
            name: hashlib.sha1(text, usedforsecurity=False).hexdigest() for name, text in self._sources.items()
        }

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        try:
            async with asyncio.timeout(_DEADLINE):
                try:
                    return await self._client.evalsha(self._shas[script], len(keys), *keys, *args)
                except NoScriptError:
                    return await self._client.eval(self._sources[script], len(keys), *keys, *args)
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreDown(type(error).__name__) from None

    async def ask(self, *command: str) -> Any:
        """A command about the server itself. Raises StoreDown."""
        try:
            async with asyncio.timeout(_DEADLINE):
                return await self._client.execute_command(*command)
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreDown(type(error).__name__) from None

    async def version(self) -> tuple[int, ...]:
        """Of Redis; Valkey names the one it is compatible with. Raises StoreDown."""
        about = await self.ask("INFO", "server")
        text = about if isinstance(about, bytes) else str(about).encode()
        match = re.search(rb"redis_version\W+(\d+)\.(\d+)\.(\d+)", text)
        return tuple(int(part) for part in match.groups()) if match else (0,)

    async def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        try:
            async with aclosing(self._ears.pubsub()) as pubsub:
                await pubsub.subscribe(*channels)
                async for message in _messages(pubsub):
                    yield message
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreDown(type(error).__name__) from None

    async def close(self) -> None:
        for client in (self._client, self._ears):
            with suppress(RedisError, OSError):
                await client.aclose()


async def _messages(pubsub: PubSub) -> AsyncGenerator[tuple[str, bytes]]:
    asked = False
    while True:
        message = await pubsub.get_message(timeout=_SILENCE)
        if message is None:
            if asked:
                raise TimeoutError
            asked = True
            await pubsub.ping()
            continue
        asked = False
        if message["type"] == "subscribe":
            yield "", b""
        elif message["type"] == "message":
            yield message["channel"].decode(), message["data"]


def _connect(url: str, *, socket_timeout: float | None) -> Client:
    """A client that gives up soon and answers in bytes. Raises SettingsError."""
    settings: dict[str, Any] = {
        "socket_timeout": socket_timeout,
        "socket_connect_timeout": 1.0,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.3), 4),
        "protocol": 3,
        "decode_responses": False,
    }
    try:
        scheme, _, rest = url.partition("://")
        kind, _, how = scheme.partition("+")
        if kind in ("redis", "rediss") and how == "sentinel":
            return _sentinel(kind, rest, settings)
        if kind in ("redis", "rediss") and how == "cluster":
            first, _, others = rest.partition(",")  # any node tells of all others
            tail = others[others.find("/") :] if "/" in others else ""
            return RedisCluster.from_url(f"{kind}://{first}{tail}", legacy_responses=False, **settings)
        if scheme in ("redis", "rediss", "unix"):
            pool = BlockingConnectionPool.from_url(
                url, max_connections=32, timeout=1, legacy_responses=False, **settings
            )
            return Redis.from_pool(pool)
    except (ValueError, RedisError):
        pass
    raise SettingsError([_BAD_URL])


_BAD_URL = (
    "REDIS_URL is not understood: write redis://host:6379/0 (rediss:// with TLS), unix:///path/to/socket, "
    "redis+sentinel://host:26379,host:26379/service or redis+cluster://host:6379."
)


def _sentinel(kind: str, rest: str, settings: dict[str, Any]) -> Redis:
    credentials, _, address = rest.rpartition("@")
    hosts, _, path = address.partition("/")
    parts = urlsplit("//x/" + path)
    service = unquote(parts.path.strip("/"))
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    nodes = [
        (host, int(port or 26379))
        for host, _, port in (node.rpartition(":") if ":" in node else (node, "", "") for node in hosts.split(","))
    ]
    if not service or not all(host for host, _ in nodes):
        raise ValueError(service)
    user, _, password = credentials.partition(":")
    master = {
        **settings,
        "db": int(query.get("db", 0)),
        "username": unquote(user) or None,
        "password": unquote(password) or None,
        "ssl": kind == "rediss",
    }
    sentinel = Sentinel(
        nodes,
        sentinel_kwargs={
            **settings,
            "socket_timeout": 1.0,
            "password": query.get("sentinel_password"),
            "ssl": kind == "rediss",
        },
    )
    pool = SentinelConnectionPool(service, sentinel, legacy_responses=False, **master)
    return Redis.from_pool(pool)
