"""What was asked while no process ran is found, also by who is stopped before all of it was read."""

from pathlib import Path

import pytest

from bots.discord import missed as in_discord
from bots.slack import missed as in_slack
from tests.end_to_end.driver import Playground
from tests.end_to_end.rooms import Discord, Room, Slack
from tests.end_to_end.test_restored import bots, told

pytestmark = pytest.mark.anyio


async def test_what_comes_in_while_it_is_read_hides_nothing_from_the_next_start(
    place: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_slack, "UNHEARD_SECONDS", 0.0)
    monkeypatch.setattr(in_discord, "OVERLAP_SECONDS", 0.0)
    rooms: list[Room] = [await Slack.opened(place.slack), await Discord.opened(place.discord)]
    nearer: list[Room] = [await Slack.opened(place.slack), await Discord.opened(place.discord)]
    team = bots(place, tmp_path / "data")

    async def ask(where: list[Room], text: str) -> None:
        for room in where:
            await room.ask(text)

    try:
        await team.start()
        await ask(rooms, "before?")
        await told(place, "before?", 2)
        await ask(nearer, "nearer?")
        await told(place, "nearer?", 2)
        await team.end()
        await ask(rooms, "missed?")
        with monkeypatch.context() as slowly:
            for platform in (in_slack, in_discord):
                slowly.setattr(platform, "AT_ONCE", 1)
                slowly.setattr(platform, "PACE_SECONDS", 600.0)
            await team.start()
            await ask(rooms, "live?")
            await told(place, "live?", 2)
            await team.end()

        await team.start()
        await told(place, "missed?", 2)
    finally:
        await team.end()
