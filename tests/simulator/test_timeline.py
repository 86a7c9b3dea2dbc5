"""Virtual time: nothing waits, a frozen process goes on where it was, of a dead one nothing runs."""

import asyncio
from random import Random

import pytest

from tests.simulator.timeline import START, Timeline, running


class Life:
    """A process that notes what it does."""

    def __init__(self, timeline: Timeline) -> None:
        self.loop = timeline.loop()
        self.done: list[str] = []
        with running(self.loop):
            self.task = self.loop.create_task(self._live())

    async def _live(self) -> None:
        try:
            for hour in range(3):
                await asyncio.sleep(3600)
                self.done.append(f"hour {hour}")
            async with asyncio.timeout(5):
                await asyncio.sleep(60)
        except TimeoutError:
            self.done.append("timed out")
        finally:
            self.done.append("finally")


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(Random(1))


def test_hours_pass_in_no_time_and_in_order(timeline: Timeline) -> None:
    life = Life(timeline)

    timeline.run(START + 9000)
    early = list(life.done)
    timeline.run(START + 20_000)

    assert early == ["hour 0", "hour 1"]
    assert life.done == ["hour 0", "hour 1", "hour 2", "timed out", "finally"]
    assert life.task.done()


def test_of_a_dead_process_nothing_runs_until_it_is_buried(timeline: Timeline) -> None:
    life = Life(timeline)
    timeline.run(START + 4000)
    life.loop.kill()

    timeline.run(START + 20_000)
    left = list(life.done)
    life.loop.bury()

    assert left == ["hour 0"]
    assert life.done == ["hour 0", "finally"]


def test_a_frozen_process_goes_on_where_it_was_and_finds_its_timers_over(timeline: Timeline) -> None:
    life, other = Life(timeline), Life(timeline)
    timeline.run(START + 10_801)
    life.loop.freeze()

    timeline.run(START + 20_000)
    frozen = list(life.done)
    life.loop.thaw()
    timeline.run(START + 20_000.1)

    assert frozen == ["hour 0", "hour 1", "hour 2"]
    assert life.done == other.done


def test_a_process_can_die_before_any_of_its_steps(timeline: Timeline) -> None:
    life = Life(timeline)
    life.loop.on_step = lambda steps: life.loop.kill() if steps == 2 else None

    timeline.run(START + 20_000)

    assert (life.done, life.loop.steps) == ([], 2)
    life.loop.bury()


def test_what_happens_outside_happens_whatever_becomes_of_a_process(timeline: Timeline) -> None:
    life, happened = Life(timeline), list[str]()
    timeline.after(10, happened.append, "rain")
    life.loop.kill()

    timeline.run(START + 20)

    assert happened == ["rain"]
    life.loop.bury()
