"""What leaves no turn behind is done once: not twice when it is told again, and not never when something failed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Action, Outcome
from core.errors import StoreDown
from core.limits import Limits, parse_windows
from core.store import Store, Terms, retries
from tests.core.store.world import ANN, BOB, CHANNEL, NAMES, Through, World, claimed, is_first, taken, thread

pytestmark = pytest.mark.anyio
OTHER = replace(CHANNEL, channel="C2")


class Deaf(Through):
    """Does what it is told, and its answers are lost."""

    lost = 1

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        found = await super().run(script, keys, args)
        if self.lost:
            self.lost -= 1
            raise StoreDown("cut")
        return found


async def test_an_event_without_a_turn_is_seen_for_the_first_time_once(world: World, store: Store) -> None:
    other, press = await world.store(), world.press(Action.STOP, "")

    assert [await is_first(store, press) for _ in range(3)] == [True, False, False]
    assert not await is_first(other, press)


@pytest.mark.parametrize("failure", [StoreDown("gone"), asyncio.CancelledError()])
async def test_what_failed_is_done_when_it_is_told_again(world: World, store: Store, failure: BaseException) -> None:
    command = world.message()

    async def fail() -> None:
        async with store.sights.first(command):
            raise failure

    with pytest.raises(type(failure)):
        await fail()

    assert [await is_first(store, command) for _ in range(2)] == [True, False]


async def test_what_was_seen_is_first_when_nobody_was_told_so(world: World) -> None:
    store, command = await world.store(through=Deaf), world.message()

    with pytest.raises(StoreDown):
        await is_first(store, command)

    assert [await is_first(store, command) for _ in range(2)] == [True, False]


async def test_while_it_is_done_nobody_does_it_as_well(world: World, store: Store) -> None:
    command = world.message()

    async with store.sights.first(command):
        assert not await is_first(store, command)


async def test_what_failed_is_remembered_up_to_a_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "MOST_UNDONE", 1)
    store, commands = await world.store(), [world.message() for _ in range(2)]

    for command in commands:
        with suppress(StoreDown):
            async with store.sights.first(command):
                raise StoreDown("gone")

    assert [await is_first(store, command) for command in commands] == [False, True]


async def test_what_makes_room_is_done_where_there_is_none(world: World, store: Store) -> None:
    command = world.message()
    await store.choose(CHANNEL, ANN, model="m")
    world.redis.config_set("maxmemory", "1")
    try:
        assert await is_first(store, command)
        await store.reset(CHANNEL, "C1:reset")
    finally:
        world.redis.config_set("maxmemory", "0")


async def test_a_message_waits_until_any_process_claims_it(world: World, store: Store) -> None:
    other, message, later = await world.store(), world.message(), world.message()
    await store.accept(message)
    await store.accept(later)

    before = [await store.sights.waits(one) for one in (message, later)]
    claim = await other.claim()
    assert claim is not None
    while_it_runs = [await store.sights.waits(one) for one in (message, later)]
    await other.done(claim.lease)

    assert (before, while_it_runs) == ([True, True], [False, True])
    assert not await store.sights.waits(message)
    assert not await store.sights.waits(world.message())


async def test_a_message_that_was_given_back_does_not_wait_as_one_that_nobody_began(world: World, store: Store) -> None:
    message = world.message()
    await store.release((await taken(store, message)).lease)

    assert not await store.sights.waits(message)


async def test_what_was_asked_is_known_as_a_question_and_what_was_commanded_is_not(world: World, store: Store) -> None:
    message, command = world.message(), world.message()
    await store.accept(message)
    await is_first(store, command)

    while_it_waits = [await store.sights.asked(one) for one in (message, command, world.message())]
    claim = await store.claim()
    assert claim is not None
    await store.done(claim.lease)

    assert while_it_waits == [True, False, None]
    assert await store.sights.asked(message)


async def test_a_command_that_was_edited_into_a_question_is_one_once(world: World, store: Store) -> None:
    message = world.message()
    await is_first(store, message)

    edited = [(await store.accept(message)).outcome for _ in range(2)]

    assert edited == [Outcome.ACCEPTED, Outcome.SEEN]
    assert await store.sights.asked(message)
    assert (await claimed(store)).turn.message.text == message.text


async def test_a_question_that_was_refused_is_known_as_one_and_a_closed_door_is_not(world: World, store: Store) -> None:
    refused, closed = world.message(), world.message()
    windows = parse_windows("1/minute")
    await store.accept(world.message(), Terms(Limits(windows)))
    assert (await store.accept(refused, Terms(Limits(windows)))).outcome is Outcome.TOLD
    await store.sights.tell(closed)

    assert [await store.sights.asked(one) for one in (refused, closed)] == [True, False]


async def test_what_was_refused_is_not_a_question_anew_as_long_as_it_may_be_looked_up(
    world: World, store: Store
) -> None:
    refused, closed = world.message(), world.message()
    windows = parse_windows("1/minute")
    await store.accept(world.message(), Terms(Limits(windows)))
    await store.accept(refused, Terms(Limits(windows)))
    await store.sights.tell(closed)

    pseudonyms = [NAMES.turn("slack", one.id) for one in (refused, closed)]
    days = [world.redis.pttl(f"{{parley}}:t:{name}") / 86_400_000 for name in pseudonyms]

    assert days == pytest.approx([2, 2], abs=0.01)
    assert [(await store.accept(one)).outcome for one in (refused, closed)] == [Outcome.SEEN] * 2


async def test_that_somebody_may_not_ask_is_told_once_whoever_hears_it(world: World) -> None:
    stores, message = [await world.store(), await world.store()], world.message()

    told = [await store.sights.tell(message) for store in stores]

    assert [admission.outcome for admission in told] == [Outcome.TOLD, Outcome.SEEN]
    assert (await stores[0].accept(message)).outcome is Outcome.SEEN


async def test_a_person_is_told_of_a_channel_with_its_threads_once_an_hour(world: World, store: Store) -> None:
    there = replace(CHANNEL, channel="C2")

    told = [
        await store.sights.tell(world.message(**where))
        for where in ({}, {}, {"place": thread("C1:1")}, {"place": there}, {"author": BOB})
    ]
    world.sleep(3_601)
    later = await store.sights.tell(world.message())

    assert [admission.notices for admission in told] == [(), ("again",), ("again",), (), ()]
    assert {admission.outcome for admission in (*told, later)} == {Outcome.TOLD}
    assert later.notices == ()


async def test_that_somebody_may_not_ask_is_told_when_the_reply_was_lost(world: World) -> None:
    store, message = await world.store(through=Deaf), world.message()

    with pytest.raises(StoreDown):
        await store.sights.tell(message)
    told = [await store.sights.tell(message) for _ in range(2)]

    assert [(admission.outcome, admission.notices) for admission in told] == [(Outcome.TOLD, ()), (Outcome.SEEN, ())]


async def test_no_newest_event_is_known_also_where_many_terminals_came_and_went(plain: World) -> None:
    store = await plain.store()
    await store.accept(plain.message())
    assert await store.sights.newest("slack")
    plain.redis.delete("{parley}:platforms")  # as when another one's question found too many (lib.lua)

    await store.sights.unsee(("slack", "discord"))

    assert await store.sights.newest("slack") == {}


async def test_what_comes_in_moves_nothing_until_what_was_missed_is_read(world: World) -> None:
    here, there = await world.store(), await world.store()
    await here.accept(world.message(at=1_000.25))
    await here.sights.unread("slack")
    await there.accept(world.message(at=2_000.5))
    await there.accept(world.message(place=OTHER, at=2_000.5))

    known = await there.sights.unread("slack")
    lasts = [world.redis.pttl(key) for key in world.keys("*:unread:*")]
    await there.sights.caught_up("slack")
    anew = await there.sights.unread("slack")

    assert (known[CHANNEL], known.get(OTHER)) == (1_000.25, None)
    assert [0 < ms <= 2 * 86_400_000 for ms in lasts] == [True]
    assert (anew[CHANNEL], anew[OTHER]) == (2_000.5, 2_000.5)


async def test_of_a_place_that_was_erased_nothing_is_read(world: World, store: Store) -> None:
    await store.accept(world.message())
    await store.sights.unread("slack")

    await store.holdings.erase_place(CHANNEL)

    assert await store.sights.unread("slack") == {}
    assert world.keys("*:unread:*") == []


async def test_what_was_put_back_from_a_copy_owes_nothing_from_before(world: World, store: Store) -> None:
    await store.accept(world.message(at=1_000))
    await store.sights.unread("slack")
    await store.sights.unsee(("slack",))
    await store.accept(world.message(at=2_000))

    assert (await store.sights.unread("slack"))[CHANNEL] == 2_000
