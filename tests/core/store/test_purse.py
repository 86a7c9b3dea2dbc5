"""The budgets of a day, on a real Valkey."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.allowance import Allowance, Allowances, day_at
from core.contract import Action, Outcome
from core.dialogue import Call, Usage
from core.errors import Spent, StoreDown
from core.events import BudgetReached
from core.store import Store, Terms, purse
from core.store.purse import UNPRICED, Figures, Lent
from core.telling import heard_by
from tests.core.store.world import BOB, START, Through, World, answer
from tests.launcher import PATIENCE
from tests.waits import until

pytestmark = pytest.mark.anyio

DOLLAR = Allowances(Allowance(dollars=1))
DAY = 86_400
MIDNIGHT = day_at(START / 1000, UTC).ends / 1000 - START / 1000
"""Seconds from the world's beginning to the end of its first day."""


USED = Usage(input=100, output=10)


def call(
    cost: float | None = 0.1,
    hold: str = "",
    user: str = "ann",
    place: str = "general",
    model: str = "claude-sonnet-5-5",
    usage: Usage = USED,
) -> Call:
    return Call(model=model, usage=usage, cost=cost, user=user, place=place, hold=hold)


async def spend(store: Store, *calls: Call) -> None:
    for one in calls:
        store.purse.note(one)
    await store.purse.settle()


def aside(waits: asyncio.Event) -> Lent:
    """Where waiting is seen."""

    @asynccontextmanager
    async def seen() -> AsyncIterator[None]:
        waits.set()
        yield

    return seen


async def total(store: Store, by: str = "", who: str = "") -> Figures:
    today = store.purse.today.name
    return (await store.purse.used([today], by, who))[today].get(who, Figures())


# Counting


async def test_a_call_counts_for_all_for_its_person_its_place_and_its_model(store: Store) -> None:
    used = Usage(input=1, output=2, cache_read=3, cache_write_5m=4, cache_write_1h=5)

    await spend(store, call(0.25, usage=used), call(0.5, user="bob", place="random", usage=used), call(None))

    figures = Figures(calls=1, dollars=0.25, tokens=15, input=1, output=2, cache_read=3, cache_write=9)
    assert await total(store, "person", "bob") == replace(figures, dollars=0.5)
    assert await total(store, "place", "random") == replace(figures, dollars=0.5)
    assert (await total(store, "model", "claude-sonnet-5-5")).dollars == 0.75
    assert await total(store) == Figures(3, 1, 0.75, 140, 102, 14, 6, 18)
    everybody = (await store.purse.used([store.purse.today.name], "person"))[store.purse.today.name]
    assert {who: figures.calls for who, figures in everybody.items()} == {"ann": 2, "bob": 1}


async def test_what_redis_did_but_could_not_say_is_counted_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purse, "LOOK_SECONDS", 0.01)

    class Deaf(Through):
        left = 2

        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            reply = await super().run(script, keys, args)
            if script == "settle" and Deaf.left and not reply.startswith(b"day "):
                Deaf.left -= 1
                raise StoreDown
            return reply

    store = await world.store(through=Deaf)

    await spend(store, call(0.5))

    assert (Deaf.left, (await total(store)).dollars) == (0, 0.5)


async def test_many_calls_are_settled_in_few_trips(world: World) -> None:
    trips: list[str] = []

    class Counting(Through):
        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            trips.append(script)
            return await super().run(script, keys, args)

    store = await world.store(through=Counting)

    await spend(store, *[call(0.00000001)] * 1_000)

    assert trips == ["settle"] * 11  # the first one is told which day it is
    assert (await total(store)).dollars == pytest.approx(0.00001, abs=1e-12)


# Refusing


