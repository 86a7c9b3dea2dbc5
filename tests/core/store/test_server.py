"""The connection to Redis: what is lost on the way, and what comes of it."""

import asyncio
import re
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest
from redis.exceptions import ResponseError

from core.allowance import Allowance, Allowances
from core.contract import Message, Outcome, Progress
from core.errors import StoreDown
from core.limits import Limits, parse_windows
from core.store import Store, Terms, pipe
from core.store import server as module
from core.store.sealing import Sealer
from core.store.server import RedisServer, sources
from core.store.vault import Vault
from tests.core.store.servers import Line, free_port, line, server
from tests.core.store.test_holdings import opened
from tests.core.store.test_purse import call
from tests.core.store.world import ANN, CHANNEL, KEYS, NAMES, World, answer, change, claimed, finish, is_first, taken
from tests.launcher import PATIENCE
from tests.proxies import certify, tls
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(wire: Line, tmp_path: Path) -> AsyncIterator[Store]:
    """A store at the end of a bad line."""
    server = RedisServer(f"unix://{tmp_path / 'line'}", deadline=2)
    store = Store(server, NAMES, Vault(NAMES, Sealer(KEYS)))
    yield store
    await server.close()


async def test_a_reply_that_is_lost_is_asked_for_again_and_nothing_happens_twice(
    store: Store, wire: Line, plain: World
) -> None:
    windows = parse_windows("2/minute")
    await store.ping()
    wire.lose = 1
    first = await store.accept(plain.message(), Terms(Limits(windows)))
    second = await store.accept(plain.message(), Terms(Limits(windows)))
    wire.lose = 1
    third = await store.accept(plain.message(), Terms(Limits(windows)))
    wire.lose = 1
    claim = await claimed(store)

    assert [first.outcome, second.outcome, third.outcome] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.TOLD]
    assert (first.ahead, second.ahead) == (0, 1)
    assert claim.turn.attempt == 1
    assert wire.lose == 0


async def test_a_connection_that_was_cut_is_made_again(store: Store, wire: Line, plain: World) -> None:
    await store.accept(plain.message())
    wire.cut()

    assert (await claimed(store)).turn.attempt == 1


async def test_a_server_that_hangs_is_given_up_in_time(wire: Line, tmp_path: Path) -> None:
    wire.hangs = True
    server = RedisServer(f"unix://{tmp_path / 'line'}", deadline=0.1)

    with pytest.raises(StoreDown):
        await asyncio.wait_for(server.run("ping", ["{parley}:clock"], ["{parley}:", "{}"]), module._DEADLINE / 2)
    await server.close()


