"""What a place remembers: its history, its choices, its newest events; and how it forgets."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from core.contract import Action, Final, Json, Outcome
from core.dialogue import Choices, Exchange
from core.store import Store
from tests.core.store.world import (
    ANN,
    BOB,
    CHANNEL,
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


async def history(world: World, **options: Any) -> list[str]:
    """What the next question in the channel would know, without disturbing anybody's line."""
    store = await world.store(**options)
    asked = world.message(author=replace(ANN, id="curious"))
    claim = await taken(store, asked)
    assert claim.turn.id == asked.id
    await store.done(claim.lease)
    return texts(claim)


async def test_choices_are_kept_and_taken_back(store: Store) -> None:
    assert await store.choices(CHANNEL) == Choices()
    assert await store.choose(CHANNEL, ANN, model="m", persona="a pirate ☠") == Choices(model="m", persona="a pirate ☠")
    assert await store.choose(CHANNEL, ANN, model="", effort="low") == Choices(persona="a pirate ☠", effort="low")
    assert await store.choices(CHANNEL) == Choices(persona="a pirate ☠", effort="low")


async def test_a_thread_has_the_choices_of_its_channel_unless_it_has_its_own(world: World, store: Store) -> None:
    place = thread("C1:0")
    await store.choose(CHANNEL, ANN, model="channel's", effort="low")

    chosen = await store.choose(place, ANN, model="thread's")
    await store.accept(world.message(place=place))

    assert chosen == Choices(model="thread's", effort="low")
    assert (await claimed(store)).choices == chosen
    assert await store.choices(CHANNEL) == Choices(model="channel's", effort="low")
    assert await store.choose(place, ANN, model="") == Choices(model="channel's", effort="low")


async def test_a_choice_that_does_not_exist_is_a_mistake(world: World) -> None:
    with pytest.raises(TypeError):
        await (await world.store()).choose(CHANNEL, ANN, colour="red")


async def test_reset_forgets_the_place_and_nothing_else(world: World, store: Store) -> None:
    await store.choose(CHANNEL, ANN, model="m")
    elsewhere = replace(CHANNEL, channel="C2")
    await answer(store, world.message("here?"))
    await answer(store, world.message("there?", place=elsewhere))

    await store.reset(CHANNEL, "C1:reset")

    assert await history(world) == []
    assert (await store.choices(CHANNEL)).model == "m"
    await store.accept(world.message(place=elsewhere))
    assert texts(await claimed(store)) == ["there?", "an answer"]


async def test_a_command_resets_once_however_often_it_is_tried(world: World) -> None:
    stores = [await world.store(), await world.store()]
    await answer(stores[0], world.message("before?"))

    await stores[0].reset(CHANNEL, "C1:reset")
    await answer(stores[0], world.message("after?"))
    await stores[1].reset(CHANNEL, "C1:reset")
    assert await history(world) == ["after?", "an answer"]

    await stores[0].reset(CHANNEL, "C1:another")
    assert await history(world) == []


async def test_an_answer_under_way_at_a_reset_is_finished_but_not_remembered(world: World, store: Store) -> None:
    claim = await taken(store, world.message("before?"))

    await store.reset(CHANNEL, "C1:reset")
    await finish(store, claim)
    await answer(store, world.message("after?"), "after!")

    assert await history(world) == ["after?", "after!"]


async def test_an_attempt_that_begins_after_a_reset_is_remembered(world: World, store: Store) -> None:
    await taken(store, world.message("why?"))
    await store.reset(CHANNEL, "C1:reset")
    world.sleep(11)

    await finish(store, await claimed(store), "because")

    assert await history(world) == ["why?", "because"]


async def test_a_thread_that_was_reset_forgets_its_root_too(world: World, store: Store) -> None:
    root = world.message("root?")
    await answer(store, root)
    await answer(store, world.message("more?", place=thread(root.id)))

    await store.reset(thread(root.id), "C1:reset")
    await store.accept(world.message(place=thread(root.id)))

    assert texts(await claimed(store)) == []
    assert await history(world) == ["root?", "an answer"]


async def test_a_reset_leaves_no_text_of_the_place_behind(world: World, store: Store) -> None:
    claims = [await answer(store, world.message(author=author)) for author in (ANN, BOB)]

    await store.reset(CHANNEL, "C1:reset")

    assert world.keys("*:x:*") + world.keys("*:h:*") == []
    refused = await store.again(world.press(Action.REGENERATE, claims[0].turn.id), admin=False)
    assert (refused.outcome, refused.reason) == (Outcome.TOLD, "gone")


async def test_an_edit_counts_until_the_answer_is_begun(world: World, store: Store) -> None:
    message = world.message("teh")
    await store.accept(message)
    await store.change(change(message, "the"))
    claim = await claimed(store)
    assert claim.turn.message == replace(message, text="the")

    await store.change(change(message, "too late"))
    world.sleep(11)

    assert (await claimed(store)).turn.message.text == "the"


