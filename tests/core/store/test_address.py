"""REDIS_URL as a client."""

from pathlib import Path

import pytest
from redis.asyncio import Redis, RedisCluster, SentinelConnectionPool, SSLConnection

from core.contract import Outcome
from core.errors import SettingsError
from core.store.address import connect
from core.store.sealing import Sealer
from core.store.server import RedisServer
from core.store.store import Store
from core.store.vault import Vault
from tests.core.store.servers import free_port, server, until
from tests.core.store.world import KEYS, NAMES, World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("redis://localhost", {"host": "localhost", "port": 6379}),
        ("redis://h:1234/2", {"host": "h", "port": 1234, "db": 2}),
        ("rediss://u:p%40ss@h", {"host": "h", "username": "u", "password": "p@ss"}),
        ("unix:///a/b%20c", {"path": "/a/b c"}),
    ],
)
async def test_one_server(url: str, found: dict[str, object]) -> None:
    client = connect(url)

    assert isinstance(client, Redis)
    assert found.items() <= {"port": 6379, **client.connection_pool.connection_kwargs}.items()
    await client.aclose()


async def test_every_client_connects_soon_or_not_at_all_and_answers_in_bytes() -> None:
    for url in ("redis://h", "redis+sentinel://h/s"):
        client = connect(url)
        assert isinstance(client, Redis)
        options = client.connection_pool.connection_kwargs
        assert (options["socket_timeout"], options["socket_connect_timeout"]) == (None, 1.0)
        assert (options["protocol"], options["decode_responses"], options["legacy_responses"]) == (3, False, False)
        assert options["retry"].get_retries() == 4
        await client.aclose()


async def test_sentinels_and_the_service_that_they_watch() -> None:
    client = connect("rediss+sentinel://u:p@one:1,two/my-service?db=3&sentinel_password=q")
    assert isinstance(client, Redis)
    pool = client.connection_pool

    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "my-service"
    watchers = [watcher.connection_pool.connection_kwargs for watcher in pool.sentinel_manager.sentinels]
    assert [(one["host"], one["port"], one["password"]) for one in watchers] == [("one", 1, "q"), ("two", 26379, "q")]
    given = pool.connection_kwargs
    assert (given["db"], given["username"], given["password"]) == (3, "u", "p")
    await client.aclose()


async def test_a_cluster_is_known_by_any_of_its_nodes() -> None:
    client = connect("redis+cluster://u:p@one:7001,two:7002")

    assert isinstance(client, RedisCluster)
    assert [(node.host, node.port) for node in client.nodes_manager.startup_nodes.values()] == [
        ("one", 7001),
        ("two", 7002),
    ]
    assert client.nodes_manager.connection_kwargs["username"] == "u"
    await client.aclose()


@pytest.mark.parametrize(("scheme", "secure"), [("redis", False), ("rediss", True)])
async def test_a_second_s_means_tls_everywhere(scheme: str, secure: bool) -> None:
    one, cluster, watched = (connect(f"{scheme}{rest}") for rest in ("://h", "+cluster://h", "+sentinel://h/s"))
    assert isinstance(one, Redis)
    assert isinstance(cluster, RedisCluster)
    assert isinstance(watched, Redis)
    pool = watched.connection_pool
    assert isinstance(pool, SentinelConnectionPool)

    ways = [
        one.connection_pool.connection_class,
        cluster.nodes_manager.connection_kwargs["connection_class"],
        pool.connection_class,
        pool.sentinel_manager.sentinels[0].connection_pool.connection_class,
    ]

    assert [issubclass(way, SSLConnection) for way in ways] == 4 * [secure]
    for client in (one, cluster, watched):
        await client.aclose()


async def test_what_is_said_about_tls_holds_everywhere() -> None:
    asked = "ssl_ca_certs=/ca.pem&ssl_check_hostname=no"
    one, cluster, watched = (
        connect(f"rediss{rest}{asked}")
        for rest in ("://h?", "+cluster://h?", "+sentinel://h/s?db=2&sentinel_username=w&sentinel_password=q&")
    )
    assert isinstance(one, Redis)
    assert isinstance(cluster, RedisCluster)
    assert isinstance(watched, Redis)
    pool = watched.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    watcher = pool.sentinel_manager.sentinels[0].connection_pool.connection_kwargs

    for given in (
        one.connection_pool.connection_kwargs,
        cluster.nodes_manager.connection_kwargs,
        pool.connection_kwargs,
        watcher,
    ):
        assert (given["ssl_ca_certs"], given["ssl_check_hostname"]) == ("/ca.pem", False)
    assert (watcher["username"], watcher["password"]) == ("w", "q")
    assert "username" not in pool.connection_kwargs or pool.connection_kwargs["username"] is None
    for client in (one, cluster, watched):
        await client.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://h",
        "redis://h:port",
        "redis+sentinel://h",
        "redis+sentinel:///s",
        "redis+sentinel://h/s?db=x",
        "redis+cluster://",
        "redis+cluster://h:x",
        "redis+other://h",
        "redis://[h",
        "redis://h?no_such=1",
        "redis://h?ssl_ca_certs=/ca.pem",
        "rediss://h?ssl_cert_reqs=perhaps",
        "redis+cluster://h?no_such=1",
        "redis+cluster://h?ssl_ca_certs=/ca.pem",
        "rediss+cluster://h?no_such=1",
        "rediss+cluster://h?ssl_cert_reqs=perhaps",
        "rediss+cluster://h?sentinel_password=q",
        "redis+sentinel://h/s?no_such=1",
        "redis+sentinel://h/s?ssl_ca_certs=/ca.pem",
        "rediss+sentinel://h/s?ssl_no_such=1",
    ],
)
def test_what_is_no_address_is_said_with_the_ones_that_are_and_without_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL is not understood") as caught:
        connect(url.replace("://", "://user:secret@"))

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("sign", "written"), [("/", "%2F"), ("#", "%23"), ("?", "%3F"), ("[", "%5B")])
async def test_a_password_with_a_sign_of_addresses_is_told_how_to_be_written(sign: str, written: str) -> None:
    with pytest.raises(SettingsError, match=f" {written}[ .]"):
        connect(f"redis://user:a{sign}b@h:6379/0")

    client = connect(f"redis://user:a{written}b@h:6379/0")
    assert isinstance(client, Redis)
    assert client.connection_pool.connection_kwargs["password"] == f"a{sign}b"
    await client.aclose()


async def test_a_store_behind_a_sentinel(tmp_path: Path) -> None:
    port, watching = free_port(), free_port()
    world = World(tmp_path / "unused")
    tmp_path.joinpath("sentinel.conf").write_text(f"sentinel monitor ours 127.0.0.1 {port} 1\n")
    with (
        server(tmp_path / "master", port),
        server(tmp_path / "watcher", watching, str(tmp_path / "sentinel.conf"), "--sentinel") as watcher,
    ):
        until(lambda: bool(watcher.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "ours")))
        redis = RedisServer(f"redis+sentinel://127.0.0.1:{watching}/ours")
        store = Store(redis, NAMES, Vault(NAMES, Sealer(KEYS)))

        assert (await store.accept(world.message())).outcome is Outcome.ACCEPTED
        assert await store.claim() is not None
        await redis.close()
    world.redis.close()
