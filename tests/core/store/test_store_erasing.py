"""An erasure beside people who go on asking: it takes what came before it, and waits for what is answered."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from core.allowance import Allowance, Allowances
from core.contract import Json, Outcome, Place
from core.limits import Limits, parse_windows
from core.store import Store, Terms, holdings
from core.store.holdings import Erased
from tests.core.store.test_holdings import DIRECT, history, opened, paid, said, traces
from tests.core.store.test_store_lifetimes import days_later, failed
from tests.core.store.world import ANN, BOB, CHANNEL, NAMES, World, answer, claimed, finish, taken, texts, thread

pytestmark = pytest.mark.anyio

CARL = replace(BOB, id="U-carl", name="Carl")
SPACE = Place("slack", "T1", "")
Erases = Callable[[Store, int], Awaitable[Erased]]


async def of_person(store: Store, before: int) -> Erased:
    return await store.holdings.erase_person("slack", ANN.id, wholly=True, before=before)


async def of_place(store: Store, before: int) -> Erased:
    return await store.holdings.erase_place(CHANNEL, before=before)


async def of_space(store: Store, before: int) -> Erased:
    return await store.holdings.erase_place(SPACE, before=before)


async def of_all(store: Store, before: int) -> Erased:
    return await store.holdings.erase_all(before=before)


EVERY = [of_person, of_place, of_space, of_all]


@pytest.mark.parametrize("erase", EVERY)
@pytest.mark.parametrize("place", [CHANNEL, thread("C1:0")])
async def test_what_is_being_answered_is_waited_for_and_what_is_asked_since_is_left_alone(
    world: World, store: Store, erase: Erases, place: Place
) -> None:
    before = await taken(store, world.message("ann-before", place=place))
    await store.bind(before.lease, ("m1",))
    first = await erase(store, 0)
    world.sleep(1)
    since = await taken(store, world.message("ann-since", place=thread("C1:9")))
    await store.accept(world.message("ann-waits", place=thread("C1:9")))

    second = await erase(store, first.before)
    await store.renew([before.lease, since.lease])
    await finish(store, before)
    third = await erase(store, first.before)

    assert [one.turns for one in (first, second, third)] == [1, 1, 0]
    assert (before.lease.stopped, since.lease.stopped) == (True, False)
    assert b"ann-before" not in opened(world.redis)
    await finish(store, since)
    assert texts(await claimed(store)) == ["ann-since", "an answer"]


async def test_a_direct_message_in_which_is_answered_is_waited_for_with_its_space(world: World, store: Store) -> None:
    before = await taken(store, world.message("before", place=DIRECT))

    first = await store.holdings.erase_place(SPACE, left=True)
    second = await store.holdings.erase_place(SPACE, left=True, before=first.before)
    await finish(store, before)
    third = await store.holdings.erase_place(SPACE, left=True, before=first.before)

    assert [one.turns for one in (first, second, third)] == [1, 1, 0]
    assert [key for key in world.keys("*") if key[9] in "xylhoaqenz"] == []


async def test_of_a_place_in_which_is_answered_nothing_is_left_when_that_has_ended(world: World, store: Store) -> None:
    await answer(store, world.message("said"))
    runs = await taken(store, world.message("runs"))

    await store.holdings.erase_place(CHANNEL)
    await finish(store, runs)

    assert [key for key in world.keys("*") if key[9] in "xylhoaqen"] == []


async def test_many_places_that_go_on_keep_none_of_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "AT_ONCE", 1)
    store = await world.store()
    places = [replace(CHANNEL, channel=f"C{number}") for number in range(5)]
    for place in places:
        await answer(store, world.message("before", place=place))
    world.sleep(60)
    for place in places[:2]:
        await store.accept(world.message("since", place=place))

    await store.holdings.erase_place(SPACE, ago=30)

    assert b"before" not in opened(world.redis)
    assert [texts(await claimed(store)) for _ in places[:2]] == [[], []]


async def test_what_was_answered_since_stays_and_is_not_counted(world: World, store: Store) -> None:
    await answer(store, world.message("before"))
    world.sleep(60)
    await answer(store, world.message("since"))

    erased = await store.holdings.erase_place(CHANNEL, ago=30)

    assert (erased.turns, erased.exchanges) == (1, 1)
    assert await history(world, store) == ["since", "an answer"]


async def test_of_whom_was_told_of_a_budget_nothing_is_left_either(world: World) -> None:
    store = await world.store(allowances=Allowances(person=Allowance(tokens=8)))
    payer, told = NAMES.payer("slack", ANN.id), []
    for _ in range(2):
        store.purse.note(paid(payer))
        await store.purse.settle()
        admission = await store.accept(world.message(), Terms(payer=payer))
        told.append((admission.notices, admission.reason))
    assert told == [(("own",), ""), ((), "own")]

    await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert traces(world.redis, ANN) == []


@pytest.mark.parametrize("place", [CHANNEL, DIRECT])
async def test_what_was_answered_since_stays_in_an_erasure_and_is_found_by_the_next(world: World, place: Place) -> None:
    store = await world.store()
    await answer(store, world.message("ann-before", place=place))
    first = await of_person(store, 0)
    world.sleep(1)
    await answer(store, world.message("ann-since", place=place))

    second = await of_person(store, first.before)
    kept = opened(world.redis)
    third = await of_person(store, 0)

    assert [(one.turns, one.exchanges) for one in (first, second, third)] == [(1, 1), (0, 0), (1, 1)]
    assert (b"ann-before" in kept, b"ann-since" in kept) == (False, True)
    assert b"ann-since" not in opened(world.redis)


async def test_what_was_used_today_holds_who_deletes_it_to_their_budget_and_goes_with_the_day(world: World) -> None:
    store, payer = await world.store(allowances=Allowances(person=Allowance(tokens=20))), NAMES.payer("slack", ANN.id)
    for _ in range(3):
        store.purse.note(paid(payer))
        await store.purse.settle()
        await store.holdings.erase_person("slack", ANN.id)
    today = store.purse.today.name

    assert (await store.accept(world.message(), Terms(payer=payer))).reason == "own"
    assert (await store.purse.used([today], "person", payer))[today][payer].tokens == 21
    assert (await store.purse.used([today], "person"))[today][payer].tokens == 21

    days_later(world, 1)

    assert "payer" not in traces(world.redis, ANN)


@pytest.mark.parametrize("place", [CHANNEL, thread("C1:0"), DIRECT, thread(ANN.id, replace(CHANNEL, private=True))])
async def test_a_place_that_was_erased_lies_nowhere_any_more(world: World, store: Store, place: Place) -> None:
    name = NAMES.place(place)
    await answer(store, world.message(place=place))
    assert [key for key in world.keys("*:z:*") if world.redis.zscore(key, name)] != []

    await store.holdings.erase_place(place)

    assert [key for key in world.keys("*:z:*") if world.redis.zscore(key, name)] == []


async def test_of_whom_only_asked_what_failed_nothing_is_left_either(world: World, store: Store) -> None:
    await store.limits.set(CHANNEL, "each", parse_windows("1/minute"))
    await failed(store, world.message())
    assert (await store.accept(world.message())).outcome is Outcome.TOLD
    assert {key[9] for key in world.keys("*") if NAMES.person("slack", ANN.id) in key} >= {"w", "r"}

    await store.holdings.erase_person("slack", ANN.id, wholly=True)

    assert traces(world.redis, ANN) == []


async def test_what_is_asked_while_everything_is_looked_up_keeps_what_it_needs(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread goes on to be answered, what is held back is let in, and what is said is found again."""
    windows = parse_windows("1/10second")
    root = world.message("bob-root", author=BOB)
    await answer(store, root)
    await answer(store, world.message("ann-before"))
    run = store.holdings._run
    asked: list[Outcome] = []

    async def meanwhile(script: str, **named: Json) -> object:
        reply = await run(script, **named)
        if script == "wipe" and not asked:  # all that is there is looked up after it
            world.sleep(1)
            for message in (
                world.message("bob-since", author=BOB, place=thread(root.id)),
                world.message("bob-later", author=BOB),
            ):
                asked.append((await store.accept(message, Terms(Limits(windows)), patience=30)).outcome)
        return reply

    monkeypatch.setattr(store.holdings, "_run", meanwhile)
    await store.holdings.erase_all()

    assert asked == [Outcome.ACCEPTED] * 2
    claim = await claimed(store)
    assert (claim.turn.message.text, texts(claim)) == ("bob-since", [])
    await finish(store, claim)
    follow = world.message("bob-on", author=CARL, place=thread(root.id), direct=False)
    assert (await store.accept(follow)).outcome is Outcome.ACCEPTED
    assert texts(await claimed(store)) == ["bob-since", "an answer"]
    world.sleep(10)
    assert (await claimed(store)).turn.message.text == "bob-later"
    heap = opened(world.redis)
    assert [word for word in (b"bob-root", b"ann-before") if word in heap] == []
    assert (await store.holdings.erase_person("slack", BOB.id)).exchanges == 1


