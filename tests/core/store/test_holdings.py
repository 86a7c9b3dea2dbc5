"""All that is kept of somebody or of a place is found: told, erased, and kept no longer than was set."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Action, Change, Final, Message, Outcome, Person, Place
from core.dialogue import Call, Exchange, Usage
from core.limits import Limits, parse_windows
from core.store import Claim, Store, Terms
from core.store import store as module
from core.store.bounds import bounds
from core.store.holdings import Erased
from core.store.sealing import Sealer
from tests.core.store.test_memories import memory
from tests.core.store.world import (
    ANN,
    BOB,
    CHANNEL,
    KEYS,
    NAMES,
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

DAY = 86_400
DIRECT = Place("slack", "T1", "D1", private=True)


def cells(redis: Any) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Every key with every field and its value."""
    for key in redis.scan_iter("*"):
        kind = redis.type(key)
        if kind == b"hash":
            yield from ((key, field, value) for field, value in redis.hgetall(key).items())
        elif kind == b"zset":
            yield from ((key, member, b"") for member in redis.zrange(key, 0, -1))
        elif kind == b"set":
            yield from ((key, member, b"") for member in redis.smembers(key))
        else:
            yield key, b"", bytes(redis.get(key) or b"")


def unsealed(redis: Any, keys: tuple[bytes, ...] = KEYS) -> list[bytes]:
    """What is sealed in Redis, opened."""
    sealer, found = Sealer(keys), []
    for key, field, value in cells(redis):
        kind, _, of = key.decode().removeprefix("{parley}:").partition(":")
        place = of if kind in "hc" else field.decode() if kind == "v" else ""
        if kind == "x":
            place = bytes(redis.hget(f"{{parley}}:t:{of}", "place") or b"").decode()
        if place and field != b"#":
            found.append(sealer.open(value, place, key.decode(), field.decode()))
    return sorted(found)


def opened(redis: Any) -> bytes:
    """All that is in Redis, with what is sealed opened."""
    return b"\n".join([*(part for cell in cells(redis) for part in cell), *unsealed(redis)])


def traces(redis: Any, person: Person, *words: str) -> list[str]:
    """Which of these words, and of somebody's names and pseudonyms, are anywhere."""
    names = {NAMES.person("slack", person.id): "person", NAMES.payer("slack", person.id): "payer", person.id: "id"}
    names |= {person.name: "name", **{word: word for word in words}}
    heap = opened(redis)
    return [what for name, what in names.items() if name.encode() in heap]


async def history(world: World, store: Store, place: Place = CHANNEL) -> list[str]:
    """What the next question there knows. Nothing is left of it."""
    claim = await taken(store, world.message("next?", author=Person("U-next"), place=place))
    await store.done(claim.lease)
    await store.holdings.erase_person("slack", "U-next", wholly=True)
    return texts(claim)


def paid(user: str) -> Call:
    """A call of somebody's that was paid."""
    return Call(model="m", usage=Usage(input=3, output=4), cost=0.5, place="a-place", user=user)


async def a_week(world: World, store: Store) -> None:
    """Ann and Bob in a channel, a thread and a direct message; answered, waiting, chosen, paid."""
    windows = parse_windows("10/minute")
    root = world.message("ann-root", author=ANN)
    await answer(store, root, "to-ann-root")
    await answer(store, world.message("bob-1", author=BOB), "to-bob-1")
    await answer(store, world.message("ann-thread", author=ANN, place=thread(root.id)), "to-ann-thread")
    await answer(store, world.message("bob-thread", author=BOB, place=thread(root.id)), "to-bob-thread")
    await answer(store, world.message("ann-direct", author=ANN, place=DIRECT), "to-ann-direct")
    await store.choose(DIRECT, ANN, persona="ann-persona")
    world.sleep(1)
    await store.accept(world.message("ann-waits", author=ANN), Terms(Limits(windows)))
    store.purse.note(paid(NAMES.payer("slack", ANN.id)))
    store.purse.note(paid(NAMES.payer("slack", BOB.id)))
    await store.purse.settle()


ANNS = ("ann-root", "to-ann-root", "ann-thread", "to-ann-thread", "ann-direct", "ann-persona", "ann-waits")


