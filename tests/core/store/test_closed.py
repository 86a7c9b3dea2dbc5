"""Who may not ask is told so once an hour in a channel, and an event once."""

from dataclasses import replace

import pytest

from core.contract import Outcome
from tests.core.store.world import BOB, CHANNEL, World, thread

pytestmark = pytest.mark.anyio


async def test_an_event_is_told_once_whoever_hears_it(world: World) -> None:
    stores, message = [await world.store(), await world.store()], world.message()

    told = [await store.closed.tell(message) for store in stores]

    assert [admission.outcome for admission in told] == [Outcome.TOLD, Outcome.SEEN]
    assert (await stores[0].accept(message)).outcome is Outcome.SEEN


async def test_a_person_is_told_of_a_channel_with_its_threads_once_an_hour(world: World) -> None:
    store = await world.store()
    there = replace(CHANNEL, channel="C2")

    told = [
        await store.closed.tell(world.message(**where))
        for where in ({}, {}, {"place": thread("C1:1")}, {"place": there}, {"author": BOB})
    ]
    world.sleep(3_601)
    later = await store.closed.tell(world.message())

    assert [admission.notices for admission in told] == [(), ("again",), ("again",), (), ()]
    assert {admission.outcome for admission in (*told, later)} == {Outcome.TOLD}
    assert later.notices == ()
