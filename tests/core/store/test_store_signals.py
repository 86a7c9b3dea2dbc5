"""Who is woken, who is stopped: at once when all is well, in time when nobody was told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.contract import Action, Final, Outcome
from core.errors import StoreDown
from core.limits import Limits, parse_windows
from core.store import Store, Terms
from core.store.server import Server
from tests.core.store.test_store import Deaf
from tests.core.store.world import (
    ANN,
    BOB,
    CHANNEL,
    Through,
    World,
    answer,
    change,
    claimed,
    exchange,
    finish,
    taken,
    thread,
)
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def listening(*stores: Store) -> AsyncIterator[None]:
    """Until all of them hear."""
    tasks = [asyncio.create_task(store.listen()) for store in stores]
    for store in stores:
        await store.claim()
        await store.wait(5)
        assert await store.claim() is None
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


class SlowAnswers(Through):
    """What a claim found is heard of when the event says so."""

    def __init__(self, server: Server, heard: asyncio.Event) -> None:
        super().__init__(server)
        self._heard = heard

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        reply = await super().run(script, keys, args)
        if script == "claim":
            await self._heard.wait()
        return reply


async def waits(store: Store, seconds: float = 0.02) -> bool:
    """Whether `wait` still waits after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await store.wait(60)
    except TimeoutError:
        return True
    return False


async def test_a_worker_waits_while_there_is_nothing_to_do(store: Store) -> None:
    await store.claim()

    assert await waits(store)


async def test_a_worker_waits_no_longer_than_it_was_told(store: Store) -> None:
    await store.claim()

    async with asyncio.timeout(PATIENCE):
        await store.wait(0.01)


async def test_an_accepted_message_wakes_the_worker_of_its_own_process(world: World, store: Store) -> None:
    await store.claim()
    waiting = asyncio.create_task(store.wait(60))
    await asyncio.sleep(0)

    await store.accept(world.message())

    await asyncio.wait_for(waiting, PATIENCE)


async def test_a_message_that_was_accepted_while_looking_is_not_slept_over(world: World) -> None:
    arrived = asyncio.Event()
    store = await world.store(through=lambda server: SlowAnswers(server, arrived))
    looking = asyncio.create_task(store.claim())
    await asyncio.sleep(0.02)
    await store.accept(world.message())
    arrived.set()

    assert await looking is None
    assert not await waits(store)


async def test_the_end_of_a_turn_wakes_whoever_takes_the_next_of_its_line(world: World, store: Store) -> None:
    other = await world.store()
    async with listening(other):
        await store.accept(world.message())
        claim = await taken(store, world.message())
        assert await other.claim() is None
        waiting = asyncio.create_task(other.wait(60))

        await finish(store, claim)

        await asyncio.wait_for(waiting, PATIENCE)
        assert await other.claim() is not None


async def test_the_end_of_an_answer_wakes_whoever_takes_what_was_asked_below_it(world: World, store: Store) -> None:
    root = world.message("root")
    claim = await taken(store, root)
    await store.accept(world.message("below", place=thread(root.id)))
    assert await store.claim() is None
    assert await waits(store)

    await finish(store, claim)

    assert not await waits(store)
    assert (await claimed(store)).turn.message.text == "below"


async def test_a_message_wakes_the_workers_of_other_processes(world: World, store: Store) -> None:
    other = await world.store()
    async with listening(other):
        waiting = asyncio.create_task(other.wait(60))
        await asyncio.sleep(0)

        await store.accept(world.message())

        await asyncio.wait_for(waiting, PATIENCE)


async def test_a_press_wakes_them_too(world: World, store: Store) -> None:
    other = await world.store()
    claim = await answer(store, world.message())
    async with listening(other):
        waiting = asyncio.create_task(other.wait(60))
        await asyncio.sleep(0)

        await store.again(world.press(Action.RETRY, claim.turn.id), admin=False)

        await asyncio.wait_for(waiting, PATIENCE)


