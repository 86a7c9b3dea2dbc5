"""All is erased key by key, in whatever order these are found: nothing is left that points to what is gone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Json
from core.store import Store
from core.store import store as module
from core.store.bounds import bounds
from core.store.server import Server
from tests.core.store.test_store_lifetimes import days_later
from tests.core.store.world import BOB, CHANNEL, NAMES, Through, World, answer, claimed, texts, thread

pytestmark = pytest.mark.anyio

PLACES = [replace(CHANNEL, channel=f"C{number}") for number in range(20)]


async def test_no_order_of_an_exchange_is_left_when_all_is_erased(world: World, store: Store) -> None:
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


class Meter(Through):
    """How many commands each trip has used."""

    world: World
    used: list[int]

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        before = self._commands()
        reply = await super().run(script, keys, args)
        self.used.append(self._commands() - before)
        return reply

    def _commands(self) -> int:
        said: Any = self.world.redis.info("commandstats")
        return sum(of["calls"] for name, of in said.items() if "info" not in name)


def fill(world: World, places: int, exchanges: int) -> None:
    """As many histories of so many exchanges, with all that goes with them."""
    pipe = world.redis.pipeline(transaction=False)
    for number in range(places):
        ids = [f"{number * exchanges + one:020x}" for one in range(exchanges)]
        kinds: dict[str, Any] = {"h": dict.fromkeys(ids, "x") | {"#": exchanges}, "a": dict.fromkeys(ids, "f" * 20)}
        for kind, values in kinds.items():
            pipe.hset(f"{{parley}}:{kind}:{number:020x}", mapping=values)
        for kind in "oy":
            pipe.zadd(f"{{parley}}:{kind}:{number:020x}", dict.fromkeys(ids, world.now - 1))
        for kind in "haoy":
            pipe.pexpire(f"{{parley}}:{kind}:{number:020x}", 10**9)
    pipe.execute()


async def metered(world: World) -> tuple[Store, list[int]]:
    used: list[int] = []

    def through(server: Server) -> Meter:
        meter = Meter(server)
        meter.world, meter.used = world, used
        return meter

    return await world.store(through=through), used


async def test_all_is_erased_in_trips_that_are_short_however_much_there_is(plain: World) -> None:
    store, used = await metered(plain)
    fill(plain, places=100, exchanges=300)

    erased = await store.holdings.erase_all()

    assert (erased.exchanges, erased.places) == (30_000, 100)
    assert plain.keys("*[haoy]:*") == []
    assert max(used) < 10_000
    assert sum(used) < 30_000


async def test_where_somebody_asked_since_all_the_rest_goes_in_trips_that_are_short(plain: World) -> None:
    store, used = await metered(plain)
    fill(plain, places=30, exchanges=300)
    for number in range(30):
        place = f"{number:020x}"
        plain.redis.hset(f"{{parley}}:t:since-{number}", mapping={"st": "q", "at": plain.now + 1000, "a": 0})
        plain.redis.pexpire(f"{{parley}}:t:since-{number}", 10**9)
        plain.redis.zadd(f"{{parley}}:y:{place}", {f"since-{number}": plain.now + 1000})

    erased = await store.holdings.erase_all(before=0)

    assert (erased.exchanges, erased.places) == (9_000, 30)
    assert plain.keys("*[ho]:*") == []
    assert len(plain.keys("*:y:*")) == 30
    assert max(used) < 10_000


async def test_the_end_of_what_is_said_after_all_was_erased_is_known(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked between two trips of it."""
    await answer(store, world.message("before", author=BOB))
    run = store.holdings._run

    async def meanwhile(script: str, **named: Json) -> object:
        reply = await run(script, **named)
        if script == "wipe" and not named["keys"]:
            world.sleep(1)
            await answer(store, world.message("since"))
        return reply

    monkeypatch.setattr(store.holdings, "_run", meanwhile)
    await store.holdings.erase_all()

    assert world.redis.zrange("{parley}:over", 0, -1) == [NAMES.place(CHANNEL).encode()]
    assert texts(await answer(store, world.message())) == ["since", "an answer"]


async def test_what_a_thread_forgot_is_not_read_again_for_who_asks_while_all_is_erased(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = thread("C1:0")
    await store.reset(there, "t")
    forgotten, run = world.now / 1000, store.holdings._run
    days_later(world, 399)  # when nothing else is known of the place

    async def meanwhile(script: str, **named: Json) -> object:
        reply = await run(script, **named)
        if script == "wipe" and not named["keys"]:
            world.sleep(1)
            await store.accept(world.message("since", place=there))
        return reply

    monkeypatch.setattr(store.holdings, "_run", meanwhile)
    await store.holdings.erase_all()

    assert (await claimed(store)).since == forgotten


async def test_a_place_of_which_it_is_not_known_what_it_lies_in_is_erased(world: World, store: Store) -> None:
    direct = replace(CHANNEL, channel="D1", private=True)
    await answer(store, world.message(place=direct))

    assert (await store.holdings.erase_place(direct)).exchanges == 1

    assert world.keys("*:z:") == []
