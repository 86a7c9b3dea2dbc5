"""What is used lives on, what points to something lives as long as that, and what a setting shortens is shortened."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from core.contract import Choices, Place
from core.store import Store
from core.store.holdings import Erased
from tests.core.store.test_holdings import DIRECT, opened
from tests.core.store.world import ANN, CHANNEL, World, answer, thread

pytestmark = pytest.mark.anyio

DAY = 86_400
ASIDE = replace(thread("U-ann"), private=True)
"""What only Ann sees, of a channel."""


def days_later(world: World, days: int) -> None:
    """All of them go by, and what has run out by then is gone."""
    for key in world.keys("*"):
        left = int(world.redis.pttl(key))
        if left > 0:
            world.redis.pexpire(key, max(1, left - days * DAY * 1000))
        if 0 < left <= days * DAY * 1000:
            world.redis.delete(key)
    world.sleep(days * DAY)


async def of_person(store: Store) -> Erased:
    return await store.holdings.erase_person("slack", ANN.id, wholly=True)


async def of_space(store: Store) -> Erased:
    return await store.holdings.erase_place(Place("slack", "T1", ""), left=True)


@pytest.mark.parametrize("history", [0, 30, 365])
@pytest.mark.parametrize(
    ("place", "erase"),
    [(DIRECT, of_person), (ASIDE, of_person), (DIRECT, of_space), (CHANNEL, of_space), (thread("C1:0"), of_space)],
)
async def test_what_was_chosen_is_found_as_long_as_it_is_there(
    world: World, history: int, place: Place, erase: Callable[[Store], Awaitable[Erased]]
) -> None:
    store = await world.store(history_days=history)
    await answer(store, world.message(place=place))
    days_later(world, 31)
    await store.choose(place, ANN, persona="ann-persona")
    days_later(world, 89)
    assert (await store.choices(place)).persona

    await erase(store)

    assert b"ann-persona" not in opened(world.redis)
    assert await store.choices(place) == Choices()


@pytest.mark.parametrize(
    ("place", "erase"), [(DIRECT, of_person), (ASIDE, of_person), (DIRECT, of_space), (CHANNEL, of_space)]
)
async def test_what_was_chosen_where_nobody_ever_asked_is_found_too(
    world: World, place: Place, erase: Callable[[Store], Awaitable[Erased]]
) -> None:
    store = await world.store()
    await store.choose(place, ANN, persona="ann-persona")

    await erase(store)

    assert await store.choices(place) == Choices()


async def test_what_follows_it_in_a_thread_is_for_us_as_long_as_the_history_and_no_longer(world: World) -> None:
    store, root = await world.store(history_days=30), world.message()
    await answer(store, root)
    await store.choose(thread(root.id), ANN, persona="a pirate")
    days_later(world, 30)

    follow = world.message(place=thread(root.id), direct=False)
    assert (await store.accept(follow)).outcome.value == "passed"