async def test_all_of_a_person_is_told_and_nothing_of_another(world: World, store: Store) -> None:
    await a_week(world, store)

    told = str(await store.holdings.of_person("slack", ANN.id))

    assert [word for word in ANNS if word not in told] == []
    assert "bob" not in told
    assert "'calls': 1" in told


async def test_of_a_person_nothing_is_left(world: World, store: Store) -> None:
    await a_week(world, store)
    assert set(traces(world.redis, ANN, *ANNS)) == {"person", "payer", "id", "name", *ANNS}

    erased = await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert erased == Erased(turns=4, exchanges=3, places=3)
    assert traces(world.redis, ANN, *ANNS) == []
    assert await store.claim() is None
    assert await history(world, store) == ["bob-1", "to-bob-1"]
    assert traces(world.redis, BOB, "bob-thread") == ["person", "payer", "id", "name", "bob-thread"]


async def test_limits_hold_on_after_a_person_is_erased_in_chat(world: World, store: Store) -> None:
    windows = parse_windows("1/minute")
    await store.accept(world.message(), Terms(Limits(windows)))
    store.purse.note(paid(NAMES.payer("slack", ANN.id)))
    await store.purse.settle()

    await store.holdings.erase_person("slack", ANN.id)

    refused = await store.accept(world.message(), Terms(Limits(windows)))
    assert refused.outcome is Outcome.TOLD
    assert traces(world.redis, ANN) == ["person", "payer"]
    payer = NAMES.payer("slack", ANN.id).encode()
    assert {key.decode().split(":")[-1] for key, field, _ in cells(world.redis) if payer in field} == {"erased"}


async def test_what_is_being_answered_is_stopped_and_gone_when_it_has_ended(world: World, store: Store) -> None:
    claim = await taken(store, world.message("ann-runs"))
    await store.bind(claim.lease, ("m1",))

    await store.holdings.erase_person("slack", ANN.id, wholly=True)
    await store.renew([claim.lease])
    assert claim.lease.stopped
    await finish(store, claim, "to-ann-runs")

    assert traces(world.redis, ANN, "ann-runs", "to-ann-runs") == []
    assert [key for key in world.keys("*") if key[9] in "xylhoadqen"] == []


async def test_a_redelivery_of_what_was_erased_is_known(world: World, store: Store) -> None:
    message = world.message()
    await answer(store, message)
    await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert (await store.accept(message)).outcome is Outcome.SEEN


async def test_a_memory_goes_with_the_person_whose_words_it_has(world: World, store: Store) -> None:
    root = world.message("root", author=ANN)
    await answer(store, root)
    there = thread(root.id)
    ids = [(await answer(store, world.message(word, author=BOB, place=there))).turn.id for word in ("b1", "b2")]
    making = await store.memories.begin(there, ids[:1], root=root.id)
    assert making is not None
    assert await store.memories.swap(making, memory())
    world.sleep(40 * DAY)
    await answer(store, world.message("b3", author=BOB, place=there))

    await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert await history(world, store, there) == ["b3", "an answer"]
    assert world.keys("*:m:*") == []


async def test_whoever_is_quoted_is_found_as_well(world: World, store: Store) -> None:
    claim = await taken(store, world.message("what of this?", author=BOB))
    await store.commit(claim.lease, *said(claim), quoted=[ANN.id])
    await store.done(claim.lease)

    assert (await store.holdings.erase_person("slack", ANN.id)).exchanges == 1

    assert await history(world, store) == []


def said(claim: Claim) -> tuple[Final, Exchange]:
    return Final("an answer"), exchange(claim)


async def test_all_of_a_place_and_its_threads_is_told_and_goes_and_nothing_else(world: World, store: Store) -> None:
    other = replace(CHANNEL, channel="C2")
    await answer(store, world.message("elsewhere", place=other))
    await a_week(world, store)
    told = str(await store.holdings.of_place(CHANNEL))
    assert [word for word in ("ann-root", "bob-1", "bob-thread", "ann-waits") if word not in told] == []
    assert "elsewhere" not in told

    erased = await store.holdings.erase_place(CHANNEL)

    assert erased.places == 2
    assert traces(world.redis, ANN, "ann-root", "ann-thread", "ann-waits", "bob-1", "bob-thread") == [
        "person",
        "payer",
        "id",
        "name",
    ]
    assert await history(world, store, other) == ["elsewhere", "an answer"]
    assert await store.holdings.erase_place(CHANNEL) == Erased(places=1)


