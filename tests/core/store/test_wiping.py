"""All is erased key by key, in whatever order these are found: nothing is left that points to what is gone."""

from dataclasses import replace

import pytest

from core.store import store as module
from core.store.bounds import bounds
from tests.core.store.world import CHANNEL, NAMES, World, answer, texts

pytestmark = pytest.mark.anyio

PLACES = [replace(CHANNEL, channel=f"C{number}") for number in range(20)]


async def test_no_order_of_an_exchange_is_left_when_all_is_erased(world: World) -> None:
    store = await world.store()
    for place in PLACES:
        await answer(store, world.message(place=place))

    erased = await store.holdings.erase_all()

    assert (erased.exchanges, erased.places) == (20, 20)
    assert world.keys("*:o:*") == world.keys("*:h:*") == []


async def test_a_history_that_lost_an_exchange_drops_its_order_and_holds_nobody_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_exchanges": 2})
    store = await world.store()
    order = f"{{parley}}:o:{NAMES.place(CHANNEL)}"
    world.redis.zadd(order, {"an-exchange-of-old": 1, "another": 2})

    last = [await answer(store, world.message(word)) for word in ("one", "two", "three", "four")][-1]

    assert texts(last) == ["two", "an answer", "three", "an answer"]
    assert world.redis.zcard(order) == 2
