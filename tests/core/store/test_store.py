"""The walk of a message through the store: accepted, claimed, bound, committed, done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Final, Outcome, Place
from core.errors import StaleLease, StoreDown
from core.store import QUEUE, Store
from tests.core.store.world import (
    ANN,
    BOB,
    CHANNEL,
    Through,
    World,
    answer,
    claimed,
    exchange,
    finish,
    taken,
    texts,
    thread,
)

pytestmark = pytest.mark.anyio
DM = Place("slack", "T1", "D1", private=True)


async def test_an_accepted_message_is_claimed_as_it_was_sent(world: World, store: Store) -> None:
    message = world.message("**bold** ☃", address={"ts": "1"}, author=replace(ANN, roles=("admin",)))

    admission = await store.accept(message)
    claim = await claimed(store)

    assert (admission.outcome, admission.ahead) == (Outcome.ACCEPTED, 0)
    assert claim.turn.message == message
    assert (claim.turn.id, claim.turn.attempt, claim.turn.of, claim.turn.begun) == (message.id, 1, "", "")
    assert (claim.turn.shown, claim.turn.final, claim.exchanges, claim.lease.stopped) == ((), None, (), False)


async def test_a_message_delivered_five_times_is_answered_once(world: World, store: Store) -> None:
    message = world.message()

    outcomes = [(await store.accept(message)).outcome for _ in range(3)]
    await finish(store, await claimed(store))
    outcomes += [(await store.accept(message)).outcome for _ in range(2)]

    assert outcomes == [Outcome.ACCEPTED] + 4 * [Outcome.SEEN]
    assert await store.claim() is None


async def test_the_next_question_knows_the_answer_before(world: World, store: Store) -> None:
    await answer(store, world.message("one?"), "one!")
    await answer(store, world.message("two?"), "two!")

    await store.accept(world.message("three?"))

    assert texts(await claimed(store)) == ["one?", "one!", "two?", "two!"]


async def test_messages_of_one_person_are_answered_one_after_the_other(world: World, store: Store) -> None:
    first, second = world.message(), world.message()
    assert [(await store.accept(message)).ahead for message in (first, second)] == [0, 1]

    claim = await claimed(store)
    assert claim.turn.id == first.id
    assert await store.claim() is None
    await finish(store, claim)

    assert (await claimed(store)).turn.id == second.id


async def test_different_people_in_a_channel_are_answered_at_once(world: World, store: Store) -> None:
    await store.accept(world.message(author=ANN))
    await store.accept(world.message(author=BOB))

    assert {(await claimed(store)).turn.message.author for _ in range(2)} == {ANN, BOB}


@pytest.mark.parametrize("place", [thread("C1:0"), DM])
async def test_everybody_waits_for_everybody_in_a_thread_and_in_a_direct_message(
    world: World, store: Store, place: Place
) -> None:
    await store.accept(world.message(author=ANN, place=place))
    await store.accept(world.message(author=BOB, place=place))

    assert (await claimed(store)).turn.message.author == ANN
    assert await store.claim() is None


async def test_order_follows_the_platforms_time_not_the_arrival(world: World, store: Store) -> None:
    for at in (3.0, 1.0, 2.0):
        await store.accept(world.message(str(at), at=at))

    order = []
    for _ in range(3):
        claim = await claimed(store)
        order.append(claim.turn.message.at)
        await finish(store, claim)

    assert order == [1.0, 2.0, 3.0]


async def test_messages_of_the_same_instant_stay_in_the_order_of_their_arrival(world: World, store: Store) -> None:
    messages = [world.message(at=7.0) for _ in range(5)]
    ahead = [(await store.accept(message)).ahead for message in messages]

    order = []
    for _ in messages:
        claim = await claimed(store)
        order.append(claim.turn.id)
        await finish(store, claim)

    assert order == [message.id for message in messages]
    assert ahead == [0, 1, 2, 3, 4]


async def test_a_message_that_comes_late_does_not_interrupt_what_has_begun(world: World, store: Store) -> None:
    await taken(store, world.message("begun", at=20.0))

    late = await store.accept(world.message("late", at=10.0))
    world.sleep(11)

    assert late.ahead == 1
    assert (await claimed(store)).turn.message.text == "begun"


async def test_the_queue_of_a_line_is_bounded(world: World, store: Store) -> None:
    for _ in range(QUEUE):
        await store.accept(world.message())

    refused = await store.accept(world.message())
    elsewhere = await store.accept(world.message(author=BOB))

    assert (refused.outcome, refused.full, refused.window) == (Outcome.TOLD, True, None)
    assert elsewhere.outcome is Outcome.ACCEPTED


async def test_a_follow_up_is_for_us_only_where_we_take_part(world: World, store: Store) -> None:
    root = world.message()
    follow_up = world.message(place=thread(root.id), author=BOB, direct=False)

    assert (await store.accept(follow_up)).outcome is Outcome.PASSED
    await store.accept(root)
    assert (await store.accept(follow_up)).outcome is Outcome.ACCEPTED


async def test_a_message_that_was_passed_may_still_name_us(world: World, store: Store) -> None:
    message = world.message(place=thread("C1:0"), direct=False)

    outcomes = [(await store.accept(one)).outcome for one in (message, replace(message, direct=True), message)]

    assert outcomes == [Outcome.PASSED, Outcome.ACCEPTED, Outcome.SEEN]


async def test_talk_at_a_channels_top_level_is_never_ours_unless_it_names_us(world: World, store: Store) -> None:
    await answer(store, world.message())

    assert (await store.accept(world.message(direct=False))).outcome is Outcome.PASSED


async def test_a_threads_history_begins_with_the_exchange_at_its_root(world: World, store: Store) -> None:
    root = world.message("root?")
    await answer(store, world.message("before?"), "before!")
    await answer(store, root, "root!")
    await answer(store, world.message("in thread?", place=thread(root.id)), "in thread!")

    await store.accept(world.message("more?", place=thread(root.id)))

    assert texts(await claimed(store)) == ["root?", "root!", "in thread?", "in thread!"]


async def test_a_follow_up_waits_for_the_answer_at_the_root_of_its_thread(world: World, store: Store) -> None:
    root = world.message("root?")
    await store.accept(root)
    admission = await store.accept(world.message("more?", place=thread(root.id), author=BOB))
    claim = await claimed(store)

    assert admission.ahead == 1
    assert claim.turn.message.text == "root?"
    assert await store.claim() is None
    await finish(store, claim, "root!")
    assert texts(await claimed(store)) == ["root?", "root!"]


async def test_conversations_do_not_mix(world: World, store: Store) -> None:
    places = [CHANNEL, replace(CHANNEL, channel="C2"), replace(CHANNEL, space="T2"), thread("C1:0"), DM]
    for place in places:
        await answer(store, world.message(f"asked in {place.channel}{place.space}{place.thread}", place=place))

    for place in places:
        await store.accept(world.message(place=place))
    claims = [await claimed(store) for _ in places]

    assert [len(texts(claim)) for claim in claims] == 5 * [2]
    assert len({texts(claim)[0] for claim in claims}) == 5


async def test_what_is_on_the_screen_is_known_to_the_next_attempt(world: World, store: Store) -> None:
    await store.bind((await taken(store, world.message())).lease, ("m1", "m2"))
    world.sleep(11)

    claim = await claimed(store)

    assert (claim.turn.shown, claim.turn.attempt) == (("m1", "m2"), 2)


async def test_a_committed_answer_is_not_asked_for_again(world: World, store: Store) -> None:
    claim = await taken(store, world.message())
    await store.commit(claim.lease, Final("text", "note"), exchange(claim))
    world.sleep(11)

    claim = await claimed(store)
    await store.commit(claim.lease, Final("another"), exchange(claim, "another"))
    await store.done(claim.lease)
    await store.accept(world.message())

    assert claim.turn.final == Final("text", "note")
    assert texts(await claimed(store)) == ["hello", "an answer"]


async def test_a_failed_turn_leaves_no_trace_in_the_history(world: World, store: Store) -> None:
    claim = await taken(store, world.message())
    await store.commit(claim.lease, Final("", "sorry"), None)
    await store.done(claim.lease)

    await store.accept(world.message())

    assert (await claimed(store)).exchanges == ()


async def test_a_stale_worker_writes_nothing(world: World) -> None:
    slow, quick = await world.store(), await world.store()
    await slow.accept(world.message("one?"))
    stale = await taken(slow, world.message("two?"))
    world.sleep(11)
    claim = await claimed(quick)

    with pytest.raises(StaleLease):
        await slow.bind(stale.lease, ("theirs",))
    with pytest.raises(StaleLease):
        await slow.commit(stale.lease, Final("theirs"), exchange(stale, "theirs"))
    await slow.done(stale.lease)
    await slow.release(stale.lease)
    await slow.renew([stale.lease])

    assert not stale.lease.held()
    assert await slow.claim() is None
    await finish(quick, claim, "ours")
    assert texts(await claimed(quick)) == ["one?", "ours"]


async def test_a_worker_is_stale_even_when_nobody_else_came_but_itself(world: World, store: Store) -> None:
    first = await taken(store, world.message())
    world.sleep(11)
    second = await claimed(store)

    with pytest.raises(StaleLease):
        await store.bind(first.lease, ("x",))
    await store.bind(second.lease, ("y",))


async def test_a_lease_is_held_for_ten_seconds_and_renewed(world: World, store: Store) -> None:
    other = await world.store()
    lease = (await taken(store, world.message())).lease

    world.sleep(9)
    assert lease.held(0.9)
    assert not lease.held(1.1)
    await store.renew([lease])
    world.sleep(9)
    assert lease.held()
    assert await other.claim() is None
    world.sleep(2)
    assert not lease.held()
    assert (await claimed(other)).turn.attempt == 2


async def test_a_lease_that_ran_out_unnoticed_is_renewed_when_nobody_took_it(world: World, store: Store) -> None:
    lease = (await taken(store, world.message())).lease
    world.sleep(15)

    await store.renew([lease])

    assert lease.held(9)
    assert await store.claim() is None


async def test_many_leases_are_renewed_at_once_and_each_learns_its_own_fate(world: World, store: Store) -> None:
    thief = await world.store()
    for person in ("a", "b", "c"):
        await store.accept(world.message(author=replace(ANN, id=person)))
    kept, stopped, lost = [await claimed(store) for _ in range(3)]
    await store.stop(CHANNEL, stopped.turn.message.author)
    world.sleep(9)
    await store.renew([kept.lease, stopped.lease])
    world.sleep(2)
    await claimed(thief)

    await store.renew([kept.lease, stopped.lease, lost.lease])

    assert [claim.lease.held() for claim in (kept, stopped, lost)] == [True, True, False]
    assert [claim.lease.stopped for claim in (kept, stopped, lost)] == [False, True, False]


async def test_what_is_given_back_does_not_count_as_an_attempt_but_is_never_the_first_again(
    world: World, store: Store
) -> None:
    await store.accept(world.message())
    attempts = []

    for _ in range(4):
        claim = await claimed(store)
        attempts.append(claim.turn.attempt)
        await store.release(claim.lease)

    assert not claim.lease.held()
    assert attempts == [1, 2, 2, 2]


class Deaf(Through):
    """Redis does what the first claims ask for, and goes before it can say so."""

    lost = 1

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        reply = await super().run(script, keys, args)
        if script == "claim" and self.lost:
            self.lost -= 1
            raise StoreDown("gone")
        return reply


@pytest.mark.parametrize("away", [9, 11])
async def test_a_claim_whose_answer_was_lost_is_asked_for_again(world: World, away: float) -> None:
    store, other = await world.store(through=Deaf), await world.store()
    await store.accept(world.message())
    with pytest.raises(StoreDown):
        await store.claim()

    world.sleep(away)
    claim = await claimed(store)
    world.sleep(9)

    assert claim.turn.attempt == 1
    assert claim.lease.held()
    assert await other.claim() is None
    await finish(store, claim)


async def test_a_message_that_is_sent_again_when_its_answer_is_done_is_still_accepted(world: World) -> None:
    class Late(Through):
        """The first thing that it hears comes once more at the end."""

        first: tuple[str, Sequence[str], Sequence[bytes | str]] | None = None

        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            Late.first = Late.first or (script, keys, args)
            reply = await super().run(script, keys, args)
            if script == "done":
                assert await super().run(*Late.first) == b"accepted 0 0 0 0 -"
            return reply

    store = await world.store(through=Late)

    await answer(store, world.message())


async def test_a_turn_that_is_given_back_for_later_keeps_its_place_in_the_line(world: World, store: Store) -> None:
    await store.accept(world.message("first"))
    claim = await taken(store, world.message("second"))
    await store.release(claim.lease, 30)

    assert await store.claim() is None
    world.sleep(29)
    assert await store.claim() is None
    world.sleep(2)
    assert (await claimed(store)).turn.message.text == "first"


async def test_lines_take_turns(world: World, store: Store) -> None:
    for _ in range(3):
        await store.accept(world.message("many", author=ANN))
    world.sleep(0.1)
    await store.accept(world.message("one", author=BOB))

    claim = await claimed(store)
    world.sleep(0.1)
    await finish(store, claim)

    assert (await claimed(store)).turn.message.author == BOB


async def test_a_process_claims_only_what_its_platforms_can_answer(world: World) -> None:
    slack, discord = await world.store(platforms=("slack",)), await world.store(platforms=("discord",))
    await slack.accept(world.message())

    assert await discord.claim() is None
    assert await slack.claim() is not None


async def test_the_fence_rises_with_every_claim_also_after_the_data_were_lost(world: World, store: Store) -> None:
    fences = []
    for _ in range(3):
        claim = await taken(store, world.message())
        fences.append(claim.lease.fence)
        await finish(store, claim)
    world.redis.flushall()
    world.sleep(0.01)
    fences.append((await taken(store, world.message())).lease.fence)

    assert fences == sorted(set(fences))


async def test_of_a_turn_whose_data_were_lost_nothing_is_kept(world: World, store: Store) -> None:
    claim = await taken(store, world.message())
    world.redis.flushall()
    world.jump(0)

    await store.commit(claim.lease, Final("text"), exchange(claim))

    assert claim.lease.forgotten
    assert world.keys() == []
