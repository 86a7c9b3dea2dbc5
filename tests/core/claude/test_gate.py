"""A bound on the calls in flight, and a pause for all."""

import asyncio
from collections.abc import Callable

import pytest

from core.claude.gate import BREATH, CROWD, LONGEST_BREATH, Due, Gate, LocalCooldown
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


class Visits:
    """Who passed a gate, in order, and what each was told."""

    def __init__(self, width: int) -> None:
        self.gate = Gate(width)
        self.order: list[str] = []
        self.told: dict[str, list[int]] = {}
        self.may_leave: dict[str, asyncio.Event] = {}

    def start(self, name: str, *, first: bool = False) -> asyncio.Task[None]:
        self.told[name], self.may_leave[name] = [], asyncio.Event()
        return asyncio.create_task(self._visit(name, first))

    async def _visit(self, name: str, first: bool) -> None:
        async with self.gate.passed(self.told[name].append, first=first):
            self.order.append(name)
            await self.may_leave[name].wait()


async def settled(condition: Callable[[], bool] = lambda: True) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
    assert condition()


async def test_what_was_waited_for_ones_turn_is_not_taken_from_ones_time() -> None:
    due, left = Due(1), [0.0]

    async def answer() -> None:
        async with due:
            await asyncio.sleep(0.7)
            due.begin()
            await asyncio.sleep(0.6)
            due.begin()
            left.append(due.left)
            await asyncio.sleep(PATIENCE)

    with pytest.raises(TimeoutError):
        await answer()

    assert 0 < left[-1] <= 0.4


async def test_who_came_first_goes_first_and_hears_how_many_are_ahead() -> None:
    visits = Visits(1)
    tasks = [visits.start(name) for name in "abc"]
    await settled(lambda: visits.order == ["a"])
    visits.may_leave["a"].set()
    await settled(lambda: visits.order == ["a", "b"])

    assert visits.told == {"a": [], "b": [1], "c": [2, 1]}
    for name in "bc":
        visits.may_leave[name].set()
    await asyncio.gather(*tasks)
    assert visits.order == ["a", "b", "c"]


async def test_who_steps_aside_lets_others_in_and_comes_back_in_front_of_all() -> None:
    visits, may_return = Visits(1), asyncio.Event()

    async def aside() -> None:
        async with visits.gate.passed(lambda _: None) as slot:
            async with slot.lent():
                await may_return.wait()
            visits.order.append("back")

    tasks = [asyncio.create_task(aside()), visits.start("a"), visits.start("b")]
    await settled(lambda: visits.order == ["a"])
    may_return.set()
    await settled()
    assert visits.told["b"] == [1, 2]
    visits.may_leave["a"].set()
    await settled(lambda: visits.order == ["a", "back", "b"])

    visits.may_leave["b"].set()
    await asyncio.gather(*tasks)


async def test_who_come_back_from_aside_go_in_the_order_in_which_they_do() -> None:
    visits, may_return = Visits(1), asyncio.Event()

    async def aside(name: str) -> None:
        async with visits.gate.passed(lambda _: None) as slot:
            async with slot.lent():
                await may_return.wait()
            visits.order.append(name)

    tasks = [*(asyncio.create_task(aside(name)) for name in ("1", "2", "3")), visits.start("a"), visits.start("b")]
    await settled(lambda: visits.order == ["a"])
    may_return.set()
    await settled()
    for name in "ab":
        visits.may_leave[name].set()
    await asyncio.gather(*tasks)

    assert visits.order == ["a", "1", "2", "3", "b"]


@pytest.mark.parametrize("is_back", [False, True])
async def test_who_gives_up_while_aside_leaves_no_slot_too_many(is_back: bool) -> None:
    visits, may_return = Visits(1), asyncio.Event()

    async def aside() -> None:
        async with visits.gate.passed(lambda _: None) as slot, slot.lent():
            await may_return.wait()

    gone, *tasks = [asyncio.create_task(aside()), visits.start("a"), visits.start("b")]
    await settled(lambda: visits.order == ["a"])
    if is_back:
        may_return.set()
        await settled()
    gone.cancel()
    await settled(lambda: visits.order == ["a"] and gone.cancelled())

    for name in "ab":
        visits.may_leave[name].set()
    await asyncio.gather(*tasks)


