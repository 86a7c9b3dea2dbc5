"""Who waits for room in a budget: the oldest of those with the same payer asks, and few of all at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from core.claude.gate import Gate
from core.errors import Spent
from core.store import Store, purse
from tests.core.store.test_purse import DOLLAR, aside, call, spend
from tests.core.store.world import Through, World
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


class Line:
    """People who wait for a budget that one call holds nearly all of, and how often Redis is asked for them."""

    def __init__(self, store: Store, trips: list[str]) -> None:
        self.store = store
        self.order: list[str] = []
        self.refused: list[str] = []
        self._trips = trips

    async def join(self, id: str, payer: str) -> asyncio.Task[None]:
        """What ends when they were let in, once they wait."""
        waits = asyncio.Event()
        task = asyncio.create_task(self._wait(id, payer, waits))
        async with asyncio.timeout(PATIENCE):
            await waits.wait()
        return task

    async def _wait(self, id: str, payer: str, waits: asyncio.Event) -> None:
        try:
            await self.store.purse.hold(id, payer, 0.9, 0, aside(waits))
        except Spent:
            self.refused.append(id)
            return
        self.order.append(id)
        await spend(self.store, call(0.0, id))

    async def asked(self, looking: int) -> int:
        """How often it was asked since this was asked last, once so many wait for news."""
        async with asyncio.timeout(PATIENCE):
            while len(self.store.purse._looking) != looking:  # noqa: ASYNC110  # the purse tells no event
                await asyncio.sleep(0.005)
        count = self._trips.count("hold")
        self._trips.clear()
        return count


@pytest.fixture
async def line(world: World, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(purse, "LOOK_SECONDS", 60.0)
    trips: list[str] = []

    class Counting(Through):
        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            trips.append(script)
            return await super().run(script, keys, args)

    store = await world.store(through=Counting, allowances=DOLLAR)
    await store.purse.hold("first", "ann", 0.9, 0)
    return Line(store, trips)


async def over(*tasks: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*tasks)


async def test_of_those_who_wait_with_one_payer_the_oldest_asks_alone_and_goes_first(line: Line) -> None:
    ids = [str(number) for number in range(20)]
    tasks = [await line.join(id, "bob") for id in ids]
    await line.asked(1)

    line.store.purse.heard()
    assert await line.asked(1) == 1
    await spend(line.store, call(0.0, "first"))
    await over(*tasks)

    assert line.order == ids
    assert line.store.purse._lines == {}


async def test_who_gives_up_waiting_lets_the_next_go(line: Line) -> None:
    front, behind, last = [await line.join(id, "bob") for id in ("front", "behind", "last")]
    for task in (behind, front):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await spend(line.store, call(0.0, "first"))
    await over(last)

    assert line.order == ["last"]
    assert line.store.purse._lines == {}


async def test_all_of_a_line_are_refused_when_the_day_is_spent(line: Line) -> None:
    tasks = [await line.join(id, "bob") for id in "abc"]
    await spend(line.store, call(1.0, "first"))
    await over(*tasks)

    assert line.refused == ["a", "b", "c"]
    assert line.store.purse._lines == {}


async def test_who_is_refused_after_waiting_is_so_at_once(line: Line) -> None:
    """And does not first wait for a place among the calls in flight, which is for nothing then."""
    gate = Gate(1)

    async def refused() -> None:
        async with gate.passed(lambda _: None) as place:
            with pytest.raises(Spent):
                await line.store.purse.hold("late", "bob", 0.9, 0, place.lent)

    task = asyncio.create_task(refused())
    await asyncio.sleep(0.02)
    async with asyncio.timeout(PATIENCE), gate.passed(lambda _: None):
        await spend(line.store, call(1.0, "first"))
        await task

    async with asyncio.timeout(PATIENCE), gate.passed(lambda _: None):
        pass


async def test_of_many_who_wait_few_ask_at_a_time_and_who_gets_room_wakes_one_more(line: Line) -> None:
    ids = [str(number) for number in range(3 * purse.FEW)]
    tasks = [await line.join(id, f"payer {id}") for id in ids]
    await line.asked(len(ids))

    line.store.purse.heard()
    assert await line.asked(len(ids)) == purse.FEW
    await spend(line.store, call(0.0, "first"))
    await over(*tasks)

    assert sorted(line.order) == sorted(ids)
    assert not line.store.purse._looking


async def test_who_gets_room_wakes_one_more_while_nobody_has_ended(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purse, "FEW", 1)
    waits = [asyncio.create_task(line.store.purse.hold(id, id, 0.2, 0)) for id in "abc"]
    await line.asked(3)

    async with asyncio.timeout(PATIENCE):
        await spend(line.store, call(0.0, "first"))
        await asyncio.gather(*waits)

    assert not line.store.purse._looking


async def test_room_that_comes_while_it_is_asked_for_is_asked_for_again_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purse, "LOOK_SECONDS", 60.0)

    class Overtaken(Through):
        asked = 0

        async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
            reply = await super().run(script, keys, args)
            Overtaken.asked += reply == b"wait"
            if reply == b"wait" and Overtaken.asked == 2:  # in front of the line
                await spend(store, call(0.0, "first"))
            return reply

    store = await world.store(through=Overtaken, allowances=DOLLAR)
    await store.purse.hold("first", "ann", 0.9, 0)

    async with asyncio.timeout(PATIENCE):
        await store.purse.hold("second", "bob", 0.9, 0)


async def test_who_comes_to_a_line_of_somebody_else_asks_at_once(line: Line) -> None:
    waits = await line.join("dear", "bob")

    async with asyncio.timeout(PATIENCE):
        await line.store.purse.hold("cheap", "eve", 0.05, 0)

    await spend(line.store, call(0.0, "first"), call(0.0, "cheap"))
    await over(waits)


async def test_who_comes_to_a_line_of_their_own_goes_behind_it(line: Line) -> None:
    dear = await line.join("dear", "bob")
    cheap = asyncio.create_task(line.store.purse.hold("cheap", "bob", 0.05, 0))
    await asyncio.sleep(0.05)
    assert not cheap.done()

    await spend(line.store, call(0.0, "first"))
    await over(dear, cheap)


async def test_who_gives_up_on_the_way_back_keeps_nothing_and_is_in_nobodys_way(line: Line, world: World) -> None:
    comes_back = asyncio.Event()

    @asynccontextmanager
    async def full() -> AsyncIterator[None]:
        yield
        comes_back.set()
        await asyncio.Event().wait()

    gone = asyncio.create_task(line.store.purse.hold("gone", "bob", 0.9, 0, full))
    await asyncio.sleep(0.02)
    last = await line.join("last", "bob")
    await spend(line.store, call(0.0, "first"))
    async with asyncio.timeout(PATIENCE):
        await comes_back.wait()
    assert list(line.store.purse._held) == ["gone"]

    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    await line.store.purse.settle()
    await over(last)

    assert world.redis.hgetall("{parley}:holding") == {}
    assert list(line.store.purse._held) == []