async def test_a_deleted_message_is_not_answered_also_when_it_is_delivered_again(world: World, store: Store) -> None:
    first, second = world.message(), world.message("second")
    await store.accept(first)
    await store.accept(second)

    await store.change(change(first, None))

    assert (await claimed(store)).turn.id == second.id
    assert (await store.accept(first)).outcome is Outcome.SEEN


async def test_a_line_whose_only_message_was_deleted_is_empty(world: World, store: Store) -> None:
    message = world.message()
    await store.accept(message)
    await store.change(change(message, None))

    assert await store.claim() is None
    assert await store.stop(CHANNEL, ANN) is False
    assert world.keys("*:x:*") + world.keys("*:q:*") + world.keys("*:ready:*") == []


async def test_deleting_a_question_stops_its_answer_and_keeps_it_out_of_the_history(world: World, store: Store) -> None:
    message = world.message()
    claim = await taken(store, message)

    await store.change(change(message, None))
    await store.renew([claim.lease])
    await finish(store, claim)

    assert claim.lease.stopped
    assert await history(world) == []


async def test_deleting_a_question_whose_answer_is_only_not_painted_yet_takes_it_out(
    world: World, store: Store
) -> None:
    message = world.message()
    claim = await taken(store, message)
    await store.commit(claim.lease, Final("an answer"), exchange(claim))

    await store.change(change(message, None))
    assert world.keys("*:h:*") == []
    await store.done(claim.lease)

    assert await history(world) == []


async def test_deleting_a_question_takes_its_exchange_out_of_the_history(world: World, store: Store) -> None:
    await answer(store, world.message("one?"), "one!")
    deleted = world.message("secret?")
    await answer(store, deleted, "secret!")
    await answer(store, world.message("three?"), "three!")

    await store.change(change(deleted, None))

    assert await history(world) == ["one?", "one!", "three?", "three!"]


async def test_deleting_a_question_whose_answer_was_made_anew_takes_both_out(world: World, store: Store) -> None:
    message = world.message()
    await answer(store, message)
    await store.again(world.press(Action.REGENERATE, message.id), admin=False)
    await finish(store, await claimed(store), "better")

    await store.change(change(message, None))

    assert world.keys("*:x:*") + world.keys("*:h:*") == []


async def test_deleting_a_question_stops_the_new_answer_that_is_being_made(world: World, store: Store) -> None:
    message = world.message()
    await answer(store, message)
    await store.again(world.press(Action.REGENERATE, message.id), admin=False)
    claim = await claimed(store)

    await store.change(change(message, None))
    await store.renew([claim.lease])
    await finish(store, claim)

    assert claim.lease.stopped
    assert await history(world) == []


async def test_a_deleted_question_with_something_on_the_screen_still_gets_an_end(world: World, store: Store) -> None:
    message = world.message()
    claim = await taken(store, message)
    await store.bind(claim.lease, ("m1",))
    await store.release(claim.lease)

    await store.change(change(message, None))

    again = await claimed(store)
    assert (again.turn.shown, again.lease.stopped) == (("m1",), True)


async def test_a_change_of_what_nobody_knows_is_nothing(world: World, store: Store) -> None:
    await answer(store, world.message("one?"))
    stranger = world.message()

    await store.change(change(stranger, "text"))
    await store.change(change(stranger, None))

    assert await history(world) == ["one?", "an answer"]


async def test_the_history_of_a_place_is_at_most_a_megabyte_and_the_oldest_leave(world: World, store: Store) -> None:
    random = Random(1)
    for number in range(12):
        await answer(store, world.message(f"{number}?"), random.randbytes(75_000).hex())

    found = await history(world)
    (key,) = world.keys("*:h:*")
    values = world.redis.hgetall(key)
    held = int(values.pop(b"#"))

    assert found[-2] == "11?"
    assert [text for text in found if text.endswith("?")] == [f"{number}?" for number in range(12 - len(values), 12)]
    assert held == sum(len(value) for value in values.values())
    assert 900_000 < held <= 1 << 20
    assert world.redis.zcard(key.replace(":h:", ":o:")) == len(values)


async def test_as_many_leave_as_a_large_one_needs(world: World, store: Store) -> None:
    random = Random(1)
    for _ in range(3):
        await answer(store, world.message("small?"), random.randbytes(300_000).hex())

    await answer(store, world.message("large?"), random.randbytes(900_000).hex())

    assert [text for text in await history(world) if text.endswith("?")] == ["large?"]


async def test_an_exchange_that_is_too_large_alone_is_not_kept_and_costs_no_other_its_place(
    world: World, store: Store
) -> None:
    await answer(store, world.message("small?"), "small!")
    await answer(store, world.message("large?"), Random(1).randbytes(1_100_000).hex())

    assert await history(world) == ["small?", "small!"]