async def test_a_place_of_somebodys_own_stays_when_a_person_who_is_quoted_there_is_erased(
    world: World, store: Store
) -> None:
    await answer(store, world.message("anns", place=DIRECT))
    await store.choose(DIRECT, ANN, persona="anns-persona")
    claim = await taken(store, world.message("what of this?", place=DIRECT))
    await store.commit(claim.lease, *said(claim), quoted=[BOB.id])
    await store.done(claim.lease)
    assert "anns-persona" not in str(await store.holdings.of_person("slack", BOB.id))

    assert (await store.holdings.erase_person("slack", BOB.id, wholly=True)).exchanges == 1

    assert (await store.choices(DIRECT)).persona == "anns-persona"
    assert await history(world, store, DIRECT) == ["anns", "an answer"]


async def test_of_whom_nothing_is_kept_but_a_choice_that_is_told_and_erased(store: Store) -> None:
    await store.choose(DIRECT, BOB, persona="a-persona")
    assert "a-persona" in str(await store.holdings.of_person("slack", BOB.id))

    erased = await store.holdings.erase_person("slack", BOB.id, wholly=True)

    assert (erased.anything, erased.places) == (True, 1)
    assert (await store.choices(DIRECT)).persona == ""


async def test_of_whom_nothing_is_kept_but_usage_that_is_erased_and_told(world: World, store: Store) -> None:
    store.purse.note(paid(NAMES.payer("slack", BOB.id)))
    await store.purse.settle()
    await answer(store, world.message())

    found = [(await store.holdings.erase_person("slack", BOB.id, wholly=True)).anything for _ in range(2)]

    assert found == [True, False]
    assert not (await store.holdings.erase_place(replace(CHANNEL, channel="C-none"))).anything


