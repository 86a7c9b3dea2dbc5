"""What is used lives on, what points to something lives as long as that, and what a setting shortens is shortened."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.allowance import Allowance, Allowances
from core.contract import Action, Final, Message, Place
from core.dialogue import Choices, Exchange
from core.limits import parse_windows
from core.store import Store, Terms
from core.store.holdings import Erased
from tests.core.store.test_holdings import DIRECT, a_week, opened, paid
from tests.core.store.test_memories import memory
from tests.core.store.world import ANN, BOB, CHANNEL, NAMES, World, answer, claimed, taken, texts, thread

pytestmark = pytest.mark.anyio

CARL = replace(BOB, id="U-carl", name="Carl")
DAY = 86_400
ASIDE = replace(thread("U-ann"), private=True)
"""What only Ann sees, of a channel."""
EVERYWHERE = [CHANNEL, thread("C1:0"), ASIDE]


def days_later(world: World, days: int) -> None:
    """All of them go by, and what has run out by then is gone."""
    for key in world.keys("*"):
        left = int(world.redis.pttl(key))
        if left > 0:
            world.redis.pexpire(key, max(1, left - days * DAY * 1000))
        if 0 < left <= days * DAY * 1000:
            world.redis.delete(key)
    world.sleep(days * DAY)


async def of_person(store: Store) -> Erased:
    return await store.holdings.erase_person("slack", ANN.id, wholly=True)


async def of_space(store: Store) -> Erased:
    return await store.holdings.erase_place(Place("slack", "T1", ""), left=True)


@pytest.mark.parametrize("history", [0, 30, 365])
@pytest.mark.parametrize(
    ("place", "erase"),
    [(DIRECT, of_person), (ASIDE, of_person), (DIRECT, of_space), (CHANNEL, of_space), (thread("C1:0"), of_space)],
)
async def test_what_was_chosen_is_found_as_long_as_it_is_there(
    world: World, history: int, place: Place, erase: Callable[[Store], Awaitable[Erased]]
) -> None:
    store = await world.store(history_days=history)
    await answer(store, world.message(place=place))
    days_later(world, 31)
    await store.choose(place, ANN, persona="ann-persona")
    days_later(world, 89)
    assert (await store.choices(place)).persona

    await erase(store)

    assert b"ann-persona" not in opened(world.redis)
    assert await store.choices(place) == Choices()


@pytest.mark.parametrize(
    ("place", "erase"), [(DIRECT, of_person), (ASIDE, of_person), (DIRECT, of_space), (CHANNEL, of_space)]
)
async def test_what_was_chosen_where_nobody_ever_asked_is_found_too(
    store: Store, place: Place, erase: Callable[[Store], Awaitable[Erased]]
) -> None:
    await store.choose(place, ANN, persona="ann-persona")

    await erase(store)

    assert await store.choices(place) == Choices()


@pytest.mark.parametrize(("by", "days"), [("person", 92), ("place", 92), ("model", 400), ("", 400)])
async def test_what_each_used_is_kept_for_a_quarter_and_what_all_did_for_longer(
    world: World, store: Store, by: str, days: int
) -> None:
    store.purse.note(paid("somebody"))
    await store.purse.settle()
    day = store.purse.today.name

    days_later(world, days - 1)
    assert (await store.purse.used([day], by))[day]
    days_later(world, 1)
    assert (await store.purse.used([day], by))[day] == {}


async def test_what_follows_it_in_a_thread_is_for_us_as_long_as_the_history_and_no_longer(world: World) -> None:
    store, root = await world.store(history_days=30), world.message()
    await answer(store, root)
    await store.choose(thread(root.id), ANN, persona="a pirate")
    days_later(world, 30)

    follow = world.message(place=thread(root.id), direct=False)
    assert (await store.accept(follow)).outcome.value == "passed"


# All together


DAYS = {
    **dict.fromkeys("qltxn", 7),
    **dict.fromkeys("hoae", 30),
    **dict.fromkeys("dzp", 104),
    **dict.fromkeys("sv", 2),
    "ready": 8,
    "done": 7,
    "over": 30,
    "y": 14,
    "c": 90,
    "f": 400,
    "i": 400,
    "day": 400,
    "told": 2,
}
"""As core/store/keys.py lists them, HISTORY_DAYS being 30. What is gone within a day has its own tests."""


async def test_everything_is_kept_for_as_long_as_the_list_says(world: World) -> None:
    store = await world.store(history_days=30, allowances=Allowances(person=Allowance(tokens=8)))
    await a_week(world, store)
    near = await store.accept(world.message(), Terms(payer=NAMES.payer("slack", ANN.id)))
    assert near.notices == ("own",)
    await store.holdings.keep(CHANNEL, 30)
    await store.reset(thread("C1:1"), "C1:reset")
    await store.reset(thread("C1:nobody"), "C1:again")

    found: dict[str, float] = {}
    for key in world.keys("*"):
        kind = "told" if key.endswith(":told") else key.split(":")[1]
        found[kind] = max(found.get(kind, 0), world.redis.pttl(key) / DAY / 1000)

    assert {kind: round(found.get(kind, 0)) for kind in DAYS} == DAYS


# What a memory says


async def sum_up(store: Store, place: Place, replaced: list[str], made: Exchange) -> None:
    making = await store.memories.begin(place, replaced)
    assert making is not None
    assert await store.memories.swap(making, made)


async def test_who_is_quiet_is_found_as_long_as_a_memory_of_memories_has_their_words(
    world: World, store: Store
) -> None:
    known = [(await answer(store, world.message("bob's", author=BOB))).turn.id]
    for number in range(12):
        known.append((await answer(store, world.message())).turn.id)
        await sum_up(store, CHANNEL, known, memory(f"memory:{number}", "In short: bob's."))
        known = [f"memory:{number}"]
        days_later(world, 10)

    assert b"bob's" in opened(world.redis)
    await store.holdings.erase_person("slack", BOB.id, wholly=True)

    assert b"bob's" not in opened(world.redis)


# What is used


@pytest.mark.parametrize("place", EVERYWHERE)
async def test_what_a_channel_chose_lives_on_wherever_in_it_is_asked(world: World, store: Store, place: Place) -> None:
    await store.choose(CHANNEL, ANN, persona="a pirate")
    days_later(world, 89)

    await answer(store, world.message(place=place))
    days_later(world, 2)

    assert (await store.choices(CHANNEL)).persona == "a pirate"


@pytest.mark.parametrize("place", EVERYWHERE)
@pytest.mark.parametrize(("history", "days"), [(30, 0), (30, 7), (0, 0)])
async def test_what_admins_set_lives_on_wherever_is_answered(
    world: World, place: Place, history: int, days: int
) -> None:
    store, windows = await world.store(history_days=history), parse_windows("10/minute")
    await store.holdings.keep(CHANNEL, days)
    await store.limits.set(CHANNEL, "each", windows)
    days_later(world, 399)

    await answer(store, world.message(place=place))
    days_later(world, 2)

    assert await store.holdings.keeps(CHANNEL) == days
    assert (await store.limits.of(CHANNEL))["each"] == windows


# What is lengthened


async def of_thread(store: Store) -> Erased:
    return await store.holdings.erase_place(thread("C1:7"))


async def of_channel(store: Store) -> Erased:
    return await store.holdings.erase_place(CHANNEL)


@pytest.mark.parametrize(
    ("place", "erase"),
    [
        *((thread("C1:7"), erase) for erase in (of_person, of_thread, of_channel, of_space)),
        *((DIRECT, erase) for erase in (of_person, of_space)),
    ],
)
async def test_what_is_kept_for_longer_since_the_setting_is_more_is_found_as_long(
    world: World, place: Place, erase: Callable[[Store], Awaitable[Erased]]
) -> None:
    store = await world.store(history_days=30)
    await store.meet("p", ["k"])
    first = await answer(store, world.message("ann's", place=place))
    await answer(store, world.message("bob's", author=BOB, place=place))
    await sum_up(store, place, [first.turn.id], memory(text="In short: ann's."))
    longer = await world.store(history_days=3650)
    await longer.meet("p", ["k"])
    assert await longer.claim() is None
    days_later(world, 3000)
    assert b"ann's" in opened(world.redis)

    await erase(longer)

    assert b"ann's" not in opened(world.redis)


async def test_what_is_over_in_many_places_at_once_is_told_in_none_of_them(world: World) -> None:
    store = await world.store(history_days=30)
    places = [replace(CHANNEL, channel=f"C{number}") for number in range(21)]  # one more than a claim looks at besides
    for text, days in {"old": 20, "new": 11}.items():
        for place in places:
            await answer(store, world.message(text, place=place))
            world.sleep(0.001)
        days_later(world, days)
    await store.accept(world.message(place=places[-1]))

    assert texts(await claimed(store)) == ["new", "an answer"]


async def test_where_less_is_kept_costs_no_other_place_its_end(world: World) -> None:
    store, other = await world.store(history_days=30), replace(CHANNEL, channel="C2")
    await answer(store, world.message("day 0"))
    days_later(world, 20)
    await answer(store, world.message("day 20"))
    await store.holdings.keep(other, 1)
    await answer(store, world.message(place=other))
    days_later(world, 11)

    assert await store.claim() is None  # which looks whether something is over

    assert (b"day 0" in opened(world.redis), b"day 20" in opened(world.redis)) == (False, True)


# What was forgotten


async def reset(store: Store, place: Place) -> None:
    await store.reset(place, "C1:reset")


async def erased(store: Store, place: Place) -> None:
    await store.holdings.erase_place(place)


async def erased_twice(store: Store, place: Place) -> None:
    await erased(store, place)
    await erased(store, place)


async def since(world: World, store: Store, place: Place) -> float:
    """From when on somebody who asks there has it read."""
    claim = await taken(store, world.message(place=place))
    await store.done(claim.lease)
    return claim.since


@pytest.mark.parametrize("history", [0, 30, 3650])
@pytest.mark.parametrize(
    ("place", "forget"),
    [
        (thread("C1:0"), reset),
        (thread("C1:0"), erased),
        (thread("C1:0"), erased_twice),
        (replace(DIRECT, thread="D1:0"), reset),
    ],
)
async def test_what_a_thread_forgot_is_not_read_again_however_quiet_it_was(
    world: World, history: int, place: Place, forget: Callable[[Store, Place], Awaitable[None]]
) -> None:
    store = await world.store(history_days=history)
    await answer(store, world.message(place=place))
    await forget(store, place)
    then = world.now / 1000
    days_later(world, 399)

    assert await since(world, store, place) == then
    days_later(world, 399)
    assert await since(world, store, place) == then


def known_of(place: Place) -> str:
    return f"{{parley}}:p:{NAMES.place(place)}"


async def test_what_an_older_release_made_a_thread_forget_is_not_read_again(world: World, store: Store) -> None:
    there = thread("C1:0")
    await answer(store, world.message(place=there))
    world.redis.hset(known_of(there), "since", 1_600_000_000_000)

    assert await since(world, store, there) == 1_600_000_000


async def test_what_is_forgotten_is_so_for_an_older_release_too_which_knows_only_the_place(
    world: World, store: Store
) -> None:
    there = thread("C1:0")
    await answer(store, world.message(place=there))

    await reset(store, there)
    assert int(world.redis.hget(known_of(there), "since") or 0) == world.now
    world.sleep(60)
    await erased(store, there)
    assert int(world.redis.hget(known_of(there), "since") or 0) == world.now


async def test_what_an_older_release_beside_us_made_a_thread_forget_later_holds(world: World, store: Store) -> None:
    there = thread("C1:0")
    await answer(store, world.message(place=there))
    await reset(store, there)

    world.redis.hset(known_of(there), "since", world.now + 5_000)

    assert await since(world, store, there) == world.now / 1000 + 5


async def test_an_older_release_has_a_thread_forget_its_root_where_only_one_person_was_forgotten(
    world: World, store: Store
) -> None:
    root = world.message("root", author=BOB)
    await answer(store, root)
    there = thread(root.id)
    await answer(store, world.message(place=there))
    world.sleep(60)
    await of_person(store)
    world.sleep(60)
    assert texts(await answer(store, world.message(author=BOB, place=there))) == ["root", "an answer"]

    world.redis.hset(known_of(there), "since", world.now + 1)

    await store.accept(world.message(author=BOB, place=there))
    assert "root" not in texts(await claimed(store))


# What is shortened


async def failed(store: Store, message: Message) -> None:
    claim = await taken(store, message)
    await store.commit(claim.lease, Final("", "sorry", (Action.RETRY,)), None)
    await store.done(claim.lease)


async def texts_left(world: World, before: int, after: int) -> dict[str, float]:
    """Days for which the texts of answers, made a day apart, are kept still when HISTORY_DAYS becomes another."""
    store, here = await world.store(history_days=before), NAMES.place(CHANNEL)
    await store.meet("p", ["k"])
    await answer(store, world.message("a day ago"))
    days_later(world, 1)
    await answer(store, world.message("now", author=BOB))
    await failed(store, world.message("failed", author=CARL))
    await store.accept(world.message("waits"))
    await (await world.store(history_days=after)).meet("p", ["k"])
    redis: Any = world.redis
    texts = {key: store._vault.message(redis.hget(key, "m"), here, key[11:]).text for key in world.keys("*:x:*")}
    return {text: round(redis.pttl(key) / DAY / 1000, 2) for key, text in texts.items()}


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        (30, 3, {"a day ago": 2, "now": 3, "failed": 3, "waits": 7}),
        (30, 1, {"now": 1, "failed": 1, "waits": 7}),
        (30, 0, {"failed": 0.04, "waits": 7}),
        (3, 30, {"a day ago": 2, "now": 3, "failed": 3, "waits": 7}),
        (30, 30, {"a day ago": 6, "now": 7, "failed": 7, "waits": 7}),
    ],
)
async def test_texts_of_answers_end_sooner_when_the_setting_is_less_and_no_later_when_it_is_more(
    world: World, before: int, after: int, left: dict[str, float]
) -> None:
    assert await texts_left(world, before, after) == left