async def test_a_thousand_small_exchanges_are_kept_and_then_the_oldest_leave(world: World, store: Store) -> None:
    first = await taken(store, world.message("first?"))
    await finish(store, first)
    second = await taken(store, world.message("second?"))
    (key,) = world.keys("*:h:*")
    sealed = world.redis.hget(key, first.lease.exchange)
    assert isinstance(sealed, bytes)
    for number in range(999):
        world.redis.hset(key, f"x{number}", sealed)
        world.redis.zadd(key.replace(":h:", ":o:"), {f"x{number}": world.now + number})

    await finish(store, second)

    assert world.redis.zcard(key.replace(":h:", ":o:")) == 1000
    assert world.redis.hget(key, first.lease.exchange) is None


async def test_exchanges_keep_what_was_said_to_the_letter(world: World, store: Store) -> None:
    claim = await taken(store, world.message())
    said: tuple[dict[str, Json], ...] = (
        {
            "role": "user",
            "content": [{"type": "text", "text": "a\x00b\u2028\U0001f600"}, {"n": 1, "x": 0.5, "no": None}],
        },
        {"role": "assistant", "content": [{"type": "thinking", "signature": "s=="}, {"type": "text", "text": "y"}]},
    )
    kept = Exchange(claim.turn.id, 12.5, said, 77)
    await store.commit(claim.lease, Final("y"), kept)
    await store.done(claim.lease)
    await store.accept(world.message())

    assert (await claimed(store)).exchanges == (kept,)


async def test_with_no_days_nothing_is_kept_after_the_answer(world: World) -> None:
    store = await world.store(history_days=0)
    claim = await taken(store, world.message("why?"))
    await store.commit(claim.lease, Final("because"), exchange(claim))
    assert world.keys("*:x:*") != []
    await store.done(claim.lease)

    assert world.keys("*:x:*") + world.keys("*:h:*") == []
    assert await history(world, history_days=0) == []


async def test_with_no_days_a_failed_question_can_be_tried_again_for_an_hour(world: World) -> None:
    store = await world.store(history_days=0)
    claim = await taken(store, world.message("why?"))
    await store.commit(claim.lease, Final("", "sorry", (Action.RETRY,)), None)
    await store.done(claim.lease)
    (left,) = world.keys("*:x:*")

    assert 0 < world.redis.pttl(left) <= 3_600_000
    press = world.press(Action.RETRY, claim.turn.id)
    assert (await store.again(press, admin=False)).outcome is Outcome.ACCEPTED


async def test_with_no_days_an_answer_that_was_cut_can_be_continued_for_an_hour(world: World) -> None:
    store = await world.store(history_days=0)
    claim = await taken(store, world.message("why?"))
    await store.commit(claim.lease, Final("be", "cut", (Action.CONTINUE,)), exchange(claim))
    await store.done(claim.lease)
    (left,) = world.keys("*:x:*")

    assert 0 < world.redis.pttl(left) <= 3_600_000
    press = world.press(Action.CONTINUE, claim.turn.id)
    assert (await store.again(press, admin=False)).outcome is Outcome.ACCEPTED
    turn = (await claimed(store)).turn
    assert (turn.begun, turn.message.text) == ("be", "why?")


async def test_who_answers_is_told_whether_anything_is_kept_there(world: World, store: Store) -> None:
    other = replace(CHANNEL, channel="C2")
    for place in (CHANNEL, thread("C1:7"), other, thread("C2:7", other)):
        await store.accept(world.message("why?", place=place))
    await store.holdings.keep(other, 0)

    keeps = {(claim := await claimed(store)).turn.message.place: claim.keeps for _ in range(4)}

    assert keeps == {CHANNEL: True, thread("C1:7"): True, other: False, thread("C2:7", other): False}


async def test_the_newest_event_of_each_place_is_known(world: World, store: Store) -> None:
    channel, below, other = world.message(), world.message(place=thread("C1:7")), world.message(at=1.0)
    await store.accept(world.message(at=5.0))
    for message in (channel, below, other):
        await store.accept(message)

    seen = await store.sights.newest("slack")

    assert seen[CHANNEL] == channel.id
    assert seen[thread("C1:7")] == below.id
    assert seen[thread(channel.id)] == channel.id
    assert await store.sights.newest("discord") == {}


async def test_what_was_refused_is_not_asked_for_again_after_a_gap(world: World, store: Store) -> None:
    for _ in range(20):
        await store.accept(world.message())
    refused = world.message()
    await store.accept(refused)

    assert (await store.sights.newest("slack"))[CHANNEL] == refused.id


async def test_the_newest_events_are_bounded_in_number_and_in_time(world: World, store: Store) -> None:
    await store.accept(world.message(place=replace(CHANNEL, channel="old"), at=1e9 - 3 * 86400))
    for number in range(260):
        await store.accept(world.message(place=replace(CHANNEL, channel=f"c{number}")))

    seen = await store.sights.newest("slack")
    keys = world.keys("*:v:*") + world.keys("*:s:*")

    assert len(seen) == 500
    assert "old" not in {place.channel for place in seen}
    assert "c259" in {place.channel for place in seen}
    assert [0 < world.redis.pttl(key) <= 2 * 86_400_000 for key in keys] == [True, True]
