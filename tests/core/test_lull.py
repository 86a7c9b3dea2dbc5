"""A rest between two looks: it lasts its time, and ends at once for whoever paints."""

import asyncio

import pytest

from core.lull import Lull
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import now

pytestmark = pytest.mark.anyio


async def test_a_rest_lasts_its_time_when_nobody_wants_anything() -> None:
    await Lull().rest(0.15)
    assert now() == pytest.approx(0.15)


async def test_who_ends_it_waits_for_what_the_look_brings() -> None:
    lull = Lull()

    async def read() -> None:
        await lull.rest(5)
        assert now() == pytest.approx(1)
        await asyncio.sleep(0.01)  # bytes take their way
        lull.heard()

    reading = asyncio.create_task(read())
    await asyncio.sleep(1)
    await lull.end(0.03)
    assert now() == pytest.approx(1.01)
    await reading


async def test_a_look_that_brings_nothing_is_not_waited_for_long() -> None:
    lull = Lull()
    reading = asyncio.create_task(lull.rest(5))
    await asyncio.sleep(1)
    await lull.end(0.03)
    assert now() == pytest.approx(1.03)
    assert reading.done()


async def test_where_nobody_rests_nothing_is_waited_for() -> None:
    lull = Lull()
    lull.heard()
    await lull.end(0.03)
    await lull.rest(0.1)
    await lull.end(0.03)
    assert now() == pytest.approx(0.1)


async def test_a_rest_that_is_cancelled_is_over() -> None:
    lull = Lull()
    reading = asyncio.create_task(lull.rest(5))
    await asyncio.sleep(1)
    reading.cancel()
    await asyncio.wait([reading])
    await lull.end(0.03)
    assert now() == pytest.approx(1)
