"""A backup that is put back knows nothing of what was asked since it was made."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bots.keeping import restored
from core.settings import Settings
from tests.end_to_end.driver import Playground, environment
from tests.end_to_end.inside import Team
from tests.end_to_end.rooms import Discord, Room, Slack
from tests.waits import until

pytestmark = pytest.mark.anyio
QUIET_SECONDS = 1.0
"""What is looked up at a start is found in a fraction of it."""


def bots(place: Playground, data: Path) -> Team:
    env = environment(place, data)
    known: dict[str, Any] = {name.lower(): env[name] for name in env if name.lower() in Settings.model_fields}
    return Team(place, Settings(**known))


async def answers(place: Playground, text: str) -> int:
    """How many times Claude was asked this."""
    return sum(text in str(prompt[-1]) for prompt in await place.asked())


async def told(place: Playground, text: str, times: int) -> None:
    async def look() -> bool:
        return await answers(place, text) == times

    await until(look, f"{text!r} to be answered {times} times")


@pytest.mark.parametrize("is_said", [True, False])
async def test_what_was_asked_since_a_copy_was_made_is_not_answered_again_when_that_is_said(
    place: Playground, tmp_path: Path, *, is_said: bool
) -> None:
    rooms: list[Room] = [await Slack.opened(place.slack), await Discord.opened(place.discord)]
    before, since = f"before, {is_said}?", f"since, {is_said}?"
    lost, copy = bots(place, tmp_path / "data"), bots(place, tmp_path / "copy")

    async def ask(text: str) -> None:
        for room in rooms:
            await room.ask(text)
        await told(place, text, 2)

    async with AsyncExitStack() as house:
        for team in (lost, copy):
            house.push_async_callback(team.end)
        await lost.start()
        await ask(before)
        await lost.end()
        shutil.copytree(tmp_path / "data", tmp_path / "copy")
        await lost.start()
        await ask(since)
        await lost.end()

        if is_said:
            await restored(copy.settings, ("slack", "discord"))
        await copy.start()
        if not is_said:
            await told(place, since, 4)
        await ask(f"anew, {is_said}?")
        await asyncio.sleep(QUIET_SECONDS)
        await copy.end()

    assert await answers(place, before) == 2
    assert await answers(place, since) == (2 if is_said else 4)
