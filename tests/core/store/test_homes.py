"""Who serves another workspace, or another bot, finds the place taken for as long as somebody is at work there."""

import pytest

from core.store.homes import HOME_SECONDS
from tests.core.store.world import World

pytestmark = pytest.mark.anyio


async def test_only_who_serves_somebody_else_finds_the_place_taken(world: World) -> None:
    ours, same, other = [(await world.store()).homes for _ in range(3)]

    taken = [
        await ours.keep({"slack": "T1", "discord": "41"}),
        await same.keep({"slack": "T1"}),
        await other.keep({"slack": "T2"}),
        await other.keep({"discord": "42"}),
        await other.keep({"terminal": "T2"}),
        await other.keep({"slack": ""}),
        await ours.keep({"slack": "T1"}),
    ]

    assert taken == ["", "", "slack", "discord", "", "", ""]


async def test_the_place_of_who_is_silent_is_free_again_and_says_nothing_of_whom_it_served(world: World) -> None:
    await (await world.store()).homes.keep({"slack": "T1"})

    key = "{parley}:home:slack"
    assert 0 < world.redis.pttl(key) <= HOME_SECONDS * 1000
    assert "T1" not in str(world.redis.get(key))
