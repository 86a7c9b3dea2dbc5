"""Regenerate, Continue and Retry: one script makes a turn of an answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Action, Final, Message, Outcome
from core.store import Store, Terms
from tests.core.store.test_holdings import traces
from tests.core.store.test_memories import memory
from tests.core.store.world import (
    ANN,
    BOB,
    CHANNEL,
    NAMES,
    Through,
    World,
    answer,
    change,
    claimed,
    exchange,
    finish,
    taken,
    texts,
    thread,
)

pytestmark = pytest.mark.anyio
MAKERS = [Action.REGENERATE, Action.CONTINUE, Action.RETRY]


@pytest.mark.parametrize("action", MAKERS)
async def test_a_press_becomes_a_turn_in_the_same_messages_on_the_screen(
    world: World, store: Store, action: Action
) -> None:
    message = world.message("why?", address={"ts": "1", "token": "old"})
    claim = await taken(store, message)
    await store.bind(claim.lease, ("m1", "m2"))
    await store.commit(claim.lease, Final("because"), exchange(claim, "because"))
    await store.done(claim.lease)
    press = world.press(action, message.id, address={"token": "new"})

    admission = await store.again(press, admin=False)
    turn = (await claimed(store)).turn

    assert admission.outcome is Outcome.ACCEPTED
    assert (turn.id, turn.of, turn.shown, turn.attempt) == (press.id, message.id, ("m1", "m2"), 1)
    assert turn.final is None
    assert turn.begun == ("because" if action is Action.CONTINUE else "")
    assert turn.stood == ("" if action is Action.RETRY else "because")
    assert turn.message == replace(message, address={"ts": "1", "token": "new"})


async def test_a_new_answer_takes_the_place_of_the_old_one_in_the_history(world: World, store: Store) -> None:
    await answer(store, world.message("one?"), "one!")
    claim = await answer(store, world.message("two?"), "bad")
    await answer(store, world.message("others?", author=BOB), "others!")
    await store.again(world.press(Action.REGENERATE, claim.turn.id), admin=False)

    fresh = await claimed(store)
    await finish(store, fresh, "two!")
    await store.accept(world.message())

    assert texts(fresh) == ["one?", "one!", "two?", "bad"]
    assert texts(await claimed(store)) == ["one?", "one!", "two?", "two!", "others?", "others!"]


async def test_a_failed_answer_is_tried_again_and_then_remembered(world: World, store: Store) -> None:
    claim = await taken(store, world.message("why?"))
    await store.commit(claim.lease, Final("", "sorry", (Action.RETRY,)), None)
    await store.done(claim.lease)
    await store.again(world.press(Action.RETRY, claim.turn.id), admin=False)

    await finish(store, await claimed(store), "because")
    await store.accept(world.message())

    assert texts(await claimed(store)) == ["why?", "because"]


async def test_retry_of_a_continuation_goes_on_from_the_same_words(world: World, store: Store) -> None:
    first = await answer(store, world.message(), "half of it")
    go_on = world.press(Action.CONTINUE, first.turn.id)
    await store.again(go_on, admin=False)
    claim = await claimed(store)
    await store.commit(claim.lease, Final("", "sorry"), None)
    await store.done(claim.lease)

    await store.again(world.press(Action.RETRY, go_on.id), admin=False)
    turn = (await claimed(store)).turn

    assert (turn.begun, turn.of, turn.stood) == ("half of it", first.turn.id, "half of it")


async def test_the_same_press_makes_one_turn(world: World, store: Store) -> None:
    claim = await answer(store, world.message())
    press = world.press(Action.REGENERATE, claim.turn.id)

    outcomes = [(await store.again(press, admin=False)).outcome for _ in range(2)]
    await finish(store, await claimed(store))
    outcomes.append((await store.again(press, admin=False)).outcome)

    assert outcomes == [Outcome.ACCEPTED, Outcome.SEEN, Outcome.SEEN]
    assert await store.claim() is None


async def test_two_presses_on_one_answer_make_one_turn(world: World, store: Store) -> None:
    claim = await answer(store, world.message())
    presses = [world.press(Action.REGENERATE, claim.turn.id) for _ in range(2)]

    first, second = [await store.again(press, admin=False) for press in presses]

    assert first.outcome is Outcome.ACCEPTED
    assert (second.outcome, second.reason) == (Outcome.TOLD, "busy")


async def test_only_the_newest_answer_of_a_line_has_buttons(world: World, store: Store) -> None:
    older = await answer(store, world.message())
    newest = await answer(store, world.message())
    elsewhere = await answer(store, world.message(author=BOB))

    refused = await store.again(world.press(Action.REGENERATE, older.turn.id), admin=True)
    assert (refused.outcome, refused.reason) == (Outcome.TOLD, "older")
    for claim in (newest, elsewhere):
        press = world.press(Action.REGENERATE, claim.turn.id)
        assert (await store.again(press, admin=True)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("action", MAKERS)
async def test_what_a_memory_stands_for_stays_as_it_was(world: World, store: Store, action: Action) -> None:
    """Else Claude would read the old answer in it, and be asked the same as if it were new."""
    first = await answer(store, world.message("ann-1"))
    press = world.press(Action.REGENERATE, first.turn.id)
    await store.again(press, admin=False)
    await finish(store, await claimed(store))
    others = [(await answer(store, world.message(f"bob-{number}", author=BOB))).turn.id for number in range(2)]
    making = await store.memories.begin(CHANNEL, [first.turn.id, others[0]])
    assert making is not None
    assert await store.memories.swap(making, memory())

    refused = await store.again(world.press(action, press.id), admin=True)

    assert (refused.outcome, refused.reason) == (Outcome.TOLD, "gone")
    press = world.press(action, others[1], author=BOB)
    assert (await store.again(press, admin=False)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("action", MAKERS)
async def test_an_answer_made_anew_while_a_memory_of_the_old_one_is_made_is_not_asked_a_second_time(
    world: World, store: Store, action: Action
) -> None:
    first, other = [await answer(store, world.message("q", author=author)) for author in (BOB, ANN)]
    await store.again(world.press(action, first.turn.id, author=BOB), admin=False)
    claim = await claimed(store)
    making = await store.memories.begin(CHANNEL, [first.turn.id, other.turn.id])
    assert making is not None
    assert await store.memories.swap(making, memory(text="In short."))

    await finish(store, claim, "a new answer")

    following = await answer(store, world.message("next"))
    assert texts(following) == ["In short.", "I remember."]
    await store.change(change(other.turn.message, None))
    assert (await store.holdings.erase_person("slack", BOB.id, wholly=True)).exchanges == 0
    assert texts(await answer(store, world.message("later"))) == ["next", "an answer"]


async def test_whoever_deletes_that_answer_takes_the_memory_of_its_question_with_it(world: World, store: Store) -> None:
    first = await answer(store, world.message("q"))
    await store.again(world.press(Action.REGENERATE, first.turn.id), admin=False)
    claim = await claimed(store)
    making = await store.memories.begin(CHANNEL, [first.turn.id])
    assert making is not None
    assert await store.memories.swap(making, memory())
    await store.bind(claim.lease, ("C1:shown",))
    await store.commit(claim.lease, Final("a new answer"), exchange(claim))
    await store.done(claim.lease)

    await store.change(replace(change(first.turn.message, None), id="C1:shown"))

    assert texts(await answer(store, world.message("next"))) == []


async def test_an_exchange_that_an_older_release_left_beside_its_memory_stays_somebodys(
    world: World, store: Store
) -> None:
    known, kept = [await answer(store, world.message("q", author=author)) for author in (ANN, BOB)]
    making = await store.memories.begin(CHANNEL, [known.turn.id])
    assert making is not None
    assert await store.memories.swap(making, memory())
    world.redis.zadd(f"{{parley}}:m:{NAMES.place(CHANNEL)}", {kept.lease.exchange: 1})

    await store.change(change(known.turn.message, None))

    assert (await store.holdings.erase_person("slack", BOB.id, wholly=True)).exchanges == 1


async def test_the_answer_of_a_press_has_buttons_itself(world: World, store: Store) -> None:
    claim = await answer(store, world.message())
    first = world.press(Action.REGENERATE, claim.turn.id)
    await store.again(first, admin=False)
    await finish(store, await claimed(store))

    assert (await store.again(world.press(Action.REGENERATE, claim.turn.id), admin=False)).reason == "older"
    assert (await store.again(world.press(Action.REGENERATE, first.id), admin=False)).outcome is Outcome.ACCEPTED
    assert (await claimed(store)).turn.of == claim.turn.id


async def test_only_the_asker_and_an_admin_press(world: World, store: Store) -> None:
    claim = await answer(store, world.message(author=ANN, place=thread("C1:0")))
    presses = [world.press(Action.REGENERATE, claim.turn.id, author=BOB, place=thread("C1:0")) for _ in range(2)]

    refused = await store.again(presses[0], admin=False)
    granted = await store.again(presses[1], admin=True)

    assert (refused.outcome, refused.reason) == (Outcome.TOLD, "theirs")
    assert granted.outcome is Outcome.ACCEPTED
    assert (await claimed(store)).turn.message.author == ANN


async def test_no_turn_is_made_of_an_answer_that_is_not_finished(world: World, store: Store) -> None:
    message = world.message()
    await taken(store, message)

    assert (await store.again(world.press(Action.REGENERATE, message.id), admin=False)).reason == "busy"


async def test_no_turn_is_made_while_the_next_question_waits(world: World, store: Store) -> None:
    claim = await answer(store, world.message())
    await store.accept(world.message())

    assert (await store.again(world.press(Action.RETRY, claim.turn.id), admin=False)).reason == "busy"


async def test_no_turn_is_made_of_what_nobody_knows(world: World, store: Store) -> None:
    admission = await store.again(world.press(Action.REGENERATE, "C1:0"), admin=True)

    assert (admission.outcome, admission.reason) == (Outcome.TOLD, "gone")


Act = Callable[[World, Store, Message], Awaitable[object]]
MEANWHILE: dict[str, tuple[Act, str]] = {
    "it is deleted": (lambda _, store, message: store.change(change(message, None)), "gone"),
    "all is reset": (lambda _, store, __: store.reset(CHANNEL, "C1:reset"), "gone"),
    "it is made anew": (
        lambda world, store, message: store.again(world.press(Action.RETRY, message.id), admin=False),
        "busy",
    ),
    "the next one is answered": (lambda world, store, _: answer(store, world.message()), "gone"),
}


@pytest.mark.parametrize(("act", "reason"), MEANWHILE.values(), ids=MEANWHILE)
async def test_what_happens_while_an_answer_is_looked_up_for_a_press_counts(
    world: World, act: Act, reason: str
) -> None:
    class Slow(Through):
        """Between the two trips of a press."""

        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            if script == "again":
                await act(world, other, message)
            return await super().run(script, keys, args)

    store, other, message = await world.store(through=Slow), await world.store(), world.message()
    await answer(other, message)

    refused = await store.again(world.press(Action.REGENERATE, message.id), admin=False)

    assert (refused.outcome, refused.reason) == (Outcome.TOLD, reason)


async def test_no_turn_is_made_of_an_answer_that_was_under_way_at_a_reset(world: World, store: Store) -> None:
    claim = await taken(store, world.message())
    await store.reset(CHANNEL, "C1:reset")
    await finish(store, claim)

    refused = await store.again(world.press(Action.REGENERATE, claim.turn.id), admin=False)

    assert (refused.outcome, refused.reason) == (Outcome.TOLD, "gone")


async def test_a_press_has_one_word_and_the_next_one_another(world: World) -> None:
    here, there, message = await world.store(), await world.store(), world.message()
    press = world.press(Action.REGENERATE, message.id)
    await here.accept(message)
    first = await here.again(press, admin=False)
    await finish(here, await claimed(here))

    again = await there.again(press, admin=False)
    new = await there.again(world.press(Action.REGENERATE, message.id), admin=False)

    assert (first.outcome, first.reason) == (Outcome.TOLD, "busy")
    assert (again.outcome, new.outcome) == (Outcome.SEEN, Outcome.ACCEPTED)


async def test_any_replica_serves_a_button(world: World) -> None:
    here, there = await world.store(), await world.store()
    claim = await answer(here, world.message())

    await there.again(world.press(Action.REGENERATE, claim.turn.id), admin=False)

    assert (await claimed(here)).turn.of == claim.turn.id


async def test_a_turn_of_a_press_is_stopped_by_its_own_id(world: World, store: Store) -> None:
    claim = await answer(store, world.message())
    press = world.press(Action.REGENERATE, claim.turn.id)
    await store.again(press, admin=False)

    assert await store.stop(CHANNEL, ANN, press.id)
    assert (await claimed(store)).lease.stopped


async def test_who_presses_pays_and_is_forgotten_with_the_answer(world: World, store: Store) -> None:
    asked = world.message(author=BOB)
    before = await answer(store, asked)
    press = world.press(Action.REGENERATE, asked.id, author=ANN)
    await store.again(press, Terms(payer=NAMES.payer("slack", ANN.id)), admin=True)
    claim = await claimed(store)
    await finish(store, claim)
    assert [before.payer, claim.payer] == ["", NAMES.payer("slack", ANN.id)]
    assert "payer" in traces(world.redis, ANN)

    await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert traces(world.redis, ANN) == []


async def test_a_press_of_an_older_release_is_paid_by_who_asked(world: World, store: Store) -> None:
    asked = world.message(author=BOB)
    await answer(store, asked)
    await store.again(world.press(Action.REGENERATE, asked.id, author=BOB), admin=False)

    assert (await claimed(store)).payer == ""
