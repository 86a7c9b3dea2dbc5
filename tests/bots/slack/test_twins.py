"""Two events of one message: the second one waits for the first one's end, and asks for nothing."""

import asyncio

import pytest

from bots.slack.twins import MOST, SECONDS, Twins

pytestmark = pytest.mark.anyio


class Work:
    """Counts how often it was done; fails as often as told, and lasts until it is let go."""

    def __init__(self, failures: int = 0) -> None:
        self.done, self.failures = 0, failures
        self.may_end = asyncio.Event()

    async def __call__(self) -> None:
        await self.may_end.wait()
        self.done += 1
        if self.done <= self.failures:
            raise OSError


async def test_the_second_one_waits_for_the_end_of_the_first() -> None:
    twins, work = Twins(), Work()
    both = [asyncio.create_task(twins.once("1", work)) for _ in range(2)]
    await asyncio.sleep(0)
    known = asyncio.create_task(twins.known("1"))
    await asyncio.sleep(0)
    assert not any(task.done() for task in (*both, known))

    work.may_end.set()
    await asyncio.gather(*both)

    assert work.done == 1
    assert await known


async def test_what_failed_or_was_never_seen_is_not_known() -> None:
    twins, work = Twins(), Work(failures=1)
    first = asyncio.create_task(twins.once("1", work))
    await asyncio.sleep(0)
    known = asyncio.create_task(twins.known("1"))
    work.may_end.set()
    await asyncio.wait([first])

    assert isinstance(first.exception(), OSError)
    assert not await known
    assert not await twins.known("2")


async def test_what_failed_is_tried_by_the_second_one() -> None:
    twins, work = Twins(), Work(failures=1)
    both = [asyncio.create_task(twins.once("1", work)) for _ in range(2)]
    await asyncio.sleep(0)
    work.may_end.set()

    first, second = await asyncio.gather(*both, return_exceptions=True)

    assert isinstance(first, OSError)
    assert second is None
    assert work.done == 2


async def test_who_is_cancelled_leaves_it_to_the_other() -> None:
    twins, work = Twins(), Work()
    both = [asyncio.create_task(twins.once("1", work)) for _ in range(2)]
    await asyncio.sleep(0)
    both[0].cancel()
    await asyncio.sleep(0)
    work.may_end.set()
    await both[1]

    assert work.done == 1


async def test_it_is_remembered_for_a_while_and_not_without_bound() -> None:
    now = 0.0
    twins, work = Twins(lambda: now), Work()
    work.may_end.set()
    await twins.once("1", work)
    await twins.once("1", work)
    assert work.done == 1

    now = SECONDS
    await twins.once("1", work)
    assert work.done == 2
    for number in range(2, MOST + 2):
        await twins.once(str(number), work)
    await twins.once("1", work)

    assert work.done == 2 + MOST + 1