async def test_all_of_a_space_goes_but_direct_messages(world: World, store: Store) -> None:
    await a_week(world, store)

    await store.holdings.erase_place(Place("slack", "T1", ""))

    assert traces(world.redis, ANN, *ANNS) == ["person", "payer", "id", "name", "ann-direct", "ann-persona"]


async def test_with_a_space_that_is_left_its_direct_messages_go_too(world: World, store: Store) -> None:
    elsewhere = replace(DIRECT, space="T2")
    await answer(store, world.message("another's", place=elsewhere))
    await a_week(world, store)

    await store.holdings.erase_place(Place("slack", "T1", ""), left=True)

    assert "ann-persona" not in traces(world.redis, ANN, *ANNS)
    assert "ann-direct" not in traces(world.redis, ANN, *ANNS)
    assert await history(world, store, elsewhere) == ["another's", "an answer"]


async def test_everything_is_told_and_goes(world: World, store: Store) -> None:
    await a_week(world, store)
    told = str([one async for one in store.holdings.of_all()])
    assert [word for word in (*ANNS, "bob-1", "bob-thread") if word not in told] == []

    erased = await store.holdings.erase_all()

    assert (erased.turns, erased.exchanges, erased.places) == (6, 5, 3)
    assert traces(world.redis, ANN, *ANNS) == traces(world.redis, BOB, "bob-1") == []
    assert (await answer(store, world.message())).exchanges == ()


# For how long


async def test_a_place_keeps_what_was_said_as_long_as_was_set_and_its_threads_too(world: World, store: Store) -> None:
    root = world.message("old")
    await answer(store, root)
    await answer(store, world.message("old below", place=thread(root.id)))
    world.sleep(3 * DAY)
    await answer(store, world.message("new"))
    assert await store.holdings.keeps(CHANNEL) is None

    assert await store.holdings.keep(CHANNEL, 2) == 2

    assert await history(world, store) == ["new", "an answer"]
    assert await history(world, store, thread(root.id)) == []
    world.sleep(2 * DAY)
    assert await store.claim() is None
    assert world.keys("*:h:*") == world.keys("*:o:*") == world.keys("*:over") == []
    assert await store.holdings.keeps(thread(root.id)) == 2
    assert await store.holdings.keep(CHANNEL, None) is None


async def test_what_admins_set_for_a_channel_holds_on_when_it_is_emptied_and_not_when_it_is_left(
    world: World, store: Store
) -> None:
    await answer(store, world.message())
    await store.holdings.keep(CHANNEL, 0)

    await store.holdings.erase_place(CHANNEL)
    assert await store.holdings.keeps(CHANNEL) == 0

    await store.holdings.erase_place(CHANNEL, left=True)
    assert await store.holdings.keeps(CHANNEL) is None


async def test_with_none_kept_nothing_is_there_after_the_answer(world: World, store: Store) -> None:
    await answer(store, world.message("before"))

    await store.holdings.keep(CHANNEL, 0)
    await answer(store, world.message("after"))

    assert traces(world.redis, ANN, "before", "after", "an answer") == ["person"]
    assert world.keys("*:x:*") == world.keys("*:h:*") == []


async def test_no_exchange_lives_longer_however_busy_its_place_is(world: World) -> None:
    store = await world.store(history_days=30)
    for day in range(4):
        await answer(store, world.message(f"day {10 * day}"))
        world.sleep(10 * DAY + 1)

    assert await store.claim() is None  # which looks whether something is over

    assert b"day 0" not in opened(world.redis)
    assert b"day 20" in opened(world.redis)


async def test_what_the_setting_shortens_is_shortened_at_the_next_start(world: World) -> None:
    store = await world.store(history_days=30)
    await store.meet("p", ["k"])
    await answer(store, world.message("old"))
    world.sleep(10 * DAY)
    shorter = await world.store(history_days=7)
    await shorter.meet("p", ["k"])

    assert await shorter.claim() is None

    assert world.keys("*:h:*") == []


