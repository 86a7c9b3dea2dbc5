"""A memory in the place of the oldest exchanges: only of just these, and gone with what it must not know any more."""

import asyncio
import secrets
from collections.abc import Sequence

import pytest

from core.contract import Message
from core.dialogue import Exchange
from core.errors import Busy, StoreDown
from core.store import Store, memories
from tests.core.store.world import BOB, CHANNEL, World, answer, change, taken, texts, thread
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


async def swap(store: Store, replaced: Sequence[str], memory: Exchange) -> bool:
    making = await store.memories.begin(CHANNEL, replaced)
    return making is not None and await store.memories.swap(making, memory)


def memory(id: str = "memory:1", text: str = "In short.") -> Exchange:
    said = ({"role": "user", "content": text}, {"role": "assistant", "content": "I remember."})
    return Exchange(id, 1e9, said)


async def history(world: World, store: Store) -> list[str]:
    """What the next question knows."""
    claim = await taken(store, world.message("next", author=BOB))
    await store.done(claim.lease)
    return texts(claim)


async def test_a_memory_stands_for_the_oldest_exchanges(world: World, store: Store) -> None:
    old = [(await answer(store, world.message(f"q{number}"), f"a{number}")).turn.id for number in range(3)]

    assert await swap(store, old[:2], memory())

    assert await history(world, store) == ["In short.", "I remember.", "q2", "a2"]


async def test_a_memory_is_itself_replaced_by_the_next_one(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message(f"q{number}"))).turn.id for number in range(4)]
    await swap(store, ids[:2], memory())

    assert await swap(store, ["memory:1", ids[2]], memory("memory:2", "Shorter."))

    assert await history(world, store) == ["Shorter.", "I remember.", "q3", "an answer"]


async def test_what_was_deleted_meanwhile_keeps_the_memory_of_it_out(world: World, store: Store) -> None:
    first = world.message("q1")
    ids = [(await answer(store, message)).turn.id for message in (first, world.message("q2"), world.message("q3"))]
    making = await store.memories.begin(CHANNEL, ids[:2])
    assert making is not None
    await store.change(change(first, None))

    assert not await store.memories.swap(making, memory())

    assert await history(world, store) == ["q2", "an answer", "q3", "an answer"]


