"""The mill grinds: a bot that is fed by it answers everybody, exactly, also at a model's pace."""

import sys

import pytest

from tests.benchmarks import cost

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
async def test_a_bot_is_measured_at_full_speed_and_at_a_pace() -> None:
    async with cost.stage() as stage:
        full = await stage.ask("full", 8, 0)
        paced = await stage.ask("paced", 2, 400)

    assert (full.turns, paced.turns) == (8, 2)
    assert full.bot_ms > 0
    assert full.turns_a_second > paced.turns_a_second


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
async def test_so_is_the_bot_that_one_writes_first() -> None:
    async with cost.plain_stage() as stage:
        found = await stage.ask("plain", 4)

    assert found.turns == 4
    assert found.bot_ms > found.redis_ms == 0
