"""What two events of one place come to, in whichever order they reach the store."""

from dataclasses import replace

import pytest

from core.contract import Action, Change, File, Final, Json, Outcome, Person, Place
from core.store import Store
from core.store import holdings as holding
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
    is_first,
    taken,
    texts,
    thread,
)

pytestmark = pytest.mark.anyio

SECRET, OPEN = File("F1", "secret.txt", 10), File("F2", "open.txt", 10)


def deleted(id: str, place: Place = CHANNEL) -> Change:
    """A message of ours, as platforms tell it."""
    return Change(id=id, place=place, author=Person(""), at=1e9, text=None)


async def known(world: World, store: Store, place: Place = CHANNEL) -> list[str]:
    """What the next question there is asked with."""
    await store.accept(world.message("and now?", author=Person("U-eve"), place=place))
    return texts(await claimed(store))


# Deleted before it was there


async def test_a_message_that_was_deleted_before_it_came_is_not_answered(world: World, store: Store) -> None:
    message = world.message()

    await store.change(change(message, None))

    assert (await store.accept(message)).outcome is Outcome.SEEN
    assert await store.claim() is None
    assert world.keys("*:x:*") == []


async def test_a_command_that_was_deleted_before_it_came_is_not_done(world: World, store: Store) -> None:
    command = world.message("reset")

    await store.change(change(command, None))

    assert not await is_first(store, command)


async def test_the_mark_of_a_deleted_message_that_never_comes_goes_by_itself(world: World, store: Store) -> None:
    message = world.message()

    await store.change(change(message, None))

    [mark] = world.keys("*:t:*")
    assert 0 < world.redis.pttl(mark) <= 600_000


async def test_an_edit_of_what_has_not_come_yet_does_not_keep_it_away(world: World, store: Store) -> None:
    message = world.message()

    await store.change(change(message, "better"))

    assert (await store.accept(message)).outcome is Outcome.ACCEPTED


async def test_a_deleted_message_is_not_answered_when_it_comes_again_though_it_was_being_answered(
    world: World, store: Store
) -> None:
    message = world.message()
    claim = await taken(store, message)
    await store.change(change(message, None))
    await finish(store, claim)

    assert (await store.accept(message)).outcome is Outcome.SEEN
    assert await known(world, store) == []


async def test_a_deleted_question_leaves_no_text_when_its_line_ends_first(world: World, store: Store) -> None:
    """As it does, by as much as the answer took: a line lives seven days from the claim, a text from the end."""
    message = world.message()
    await answer(store, message)
    world.redis.delete(*world.keys("*:l:*"))
    assert world.keys("*:x:*") != []

    await store.change(change(message, None))

    assert world.keys("*:x:*") == []


# An answer that is deleted


@pytest.mark.parametrize("place", [CHANNEL, "below"])
async def test_an_answer_that_is_deleted_before_it_is_noted_as_done_is_forgotten(
    world: World, store: Store, place: Place | str
) -> None:
    question = world.message("forgotten?")
    claim = await taken(store, question)
    await store.bind(claim.lease, ("A1", "A2"))
    await store.commit(claim.lease, Final("an answer"), exchange(claim))

    await store.change(deleted("A2", thread(question.id) if isinstance(place, str) else place))
    await store.done(claim.lease)

    again = await store.again(world.press(Action.REGENERATE, question.id), admin=False)
    assert again.reason == "gone"
    assert await known(world, store) == []


async def test_nobody_else_is_told_an_answer_that_was_deleted_before_it_is_noted_as_done(
    world: World, store: Store
) -> None:
    await answer(store, world.message("kept"))
    claim = await taken(store, world.message("forgotten?"))
    await store.bind(claim.lease, ("A1",))
    await store.commit(claim.lease, Final("an answer"), exchange(claim))

    await store.change(deleted("A1"))

    assert await known(world, store) == ["kept", "an answer"]


async def test_an_answer_that_was_made_anew_in_its_place_is_forgotten_when_it_is_deleted(
    world: World, store: Store
) -> None:
    question = world.message("forgotten?")
    await answer(store, question)
    await store.again(world.press(Action.REGENERATE, question.id), admin=False)
    second = await claimed(store)
    await store.commit(second.lease, Final("an answer"), exchange(second))
    await store.done(second.lease)  # in the same message: there was nothing new to bind

    await store.change(deleted("m1"))

    assert await known(world, store) == []


# What came before an erasure, and what comes after it


async def left(store: Store, place: Place, ago: float) -> None:
    await store.holdings.erase_place(place, left=True, ago=ago)


@pytest.mark.parametrize("place", [CHANNEL, replace(CHANNEL, channel="")])
async def test_who_leaves_late_takes_only_what_came_before(world: World, store: Store, place: Place) -> None:
    await answer(store, world.message("before"))
    world.sleep(60)
    await answer(store, world.message("since", author=BOB))
    await store.accept(world.message("since, waiting"))

    await left(store, place, ago=30)

    claim = await claimed(store)
    assert claim.turn.message.text == "since, waiting"
    assert texts(claim) == ["since", "an answer"]
    await finish(store, claim)
    follow = world.message("follow-up", place=thread(claim.turn.id), direct=False)
    assert (await store.accept(follow)).outcome is Outcome.ACCEPTED


async def test_a_thread_whose_beginning_was_erased_has_forgotten_its_root_as_well(world: World, store: Store) -> None:
    """Also where it goes on, and its root is not gone yet: the question came between two trips of an erasure."""
    root = world.message("root")
    await answer(store, root)
    await answer(store, world.message("before", place=thread(root.id)))
    world.sleep(60)
    running = await taken(store, world.message("since", place=thread(root.id)))

    await store.holdings.erase_place(thread(root.id), ago=30)
    await finish(store, running)
    await store.accept(world.message("next", place=thread(root.id)))

    claim = await claimed(store)
    assert texts(claim) == ["since", "an answer"]
    assert claim.since == world.now / 1000 - 30


