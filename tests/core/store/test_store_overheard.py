"""An exchange has words of other messages in it, heard in a thread or read by a tool: it goes with them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from core.contract import Action, Message
from core.limits import Window
from core.store import Claim, Store
from tests.core.store.test_holdings import history, said
from tests.core.store.test_memories import memory
from tests.core.store.world import ANN, BOB, World, answer, change, claimed, finish, texts, thread

pytestmark = pytest.mark.anyio

THERE = thread("C1:0")


async def heard(store: Store, question: Message, *others: Message) -> Claim:
    """Bob's question, answered with the words of others before it."""
    await store.accept(question)
    claim = await claimed(store)
    await end(store, claim, *others)
    return claim


async def end(store: Store, claim: Claim, *others: Message) -> None:
    await store.commit(claim.lease, *said(claim), overheard=[one.id for one in others])
    await store.done(claim.lease)


async def remember(store: Store, asked: Message) -> None:
    """A memory stands for its exchange."""
    making = await store.memories.begin(asked.place, [asked.id])
    assert making is not None
    assert await store.memories.swap(making, memory("memory:1", "A password."))


async def test_what_was_heard_in_a_thread_goes_with_its_message(world: World) -> None:
    store = await world.store()
    root, reply = world.message("root", id="C1:0"), world.message("a password", place=THERE)
    for deleted in (reply, root):
        await heard(store, world.message("what is this?", place=THERE, author=BOB), root, reply)
        await heard(store, world.message("and elsewhere?", place=THERE, author=BOB), world.message())

        await store.change(change(deleted, None))

        assert await history(world, store, THERE) == ["and elsewhere?", "an answer"]
        await store.reset(THERE, f"reset-{deleted.id}")


async def test_a_memory_that_knows_of_it_goes_too(world: World) -> None:
    store, reply = await world.store(), world.message("a password", place=THERE)
    asked = world.message("what is this?", place=THERE, author=BOB)
    await heard(store, asked, reply)
    await answer(store, world.message("and?", place=THERE, author=BOB))
    await remember(store, asked)

    await store.change(change(reply, None))

    assert await history(world, store, THERE) == ["and?", "an answer"]


async def test_so_does_an_answer_that_was_made_anew_from_the_same_words(world: World) -> None:
    store, reply = await world.store(), world.message("a password", place=THERE)
    asked = world.message("what is this?", place=THERE, author=BOB)
    await heard(store, asked, reply)
    await store.again(world.press(Action.REGENERATE, asked.id, author=BOB, place=THERE), admin=False)
    await end(store, await claimed(store))

    await store.change(change(reply, None))

    assert await history(world, store, THERE) == []


async def nothing(world: World, store: Store, other: Message) -> None:
    """It was put to nobody."""


async def answered(world: World, store: Store, other: Message) -> None:
    await answer(store, other)


async def waiting(world: World, store: Store, other: Message) -> None:
    await store.accept(world.message("first"))
    await claimed(store)
    await store.accept(other)


async def held_back(world: World, store: Store, other: Message, patience: float = 60) -> None:
    once = [Window(1, 60)]
    await store.accept(world.message("first"), person_windows=once)
    await finish(store, await claimed(store))
    await store.accept(other, person_windows=once, patience=patience)


async def refused(world: World, store: Store, other: Message) -> None:
    await held_back(world, store, other, patience=0)


async def closed_to(world: World, store: Store, other: Message) -> None:
    await store.sights.tell(other)


async def a_command(world: World, store: Store, other: Message) -> None:
    async with store.sights.first(other):
        pass


@pytest.mark.parametrize("before", [nothing, answered, waiting, held_back, refused, closed_to, a_command])
async def test_an_answer_to_what_was_deleted_meanwhile_is_not_kept(
    world: World, before: Callable[[World, Store, Message], Awaitable[None]]
) -> None:
    store, other = await world.store(), world.message("a password")
    await before(world, store, other)
    await store.accept(world.message("what was said?", author=BOB))
    claim = await claimed(store)

    await store.change(change(other, None))
    await end(store, claim, other)

    assert "what was said?" not in await history(world, store)


async def test_an_exchange_that_was_read_is_erased_with_whoever_has_words_in_it(world: World) -> None:
    store = await world.store()
    asked = world.message("my salary", author=ANN)
    await answer(store, asked)
    told = await heard(store, world.message("what was asked?", author=BOB), asked)
    second = await heard(store, world.message("and then?", author=BOB), told.turn.message)
    assert len(texts(second)) == 4

    await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert await history(world, store) == []


async def of_message(store: Store, root: Message) -> None:
    await store.change(change(root, None))


async def of_person(store: Store, root: Message) -> None:
    await store.holdings.erase_person("slack", root.author.id, wholly=True)


@pytest.mark.parametrize("forget", [of_message, of_person])
async def test_a_thread_that_read_the_question_at_its_root_forgets_it_with_that(
    world: World, forget: Callable[[Store, Message], Awaitable[None]]
) -> None:
    store, root = await world.store(), world.message("my salary", id="C1:0", author=ANN)
    await answer(store, root)
    await heard(store, world.message("what was asked?", author=BOB, place=THERE), root)

    await forget(store, root)

    assert await history(world, store, THERE) == []


async def test_a_memory_is_nobody_s_whose_message_was_heard(world: World) -> None:
    """Messages are noted beside people, and are none."""
    store, reply = await world.store(), world.message("a password", place=THERE)
    asked = replace(world.message("what is this?", place=THERE), author=BOB)
    await heard(store, asked, reply)
    await remember(store, asked)

    pointing = [key for key in world.keys("*:d:*") if world.redis.zcard(key)]

    assert len(pointing) == 1