async def test_a_place_that_was_reset_meanwhile_remembers_nothing(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    making = await store.memories.begin(CHANNEL, ids)
    assert making is not None
    await store.reset(CHANNEL, "C1:reset")

    assert not await store.memories.swap(making, memory())

    assert await history(world, store) == []


async def test_a_question_that_is_deleted_later_takes_the_memory_of_it_with_it(world: World, store: Store) -> None:
    first = world.message("q1")
    ids = [(await answer(store, message)).turn.id for message in (first, world.message("q2"), world.message("q3"))]
    await swap(store, ids[:1], memory())
    await swap(store, ["memory:1", ids[1]], memory("memory:2"))

    await store.change(change(first, None))

    assert await history(world, store) == ["q3", "an answer"]
    assert world.keys("*m:*") == []


async def test_a_memory_goes_also_when_it_is_not_known_any_more_which_exchange_it_is(
    world: World, store: Store
) -> None:
    first = await answer(store, world.message("q1", author=BOB))
    await answer(store, world.message("q2"))
    await swap(store, [first.turn.id], memory())
    world.redis.delete(*world.keys("*:p:*"))

    await store.holdings.erase_person("slack", BOB.id, wholly=True)

    assert await history(world, store) == ["q2", "an answer"]


async def test_a_reset_forgets_the_memory(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    await swap(store, ids[:1], memory())

    await store.reset(CHANNEL, "C1:reset")

    assert await history(world, store) == []
    assert world.keys("*m:*") == []


async def test_a_history_that_grows_too_large_loses_its_memory_last(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    await swap(store, ids, memory())
    for number in range(3):
        await answer(store, world.message(f"q{number}"), secrets.token_hex(400_000))  # does not shrink

    known = await history(world, store)

    assert known[0] == "In short."
    assert not [one for one in known if one == "q0"]


async def test_with_no_days_there_is_nothing_to_remember(world: World) -> None:
    store = await world.store(history_days=0)
    claim = await answer(store, world.message())

    assert not await swap(store, [claim.turn.id], memory())


async def test_a_memory_goes_with_its_history(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    await swap(store, ids, memory())

    assert all(world.redis.pttl(key) > 0 for key in world.keys("*[hom]:*"))


# Who makes one


async def test_one_at_a_time_makes_a_memory_of_a_place_whichever_process(world: World) -> None:
    here, there = await world.store(), await world.store()
    ids = [(await answer(here, world.message())).turn.id for _ in range(2)]

    making = await here.memories.begin(CHANNEL, ids[:1])
    assert making is not None
    assert await there.memories.begin(CHANNEL, ids[:1]) is None
    assert await here.memories.swap(making, memory())

    assert await there.memories.begin(CHANNEL, ["memory:1", ids[1]]) is not None


def waits(world: World) -> float:
    """Seconds until somebody else may make one."""
    return sum(map(world.redis.pttl, world.keys("*g:*"))) / 1000


async def test_of_a_memory_that_is_gone_nobody_is_known_any_more(world: World, store: Store) -> None:
    first = world.message("ann's")
    known = [(await answer(store, message)).turn.id for message in (first, world.message("bob's", author=BOB))]
    await swap(store, known, memory())

    await store.change(change(first, None))

    assert world.keys("*:a:*") == []
    assert (await store.holdings.erase_person("slack", BOB.id)).exchanges == 0


async def test_who_dies_at_it_keeps_the_others_waiting_for_twenty_seconds(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    await store.memories.begin(CHANNEL, ids)

    assert 0 < waits(world) <= 20

    world.redis.delete(world.keys("*g:*")[0])
    assert await store.memories.begin(CHANNEL, ids) is not None


async def test_who_fails_at_it_keeps_everybody_waiting_for_five_minutes(world: World, store: Store) -> None:
    other = await world.store()
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    making = await store.memories.begin(CHANNEL, ids)
    assert making is not None

    await store.memories.fail(making)

    assert 290 < waits(world) <= 300
    assert await store.memories.begin(CHANNEL, ids) is None
    assert await other.memories.begin(CHANNEL, ids) is None


async def test_who_takes_long_over_it_keeps_the_right(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "MAKING_SECONDS", 0.02)
    store, other = await world.store(), await world.store()
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    making = await store.memories.begin(CHANNEL, ids)
    assert making is not None
    world.redis.pexpire(world.keys("*g:*")[0], 5_000)

    async with store.memories.kept(making):
        async with asyncio.timeout(PATIENCE):
            while waits(world) <= 5:  # noqa: ASYNC110  # it is in Redis
                await asyncio.sleep(0.005)
        assert await other.memories.begin(CHANNEL, ids) is None

    assert await store.memories.swap(making, memory())
    assert waits(world) == 0


async def test_who_was_too_slow_does_not_take_it_from_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "MAKING_SECONDS", 0.02)
    store, other = await world.store(), await world.store()
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    making = await store.memories.begin(CHANNEL, ids)
    world.redis.delete(world.keys("*g:*")[0])
    taken = await other.memories.begin(CHANNEL, ids)
    assert making is not None
    assert taken is not None
    [mine] = world.redis.mget(world.keys("*g:*"))

    async with store.memories.kept(making):
        await asyncio.sleep(0.03)
    await store.memories.fail(making)

    assert world.redis.mget(world.keys("*g:*")) == [mine]
    assert await other.memories.swap(taken, memory())
    assert not await store.memories.swap(making, memory("memory:2"))


@pytest.mark.parametrize(
    ("error", "seconds"), [(asyncio.CancelledError(), 0), (Busy(), 300), (StoreDown("gone"), 300), (ValueError(), 300)]
)
async def test_only_who_fails_within_it_keeps_everybody_waiting(
    world: World, store: Store, error: BaseException, seconds: float
) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    making = await store.memories.begin(CHANNEL, ids)
    assert making is not None

    with pytest.raises(type(error)):
        async with store.memories.kept(making):
            raise error

    assert seconds - 10 < waits(world) <= seconds


async def test_who_leaves_lets_others_begin_and_changes_nothing(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message(f"q{number}"))).turn.id for number in range(2)]
    making = await store.memories.begin(CHANNEL, ids)
    assert making is not None

    await store.memories.leave(making)

    assert await store.memories.begin(CHANNEL, ids) is not None
    assert await history(world, store) == ["q0", "an answer", "q1", "an answer"]


async def test_what_is_not_the_beginning_any_more_is_not_begun(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(3)]

    assert await store.memories.begin(CHANNEL, ids[1:]) is None
    assert await store.memories.begin(CHANNEL, []) is None
    assert await store.memories.begin(CHANNEL, [*ids, "another"]) is None
    assert await store.memories.begin(CHANNEL, ids) is not None


async def test_what_is_answered_meanwhile_stands_after_the_memory(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message(f"q{number}"))).turn.id for number in range(3)]
    making = await store.memories.begin(CHANNEL, ids[:2])
    assert making is not None
    await answer(store, world.message("q3"))

    assert await store.memories.swap(making, memory())

    found = await history(world, store)
    assert found == ["In short.", "I remember.", "q2", "an answer", "q3", "an answer"]


# A thread, whose history begins with the exchange at its root


async def in_a_thread(world: World, store: Store) -> tuple[Message, Message]:
    """The question at the root, and one below it; both answered."""
    root = world.message("root?")
    await answer(store, root, "root!")
    below = world.message("below?", place=thread(root.id))
    await answer(store, below, "below!")
    return root, below


async def in_thread(world: World, store: Store, root: Message) -> list[str]:
    claim = await taken(store, world.message("next", place=thread(root.id)))
    await store.done(claim.lease)
    return texts(claim)


async def test_the_root_that_a_memory_knows_of_takes_it_along_when_it_is_deleted(world: World, store: Store) -> None:
    root, below = await in_a_thread(world, store)
    making = await store.memories.begin(below.place, [below.id], root=root.id)
    assert making is not None
    assert await store.memories.swap(making, memory())
    assert await in_thread(world, store, root) == ["root?", "root!", "In short.", "I remember."]

    await store.change(change(root, None))

    assert await in_thread(world, store, root) == []


async def test_a_root_that_is_deleted_meanwhile_keeps_the_memory_of_it_out(world: World, store: Store) -> None:
    root, below = await in_a_thread(world, store)
    making = await store.memories.begin(below.place, [below.id], root=root.id)
    assert making is not None

    await store.change(change(root, None))

    assert not await store.memories.swap(making, memory())
    assert await in_thread(world, store, root) == ["below?", "below!"]


async def test_a_memory_says_that_it_is_one_and_nobody_can_read_it_in_redis(world: World, store: Store) -> None:
    ids = [(await answer(store, world.message())).turn.id for _ in range(2)]
    await swap(store, ids, memory())

    claim = await taken(store, world.message("next", author=BOB))

    assert [past.memory for past in claim.exchanges] == [True]
    assert "In short" not in str([world.redis.hvals(key) for key in world.keys("*}:h:*")])
