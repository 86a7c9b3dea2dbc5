"""REDIS_URL as a client of redis-py: one server, Sentinel or Cluster."""

import os
from collections.abc import Awaitable
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis.asyncio import ConnectionPool, Redis, RedisCluster, Sentinel, SentinelConnectionPool, SSLConnection
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisClusterException, RedisError
from redis.maint_notifications import MaintNotificationsConfig

from core.errors import SettingsError

_FILES = frozenset(("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"))
FAILURES = (RedisError, RedisClusterException, OSError, TimeoutError)
"""All that redis-py raises when a server does not do what was asked."""
_NOT_UNDERSTOOD = (
    "REDIS_URL is not understood: write redis://host:6379/0 (rediss:// with TLS), unix:///path/to/socket, "
    "redis+sentinel://host:26379,host:26379/service or redis+cluster://host:6379; behind a ? may stand "
    "ssl_ca_certs=/path and the like where it is rediss, and sentinel_username= and sentinel_password=. In a password, "
    "/ # ? [ % are written %2F %23 %3F %5B %25."
)


class Client(Protocol):
    """What we use of redis-py's clients, which have no type in common."""

    def config_get(self, pattern: str) -> Awaitable[Any]: ...
    def execute_command(self, *words: bytes | str, **options: str) -> Awaitable[Any]: ...
    def initialize(self) -> Awaitable[Any]: ...
    def pubsub(self) -> PubSub: ...
    async def aclose(self) -> None: ...


async def rewrite(client: Client, key: str) -> None:
    """Ask for a new append-only file, in a Cluster from the node that has this key."""
    node = client.get_node_from_key(key) if isinstance(client, RedisCluster) else client
    if node is not None:
        await node.execute_command("BGREWRITEAOF")


def connect(url: str) -> Client:
    """A client that gives up soon, tries again by itself, and answers in bytes. It connects when it is used.

    With Sentinel and Cluster, `hosts` may be several with commas between. Raises SettingsError.
    """
    try:
        parts = urlsplit(url)
        match parts.scheme:
            case "redis" | "rediss" | "unix":
                pool = ConnectionPool.from_url(url, **_options())
                pool.make_connection()  # it connects to nothing, and finds what is no parameter
                return Redis.from_pool(pool)
            case "redis+sentinel" | "rediss+sentinel":
                return _sentinel(parts)
            case "redis+cluster" | "rediss+cluster":
                nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]
                options = {**_options(), **_login(parts), **_secure(parts, _asked(parts))}
                return RedisCluster(startup_nodes=nodes, **options)
    except (ValueError, TypeError, *FAILURES):  # their texts repeat the URL, and with it a password
        pass
    raise SettingsError([_NOT_UNDERSTOOD])


class _WatchedRedis(Redis):
    """A client of the master that Sentinels name."""

    def __init__(self, watchers: Sentinel, pool: SentinelConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        self._watchers = watchers

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001  # redis-py's
        await super().aclose(close_connection_pool is not False)
        for watcher in self._watchers.sentinels:
            await watcher.aclose()


def _sentinel(parts: SplitResult) -> Redis:
    service, asked = unquote(parts.path.strip("/")), _asked(parts)
    if not service:
        raise ValueError("no service")
    db, user, password = (asked.pop(name, None) for name in ("db", "sentinel_username", "sentinel_password"))
    options = {**_options(), **_secure(parts, asked)}
    watchers = Sentinel(
        _hosts(parts, 26379),
        sentinel_kwargs={
            **options,
            "username": user,
            "password": password,
            "socket_timeout": 0.5,  # or one that hangs would keep us from asking the next
        },
    )
    pool = SentinelConnectionPool(service, watchers, **options, **_login(parts), db=db or 0)
    return _WatchedRedis(watchers, pool)


def _hosts(parts: SplitResult, port: int) -> list[tuple[str, int]]:
    hosts = [urlsplit(f"//{host}") for host in parts.netloc.rpartition("@")[2].split(",")]
    return [(_present(host.hostname), host.port or port) for host in hosts]


def _present(host: str | None) -> str:
    if not host:
        raise ValueError("no host")
    return host


def _login(parts: SplitResult) -> dict[str, Any]:
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return {"username": unquote(user) or None, "password": unquote(password) or None}


def _asked(parts: SplitResult) -> dict[str, Any]:
    """What stands behind the ?, as redis-py reads it of one server's address."""
    return dict(parse_url(f"redis://?{parts.query}"))


def _secure(parts: SplitResult, asked: dict[str, Any]) -> dict[str, Any]:
    """How to speak TLS. Raises ValueError, TypeError or RedisError where `asked` is about anything else."""
    is_secure = parts.scheme.startswith("rediss")
    if any(not (is_secure and name.startswith("ssl_")) for name in asked):
        raise ValueError("no such parameter")
    if not is_secure:
        return {}
    SSLConnection(**asked)  # as above
    return {"ssl": True, **asked}


def check_files(url: str) -> None:
    """Raises SettingsError where it names a file that nobody can read: redis-py takes that for a lost connection."""
    for name, file in parse_qsl(urlsplit(url).query):
        if name in _FILES and not os.access(file, os.R_OK):
            raise SettingsError([f"REDIS_URL: {name} names a file that is not there, or that this user cannot read."])


def _options() -> dict[str, Any]:
    """The defaults of redis-py would wait for a minute; every script bears being sent again.

    No timeout for reading and writing: redis-py puts one on writing with `asyncio.wait_for`, which in Python 3.11
    swallows a cancellation that comes as the write ends. server.py has its own.
    """
    return {
        "socket_timeout": None,
        "socket_connect_timeout": 1.0,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.3), 4),
        "protocol": 3,
        "legacy_responses": False,
        "decode_responses": False,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