async def test_no_more_than_its_width_pass_at_once() -> None:
    visits = Visits(2)
    tasks = [visits.start(name) for name in "abcd"]
    await settled()

    assert visits.order == ["a", "b"]
    assert (visits.told["c"], visits.told["d"]) == ([1], [2])
    for event in visits.may_leave.values():
        event.set()
    await asyncio.gather(*tasks)


async def test_who_tries_again_goes_before_those_who_never_had_a_slot() -> None:
    visits = Visits(1)
    tasks = [visits.start("a"), visits.start("b"), visits.start("again", first=True)]
    await settled()

    assert (visits.told["again"], visits.told["b"]) == ([1], [1, 2])
    for event in visits.may_leave.values():
        event.set()
    await asyncio.gather(*tasks)
    assert visits.order == ["a", "again", "b"]


async def test_who_gives_up_waiting_makes_room() -> None:
    visits = Visits(1)
    tasks = [visits.start(name) for name in "abc"]
    await settled()
    tasks[1].cancel()
    await settled()

    assert visits.told["c"] == [2, 1]
    visits.may_leave["a"].set()
    visits.may_leave["c"].set()
    await asyncio.gather(tasks[0], tasks[2])
    assert visits.order == ["a", "c"]


@pytest.mark.parametrize("leaves_first", [True, False])
async def test_a_slot_handed_to_one_who_gives_up_in_the_same_moment_is_not_lost(leaves_first: bool) -> None:
    visits = Visits(1)
    tasks = [visits.start(name) for name in "abc"]
    await settled()
    if leaves_first:
        visits.may_leave["a"].set()
        await asyncio.sleep(0)
    tasks[1].cancel()
    visits.may_leave["a"].set()
    visits.may_leave["c"].set()
    await asyncio.wait_for(tasks[2], PATIENCE)

    again = visits.start("d")
    visits.may_leave["d"].set()
    await asyncio.wait_for(again, PATIENCE)


async def test_a_pause_ends_when_its_time_has_passed_and_is_of_one_model() -> None:
    now = [100.0]
    cooldown = LocalCooldown(lambda: now[0])
    await cooldown.begin("a", 10)

    assert (await cooldown.left("a"), await cooldown.left("b")) == (10, 0)
    now[0] = 110
    assert await cooldown.left("a") == 0


async def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    cooldown = LocalCooldown(lambda: 0.0)
    await cooldown.begin("a", 10)
    await cooldown.begin("a", 1)

    assert await cooldown.left("a") == 10


@pytest.mark.parametrize(("calls", "breath"), [(CROWD, BREATH), (2 * CROWD + 3, 2 * BREATH), (60, LONGEST_BREATH)])
async def test_the_more_run_at_once_the_longer_are_the_breaths_they_are_read_in(calls: int, breath: float) -> None:
    visits = Visits(60)
    tasks = [visits.start(str(number)) for number in range(calls)]
    await settled(lambda: len(visits.order) == calls)
    for _ in range(5):  # whenever one asks, it is until the same moment as for all others
        now = asyncio.get_running_loop().time()
        assert 0 < visits.gate.breath <= breath
        assert (now + visits.gate.breath) / breath == pytest.approx(round((now + visits.gate.breath) / breath), abs=0.1)
        await asyncio.sleep(breath / 7)

    for may_leave in visits.may_leave.values():
        may_leave.set()
    await asyncio.gather(*tasks)
    assert visits.gate.breath == 0


async def test_of_few_answers_each_word_is_read_at_once() -> None:
    visits = Visits(60)
    tasks = [visits.start(str(number)) for number in range(CROWD - 1)]
    await settled(lambda: len(visits.order) == CROWD - 1)
    assert visits.gate.breath == 0

    for may_leave in visits.may_leave.values():
        may_leave.set()
    await asyncio.gather(*tasks)