@pytest.mark.parametrize("at_once", [1, 2, 200])
async def test_what_goes_in_several_trips_is_counted_once(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(holdings, "AT_ONCE", at_once)
    store = await world.store()
    runs = await taken(store, world.message("runs", place=replace(CHANNEL, channel="C-live")))
    for number in range(5):
        await answer(store, world.message("before", place=replace(CHANNEL, channel=f"C{number}")))
    world.sleep(60)
    await store.accept(world.message("since", place=replace(CHANNEL, channel="C0")))

    run, trips = store.holdings._run, list[str]()

    async def counted(script: str, **named: Json) -> object:
        trips.append(script)
        return await run(script, **named)

    monkeypatch.setattr(store.holdings, "_run", counted)

    first = await store.holdings.erase_place(SPACE, ago=30)
    second = await store.holdings.erase_place(SPACE, before=first.before)

    assert len(trips) >= 2 + 4 // at_once
    assert first == Erased(turns=6, exchanges=5, places=7)
    assert second.turns == 1
    await finish(store, runs)
    assert (await store.holdings.erase_place(SPACE, before=first.before)).turns == 0


async def test_the_words_of_who_was_erased_are_not_read_again_in_a_thread_that_keeps_what_others_asked(
    world: World, store: Store
) -> None:
    root = world.message("root", author=ANN)
    await answer(store, root)
    there = thread(root.id)
    await answer(store, world.message("a1", author=ANN, place=there))
    await answer(store, world.message("b1", author=BOB, place=there))

    await store.holdings.erase_person("slack", BOB.id, wholly=True)
    then = world.now / 1000
    world.sleep(60)
    claim = await taken(store, world.message("a2", author=ANN, place=there))

    assert texts(claim) == ["root", "an answer", "a1", "an answer"]
    assert claim.since == then
    await store.done(claim.lease)
    await store.reset(there, "t")
    await store.accept(world.message("a3", author=ANN, place=there))
    assert texts(await claimed(store)) == []


async def test_a_thread_that_is_reset_as_somebody_in_it_is_erased_forgets_its_root_too(
    world: World, store: Store
) -> None:
    root = world.message("root")
    await answer(store, root)
    there = thread(root.id)
    await answer(store, world.message("bob's", author=BOB, place=there))

    await store.holdings.erase_person("slack", BOB.id, wholly=True)
    await store.reset(there, "t")

    await store.accept(world.message(place=there))
    assert texts(await claimed(store)) == []


async def test_of_a_channel_nothing_is_noted_of_whom_it_forgot_since_it_is_never_read_again(
    world: World, store: Store
) -> None:
    for author, place in itertools.product((ANN, BOB), (CHANNEL, thread("C1:0"))):
        await answer(store, world.message(author=author, place=place))

    await store.holdings.erase_person("slack", BOB.id, wholly=True)

    assert world.keys("*:f:*") == [f"{{parley}}:f:{NAMES.place(thread('C1:0'))}"]


async def test_an_erasure_looks_once_at_each_line_of_a_place(world: World, store: Store) -> None:
    """And not for each exchange anew: Redis does nothing else meanwhile."""
    exchanges, lines = 20, 40
    for _ in range(exchanges):
        await answer(store, world.message())
    for number in range(lines):
        await answer(store, world.message(author=replace(BOB, id=f"U{number}")))
    world.redis.delete(*world.keys("*:t:*"))  # that was some days ago
    world.redis.config_resetstat()

    await store.holdings.erase_person("slack", ANN.id)

    stats: Any = world.redis.info("commandstats")
    assert stats["cmdstat_hget"]["calls"] < exchanges * lines
