"""Limits that admins set for a channel in its chat."""

from dataclasses import replace

import pytest

from core.contract import Outcome, Person, Place
from core.limits import Limits, Window, parse_windows
from core.store import Store, Terms
from core.store.admitting import FREE
from tests.core.store.world import ANN, BOB, CHANNEL, NAMES, World, thread

pytestmark = pytest.mark.anyio

ELSEWHERE = replace(CHANNEL, channel="C2")
ONE, TWO = parse_windows("1/hour"), parse_windows("2/hour")


async def ask(world: World, store: Store, place: Place = CHANNEL, terms: Terms = FREE, author: Person = ANN) -> Outcome:
    return (await store.accept(world.message(place=place, author=author), terms)).outcome


async def test_what_is_set_is_what_is_told_and_can_be_taken_back(store: Store) -> None:
    await store.limits.set(CHANNEL, "all", parse_windows("5/10minutes 9/day"))
    told = await store.limits.set(thread("C1:0"), "each", ())

    assert told == await store.limits.of(CHANNEL) == {"all": (Window(5, 600), Window(9, 86400)), "each": ()}
    assert await store.limits.of(ELSEWHERE) == {}
    assert await store.limits.set(CHANNEL, "all", None) == {"each": ()}


async def test_a_channels_own_limit_stands_in_for_that_of_the_settings_there_alone(world: World, store: Store) -> None:
    await store.limits.set(CHANNEL, "all", TWO)

    here = [await ask(world, store, author=who, terms=Terms(Limits(place=ONE))) for who in (ANN, BOB, ANN)]
    there = [await ask(world, store, ELSEWHERE, Terms(Limits(place=ONE))) for _ in range(2)]

    assert here == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.TOLD]
    assert there == [Outcome.ACCEPTED, Outcome.TOLD]


async def test_no_limit_can_be_set_where_the_settings_have_one(world: World, store: Store) -> None:
    await store.limits.set(CHANNEL, "all", ())

    assert [await ask(world, store, terms=Terms(Limits(place=ONE))) for _ in range(3)] == [Outcome.ACCEPTED] * 3


async def test_a_limit_for_each_person_counts_there_and_beside_their_own(world: World, store: Store) -> None:
    await store.limits.set(CHANNEL, "each", ONE)

    ann = [
        await ask(world, store, place, Terms(Limits(TWO))) for place in (CHANNEL, thread("C1:0"), ELSEWHERE, ELSEWHERE)
    ]
    bob = await ask(world, store, author=BOB)

    assert ann == [Outcome.ACCEPTED, Outcome.TOLD, Outcome.ACCEPTED, Outcome.TOLD]
    assert bob is Outcome.ACCEPTED


async def test_who_is_exempt_is_exempt_here_too(world: World, store: Store) -> None:
    await store.limits.set(CHANNEL, "each", ONE)

    assert [await ask(world, store, terms=Terms(exempt=True)) for _ in range(2)] == [Outcome.ACCEPTED] * 2


async def test_what_only_another_release_understands_limits_nobody_here(world: World, store: Store) -> None:
    await store.limits.set(CHANNEL, "all", TWO)
    world.redis.hset("{parley}:i:" + NAMES.channel(CHANNEL), mapping={"all": "2/hour", "each": "1/1000 3/day"})

    assert await store.limits.of(CHANNEL) == {"all": (), "each": (Window(1, 1),)}
    assert await ask(world, store) is Outcome.ACCEPTED
