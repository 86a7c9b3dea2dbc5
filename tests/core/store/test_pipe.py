"""One connection for all calls: each gets its own reply, whatever becomes of the others and of the connection."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError, ResponseError
from redis.retry import Retry

from core.store.pipe import Lost, Pipe
from tests.core.store.servers import Line, free_port, server, until
from tests.core.store.world import World

pytestmark = pytest.mark.anyio


def pipe_to(socket: Path, **options: Any) -> Pipe:
    return Pipe(ConnectionPool.from_url(f"unix://{socket}", protocol=3, **options))


async def test_calls_of_one_moment_get_each_its_own_reply_over_one_connection(plain: World) -> None:
    pipe, before = pipe_to(plain.socket), len(plain.redis.client_list())

    said = await asyncio.gather(*(pipe.call("ECHO", str(number)) for number in range(200)))

    assert said == [str(number).encode() for number in range(200)]
    assert len(plain.redis.client_list()) == before + 1
    await pipe.close()


async def test_a_call_that_is_refused_and_one_that_is_cancelled_disturb_no_other(plain: World) -> None:
    pipe = pipe_to(plain.socket)
    wrong = asyncio.create_task(pipe.call("NO-SUCH-THING"))
    gone = asyncio.create_task(pipe.call("ECHO", "gone"))
    await asyncio.sleep(0)
    gone.cancel()

    assert await pipe.call("ECHO", "here") == b"here"
    with pytest.raises(ResponseError):
        await wrong
    await pipe.close()


async def test_what_was_under_way_on_a_lost_connection_is_sent_again_on_another(
    plain: World, wire: Line, tmp_path: Path
) -> None:
    pipe = pipe_to(tmp_path / "line")
    assert await pipe.call("ECHO", "1") == b"1"
    wire.hangs = True
    waiting = [asyncio.create_task(pipe.call("ECHO", str(number))) for number in range(3)]
    await asyncio.sleep(0.02)
    wire.hangs = False

    pipe.leave()

    assert await asyncio.gather(*waiting) == [b"0", b"1", b"2"]
    await pipe.close()


async def test_a_connection_that_was_not_silent_for_long_is_not_left(plain: World) -> None:
    pipe, time = pipe_to(plain.socket), asyncio.get_running_loop().time
    await pipe.call("ECHO", "1")
    first, made = time(), connections(plain)
    await asyncio.sleep(0.05)
    await pipe.call("ECHO", "2")

    pipe.leave(silent=time() - first)  # it was made before, and replied since
    assert await pipe.call("ECHO", "3") == b"3"
    assert connections(plain) == made

    await asyncio.sleep(0.02)
    pipe.leave(silent=0.01)
    assert await pipe.call("ECHO", "4") == b"4"
    assert connections(plain) == made + 1
    await pipe.close()


def connections(world: World) -> int:
    """How many there ever were."""
    return int(world.redis.info("stats")["total_connections_received"])


async def test_where_nobody_listens_it_says_so(tmp_path: Path) -> None:
    pipe = pipe_to(tmp_path / "nobody")

    with pytest.raises((RedisError, OSError)) as caught:
        await asyncio.wait_for(pipe.call("PING"), 3)

    assert not isinstance(caught.value, Lost)
    await pipe.close()


async def test_a_server_that_loads_its_file_says_so(tmp_path: Path) -> None:
    slowly = ("--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024")
    with server(tmp_path, port := free_port(), "--enable-debug-command", "yes", *slowly) as redis:
        redis.execute_command("DEBUG", "POPULATE", "4000")
        pipe = Pipe(ConnectionPool.from_url(f"redis://127.0.0.1:{port}", protocol=3))
        await pipe.call("GET", "key:1")
        loading = asyncio.create_task(asyncio.to_thread(redis.execute_command, "DEBUG", "RELOAD"))
        with Redis(port=port, retry=Retry(NoBackoff(), 0)) as other:
            await asyncio.to_thread(until, lambda: is_loading(other))

        with pytest.raises(BusyLoadingError):
            await pipe.call("GET", "key:1")

        await loading
        assert await pipe.call("GET", "key:1") == b"value:1"
        await pipe.close()


def is_loading(redis: Redis) -> bool:
    try:
        redis.ping()
    except BusyLoadingError:
        return True
    return False