async def test_what_a_thread_was_made_to_forget_stays_forgotten_when_less_is_erased(world: World, store: Store) -> None:
    root = world.message("root")
    await answer(store, root)
    world.sleep(60)
    await store.reset(thread(root.id), "C1:reset")
    await answer(store, world.message("since", place=thread(root.id)))

    await store.holdings.erase_place(thread(root.id), ago=30)
    await store.accept(world.message("next", place=thread(root.id)))

    assert (await claimed(store)).since == world.now / 1000


async def test_a_thread_below_a_root_that_stays_goes_on_from_it(world: World, store: Store) -> None:
    await answer(store, world.message("before"))
    world.sleep(60)
    root = world.message("root")
    await answer(store, root)
    await answer(store, world.message("since", place=thread(root.id)))

    await left(store, CHANNEL, ago=30)
    await store.accept(world.message("next", place=thread(root.id)))

    claim = await claimed(store)
    assert (texts(claim), claim.since) == (["root", "an answer", "since", "an answer"], 0)


async def test_what_waits_since_before_goes_with_who_leaves_late(world: World, store: Store) -> None:
    await store.accept(world.message("before"))
    world.sleep(60)
    await store.accept(world.message("since", author=BOB))

    await left(store, CHANNEL, ago=30)

    assert (await claimed(store)).turn.message.text == "since"
    assert await store.claim() is None


async def test_what_is_left_of_a_place_after_that_goes_with_the_next_time(world: World, store: Store) -> None:
    await answer(store, world.message("before"))
    world.sleep(60)
    await answer(store, world.message("since"))
    await left(store, CHANNEL, ago=30)

    await left(store, CHANNEL, ago=0)

    assert world.keys("*:[homay]:*") == []


async def test_an_answer_under_way_since_before_is_stopped_by_who_leaves_late(world: World, store: Store) -> None:
    claim = await taken(store, world.message("before"))
    world.sleep(5)
    await store.renew([claim.lease])
    await store.accept(world.message("since", author=BOB))

    await left(store, CHANNEL, ago=3)
    await finish(store, claim)

    after = await claimed(store)
    assert (after.turn.message.text, texts(after)) == ("since", [])


async def test_what_is_asked_while_a_person_is_erased_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many places, some at a time; the question comes between two of the times."""
    monkeypatch.setattr(holding, "AT_ONCE", 1)
    store = await world.store()
    for number in range(3):
        await answer(store, world.message("before", place=replace(CHANNEL, channel=f"C{number}")))
    run, asked = store.holdings._run, world.message("meanwhile", place=replace(CHANNEL, channel="C0"))

    async def slowly(script: str, **named: Json) -> object:
        if script == "erase" and named["before"]:
            world.sleep(1)
            await store.accept(asked)
        return await run(script, **named)

    monkeypatch.setattr(store.holdings, "_run", slowly)
    erased = await store.holdings.erase_person("slack", ANN.id)

    assert erased.exchanges == 3
    claim = await claimed(store)
    assert (claim.turn.message.text, texts(claim)) == ("meanwhile", [])
    await finish(store, claim)
    assert (await store.holdings.erase_person("slack", ANN.id)).exchanges == 1


async def test_a_question_that_loses_a_file_is_asked_all_the_same_and_as_it_stands(world: World, store: Store) -> None:
    message = world.message("what is in teh files?", files=(SECRET, OPEN))
    await store.accept(message)

    await store.change(replace(change(message, "what is in the file?"), files=(OPEN.ref,), less=True))

    asked = (await claimed(store)).turn.message
    assert (asked.text, asked.files) == ("what is in the file?", (OPEN,))


async def test_an_edit_that_does_not_tell_of_files_takes_none_out(world: World, store: Store) -> None:
    message = world.message("what is in teh file?", files=(OPEN,))
    await store.accept(message)

    await store.change(change(message, "what is in the file?"))

    assert (await claimed(store)).turn.message.files == (OPEN,)


@pytest.mark.parametrize("left", [(), (OPEN.ref,)], ids=["gone", "left"])
async def test_where_nobody_tells_that_a_file_is_gone_it_shows_by_what_is_left(
    world: World, store: Store, left: tuple[str, ...]
) -> None:
    answered, running = world.message(files=(OPEN,)), world.message(files=(OPEN,))
    await answer(store, answered, "a secret")
    claim = await taken(store, running)

    for message in (answered, running):
        await store.change(replace(change(message, message.text), files=left))
    await store.renew([claim.lease])
    stopped = claim.lease.stopped
    await store.release(claim.lease)

    assert stopped == (not left)
    assert texts(await claimed(store)) == (["hello", "a secret"] if left else [])


async def test_what_was_made_of_a_file_is_forgotten_with_it(world: World, store: Store) -> None:
    answered = world.message("what is in it?")
    await answer(store, answered, "a secret")
    await answer(store, world.message("thanks"), "welcome")

    await store.change(replace(change(answered, answered.text), less=True))

    assert await known(world, store) == ["thanks", "welcome"]


async def test_an_answer_that_is_being_made_of_a_file_ends_with_it(world: World, store: Store) -> None:
    running = world.message()
    claim = await taken(store, running)

    await store.change(replace(change(running, running.text), less=True))
    await store.renew([claim.lease])

    assert claim.lease.stopped


async def test_a_question_that_lost_a_file_before_it_came_is_asked(world: World, store: Store) -> None:
    message = world.message()

    await store.change(replace(change(message, message.text), less=True))

    assert (await store.accept(message)).outcome is Outcome.ACCEPTED
