"""What nobody waits for is owned to its end."""

import asyncio
import gc

import pytest

from core.errands import Errands, cancelled

pytestmark = pytest.mark.anyio


async def test_an_errand_goes_on_though_nobody_else_keeps_it() -> None:
    errands, done = Errands(), list[str]()

    async def work() -> None:
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0)
        done.append("done")

    errands.begin(work())
    await errands.ended(seconds=1)

    assert done == ["done"]


async def test_an_end_that_does_not_come_is_waited_for_no_longer_than_said() -> None:
    errands, stays = Errands(), asyncio.Event()
    task = asyncio.ensure_future(stays.wait())
    errands.own(task)

    await errands.ended(seconds=0.01)
    assert not task.done()

    await errands.cancel()
    assert task.cancelled()
    await errands.ended(seconds=1)


async def test_no_task_is_none_and_needs_no_end() -> None:
    errands = Errands()
    errands.own(None)

    await errands.ended(seconds=1)
    await errands.cancel()


async def test_who_cancels_hears_of_no_trouble() -> None:
    async def breaks() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise RuntimeError

    task = asyncio.create_task(breaks())
    await asyncio.sleep(0)

    await cancelled(None, task)

    assert isinstance(task.exception(), RuntimeError)