async def test_no_admin_keeps_for_longer_than_the_setting_says(world: World) -> None:
    store = await world.store(history_days=1)
    await store.holdings.keep(CHANNEL, 365)
    await answer(store, world.message("old"))
    world.sleep(DAY + 1)

    assert await history(world, store) == []


# Our own messages


def deleted(id: str, place: Place = CHANNEL) -> Change:
    return Change(id=id, place=place, author=Person(""), at=1e9, text=None)


async def test_whoever_deletes_an_answer_takes_its_exchange_out_of_the_history(world: World, store: Store) -> None:
    question = world.message("deleted?")
    claim = await taken(store, question)
    await store.bind(claim.lease, ("A1", "A2"))
    await store.commit(claim.lease, *said(claim))
    await store.done(claim.lease)
    await answer(store, world.message("kept", author=BOB))

    await store.change(deleted("A2", thread(question.id)))  # where Slack shows the answer to it

    assert await history(world, store) == ["kept", "an answer"]
    assert b"deleted?" not in opened(world.redis)
    again = await store.again(world.press(Action.REGENERATE, question.id), admin=False)
    assert again.reason == "gone"


async def test_what_we_take_away_ourselves_takes_nothing_out(world: World, store: Store) -> None:
    question = world.message("stays")
    first = await taken(store, question)
    await store.bind(first.lease, ("A1", "A2"))
    await store.change(deleted("A1"))  # a page that was shown for a while
    await store.bind(first.lease, ("A2",))
    await store.commit(first.lease, *said(first))
    await store.done(first.lease)
    await store.again(world.press(Action.REGENERATE, question.id), admin=False)
    second = await claimed(store)

    await store.change(deleted("A2"))  # the shorter answer needs one page less
    await finish(store, second)

    assert await history(world, store) == ["stays", "an answer"]


# Bounds


@pytest.mark.parametrize("apart", ["channel", "space"])
async def test_what_is_too_much_to_be_found_again_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, apart: str
) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_places": 2})
    store = await world.store()
    for number in range(5):
        name = f"C{number}"
        where = replace(CHANNEL, channel=name) if apart == "channel" else replace(CHANNEL, space=name)
        await answer(store, world.message(f"question {number}", place=where))
        world.sleep(1)

    assert world.redis.zcard(f"{{parley}}:d:{NAMES.person('slack', ANN.id)}") == 2
    world.redis.delete(*world.keys("{parley}:x:*"))  # what turns have said has an index of its own
    said = opened(world.redis)
    assert [b"question %d" % number in said for number in range(5)] == [False, False, False, True, True]


async def test_turns_that_are_too_many_to_be_found_again_lose_their_texts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_turns": 2})
    store = await world.store()
    for number in range(5):
        await answer(store, world.message(place=replace(CHANNEL, channel=f"C{number}")))
        world.sleep(1)

    assert world.redis.zcard(f"{{parley}}:y:{NAMES.person('slack', ANN.id)}") == 2
    assert len(world.keys("{parley}:x:*")) == 2


async def test_messages_of_ours_are_bounded_in_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_shown": 2, "most_exchanges": 2})
    store = await world.store()
    for number in range(5):
        claim = await taken(store, world.message())
        await store.bind(claim.lease, (f"A{number}",))
        await store.commit(claim.lease, *said(claim))
        await store.done(claim.lease)

    assert world.redis.hlen(f"{{parley}}:e:{NAMES.place(CHANNEL)}") == 2


async def test_times_are_not_told_and_their_order_is(world: World, store: Store) -> None:
    messages: list[Message] = [world.message(at=1e9 + at) for at in (3, 1, 2)]
    for message in messages:
        await store.accept(message)
    (queue,) = world.keys("*:q:*")
    redis: Any = world.redis
    scores = dict(redis.zrange(queue, 0, -1, withscores=True))

    order = [NAMES.turn("slack", message.id).encode() for message in sorted(messages, key=lambda one: one.at)]
    assert sorted(scores, key=lambda turn: scores[turn]) == order
    assert not {round(message.at * 1e6) for message in messages} & {round(score) for score in scores.values()}
