"""An exchange has words of other messages in it, heard in a thread or read by a tool: it goes with them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from core.contract import Action, Final, Message, Outcome, Progress
from core.limits import Limits, Window
from core.store import Claim, Store, Terms
from tests.core.store.test_holdings import history, opened, said, traces
from tests.core.store.test_memories import memory
from tests.core.store.test_store_lifetimes import days_later
from tests.core.store.world import ANN, BOB, World, answer, change, claimed, exchange, finish, taken, texts, thread

pytestmark = pytest.mark.anyio

THERE = thread("C1:0")


async def heard(store: Store, question: Message, *others: Message) -> Claim:
    """Bob's question, answered with the words of others before it."""
    claim = await taken(store, question)
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


async def test_what_was_heard_in_a_thread_goes_with_its_message(world: World, store: Store) -> None:
    root, reply = world.message("root", id="C1:0"), world.message("a password", place=THERE)
    for deleted in (reply, root):
        await heard(store, world.message("what is this?", place=THERE, author=BOB), root, reply)
        await heard(store, world.message("and elsewhere?", place=THERE, author=BOB), world.message())

        await store.change(change(deleted, None))

        assert await history(world, store, THERE) == ["and elsewhere?", "an answer"]
        await store.reset(THERE, f"reset-{deleted.id}")


async def test_a_memory_that_knows_of_it_goes_too(world: World, store: Store) -> None:
    reply = world.message("a password", place=THERE)
    asked = world.message("what is this?", place=THERE, author=BOB)
    await heard(store, asked, reply)
    await answer(store, world.message("and?", place=THERE, author=BOB))
    await remember(store, asked)

    await store.change(change(reply, None))

    assert await history(world, store, THERE) == ["and?", "an answer"]


async def test_so_does_an_answer_that_was_made_anew_from_the_same_words(world: World, store: Store) -> None:
    reply = world.message("a password", place=THERE)
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
    await taken(store, world.message("first"))
    await store.accept(other)


async def held_back(world: World, store: Store, other: Message, patience: float = 60) -> None:
    once = [Window(1, 60)]
    await store.accept(world.message("first"), Terms(Limits(once)))
    await finish(store, await claimed(store))
    await store.accept(other, Terms(Limits(once)), patience=patience)


async def refused(world: World, store: Store, other: Message) -> None:
    await held_back(world, store, other, patience=0)


async def closed_to(world: World, store: Store, other: Message) -> None:
    await store.sights.tell(other)


async def a_command(world: World, store: Store, other: Message) -> None:
    async with store.sights.first(other):
        pass


@pytest.mark.parametrize("before", [nothing, answered, waiting, held_back, refused, closed_to, a_command])
async def test_an_answer_to_what_was_deleted_meanwhile_is_not_kept(
    world: World, store: Store, before: Callable[[World, Store, Message], Awaitable[None]]
) -> None:
    other = world.message("a password")
    await before(world, store, other)
    claim = await taken(store, world.message("what was said?", author=BOB))

    await store.change(change(other, None))
    await end(store, claim, other)

    assert "what was said?" not in await history(world, store)


async def test_an_exchange_that_was_read_is_erased_with_whoever_has_words_in_it(world: World, store: Store) -> None:
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
    world: World, store: Store, forget: Callable[[Store, Message], Awaitable[None]]
) -> None:
    root = world.message("my salary", id="C1:0", author=ANN)
    await answer(store, root)
    await heard(store, world.message("what was asked?", author=BOB, place=THERE), root)

    await forget(store, root)

    assert await history(world, store, THERE) == []


async def test_a_memory_is_nobody_s_whose_message_was_heard(world: World, store: Store) -> None:
    """Messages are noted beside people, and are none."""
    reply = world.message("a password", place=THERE)
    asked = replace(world.message("what is this?", place=THERE), author=BOB)
    await heard(store, asked, reply)
    await remember(store, asked)

    pointing = [key for key in world.keys("*:d:*") if world.redis.zcard(key)]

    assert len(pointing) == 1


SECRET = "Ann's password"


async def reading(world: World, store: Store, *, also: bool = False) -> tuple[Message, Claim]:
    """What Ann wrote in a thread, and Bob's question there, being answered; `also`: an earlier one, answered."""
    reply = world.message(SECRET, place=THERE, author=ANN)
    if also:
        await answer(store, world.message("before?", place=THERE, author=BOB))
    await store.accept(world.message("what did Ann write?", place=THERE, author=BOB))
    return reply, await claimed(store)


