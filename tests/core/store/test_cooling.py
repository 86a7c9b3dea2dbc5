"""A pause after too many calls: heard by every process at once, and by who was away when it began."""

import pytest

from core.store import Store
from tests.core.store.test_store_signals import listening
from tests.core.store.world import World
from tests.waits import until

pytestmark = pytest.mark.anyio


async def cooled(store: Store, model: str = "m1") -> float:
    """What is left, as soon as something is."""
    return float(await until(lambda: store.cooling.left(model)))


async def test_a_pause_is_of_one_model_and_of_all_processes(world: World, store: Store) -> None:
    other = await world.store()
    async with listening(other):
        await store.cooling.begin("m1", 20)

        assert await cooled(other) == 20
        assert await store.cooling.left("m1") == 20
        assert await store.cooling.left("m2") == await other.cooling.left("m2") == 0


async def test_a_pause_ends_when_its_time_has_passed(world: World, store: Store) -> None:
    await store.cooling.begin("m1", 20)

    world.sleep(19)
    before = await store.cooling.left("m1")
    world.sleep(1)

    assert (before, await store.cooling.left("m1")) == (1, 0)


async def test_a_shorter_pause_does_not_end_a_longer_one(world: World, store: Store) -> None:
    late = await world.store()
    await store.cooling.begin("m1", 20)

    await store.cooling.begin("m1", 5)
    await late.cooling.learn()

    assert await store.cooling.left("m1") == await late.cooling.left("m1") == 20


async def test_who_was_away_when_a_pause_began_learns_what_is_left_of_it(world: World, store: Store) -> None:
    late = await world.store()
    await store.cooling.begin("m1", 20)
    await store.cooling.begin("over", 1)
    world.sleep(5)

    async with listening(late):
        assert await cooled(late) == 15
        assert await late.cooling.left("over") == 0


async def test_without_redis_a_pause_is_ones_own(world: World, store: Store) -> None:
    other = await world.store()
    world.redis.config_set("maxmemory", "1")
    try:
        await store.cooling.begin("m1", 20)
        await store.cooling.learn()
    finally:
        world.redis.config_set("maxmemory", "0")

    await other.cooling.learn()

    assert await store.cooling.left("m1") == 20
    assert await other.cooling.left("m1") == 0


async def test_a_pause_leaves_nothing_behind(world: World, store: Store) -> None:
    await store.cooling.begin("m1", 1)

    assert 0 < world.redis.pttl("{parley}:cool") <= 1000
    assert "m1" not in str(world.redis.hgetall("{parley}:cool"))


@pytest.mark.parametrize("payload", ["", "m1", "m1 x", "m1 -5", "a b c"])
async def test_what_is_no_pause_is_ignored(store: Store, payload: str) -> None:
    store.cooling.hear(payload)

    assert await store.cooling.left("m1") == 0