async def test_a_spent_day_is_refused_at_the_door_until_it_is_over(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    await spend(store, call(1.0))

    told = await store.accept(world.message(), Terms(payer="ann"))
    exempt = await store.accept(world.message(author=BOB), Terms(payer="bob", exempt=True))
    world.sleep(told.retry_after - 1)
    late = await store.accept(world.message(), Terms(payer="ann"))
    world.sleep(1)
    next_day = await store.accept(world.message(), Terms(payer="ann"))

    assert (told.outcome, told.reason) == (exempt.outcome, exempt.reason) == (Outcome.TOLD, "all")
    assert told.retry_after == pytest.approx(MIDNIGHT, abs=1)
    assert late.outcome is Outcome.TOLD
    assert next_day.outcome is Outcome.ACCEPTED


async def test_a_persons_budget_is_nobody_elses(world: World) -> None:
    store = await world.store(allowances=Allowances(person=Allowance(tokens=1_000)))
    await spend(store, *[call(None)] * 9, call(None, user="bob"))
    near = await store.accept(world.message(), Terms(payer="ann"))
    await spend(store, call(None))

    told = await store.accept(world.message(), Terms(payer="ann"))
    other = await store.accept(world.message(author=BOB), Terms(payer="bob"))

    assert near.notices == ("own",)
    assert (told.outcome, told.reason) == (Outcome.TOLD, "own")
    assert (other.outcome, other.notices) == (Outcome.ACCEPTED, ())


async def test_a_refusal_is_told_once_an_hour(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    await spend(store, call(1.0))

    first = [(await store.accept(world.message(), Terms(payer="ann"))).notices for _ in range(3)]
    world.sleep(3601)
    later = await store.accept(world.message(), Terms(payer="ann"))

    assert first == [(), ("again",), ("again",)]
    assert later.notices == ()


async def test_a_person_is_told_of_four_fifths_once_a_day_and_admins_of_everybodys(world: World) -> None:
    allowances = Allowances(Allowance(dollars=1), Allowance(dollars=1))
    store = await world.store(allowances=allowances)
    await spend(store, call(0.79))

    async def ask(payer: str, *, exempt: bool = False) -> tuple[str, ...]:
        author = replace(BOB, id=payer)
        return (await store.accept(world.message(author=author), Terms(payer=payer, exempt=exempt))).notices

    assert await ask("ann") == ()
    await spend(store, call(0.01))
    told = [await ask("ann"), await ask("ann"), await ask("bob"), await ask("eve", exempt=True)]
    world.sleep(DAY)
    await spend(store, call(0.8))

    assert told == [("own",), (), (), ("all",)]
    assert await ask("ann") == ("own",)


async def test_what_is_reached_is_said_once_and_only_the_most_of_it(world: World) -> None:
    heard: list[int] = []
    stores = [await world.store(allowances=DOLLAR), await world.store(allowances=DOLLAR)]

    with heard_by(lambda event: heard.append(event.percent) if isinstance(event, BudgetReached) else None):
        for cost, store in ((0.7, 0), (0.1, 1), (0.1, 0), (0.2, 1), (0.1, 0)):
            await spend(stores[store], call(cost))
        world.sleep(DAY)
        await spend(stores[0], call(2.0))

    assert heard == [80, 100, 100]


async def test_what_one_person_has_used_up_is_not_said_of_everybody(world: World) -> None:
    heard: list[BudgetReached] = []
    store = await world.store(allowances=Allowances(person=Allowance(dollars=1)))

    with heard_by(lambda event: heard.append(event) if isinstance(event, BudgetReached) else None):
        await spend(store, call(2.0))

    assert heard == []


async def test_a_button_is_refused_too(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    claim = await answer(store, world.message())
    await spend(store, call(1.0))

    told = await store.again(world.press(Action.REGENERATE, claim.turn.id), Terms(payer="ann"), admin=False)

    assert (told.outcome, told.reason) == (Outcome.TOLD, "all")
    assert 0 < told.retry_after <= DAY


async def test_a_button_knows_which_day_it_is(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    claim = await answer(store, world.message())
    await spend(store, call(1.0))
    world.sleep(DAY)

    accepted = await store.again(world.press(Action.REGENERATE, claim.turn.id), Terms(payer="ann"), admin=False)

    assert accepted.outcome is Outcome.ACCEPTED


async def test_days_are_those_of_the_zone(world: World) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    store = await world.store(allowances=replace(DOLLAR, zone=berlin))
    await spend(store, call(1.0))

    told = await store.accept(world.message(), Terms(payer="ann"))

    assert told.retry_after == pytest.approx(MIDNIGHT - 3600, abs=1)


@pytest.mark.parametrize("hours", [1, -1, 25, -25])
async def test_a_clock_that_is_set_neither_loses_what_was_spent_nor_locks_out(world: World, hours: int) -> None:
    store, other = await world.store(allowances=DOLLAR), await world.store(allowances=DOLLAR)
    await spend(store, call(1.0))
    world.jump(hours * 3600)

    there = await other.accept(world.message(), Terms(payer="ann"))
    world.jump(-hours * 3600)
    back = await store.accept(world.message(), Terms(payer="ann"))

    another_day = day_at(START / 1000, UTC) != day_at(START / 1000 + hours * 3600, UTC)
    assert there.outcome is (Outcome.ACCEPTED if another_day else Outcome.TOLD)
    assert back.reason == "all"


async def test_how_long_the_day_lasts_is_known_by_the_servers_clock(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    await store.accept(world.message(), Terms(payer="ann"))

    assert store.purse.left == pytest.approx(MIDNIGHT, abs=1)


# Holding


async def test_a_model_of_unknown_price_is_not_called_where_dollars_are_counted(world: World) -> None:
    dollars, tokens = (
        await world.store(allowances=DOLLAR),
        await world.store(allowances=Allowances(Allowance(tokens=9))),
    )

    with pytest.raises(Spent) as refused:
        await dollars.purse.hold("h1", "ann", None, 5)
    await tokens.purse.hold("h2", "ann", None, 5)

    assert refused.value.advice == UNPRICED


async def test_without_a_budget_nothing_is_asked_of_redis(world: World, store: Store) -> None:
    await store.purse.hold("h", "ann", None, 10**9)

    assert world.keys("*hold*") == []


async def test_who_finds_no_room_waits_until_others_have_ended(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    waits = asyncio.Event()
    await store.purse.hold("first", "ann", 0.9, 0)

    second = asyncio.create_task(store.purse.hold("second", "bob", 0.2, 0, aside(waits)))
    await waits.wait()
    assert not second.done()
    await spend(store, call(0.1, "first"))

    await second


async def test_who_finds_no_room_hears_when_another_process_has_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purse, "LOOK_SECONDS", 60.0)
    one, other = await world.store(allowances=DOLLAR), await world.store(allowances=DOLLAR)
    ears, waits = asyncio.create_task(other.listen()), asyncio.Event()
    await one.purse.hold("first", "ann", 0.9, 0)

    second = asyncio.create_task(other.purse.hold("second", "bob", 0.2, 0, aside(waits)))
    await waits.wait()
    await until(lambda: world.redis.pubsub_numsub("{parley}:room")[0][1])
    async with asyncio.timeout(PATIENCE):
        await spend(one, call(0.1, "first"))
        await second

    ears.cancel()
    await asyncio.wait([ears])


async def test_the_last_of_a_budget_is_for_one_alone(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    await spend(store, call(0.99))

    await store.purse.hold("dear", "ann", 5.0, 0)
    await spend(store, call(4.0, "dear"))
    with pytest.raises(Spent) as refused:
        await store.purse.hold("late", "bob", 0.01, 0)

    assert refused.value.advice.startswith("Today's budget for everybody here is used up. It begins anew in ")


async def test_whoever_gives_up_waiting_keeps_nothing(world: World) -> None:
    store = await world.store(allowances=DOLLAR)
    await store.purse.hold("first", "ann", 0.9, 0)
    second = asyncio.create_task(store.purse.hold("second", "bob", 0.9, 0))
    await asyncio.sleep(0.02)
    second.cancel()
    await asyncio.wait([second])
    await spend(store, call(0.0, "first"))

    assert world.keys("*hold*") == []


async def test_what_is_held_without_our_knowledge_is_free_again_at_once(world: World) -> None:
    class Deaf(Through):
        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            reply = await super().run(script, keys, args)
            if reply == b"held":
                raise StoreDown
            return reply

    store = await world.store(through=Deaf, allowances=DOLLAR)
    with pytest.raises(StoreDown):
        await store.purse.hold("h", "ann", 0.9, 0)
    assert world.keys("*hold*") != []

    await store.purse.settle()

    assert world.keys("*hold*") == []


async def test_tokens_that_others_hold_are_counted_too(world: World) -> None:
    store, waits = await world.store(allowances=Allowances(Allowance(tokens=1_000))), asyncio.Event()
    for name in ("first", "second"):
        await store.purse.hold(name, "ann", 0, 300)

    third = asyncio.create_task(store.purse.hold("third", "bob", 0, 580, aside(waits)))
    await waits.wait()
    assert not third.done()
    await spend(store, call(0.0, "first"))

    async with asyncio.timeout(PATIENCE):
        await third


async def test_two_hundred_at_once_overshoot_a_dollar_by_one_answer_at_the_most(world: World) -> None:
    stores = [await world.store(allowances=DOLLAR) for _ in range(2)]
    settling = [asyncio.create_task(store.purse.settling()) for store in stores]
    dice = random.Random(7)
    most, costs = 0.05, [dice.uniform(0.001, 0.05) for _ in range(200)]
    spent, refused = 0.0, 0

    async def caller(number: int) -> None:
        nonlocal spent, refused
        store = stores[number % 2]
        try:
            await store.purse.hold(f"h{number}", f"p{number % 7}", most, 0)
        except Spent:
            refused += 1
            return
        await asyncio.sleep(dice.uniform(0, 0.02))
        spent += costs[number]
        store.purse.note(call(costs[number], f"h{number}", f"p{number % 7}"))

    await asyncio.gather(*map(caller, range(200)))
    for store in stores:
        await store.purse.settle()
    for task in settling:
        task.cancel()
    await asyncio.wait(settling)

    counted = await total(stores[0])
    assert sum(costs) > 3
    assert 1 <= spent < 1 + most
    assert counted.dollars == pytest.approx(spent, abs=1e-6)
    assert counted.calls == 200 - refused
    assert world.redis.hgetall("{parley}:holding") == {}


async def test_sums_that_only_another_release_knows_are_passed_over(world: World, store: Store) -> None:
    await spend(store, call(0.25))
    world.redis.hset("{parley}:day:" + store.purse.today.name, "carbon", "0.5 g")

    assert (await total(store)).dollars == 0.25