async def told(store: Store, claim: Claim, reply: Message) -> None:
    """Bob's answer says it again."""
    await store.bind(claim.lease, ("m1",))
    await store.commit(claim.lease, Final(SECRET), exchange(claim, SECRET), quoted=[ANN.id], overheard=[reply.id])


async def shown(world: World, store: Store, claim: Claim, reply: Message) -> None:
    await told(store, claim, reply)
    await store.done(claim.lease)


async def shown_anew(world: World, store: Store, claim: Claim, reply: Message) -> None:
    """Regenerated so long ago that nothing is known of the question's first turn any more."""
    await shown(world, store, claim, reply)
    await store.again(world.press(Action.REGENERATE, claim.turn.id, author=BOB, place=THERE), admin=False)
    await shown(world, store, await claimed(store), reply)
    days_later(world, 3)
    assert not world.redis.exists(f"{{parley}}:t:{claim.lease.exchange}")


async def noted(world: World, store: Store, claim: Claim, reply: Message) -> None:
    """It is not painted yet when that goes."""
    await told(store, claim, reply)


async def made_anew(world: World, store: Store, claim: Claim, reply: Message) -> None:
    """Claude is asked again when that goes, and says it again."""
    await shown(world, store, claim, reply)
    await store.again(world.press(Action.REGENERATE, claim.turn.id, author=BOB, place=THERE), admin=False)


async def end_what_runs(store: Store, claim: Claim, reply: Message) -> None:
    if again := await store.claim():
        await told(store, again, reply)
        await store.done(again.lease)
    await store.done(claim.lease)


@pytest.mark.parametrize("before", [shown, shown_anew, noted, made_anew])
@pytest.mark.parametrize("forget", [of_message, of_person])
async def test_the_answer_that_told_it_is_nowhere_afterwards(
    world: World,
    store: Store,
    before: Callable[[World, Store, Claim, Message], Awaitable[None]],
    forget: Callable[[Store, Message], Awaitable[None]],
) -> None:
    reply, claim = await reading(world, store)
    await before(world, store, claim, reply)
    assert SECRET.encode() in opened(world.redis)

    await forget(store, reply)
    await end_what_runs(store, claim, reply)

    assert SECRET.encode() not in opened(world.redis)
    press = world.press(Action.CONTINUE, claim.turn.id, author=BOB, place=THERE)
    assert (await store.again(press, admin=False)).outcome is Outcome.TOLD


@pytest.mark.parametrize("forget", [of_message, of_person])
async def test_nor_is_one_that_was_under_way_and_others_stay(
    world: World, store: Store, forget: Callable[[Store, Message], Awaitable[None]]
) -> None:
    reply, claim = await reading(world, store, also=True)

    await forget(store, reply)
    await told(store, claim, reply)
    await store.done(claim.lease)

    assert traces(world.redis, ANN, SECRET) == []
    assert await history(world, store, THERE) == ["before?", "an answer"]


async def test_what_was_read_before_is_not_kept_by_whoever_finishes_the_answer(world: World, store: Store) -> None:
    reply, claim = await reading(world, store)
    await store.note(claim.lease, Progress("m", SECRET, ()))
    await store.release(claim.lease)

    await of_person(store, reply)
    await shown(world, store, await claimed(store), reply)

    assert traces(world.redis, ANN, SECRET) == []


async def test_what_is_asked_after_an_erasure_is_kept_also_where_that_goes_on(world: World, store: Store) -> None:
    erased = await store.holdings.erase_person("slack", ANN.id, wholly=True)
    world.sleep(1)
    reply, claim = await reading(world, store)

    await store.holdings.erase_person("slack", ANN.id, wholly=True, before=erased.before)
    await shown(world, store, claim, reply)

    assert await history(world, store, THERE) == ["what did Ann write?", SECRET]


async def test_of_a_question_that_is_deleted_while_it_is_answered_no_text_stays(world: World, store: Store) -> None:
    asked = world.message("a secret?", author=BOB)
    claim = await taken(store, asked)
    await store.bind(claim.lease, ("m1",))

    await store.change(change(asked, None))
    await finish(store, claim, SECRET)

    assert [word for word in (b"a secret?", SECRET.encode()) if word in opened(world.redis)] == []
