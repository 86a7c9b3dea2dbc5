"""How much of a place is told and erased: alone, with what lies in it, with what one person alone sees there."""

import asyncio
import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Place
from core.store import Reach, Store
from core.store.replies import texts
from core.store.vault import Vault
from tests.core.store.world import ANN, BOB, CHANNEL, World, answer, claimed, finish, thread

pytestmark = pytest.mark.anyio

THREAD = thread("C1:1")
ASIDE = replace(CHANNEL, thread=BOB.id, private=True)
DIRECT = Place("slack", "T1", "D1", private=True)
SAID = {CHANNEL: "in-channel", THREAD: "in-thread", ASIDE: "bob-alone"}


async def everywhere(world: World, store: Store) -> None:
    """Bob asked and chose at each of them, and something waits there."""
    for place, word in SAID.items():
        await answer(store, world.message(word, author=BOB, place=place))
        await store.choose(place, BOB, persona=f"chosen-{word}")
        world.sleep(1)
    for place, word in SAID.items():
        await store.accept(world.message(f"waiting-{word}", author=BOB, place=place))


async def words(store: Store, place: Place, reach: Reach) -> set[str]:
    told = str(await store.holdings.of_place(place, reach))
    return {word for word in SAID.values() if word in told}


async def test_what_lies_in_a_place_is_told_as_far_as_it_is_meant(world: World, store: Store) -> None:
    await everywhere(world, store)

    assert await words(store, CHANNEL, Reach.HERE) == {"in-channel"}
    assert await words(store, CHANNEL, Reach.SHARED) == {"in-channel", "in-thread"}
    assert await words(store, CHANNEL, Reach.ALL) == set(SAID.values())
    assert await words(store, ASIDE, Reach.ALL) == {"bob-alone"}


async def test_of_their_direct_messages_people_get_the_threads_too(world: World, store: Store) -> None:
    await answer(store, world.message("in-thread", author=BOB, place=replace(DIRECT, thread="D1:1")))

    assert await words(store, DIRECT, Reach.ALL) == {"in-thread"}


async def test_a_place_is_erased_and_what_lies_in_it_stays(world: World, store: Store) -> None:
    await everywhere(world, store)

    erased = await store.holdings.erase_place(CHANNEL, below=False)

    assert (erased.turns, erased.exchanges, erased.places) == (2, 1, 1)
    assert await words(store, CHANNEL, Reach.ALL) == {"in-thread", "bob-alone"}
    claims = [await claimed(store) for _ in range(2)]
    assert {claim.turn.message.text for claim in claims} == {"waiting-in-thread", "waiting-bob-alone"}
    for claim in claims:
        await finish(store, claim)
    assert (await store.holdings.erase_place(CHANNEL)).exchanges == 4


async def test_what_is_too_much_is_told_by_nobody(world: World, store: Store) -> None:
    await everywhere(world, store)
    holdings = store.holdings
    told = len(json.dumps(await holdings.of_place(CHANNEL)))

    assert await holdings.of_place(CHANNEL, at_most=told)
    assert await holdings.of_place(CHANNEL, at_most=told // 2) == {}
    assert await holdings.of_person("slack", BOB.id, at_most=told)
    assert await holdings.of_person("slack", BOB.id, at_most=told // 2) == {}


@pytest.mark.parametrize("of", ["place", "person"])
async def test_what_is_too_much_is_not_all_in_memory_before_that_is_told(plain: World, of: str) -> None:
    store, long = await plain.store(), 200_000
    for number in range(40):
        await answer(store, plain.message("q", author=BOB, place=thread(f"C1:{number}")), "long " * (long // 5))

    async def told() -> object:
        if of == "place":
            return await store.holdings.of_place(CHANNEL, at_most=long)
        return await store.holdings.of_person("slack", BOB.id, at_most=long)

    tracemalloc.start()
    assert set(map(str, await asyncio.gather(told(), told(), told()))) == {"{}"}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8 * long


async def test_others_go_on_between_the_messages_that_are_told(plain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    store, opened, ticks = await plain.store(), list[str](), list[int]()
    for number in range(9):
        await store.accept(plain.message(f"waits-{number}", place=thread(f"C1:{number}")))

    def counted(vault: Vault, sealed: Sequence[bytes], place: str, turn: str) -> Any:
        opened.append(turn)
        return texts(vault, sealed, place, turn)

    async def tick() -> None:
        while True:
            ticks.append(len(opened))
            await asyncio.sleep(0)

    monkeypatch.setattr("core.store.holdings.texts", counted)
    ticking = asyncio.create_task(tick())
    told = await store.holdings.of_person("slack", ANN.id)
    ticking.cancel()

    assert len(opened) == str(told).count("waits-") == 9
    assert set(ticks) >= set(range(1, 9))


async def test_a_question_in_a_place_of_ones_own_is_told_to_who_asked(world: World, store: Store) -> None:
    await everywhere(world, store)

    assert "bob-alone" in str(await store.holdings.of_person("slack", BOB.id))
    assert "bob-alone" not in str(await store.holdings.of_person("slack", ANN.id))
