"""A Redis that has forgotten its last writes: who answers goes on, once, and keeps nothing that was erased."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from redis import Redis

from core.contract import Final, Progress
from core.errors import StaleLease
from core.store import Claim, Store
from tests.core.store.world import World, answer, change, claimed, exchange, finish, taken, texts

pytestmark = pytest.mark.anyio
CLOCK = b"{parley}test-clock"
LEASE = 10
PROGRESS = Progress("claude", "so far", ())


@dataclass
class Past:
    """All that Redis knows now. `comes_back`: what it heard since is forgotten, as by a replica that takes over."""

    redis: Redis
    keys: dict[bytes | str, tuple[bytes, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in set(self.redis.keys()) - {CLOCK}:
            self.keys[key] = (self.redis.dump(key) or b"", max(self.redis.pttl(key), 0))

    def comes_back(self, *, elsewhere: bool = False) -> None:
        """`elsewhere`: as another server would tell."""
        time = int(self.redis.get(CLOCK) or 0)
        self.redis.flushall()
        self.redis.set(CLOCK, time)
        for key, (value, lasts) in self.keys.items():
            self.redis.restore(key, lasts, value)
        if elsewhere:
            self.redis.hset("{parley}:clock", "run", "another")


async def begun(world: World, store: Store) -> tuple[Past, Claim]:
    """An answer has begun, and Redis will not remember that."""
    await store.accept(world.message("a question"))
    past = Past(world.redis)
    claim = await claimed(store)
    await store.bind(claim.lease, ("m1",))
    return past, claim


FIRST: dict[str, Callable[[Store, Claim], Awaitable[None]]] = {
    "renew": lambda store, claim: store.renew([claim.lease]),
    "bind": lambda store, claim: store.bind(claim.lease, ("m1",)),
    "note": lambda store, claim: store.note(claim.lease, PROGRESS),
    "commit": lambda store, claim: store.commit(claim.lease, Final("an answer"), exchange(claim)),
}


@pytest.mark.parametrize("first", FIRST)
async def test_a_claim_that_redis_forgot_is_told_it_again(world: World, store: Store, first: str) -> None:
    past, claim = await begun(world, store)
    past.comes_back()

    await FIRST[first](store, claim)

    assert claim.lease.held()
    assert not claim.lease.forgotten
    assert await store.claim() is None
    await finish(store, claim)
    await store.accept(world.message("and then?"))
    assert texts(await claimed(store)) == ["a question", "an answer"]


async def test_what_is_done_when_redis_forgot_the_claim_is_not_claimed_again(world: World, store: Store) -> None:
    past, claim = await begun(world, store)
    past.comes_back()

    await store.done(claim.lease)

    assert await store.claim() is None


async def test_the_messages_on_the_screen_are_known_again(world: World, store: Store) -> None:
    past, claim = await begun(world, store)
    past.comes_back()
    await store.renew([claim.lease])

    world.sleep(LEASE + 1)
    again = (await claimed(store)).turn

    assert (again.shown, again.attempt) == (("m1",), 2)


async def test_whoever_claimed_what_redis_forgot_keeps_it(world: World, store: Store) -> None:
    other = await world.store()
    past, claim = await begun(world, store)
    past.comes_back()
    world.sleep(1)
    theirs = await claimed(other)

    await store.renew([claim.lease])

    assert claim.lease.lost
    with pytest.raises(StaleLease):
        await store.bind(claim.lease, ("m1", "m2"))
    await finish(other, theirs)


async def test_so_does_whoever_claimed_it_by_a_clock_that_is_behind(world: World, store: Store) -> None:
    other = await world.store()
    past, claim = await begun(world, store)
    past.comes_back()
    world.jump(-5)
    theirs = await claimed(other)

    await store.renew([claim.lease])

    assert claim.lease.lost
    await finish(other, theirs)


async def test_what_others_gave_back_meanwhile_is_theirs_to_claim(plain: World) -> None:
    store, other = await plain.store(), await plain.store()
    past, claim = await begun(plain, store)
    past.comes_back()
    plain.sleep(1)
    await other.release((await claimed(other)).lease)

    regained = await store._tenure.regain(claim.lease)

    assert regained == 0
    assert (await claimed(other)).turn.attempt == 2


async def test_a_process_that_slept_paints_nothing_over_what_another_one_ended(world: World, store: Store) -> None:
    other = await world.store()
    claim = await taken(store, world.message())
    world.sleep(LEASE + 1)
    await finish(other, await claimed(other))

    await store.renew([claim.lease])

    assert claim.lease.lost
    assert not claim.lease.forgotten


async def test_a_question_that_redis_forgot_is_answered_on_the_screen_alone(world: World, store: Store) -> None:
    past = Past(world.redis)
    claim = await taken(store, world.message())
    past.comes_back()

    await store.renew([claim.lease])
    world.sleep(60)
    is_held = claim.lease.held(5)
    await store.bind(claim.lease, ("m1",))
    await store.note(claim.lease, PROGRESS)
    await store.commit(claim.lease, Final("an answer"), exchange(claim))
    await store.done(claim.lease)

    assert is_held
    assert claim.lease.forgotten
    assert set(world.keys()) <= {"{parley}:clock", "{parley}:meta", "{parley}:platforms"}


async def test_so_is_a_question_whose_record_a_server_without_room_threw_away(world: World, store: Store) -> None:
    _, claim = await begun(world, store)
    await store.accept(world.message("and then?"))
    world.redis.delete(f"{{parley}}:t:{claim.lease.record}")

    await finish(store, claim)
    world.sleep(LEASE + 0.1)

    assert claim.lease.forgotten
    assert (await claimed(store)).turn.message.text == "and then?"


async def test_nor_does_it_hold_up_the_next_one_when_it_is_given_back(world: World, store: Store) -> None:
    _, claim = await begun(world, store)
    await store.accept(world.message("and then?"))
    world.redis.delete(f"{{parley}}:t:{claim.lease.record}")

    await store.release(claim.lease)
    world.sleep(LEASE + 0.1)

    assert (await claimed(store)).turn.message.text == "and then?"


async def test_it_goes_on_beside_what_was_asked_there_since(world: World, store: Store) -> None:
    past = Past(world.redis)
    claim = await taken(store, world.message("forgotten"))
    past.comes_back()
    newer = await taken(store, world.message("what now?"))

    await store.renew([claim.lease, newer.lease])

    assert claim.lease.forgotten
    assert claim.lease.held()
    assert not newer.lease.forgotten
    await finish(store, newer)


async def test_what_is_delivered_again_is_the_same_turn_again(world: World, store: Store) -> None:
    message = world.message()
    past = Past(world.redis)
    claim = await taken(store, message)
    past.comes_back()
    await store.renew([claim.lease])
    await store.accept(message)

    await store.renew([claim.lease])

    assert not claim.lease.forgotten
    assert await store.claim() is None
    await finish(store, claim)


async def test_long_afterwards_nothing_is_taken_for_forgotten(world: World, store: Store) -> None:
    """Of what ended 50,000 turns ago no record is left."""
    past = Past(world.redis)
    claim = await taken(store, world.message())
    past.comes_back()
    world.sleep(3_700)

    await store.renew([claim.lease])

    assert claim.lease.lost
    assert not claim.lease.forgotten


async def test_who_is_erased_meanwhile_is_neither_answered_nor_kept(world: World, store: Store) -> None:
    past, claim = await begun(world, store)
    past.comes_back()
    await store.holdings.erase_person("slack", "U-ann")

    with pytest.raises(StaleLease):
        await store.commit(claim.lease, Final("an answer"), exchange(claim))

    assert not claim.lease.held()
    assert not world.keys("*:x:*") + world.keys("*:h:*")


async def test_an_erasure_that_was_forgotten_as_well_still_keeps_its_answer_out(world: World, store: Store) -> None:
    past, claim = await begun(world, store)
    await store.holdings.erase_person("slack", "U-ann")
    await store.renew([claim.lease])
    past.comes_back()

    await finish(store, claim)

    assert claim.lease.stopped
    assert not world.keys("*:h:*")


@pytest.mark.parametrize("known", ["waiting", "claimed", "committed"])
async def test_an_end_that_redis_forgot_is_told_it_again(world: World, store: Store, known: str) -> None:
    other = await world.store()
    await store.accept(world.message("a question"))
    past = [Past(world.redis)]
    claim = await claimed(store)
    past.append(Past(world.redis))
    await store.commit(claim.lease, Final("an answer"), exchange(claim))
    past.append(Past(world.redis))
    await store.done(claim.lease)
    world.sleep(30)  # without Redis
    past[["waiting", "claimed", "committed"].index(known)].comes_back(elsewhere=True)

    await store.renew([])

    world.sleep(LEASE + 1)
    assert await other.claim() is None
    await other.accept(world.message("and then?"))
    assert texts(await claimed(other)) == ["a question", "an answer"]


async def test_a_final_that_redis_forgot_is_told_it_again_with_the_end(world: World, store: Store) -> None:
    claim = await taken(store, world.message("a question"))
    past = Past(world.redis)
    await store.commit(claim.lease, Final("an answer"), exchange(claim))
    past.comes_back()

    await store.done(claim.lease)

    await store.accept(world.message("and then?"))
    assert texts(await claimed(store)) == ["a question", "an answer"]


async def test_ends_are_known_for_as_long_as_they_may_be_forgotten(plain: World) -> None:
    store = await plain.store()
    await answer(store, plain.message())
    plain.sleep(1)
    await store.renew([])
    held = len(store._tenure._ended)

    plain.sleep(LEASE + 1)
    await store.renew([])

    assert held == 1
    assert not store._tenure._ended


async def test_nothing_is_kept_of_what_a_server_that_forgets_nothing_was_told(plain: World) -> None:
    store = await plain.store(may_forget=False)

    claim = await answer(store, plain.message())

    assert not claim.lease.held()
    assert not store._tenure._ended
    assert not store._tenure._committed


async def test_what_was_deleted_is_not_kept_though_that_is_forgotten(world: World, store: Store) -> None:
    message = world.message()
    claim = await taken(store, message)
    past = Past(world.redis)
    await store.change(change(message, None))
    await store.renew([claim.lease])
    await finish(store, claim)
    past.comes_back()

    await store.renew([])

    assert claim.lease.stopped
    assert await store.claim() is None
    assert not world.keys("*:h:*")


async def test_a_question_that_is_deleted_meanwhile_is_not_answered(world: World, store: Store) -> None:
    message = world.message()
    await store.accept(message)
    past = Past(world.redis)
    claim = await claimed(store)
    past.comes_back()
    await store.change(change(message, None))

    await store.renew([claim.lease])

    assert claim.lease.lost
    assert not claim.lease.forgotten


async def test_what_a_place_was_made_to_forget_meanwhile_is_not_remembered(world: World, store: Store) -> None:
    past, claim = await begun(world, store)
    past.comes_back()
    await store.reset(claim.turn.message.place, "c1")

    await finish(store, claim)

    assert not claim.lease.forgotten
    assert not world.keys("*:h:*")


async def test_an_ended_turn_is_not_taken_back(world: World, store: Store) -> None:
    claim = await answer(store, world.message())
    late = Claim(claim.turn, claim.lease, (), claim.choices)
    late.lease.lost = False

    await store.renew([late.lease])

    assert late.lease.lost


async def test_on_another_server_nobody_takes_what_somebody_may_be_answering(world: World, store: Store) -> None:
    other = await world.store()
    past, claim = await begun(world, store)
    past.comes_back(elsewhere=True)
    world.sleep(1)

    early = await other.claim()
    await store.renew([claim.lease])
    for _ in range(3):
        world.sleep(LEASE - 3)
        assert await other.claim() is None
        await store.renew([claim.lease])

    assert early is None
    assert claim.lease.held()
    await finish(store, claim)


async def test_what_died_with_the_old_server_is_looked_for_on_the_screen(world: World, store: Store) -> None:
    """A first attempt looks for nothing."""
    other = await world.store()
    past, _ = await begun(world, store)
    past.comes_back(elsewhere=True)
    world.sleep(1)
    waits = await other.claim()

    world.sleep(LEASE + 1)
    again = await claimed(other)

    assert waits is None
    assert again.turn.attempt == 2


async def test_what_is_asked_of_another_server_is_answered_at_once(world: World, store: Store) -> None:
    await answer(store, world.message())
    past = Past(world.redis)
    past.comes_back(elsewhere=True)
    world.sleep(1)
    await store.accept(world.message("new"))
    world.sleep(1)

    assert (await claimed(store)).turn.attempt == 1


async def test_a_server_that_forgets_nothing_lets_nobody_wait(world: World) -> None:
    store = await world.store(may_forget=False)
    await store.accept(world.message())
    past = Past(world.redis)
    past.comes_back(elsewhere=True)
    world.sleep(1)

    assert (await claimed(store)).turn.attempt == 1
