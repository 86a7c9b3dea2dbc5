"""What is set aside of a budget for calls under way: as long as their process lives, and no longer."""

import asyncio

import pytest

from core.store import purse
from tests.core.store.test_purse import DOLLAR, call, spend
from tests.core.store.world import World
from tests.launcher import PATIENCE
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_what_a_process_held_that_died_is_free_again_when_its_lease_is(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    await store.purse.hold("lost", "ann", 1.0, 0)
    world.sleep(11)

    async with asyncio.timeout(PATIENCE):
        await store.purse.hold("next", "bob", 0.5, 0)


async def test_what_a_call_may_cost_is_kept_as_long_as_its_process_lives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purse, "RENEWAL_SECONDS", 0.01)
    store, other = await world.store(allowances=DOLLAR), await world.store(allowances=DOLLAR)
    settling = asyncio.create_task(store.purse.settling())
    await store.purse.hold("first", "ann", 0.9, 0)
    for _ in range(3):
        world.sleep(9)
        await until_held(world, 10)
    settling.cancel()
    await asyncio.wait([settling])
    world.sleep(9)

    second = asyncio.create_task(other.purse.hold("second", "bob", 0.9, 0))
    await asyncio.sleep(0.02)
    assert not second.done()
    await spend(store, call(0.1, "first"))

    async with asyncio.timeout(PATIENCE):
        await second


async def test_what_has_ended_or_takes_endlessly_is_kept_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purse, "RENEWAL_SECONDS", 0.0)
    monkeypatch.setattr(purse, "LONGEST_SECONDS", 0.01)
    store = await world.store(allowances=DOLLAR)
    for name in ("ends", "stays"):
        await store.purse.hold(name, "ann", 0.1, 0)
    store.purse.note(call(0.1, "ends"))
    await store.purse.settle()
    await asyncio.sleep(0.02)
    world.sleep(9)
    await store.purse._renew()

    assert world.redis.zrange("{parley}:holds:end", 0, -1, withscores=True) == [[b"stays", world.now + 1000]]


async def test_what_is_kept_outlasts_a_redis_that_was_away(world: World) -> None:
    store, other = await world.store(allowances=DOLLAR), await world.store(allowances=DOLLAR)
    await store.purse.hold("first", "ann", 0.9, 0)
    world.jump(60)

    second = asyncio.create_task(other.purse.hold("second", "bob", 0.9, 0))
    await asyncio.sleep(0.02)
    assert not second.done()
    world.sleep(11)

    async with asyncio.timeout(PATIENCE):
        await second


async def until_held(world: World, seconds: float) -> None:
    """Until something is kept for so many seconds from now on."""
    await until(lambda: world.redis.zcount("{parley}:holds:end", world.now + seconds * 1000, "+inf"))
