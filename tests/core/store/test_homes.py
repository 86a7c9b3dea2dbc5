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


async def test_who_is_refused_takes_no_place_on_any_platform(world: World) -> None:
    """It does not start: a container that tries again and again would keep the right bot out for ever."""
    ours, refused, right = [(await world.store()).homes for _ in range(3)]
    await ours.keep({"slack": "T1", "telegram": "1"})

    for mixed in (
        {"discord": "42", "slack": "T2"},
        {"slack": "T2", "discord": "42"},
        {"discord": "42", "telegram": "2"},
    ):
        assert await refused.keep(mixed)

    assert await right.keep({"discord": "41"}) == ""


async def test_the_place_of_who_is_silent_is_free_again_and_says_nothing_of_whom_it_served(world: World) -> None:
    await (await world.store()).homes.keep({"slack": "T1"})

    key = "{parley}:home:slack"
    assert 0 < world.redis.pttl(key) <= HOME_SECONDS * 1000
    assert "T1" not in str(world.redis.get(key))
