"""Limits at the door: exact, all or nothing, and right about when to come back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Action, Outcome
from core.errors import StoreDown
from core.limits import Limits, Window, parse_windows
from core.store import Store, Terms
from core.store.server import Server
from tests.core.store.world import ANN, BOB, CHANNEL, Through, World, answer, change, finish, thread
from tests.core.store.world import claimed as claim_of

pytestmark = pytest.mark.anyio
TEN = parse_windows("10/minute")


async def test_the_eleventh_in_any_minute_is_refused(world: World, store: Store) -> None:
    outcomes = []
    for _ in range(11):
        outcomes.append((await store.accept(world.message(), Terms(Limits(TEN)))).outcome)
        world.sleep(5.9)

    assert outcomes == 10 * [Outcome.ACCEPTED] + [Outcome.TOLD]


async def test_who_waits_as_long_as_told_is_accepted_and_not_a_moment_earlier(world: World, store: Store) -> None:
    for _ in range(10):
        await store.accept(world.message(), Terms(Limits(TEN)))
        world.sleep(1.234)

    told = await store.accept(world.message(), Terms(Limits(TEN)))
    assert told.window == TEN[0]
    assert told.retry_after == pytest.approx(60 - 12.34)
    world.sleep(told.retry_after - 0.001)
    assert (await store.accept(world.message(), Terms(Limits(TEN)))).retry_after == pytest.approx(0.001)
    world.sleep(0.001)
    assert (await store.accept(world.message(), Terms(Limits(TEN)))).outcome is Outcome.ACCEPTED


async def test_the_window_that_needs_the_longest_is_named(world: World, store: Store) -> None:
    windows = parse_windows("2/minute 3/hour")
    await store.accept(world.message(), Terms(Limits(windows)))
    world.sleep(61)
    for _ in range(2):
        await store.accept(world.message(), Terms(Limits(windows)))

    told = await store.accept(world.message(), Terms(Limits(windows)))

    assert (told.window, told.retry_after) == (Window(3, 3600), 3600 - 61)


async def test_a_refused_message_is_not_charged(world: World, store: Store) -> None:
    windows = parse_windows("1/minute")
    await store.accept(world.message(), Terms(Limits(windows)))
    for _ in range(5):
        world.sleep(10)
        assert (await store.accept(world.message(), Terms(Limits(windows)))).outcome is Outcome.TOLD

    world.sleep(10)

    assert (await store.accept(world.message(), Terms(Limits(windows)))).outcome is Outcome.ACCEPTED


async def test_what_one_window_refuses_is_charged_to_no_other(world: World, store: Store) -> None:
    person, channel = parse_windows("5/minute"), parse_windows("1/minute")
    await store.accept(world.message(author=BOB), Terms(Limits(place=channel)))
    for _ in range(9):
        told = await store.accept(world.message(), Terms(Limits(person, channel)))
        assert told.window == channel[0]

    admissions = [await store.accept(world.message(), Terms(Limits(person))) for _ in range(5)]

    assert {admission.outcome for admission in admissions} == {Outcome.ACCEPTED}


async def test_a_redelivery_is_charged_once(world: World, store: Store) -> None:
    message = world.message()
    for _ in range(10):
        await store.accept(message, Terms(Limits(TEN)))
    for _ in range(9):
        assert (await store.accept(world.message(), Terms(Limits(TEN)))).outcome is Outcome.ACCEPTED

    assert (await store.accept(world.message(), Terms(Limits(TEN)))).outcome is Outcome.TOLD


async def test_what_is_told_is_told_once(world: World, store: Store) -> None:
    windows, message = parse_windows("1/minute"), world.message()
    await store.accept(world.message(), Terms(Limits(windows)))

    outcomes = [(await store.accept(message, Terms(Limits(windows)))).outcome for _ in range(2)]

    assert outcomes == [Outcome.TOLD, Outcome.SEEN]


async def test_limits_follow_a_person_through_all_channels_and_nobody_else(world: World, store: Store) -> None:
    windows = parse_windows("1/minute")
    elsewhere = replace(CHANNEL, space="T2", channel="C2")
    await store.accept(world.message(author=ANN), Terms(Limits(windows)))

    assert (await store.accept(world.message(place=elsewhere), Terms(Limits(windows)))).outcome is Outcome.TOLD
    assert (await store.accept(world.message(author=BOB), Terms(Limits(windows)))).outcome is Outcome.ACCEPTED


async def test_a_channels_limit_counts_its_threads(world: World, store: Store) -> None:
    windows = parse_windows("2/minute")
    await store.accept(world.message(author=ANN), Terms(Limits(place=windows)))
    await store.accept(world.message(author=BOB, place=thread("C1:0")), Terms(Limits(place=windows)))
    elsewhere = world.message(place=replace(CHANNEL, channel="C2"))

    assert (await store.accept(world.message(), Terms(Limits(place=windows)))).outcome is Outcome.TOLD
    assert (await store.accept(elsewhere, Terms(Limits(place=windows)))).outcome is Outcome.ACCEPTED


async def test_replicas_count_together(world: World) -> None:
    stores = [await world.store(), await world.store()]

    admissions = [await stores[i % 2].accept(world.message(), Terms(Limits(TEN))) for i in range(12)]

    assert [admission.outcome for admission in admissions].count(Outcome.ACCEPTED) == 10


async def test_a_button_that_makes_a_turn_is_charged_to_who_pressed(world: World, store: Store) -> None:
    windows = parse_windows("2/minute")
    claim = await answer(store, world.message(author=BOB))
    for _ in range(2):
        await store.accept(world.message(author=ANN), Terms(Limits(windows)))

    press = world.press(Action.REGENERATE, claim.turn.id)
    refused = await store.again(press, Terms(Limits(windows)), admin=True)
    press = world.press(Action.REGENERATE, claim.turn.id, author=BOB)
    granted = await store.again(press, Terms(Limits(windows)), admin=False)

    assert (refused.outcome, refused.window) == (Outcome.TOLD, windows[0])
    assert granted.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("jump", [-3600.0, -30.0])
async def test_a_clock_that_is_set_back_locks_nobody_out(world: World, store: Store, jump: float) -> None:
    windows = parse_windows("1/minute")
    await store.accept(world.message(), Terms(Limits(windows)))
    world.jump(jump)

    told = await store.accept(world.message(), Terms(Limits(windows)))
    world.sleep(told.retry_after)

    assert told.retry_after <= 60
    assert (await store.accept(world.message(), Terms(Limits(windows)))).outcome is Outcome.ACCEPTED


async def test_the_log_of_a_person_is_bounded_and_does_not_stay(world: World, store: Store) -> None:
    windows = parse_windows("3/minute 5/hour")
    for _ in range(60):
        admission = await store.accept(world.message(), Terms(Limits(windows)))
        if admission.outcome is Outcome.ACCEPTED:
            await finish(store, await claim_of(store))
        world.sleep(60)

    (log,) = world.keys("*:w:*")

    assert world.redis.zcard(log) <= 5
    assert 0 < world.redis.pttl(log) <= 3_600_000


async def test_what_was_held_back_and_let_in_waits_no_longer(world: World, store: Store) -> None:
    once = parse_windows("1/minute")
    await store.accept(world.message("one", place=thread("C1:1")), Terms(Limits(once)))
    await finish(store, await claim_of(store))
    held = await store.accept(world.message("two", place=thread("C1:2")), Terms(Limits(once)), patience=60)
    world.sleep(held.retry_after)
    await finish(store, await claim_of(store))

    assert world.keys("*later*") == []


async def test_of_one_person_one_question_is_held_back_and_no_second(world: World, store: Store) -> None:
    twice = parse_windows("2/minute")

    told = [await store.accept(world.message(), Terms(Limits(twice)), patience=60) for _ in range(4)]

    assert [one.reason for one in told][:3] == ["", "", "held"]
    assert [one.outcome for one in told] == [Outcome.ACCEPTED] * 3 + [Outcome.TOLD]


@pytest.mark.parametrize("is_erased", [False, True])
async def test_who_takes_back_what_is_held_back_pays_for_what_they_ask_instead_alone(
    world: World, store: Store, is_erased: bool
) -> None:
    limits = Terms(Limits(parse_windows("2/minute"), parse_windows("2/minute")))
    for _ in range(2):
        await store.accept(world.message(place=thread("C1:1")), limits)
        await finish(store, await claim_of(store))
    world.sleep(20)
    first, better = world.message(place=thread("C1:1")), world.message("better", place=thread("C1:1"))
    held = await store.accept(first, limits, patience=60)

    if is_erased:
        await store.holdings.erase_person("slack", ANN.id)
    else:
        await store.change(change(first, None))
    instead = await store.accept(better, limits, patience=60)

    assert (held.reason, held.retry_after) == (instead.reason, instead.retry_after) == ("held", 40)
    assert len(world.keys("*:later:*")) == 1
    world.sleep(40)
    assert (await claim_of(store)).turn.message.text == "better"
    assert (await store.accept(world.message(), limits)).outcome is Outcome.ACCEPTED


async def test_it_is_told_whether_a_limit_is_ones_own_or_everybodys_in_the_channel(world: World, store: Store) -> None:
    hour = parse_windows("1/hour")
    first = world.message()
    await store.accept(first)
    await finish(store, await claim_of(store))

    async def refused(terms: Terms) -> Sequence[str]:
        return (await store.accept(world.message(), terms)).notices

    own, all_of_them = Terms(Limits(hour)), Terms(Limits(place=hour))
    await store.accept(world.message(place=thread("C1:7")), Terms(Limits(hour, hour)))
    pressed = await store.again(world.press(Action.REGENERATE, first.id), all_of_them, admin=False)

    assert await refused(own) == ()
    assert await refused(all_of_them) == ("here",)
    assert await refused(all_of_them) == ("here", "again")
    assert pressed.notices == ("here",)


class Lost(Through):
    """Redis does what a script asks for, and nobody hears of it: once, when `next` names it."""

    next = ""

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        reply = await super().run(script, keys, args)
        if script == self.next:
            self.next = ""
            raise StoreDown("TimeoutError")
        return reply


async def losing(world: World) -> tuple[Store, Lost]:
    lines: list[Lost] = []

    def through(server: Server) -> Lost:
        lines.append(Lost(server))
        return lines[0]

    return await world.store(through=through), lines[0]


@pytest.mark.parametrize("patience", [0, 60])
async def test_what_was_refused_or_held_back_is_told_when_the_reply_was_lost(world: World, patience: float) -> None:
    windows = parse_windows("1/minute")
    store, line = await losing(world)
    await store.accept(world.message(), Terms(Limits(windows)))
    message, line.next = world.message(), "accept"
    with pytest.raises(StoreDown):
        await store.accept(message, Terms(Limits(windows)), patience=patience)

    admissions = [await store.accept(message, Terms(Limits(windows)), patience=patience) for _ in range(2)]

    assert [one.outcome for one in admissions] == [Outcome.ACCEPTED if patience else Outcome.TOLD, Outcome.SEEN]
    assert (admissions[0].window, admissions[0].retry_after, admissions[0].notices) == (windows[0], 60, ())


async def test_what_was_accepted_is_so_when_the_reply_was_lost_and_answered_once(world: World) -> None:
    store, line = await losing(world)
    await answer(store, world.message())  # knows which day it is
    message, line.next = world.message(), "accept"
    with pytest.raises(StoreDown):
        await store.accept(message)
    await finish(store, await claim_of(store))

    outcomes = [(await store.accept(message)).outcome for _ in range(2)]

    assert outcomes == [Outcome.ACCEPTED, Outcome.SEEN]
    assert await store.claim() is None


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("ended", [False, True])
async def test_a_press_is_told_what_became_of_it_when_the_reply_was_lost(world: World, full: bool, ended: bool) -> None:
    windows = parse_windows("1/minute" if full else "9/minute")
    store, line = await losing(world)
    question = world.message()
    await store.accept(question, Terms(Limits(windows)))
    await finish(store, await claim_of(store))
    press, line.next = world.press(Action.REGENERATE, question.id), "again"
    with pytest.raises(StoreDown):
        await store.again(press, Terms(Limits(windows)), admin=False)
    if ended and not full:
        await finish(store, await claim_of(store))

    admissions = [await store.again(press, Terms(Limits(windows)), admin=False) for _ in range(2)]

    assert [one.outcome for one in admissions] == [Outcome.TOLD if full else Outcome.ACCEPTED, Outcome.SEEN]
    assert admissions[0].retry_after == (60 if full else 0)