async def test_a_line_that_goes_dead_is_left_for_another(
    store: Store, wire: Line, plain: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = module._TRY
    monkeypatch.setattr(module, "_TRY", 0.1)
    await store.ping()
    wire.hangs = True
    asked = asyncio.create_task(store.accept(plain.message()))
    await asyncio.sleep(0.05)
    wire.hangs = False

    assert (await asyncio.wait_for(asked, whole)).outcome is Outcome.ACCEPTED


async def test_many_calls_outlast_a_server_that_stands_still(plain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they do one by one: each that waits for long would else cut off those that just came."""
    whole, short = module._TRY, 0.3
    monkeypatch.setattr(module, "_TRY", short)
    monkeypatch.setattr(pipe, "PAUSES", [pause * short / whole for pause in pipe.PAUSES])
    server = RedisServer(f"unix://{plain.socket}", deadline=whole)
    store = Store(server, NAMES, Vault(NAMES, Sealer(KEYS)))
    await store.ping()
    plain.redis.client_pause(round(2.5 * short * 1000))

    async def ping(number: int) -> float:
        await asyncio.sleep(number * 2 * short / 20)
        return await store.ping()

    took = await asyncio.gather(*(ping(number) for number in range(20)))

    assert max(took) >= 2 * short
    await server.close()


async def test_a_server_that_became_a_replica_is_left_for_the_one_in_its_place(
    store: Store, wire: Line, plain: World, tmp_path: Path
) -> None:
    port, place = free_port(), tmp_path / "next"
    await store.accept(plain.message())
    await store.rewriting.begin()
    with server(tmp_path / "data", port, "--unixsocket", str(place), "--appendonly", "yes") as successor:
        wire.server = place  # old connections stay open, as behind HAProxy or a Kubernetes service
        plain.redis.replicaof("127.0.0.1", port)
        try:
            outcome = (await store.accept(plain.message())).outcome
            await store.rewriting.begin()
        finally:
            plain.redis.replicaof("NO", "ONE")
        rewritten = successor.info("commandstats")["cmdstat_bgrewriteaof"]["calls"]

    assert outcome is Outcome.ACCEPTED
    assert rewritten == 1


async def test_who_knows_nothing_but_a_replica_is_told_so(store: Store, plain: World) -> None:
    plain.redis.replicaof("127.0.0.1", free_port())
    try:
        with pytest.raises(StoreDown, match="ReadOnlyError"):
            await store.accept(plain.message())
    finally:
        plain.redis.replicaof("NO", "ONE")


async def test_a_listener_can_be_cancelled_at_any_moment(plain: World) -> None:
    for steps in range(30):
        store = await plain.store()
        listener = asyncio.create_task(store.listen())
        for _ in range(steps):
            await asyncio.sleep(0)
        listener.cancel()
        _, pending = await asyncio.wait([listener], timeout=PATIENCE)
        assert not pending


async def test_no_server_is_trouble_with_the_store(tmp_path: Path, plain: World) -> None:
    server = RedisServer(f"unix://{tmp_path / 'nobody'}")
    store = Store(server, NAMES, Vault(NAMES, Sealer(KEYS)))

    with pytest.raises(StoreDown):
        await asyncio.wait_for(store.accept(plain.message()), PATIENCE)
    with pytest.raises(StoreDown):  # it might be taken for one that forgets, as long as this process lives
        await server.setting("appendfsync")
    await server.close()


async def test_scripts_that_the_server_forgot_are_told_again(store: Store, plain: World) -> None:
    await store.accept(plain.message())
    plain.redis.script_flush()

    assert await store.claim() is not None


async def test_a_full_server_accepts_nothing_and_recovers(store: Store, plain: World) -> None:
    secret = "nobody should read this"[::-1]
    with full(plain), pytest.raises(StoreDown) as caught:
        await store.accept(plain.message(secret))

    assert secret not in "".join(traceback.format_exception(caught.value))
    assert plain.keys("*:x:*") == []
    assert (await store.accept(plain.message())).outcome is Outcome.ACCEPTED


async def test_a_full_server_does_not_pass_for_a_well_one(store: Store, plain: World) -> None:
    assert await store.ping() < 1

    with full(plain), pytest.raises(StoreDown, match="OutOfMemoryError"):
        await store.ping()


async def test_what_was_accepted_is_answered_also_by_a_full_server(store: Store, plain: World) -> None:
    await store.accept(plain.message())
    with full(plain):
        claim = await claimed(store)
        await store.renew([claim.lease])
        await store.note(claim.lease, Progress("m", "so far", ()))
        await store.release(claim.lease)
        claim = await claimed(store)
        assert await store.stop(CHANNEL, ANN)
        await finish(store, claim)
        await store.reset(CHANNEL, "C1:reset")

    assert claim.lease.lost
    assert plain.keys("*:q:*") == []


async def test_what_an_answer_may_cost_is_held_and_counted_also_by_a_full_server(plain: World) -> None:
    store = await plain.store(allowances=Allowances(Allowance(dollars=1)))

    with full(plain):
        async with asyncio.timeout(PATIENCE):
            await store.purse.hold("h", "ann", 0.9, 0)
            for one in (call(0.25, "h"), call(0.5)):  # one that was held, and one that was not
                store.purse.note(one)
                await store.purse.settle()

    today = store.purse.today.name
    assert (await store.purse.used([today]))[today][""].dollars == 0.75
    assert plain.redis.hgetall("{parley}:holding") == {}


async def test_what_was_deleted_is_not_answered_on_by_a_full_server(store: Store, plain: World) -> None:
    message = plain.message()
    claim = await taken(store, message)

    with full(plain):
        await store.change(change(message, None))
        await store.renew([claim.lease])

    assert claim.lease.stopped


async def test_a_process_starts_and_a_command_is_done_once_on_a_full_server(store: Store, plain: World) -> None:
    command = plain.message()
    with full(plain):
        await store.meet("p", ["k"])
        assert [await is_first(store, command) for _ in range(2)] == [True, False]


Act: TypeAlias = Callable[[Store, Message], Awaitable[object]]
MAKE_ROOM: dict[str, Act] = {
    "keep": lambda store, _: store.holdings.keep(CHANNEL, 0),
    "change": lambda store, message: store.change(change(message, None)),
    "reset": lambda store, _: store.reset(CHANNEL, "C1:reset"),
    "erase a person": lambda store, _: store.holdings.erase_person("slack", ANN.id),
    "erase a place": lambda store, _: store.holdings.erase_place(CHANNEL),
    "erase all": lambda store, _: store.holdings.erase_all(),
}


@pytest.mark.parametrize("act", MAKE_ROOM.values(), ids=MAKE_ROOM)
async def test_what_makes_room_is_done_also_by_a_full_server(plain: World, act: Act) -> None:
    store, message = await plain.store(), plain.message("what was said")
    await answer(store, message)
    assert b"what was said" in opened(plain.redis)

    with full(plain):
        await act(store, message)

    assert b"what was said" not in opened(plain.redis)


@contextmanager
def full(world: World) -> Iterator[None]:
    world.redis.config_set("maxmemory", "1")
    try:
        yield
    finally:
        world.redis.config_set("maxmemory", "256mb")


async def test_a_walk_costs_four_trips_before_the_finished_text_and_one_after(
    store: Store, wire: Line, plain: World
) -> None:
    await answer(store, plain.message())
    before = wire.scripts

    await answer(store, plain.message())

    assert wire.scripts - before == 5


async def test_cancelling_calls_anywhere_mixes_up_no_replies(store: Store, plain: World) -> None:
    random = Random(7)
    for _ in range(100):
        call = asyncio.create_task(store.accept(plain.message()))
        await asyncio.sleep(random.random() * 0.0008)
        call.cancel()
        await asyncio.wait([call])
        assert call.cancelled() or call.result().outcome in {Outcome.ACCEPTED, Outcome.TOLD}  # its line is full
        assert await store.ping() < 1
        assert await store.sights.newest("discord") == {}


async def test_many_calls_at_once_share_the_connections(store: Store, plain: World) -> None:
    pings = await asyncio.gather(*(store.ping() for _ in range(300)))

    clients = plain.redis.client_list()
    assert len(pings) == 300
    assert len(clients) <= 40


async def test_who_listens_hears_again_after_the_connection_was_lost(store: Store, wire: Line, plain: World) -> None:
    listener = asyncio.create_task(store.listen())
    other = await plain.store()
    for _ in range(3):
        await store.claim()
        await asyncio.wait_for(store.wait(5), 5)
        await store.claim()
        waiting = asyncio.create_task(store.wait(60))
        await asyncio.sleep(0.01)
        await other.accept(plain.message())
        await asyncio.wait_for(waiting, PATIENCE)
        wire.cut()
    listener.cancel()
    await asyncio.wait([listener])


async def test_who_listens_hears_again_with_certificates_that_were_renewed_meanwhile(tmp_path: Path) -> None:
    behind, at = free_port(), free_port()
    ears = RedisServer(f"rediss://localhost:{at}?ssl_ca_certs={tmp_path / 'ca.pem'}")
    listener = asyncio.create_task(Store(ears, NAMES, Vault(NAMES, Sealer(KEYS))).listen())
    with server(tmp_path / "redis", behind) as redis:
        for _ in range(2):
            _, certificate = certify(tmp_path, "localhost")
            async with tls(behind, "localhost", certificate, at=at):
                await until(lambda: redis.pubsub_numsub(f"{NAMES.base}wake")[0][1], "somebody who listens")
            redis.client_kill_filter(_type="pubsub")
        listener.cancel()
        await asyncio.wait([listener])
        await ears.close()


async def test_who_listens_to_nobody_goes_on_trying(tmp_path: Path, plain: World) -> None:
    server = RedisServer(f"unix://{tmp_path / 'later'}")
    store = Store(server, NAMES, Vault(NAMES, Sealer(KEYS)))
    listener = asyncio.create_task(store.listen())
    await asyncio.sleep(0.05)
    async with line(plain.socket, tmp_path / "later"):
        await store.claim()
        await asyncio.wait_for(store.wait(60), PATIENCE)
        listener.cancel()
        await asyncio.wait([listener])
        await server.close()


async def test_a_servers_own_settings_can_be_asked(plain: World) -> None:
    server = RedisServer(f"unix://{plain.socket}")

    assert await server.setting("appendfsync") == "always"
    assert await server.setting("no-such-thing") == ""
    await server.close()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            "ACL failure in script: User ann has no permissions to run the 'info' command script: 3c10",
            "NoPermissionError",
        ),
        ("The user executing the script can't run this command or subcommand script: 3c10", "NoPermissionError"),
        ("NOREPLICAS Not enough good replicas to write. script: 3c10", "NOREPLICAS"),
        ("Unknown Redis command called from script script: 3c10", "ResponseError"),
    ],
)
def test_what_is_refused_in_a_script_is_known_by_what_each_release_says(said: str, code: str) -> None:
    assert module._kind(ResponseError(said)) == code


def test_every_script_has_the_clock_and_what_all_share_in_front() -> None:
    for text in sources().values():
        assert text.index("server_ms") < text.index("local P, A =")
        assert "local now" in text


def test_another_clock_takes_the_place_of_the_servers() -> None:
    for text in sources("local function server_ms() return 1 end").values():
        assert text.startswith("local function server_ms() return 1 end")
        assert "'TIME'" not in text


def test_no_script_hands_redis_what_may_be_minus_zero() -> None:
    """Lua's is -0, which Redis 7.0 does not take for a number."""
    assert [name for name, text in sources().items() if re.search(r", -[a-z]", text)] == []
