"""How a process is, on a clock that goes when it is told to."""

import asyncio
import time

import pytest

from core.errors import StoreDown
from core.pulse import Pulse

pytestmark = pytest.mark.anyio


class Body:
    """What a pulse feels."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.beat = 1_000.0
        self.frames: dict[str, float] = {"slack": 1_000.0}
        self.is_down = False
        self.pulse = Pulse(
            self.ping, lambda: self.beat, lambda: 2, lambda: self.frames, clock=lambda: self.now, wall=lambda: self.now
        )

    async def ping(self) -> float:
        if self.is_down:
            raise StoreDown("OutOfMemoryError")
        return 0.003


def test_who_is_well_has_no_illness_and_no_hindrance() -> None:
    pulse = Body().pulse

    assert (pulse.illnesses(), pulse.hindrances()) == ([], [])


def test_redis_and_the_leases_are_missed_after_a_while() -> None:
    body = Body()
    body.now += 25

    assert body.pulse.illnesses() == ["The worker does not look after its leases."]
    body.beat = body.now = body.now + 6
    assert body.pulse.illnesses() == ["Redis has not answered for 31 s."]


def test_a_platform_that_is_not_connected_is_a_hindrance_and_no_illness() -> None:
    body = Body()
    body.frames = {"slack": 0, "discord": body.now - 200}

    assert body.pulse.illnesses() == []
    assert body.pulse.hindrances() == ["slack is not connected.", "discord is not connected."]
    assert body.pulse.ages() == {"slack": -1, "discord": 200}


def test_who_is_told_to_stop_is_not_to_be_counted_on() -> None:
    pulse = Body().pulse
    pulse.is_draining = True

    assert pulse.hindrances() == ["It is told to stop."]


async def test_a_loop_that_hangs_is_felt() -> None:
    async def ping() -> float:
        return 0.001

    pulse = Pulse(ping, time.monotonic, lambda: 0)
    beating = asyncio.create_task(pulse.run())
    await asyncio.sleep(0.01)
    time.sleep(0.5)  # noqa: ASYNC251  # it hangs
    await asyncio.sleep(0.05)
    beating.cancel()
    await asyncio.wait([beating])

    assert 0.2 < pulse.lag < 5
    assert pulse.pinged == 0.001


async def test_redis_that_takes_nothing_ends_nothing_and_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    body = Body()
    body.is_down = True
    beating = asyncio.create_task(body.pulse.run())
    await asyncio.sleep(0.02)
    body.now += 40

    assert not beating.done()
    assert "Redis has not done what it was asked (OutOfMemoryError) for 40 s." in body.pulse.illnesses()
    assert [record.getMessage() for record in caplog.records] == ["store trouble call=ping code=OutOfMemoryError"]
    beating.cancel()
    await asyncio.wait([beating])
