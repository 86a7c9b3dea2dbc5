"""A thread that people began from an answer of ours, not from its question, goes on with both."""

import pytest

from core.contract import Action, Final, Outcome
from core.dialogue import Exchange
from core.store import Store
from core.store import store as module
from core.store.bounds import bounds
from tests.core.store.test_store_lifetimes import days_later
from tests.core.store.world import BOB, NAMES, World, answer, change, claimed, exchange, finish, taken, texts, thread

pytestmark = pytest.mark.anyio
BELOW = thread("m1")  # of the message that shows every answer here


async def asked(world: World, store: Store, text: str = "why?") -> list[str]:
    """What a question there knows."""
    claim = await taken(store, world.message(text, place=BELOW))
    await finish(store, claim, "because")
    return texts(claim)


async def follow_up(world: World, store: Store) -> Outcome:
    return (await store.accept(world.message(place=BELOW, author=BOB, direct=False))).outcome


async def test_a_follow_up_in_a_thread_below_an_answer_is_for_us_and_its_history_begins_with_that(
    world: World, store: Store
) -> None:
    assert await follow_up(world, store) is Outcome.PASSED
    await answer(store, world.message("root?"), "root!")

    assert await follow_up(world, store) is Outcome.ACCEPTED

    claim = await claimed(store)
    assert (texts(claim), claim.root) == (["root?", "root!"], claim.exchanges[0].id)
    await finish(store, claim, "because")
    assert await asked(world, store) == ["root?", "root!", "hello", "because"]


async def test_who_was_sent_out_of_such_a_thread_stays_out_until_somebody_names_us(world: World, store: Store) -> None:
    await answer(store, world.message())
    await store.leave(BELOW)

    assert await follow_up(world, store) is Outcome.PASSED
    await asked(world, store)
    assert await follow_up(world, store) is Outcome.ACCEPTED

    await store.done((await claimed(store)).lease, leaves=True)
    assert await follow_up(world, store) is Outcome.PASSED


async def test_an_older_release_beside_us_hears_that_it_was_sent_out_of_a_thread(world: World, store: Store) -> None:
    """Its door asks only whether `joined` is there."""
    here = f"{{parley}}:p:{NAMES.place(BELOW)}"
    await asked(world, store)
    assert world.redis.hexists(here, "joined")

    await store.leave(BELOW)
    assert not world.redis.hexists(here, "joined")

    await store.done((await taken(store, world.message(place=BELOW))).lease, leaves=True)
    assert not world.redis.hexists(here, "joined")


async def test_what_is_said_below_an_answer_is_for_us_as_long_as_that_is_known_and_no_longer(world: World) -> None:
    store = await world.store(history_days=30)
    await answer(store, world.message())
    days_later(world, 20)
    claim = await taken(store, world.message())
    await store.bind(claim.lease, ("m2",))
    await store.commit(claim.lease, Final("later"), exchange(claim, "later"))
    await store.done(claim.lease)
    days_later(world, 20)

    assert await follow_up(world, store) is Outcome.PASSED
    below_the_later = world.message(place=thread("m2"), author=BOB, direct=False)
    assert (await store.accept(below_the_later)).outcome is Outcome.ACCEPTED


async def test_such_a_thread_knows_the_answer_that_took_the_place_of_the_old_one(world: World, store: Store) -> None:
    root = await answer(store, world.message("root?"), "root!")
    await asked(world, store)
    await store.again(world.press(Action.REGENERATE, root.turn.id), admin=False)
    claim = await claimed(store)
    assert await follow_up(world, store) is Outcome.ACCEPTED
    await finish(store, claim, "better")

    assert texts(await claimed(store))[:2] == ["root?", "better"]


async def test_a_question_that_is_deleted_takes_what_a_memory_there_knows_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the channel has more messages of ours than are noted down."""
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_shown": 1})
    store, root = await world.store(), world.message("root?")
    await answer(store, root, "root!")
    claim = await taken(store, world.message("below?", place=BELOW))
    await finish(store, claim)
    making = await store.memories.begin(BELOW, [claim.turn.id], root=claim.root)
    assert making is not None
    assert await store.memories.swap(making, Exchange("memory:1", 1e9, ({"role": "user", "content": "In short."},)))
    assert "In short." in await asked(world, store)
    await answer(store, world.message())

    await store.change(change(root, None))

    assert await asked(world, store) == ["why?", "because"]


async def test_a_thread_that_was_made_to_forget_has_forgotten_the_answer_that_it_began_with(
    world: World, store: Store
) -> None:
    await answer(store, world.message())
    await asked(world, store)

    await store.reset(BELOW, "C1:reset")

    assert await asked(world, store) == []
