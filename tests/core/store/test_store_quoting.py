"""Somebody is erased who is quoted in a question of somebody else: that is answered, and nothing of it is kept."""

import pytest

from core.contract import Action, Message
from core.store import Claim, Store
from core.store.holdings import Erased
from tests.core.store.test_holdings import opened, said, traces
from tests.core.store.world import ANN, BOB, World, answer, claimed, taken

pytestmark = pytest.mark.anyio


def quoting(world: World) -> Message:
    return world.message("> ann-said\n\nwhat of this?", author=BOB, quoted=(ANN.id,))


async def erase(store: Store, before: int = 0) -> Erased:
    return await store.holdings.erase_person("slack", ANN.id, wholly=True, before=before)


async def end(store: Store, claim: Claim) -> None:
    await store.commit(claim.lease, *said(claim), quoted=claim.turn.message.quoted)
    await store.done(claim.lease)


async def test_a_question_that_waits_is_answered_and_not_kept(world: World, store: Store) -> None:
    await store.accept(quoting(world))
    await erase(store)

    await end(store, await claimed(store))

    assert traces(world.redis, ANN, "ann-said") == []


async def test_so_is_one_that_is_being_answered(world: World, store: Store) -> None:
    claim = await taken(store, quoting(world))

    first = await erase(store)
    second = await erase(store, first.before)
    await store.renew([claim.lease])
    stopped = claim.lease.stopped
    await end(store, claim)
    third = await erase(store, first.before)

    assert not stopped
    assert [first.turns, second.turns, third.turns] == [1, 1, 0]
    assert traces(world.redis, ANN, "ann-said") == []


async def test_of_one_that_was_answered_no_text_waits_for_a_button(world: World, store: Store) -> None:
    await end(store, await taken(store, quoting(world)))

    await erase(store)

    assert traces(world.redis, ANN, "ann-said") == []


async def test_of_an_answer_that_is_made_anew_nothing_is_kept_either(world: World, store: Store) -> None:
    asked = quoting(world)
    await end(store, await taken(store, asked))
    await store.again(world.press(Action.REGENERATE, asked.id, author=BOB), admin=False)

    await erase(store)
    await end(store, await claimed(store))

    assert traces(world.redis, ANN, "ann-said") == []


async def test_who_is_quoted_is_not_told_what_somebody_else_asks(world: World, store: Store) -> None:
    asked = quoting(world)
    await store.accept(asked)

    assert (await store.holdings.of_person("slack", ANN.id))["messages"] == []
    assert "ann-said" in str((await store.holdings.of_person("slack", BOB.id))["messages"])

    await end(store, await claimed(store))
    await store.again(world.press(Action.REGENERATE, asked.id, author=BOB), admin=False)
    await end(store, await claimed(store))

    assert (await store.holdings.of_person("slack", ANN.id))["conversations"] == []
    assert "ann-said" in str((await store.holdings.of_person("slack", BOB.id))["conversations"])


async def test_one_that_is_asked_since_is_kept(world: World, store: Store) -> None:
    await answer(store, world.message("ann's own"))
    await erase(store)
    world.sleep(1)
    await answer(store, quoting(world))

    assert b"ann-said" in opened(world.redis)