async def test_a_turn_that_is_given_back_wakes_others(world: World, store: Store) -> None:
    other = await world.store()
    claim = await taken(store, world.message())
    async with listening(other):
        await store.release(claim.lease)

        await asyncio.wait_for(other.wait(60), PATIENCE)
        assert await other.claim() is not None


async def test_a_worker_that_nobody_tells_anything_wakes_when_a_lease_ends(world: World, store: Store) -> None:
    other = await world.store()
    await taken(store, world.message())
    world.sleep(9.97)
    assert await other.claim() is None

    async with asyncio.timeout(PATIENCE):
        await other.wait(60)


async def test_a_worker_can_be_woken_by_hand(store: Store) -> None:
    await store.claim()

    store.wake()

    assert not await waits(store)


async def test_a_stop_reaches_the_owner_at_once_wherever_it_was_pressed(world: World) -> None:
    owner, other = await world.store(), await world.store()
    async with listening(owner):
        stops = owner.stops()
        heard = asyncio.ensure_future(anext(stops))
        await asyncio.sleep(0)
        await other.accept(world.message())
        claim = await claimed(owner)

        assert await other.stop(CHANNEL, ANN, claim.turn.id)

        assert await asyncio.wait_for(heard, PATIENCE) == claim.turn.id
        assert claim.lease.stopped
        await stops.aclose()


async def test_a_stop_that_was_not_heard_is_seen_at_the_next_renewal_and_told_once(world: World) -> None:
    owner, other = await world.store(), await world.store()
    stops = owner.stops()
    heard = asyncio.ensure_future(anext(stops))
    await asyncio.sleep(0)
    claim = await taken(owner, world.message())
    await other.stop(CHANNEL, ANN)

    await owner.renew([claim.lease])
    await owner.renew([claim.lease])

    assert await asyncio.wait_for(heard, PATIENCE) == claim.turn.id
    again = asyncio.ensure_future(anext(stops))
    await asyncio.sleep(0.01)
    assert not again.done()
    again.cancel()
    await asyncio.wait([again])
    await stops.aclose()


async def test_a_turn_that_was_stopped_while_it_waited_says_so_when_it_is_claimed(world: World, store: Store) -> None:
    message = world.message()
    await store.accept(message)

    assert await store.stop(CHANNEL, ANN, message.id)

    assert (await claimed(store)).lease.stopped


async def test_a_stop_survives_the_death_of_the_owner(world: World, store: Store) -> None:
    await taken(store, world.message())
    await store.stop(CHANNEL, ANN)
    world.sleep(11)

    assert (await claimed(store)).lease.stopped


async def test_stop_without_a_turn_means_the_one_that_runs_in_the_persons_line(world: World, store: Store) -> None:
    for author in (ANN, ANN, BOB):
        await store.accept(world.message(author=author))
        world.sleep(0.1)
    anns, bobs = await claimed(store), await claimed(store)

    assert await store.stop(CHANNEL, ANN)
    await store.renew([anns.lease, bobs.lease])

    assert (anns.lease.stopped, bobs.lease.stopped) == (True, False)


async def test_stop_with_a_turn_means_no_other(world: World, store: Store) -> None:
    over, runs, waits = world.message(), world.message(), world.message()
    await answer(store, over)
    await store.accept(runs)
    claim = await taken(store, waits)

    told = [await store.stop(CHANNEL, ANN, turn.id) for turn in (over, waits)]
    await store.renew([claim.lease])

    assert (told, claim.lease.stopped) == ([False, True], False)


async def test_what_is_ahead_in_a_thread_is_the_answer_to_its_root_too(world: World, store: Store) -> None:
    root = world.message()
    below = world.message(place=thread(root.id))
    claim = await taken(store, root)
    await store.accept(below)

    assert await store.stop(below.place, ANN, below.id, ahead=True)
    await store.renew([claim.lease])

    assert claim.lease.stopped


