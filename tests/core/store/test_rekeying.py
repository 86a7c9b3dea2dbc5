"""A new key for all that is stored, while the bot goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.contract import Final
from core.store import Store
from core.store.sealing import fingerprint
from core.store.server import Server
from tests.core.store.test_holdings import DIRECT, a_week, unsealed
from tests.core.store.world import BOB, KEYS, Through, World, answer, claimed, exchange, finish, taken, texts

pytestmark = pytest.mark.anyio

NEW = (b"n" * 32,)
BOTH = (*NEW, *KEYS)


async def meet(store: Store, keys: tuple[bytes, ...]) -> str:
    """Introduces these keys: the setting that does not fit, or ""."""
    return (await store.meet("p", [fingerprint(key).hex() for key in keys]))[0]


async def met(world: World, keys: tuple[bytes, ...], **more: Any) -> Store:
    store = await world.store(keys=keys, **more)
    assert await meet(store, keys) == ""
    return store


async def stored(world: World) -> Store:
    """With texts in every kind of key, sealed with the old one."""
    store = await met(world, KEYS)
    await a_week(world, store)
    world.sleep(7)  # and it is stopped
    return store


async def test_everything_is_readable_with_the_new_key_alone(world: World) -> None:
    await stored(world)
    store = await met(world, BOTH)
    before = unsealed(world.redis)

    rekeyed = await store.rekeying.all()

    assert (rekeyed.unreadable, rekeyed.done) == (0, True)
    assert rekeyed.sealed == len(before) > 20
    assert unsealed(world.redis, NEW) == before
    alone = await world.store(keys=NEW)
    claim = await claimed(alone)
    assert claim.turn.message.text == "ann-waits"
    assert texts(claim)[:2] == ["ann-root", "to-ann-root"]
    assert (await alone.choices(DIRECT)).persona == "ann-persona"
    assert len(await alone.sights.newest("slack")) > 2


async def test_the_old_key_may_be_dropped_after_it_and_not_before(world: World) -> None:
    await stored(world)
    store, alone = await met(world, BOTH), await world.store(keys=NEW)
    assert await meet(alone, NEW) == "HISTORY_KEY"

    await store.rekeying.all()

    assert await meet(alone, NEW) == ""


async def test_a_second_time_there_is_nothing_to_do(world: World) -> None:
    await stored(world)
    store = await met(world, BOTH)
    await store.rekeying.all()

    again = await store.rekeying.all()

    assert (again.sealed, again.done) == (0, True)


async def test_what_a_missing_key_sealed_is_left_as_it_is_and_told(world: World) -> None:
    await stored(world)
    store = await world.store(keys=(*NEW, b"x" * 32))
    await meet(store, BOTH)
    before = unsealed(world.redis)

    rekeyed = await store.rekeying.all()

    assert rekeyed.unreadable == len(before)
    assert not rekeyed.done
    assert unsealed(world.redis) == before


class Meddling(Through):
    """Between reading and putting back, somebody else writes."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.other: Any = None

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        if script == "reseal" and self.other:
            other, self.other = self.other, None
            await other
        return await super().run(script, keys, args)


async def test_what_is_written_meanwhile_is_not_lost(world: World) -> None:
    old = await met(world, KEYS)
    await answer(old, world.message("first"))
    claim = await taken(old, world.message("second", author=BOB))
    between: list[Meddling] = []

    async def go_on() -> None:
        await old.renew([claim.lease])
        await old.bind(claim.lease, ("m7",))

    def through(server: Server) -> Server:
        between.append(Meddling(server))
        return between[0]

    store = await met(world, BOTH, through=through)
    between[0].other = go_on()
    world.sleep(7)  # it was silent, as if it had ended

    rekeyed = await store.rekeying.all()
    await old.commit(claim.lease, Final("done"), exchange(claim))
    await old.done(claim.lease)

    assert not rekeyed.done  # it has yet to be started again
    await store.accept(world.message("third", author=BOB))
    assert texts(await claimed(store)) == ["first", "an answer", "second", "an answer"]


async def test_a_process_that_begins_to_seal_with_the_old_key_meanwhile_is_noticed(world: World) -> None:
    old = await stored(world)
    between: list[Meddling] = []

    def through(server: Server) -> Server:
        between.append(Meddling(server))
        return between[0]

    store = await met(world, BOTH, through=through)
    between[0].other = meet(old, BOTH[::-1])  # it is started with the keys in their old order

    rekeyed = await store.rekeying.all()

    assert not rekeyed.done


async def test_nothing_is_sealed_anew_while_a_process_runs_that_may_not_be_able_to_open_it(world: World) -> None:
    old = await met(world, KEYS)
    await answer(old, world.message("first"))
    store = await met(world, BOTH)

    rekeyed = await store.rekeying.all()

    assert (rekeyed.sealed, rekeyed.done) == (0, False)
    await old.accept(world.message("second"))
    assert texts(await claimed(old)) == ["first", "an answer"]


async def idle(store: Store) -> None:
    assert await store.claim() is None


async def busy(store: Store) -> None:
    await store.renew([(await claimed(store)).lease])


@pytest.mark.parametrize("at_work", [idle, busy])
async def test_a_process_that_was_not_started_again_is_noticed_as_long_as_it_runs(
    world: World, at_work: Callable[[Store], Awaitable[None]]
) -> None:
    old, store = await met(world, KEYS), await met(world, BOTH)
    if at_work is busy:
        await old.accept(world.message())
    await at_work(old)
    world.sleep(5)  # no worker is silent for longer

    alone, before = await world.store(keys=NEW), await store.rekeying.all()
    assert await meet(alone, NEW) == "HISTORY_KEY"
    world.sleep(2)
    await met(world, BOTH)
    after = await store.rekeying.all()

    assert (before.done, after.done) == (False, True)
    assert await meet(alone, NEW) == ""


async def test_the_bytes_of_a_history_are_still_counted_right(world: World) -> None:
    await stored(world)
    store = await met(world, BOTH)
    await store.rekeying.all()

    for key in world.keys("*:h:*"):
        found = world.redis.hgetall(key)
        assert int(found.pop(b"#")) == sum(map(len, found.values()))


async def test_the_bot_goes_on_meanwhile(valkey: Path) -> None:
    async with World(valkey) as world:
        await stored(world)
        store, bot = await met(world, BOTH), await met(world, BOTH)

        async def talk() -> None:
            for number in range(10):
                await finish(bot, await taken(bot, world.message(f"meanwhile {number}", author=BOB, place=DIRECT)))

        rekeyed, _ = await asyncio.gather(store.rekeying.all(), talk())

        assert rekeyed.done
        heap = b"\n".join(unsealed(world.redis, NEW))
        assert [number for number in range(9) if b"meanwhile %d" % number not in heap] == []