async def test_stop_means_the_next_one_when_what_had_begun_was_deleted(world: World, store: Store) -> None:
    deleted, waits = world.message(), world.message()
    await store.accept(deleted)
    await store.release((await taken(store, waits)).lease)
    await store.change(change(deleted, None))

    assert await store.stop(CHANNEL, ANN)

    claim = await claimed(store)
    assert (claim.turn.id, claim.lease.stopped) == (waits.id, True)


async def test_only_the_asker_and_an_admin_stop_a_turn(world: World, store: Store) -> None:
    place = thread("C1:0")
    message = world.message(place=place, author=ANN)
    await taken(store, message)

    assert not await store.stop(place, BOB, message.id)
    assert not await store.stop(place, BOB)
    assert await store.stop(place, BOB, message.id, admin=True)
    assert await store.stop(place, ANN)


async def test_what_is_over_cannot_be_stopped(world: World, store: Store) -> None:
    claim = await answer(store, world.message())

    assert not await store.stop(CHANNEL, ANN, claim.turn.id)
    assert not await store.stop(CHANNEL, ANN)
    assert not await store.stop(CHANNEL, ANN, "never heard of")


async def test_a_stop_after_the_answer_was_committed_changes_nothing(world: World, store: Store) -> None:
    claim = await taken(store, world.message())
    await store.commit(claim.lease, Final("all of it"), exchange(claim))

    await store.stop(CHANNEL, ANN)
    world.sleep(11)

    assert (await claimed(store)).turn.final == Final("all of it")


async def test_what_was_refused_before_the_store_was_asked_is_not_accepted_later(world: World, store: Store) -> None:
    message = world.message()
    await store.sights.tell(message)

    assert (await store.accept(message)).outcome is Outcome.SEEN


async def test_what_is_held_back_is_stopped_by_who_asked_it_where_they_did(world: World, store: Store) -> None:
    once = parse_windows("1/minute")
    await answer(store, world.message())
    await store.accept(world.message(), Terms(Limits(once)))
    held = await store.accept(world.message(place=thread("C1:7")), Terms(Limits(once)), patience=60)

    told = [await store.stop(thread("C1:7"), BOB), await store.stop(CHANNEL, BOB)]
    told += [await store.stop(thread("C1:8"), ANN), await store.stop(thread("C1:7"), ANN)]
    await store.done((await claimed(store)).lease)

    assert (held.reason, told) == ("held", [False, False, False, True])
    assert (await claimed(store)).lease.stopped


async def test_who_stops_what_is_held_back_is_told_so_at_once_and_may_ask_anew(world: World, store: Store) -> None:
    once = parse_windows("1/minute")
    async with listening(store):
        await store.accept(world.message(), Terms(Limits(once)))
        await finish(store, await claimed(store))
        await store.accept(world.message(), Terms(Limits(once)), patience=60)
        assert await store.claim() is None
        waiting = asyncio.create_task(store.wait(60))

        assert await store.stop(CHANNEL, ANN)

        await asyncio.wait_for(waiting, PATIENCE)
        claim = await claimed(store)
        await finish(store, claim)
    world.sleep(20)
    anew = await store.accept(world.message(), Terms(Limits(once)), patience=60)
    assert claim.lease.stopped
    assert (anew.reason, anew.retry_after) == ("held", 40)


async def test_several_claims_whose_answers_were_lost_are_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Deaf, "lost", 3)
    store, other = await world.store(through=Deaf), await world.store()
    for place in ("C1:1", "C1:2"):
        await store.accept(world.message(place=thread(place)))
    lost = await asyncio.gather(*(store.claim() for _ in range(3)), return_exceptions=True)

    found: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < 2:
            if claim := await store.claim():
                found.append(claim.turn.attempt)
            else:
                await store.wait(3600)

    assert [type(one) for one in lost] == [StoreDown] * 3
    assert found == [1, 1]
    assert await other.claim() is None
