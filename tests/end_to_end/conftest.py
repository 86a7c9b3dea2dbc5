"""One playground for the tests of a module, and for those that want it one bot; every test finds them as new.

A module's tests share the `service`, each in a channel of its own (`slack`, `discord`), or start bots for themselves
with `running`: never both, or two bots that know nothing of each other would answer.
"""

from collections.abc import AsyncIterator

import pytest

from tests.core.store.conftest import valkey
from tests.end_to_end import driver
from tests.end_to_end.rooms import Discord, Room, Slack
from tests.launcher import Launcher

__all__ = ["valkey"]

AT_ONCE = {"first_token": 0, "tokens_per_second": 0}


@pytest.fixture(scope="module")
async def grounds(launcher: Launcher) -> AsyncIterator[driver.Playground]:
    async with driver.playground(launcher) as found:
        yield found


@pytest.fixture
async def place(grounds: driver.Playground) -> driver.Playground:
    await grounds.renew()
    return grounds


@pytest.fixture(scope="module")
async def service(
    grounds: driver.Playground, launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[driver.Service]:
    async with driver.serving(grounds, tmp_path_factory.mktemp("service"), launcher) as found:
        yield found


@pytest.fixture
async def slack(service: driver.Service, place: driver.Playground) -> Slack:
    await place.claude.do("config", **AT_ONCE)
    return await Slack.opened(place.slack)


@pytest.fixture
async def discord(service: driver.Service, place: driver.Playground) -> Discord:
    await place.claude.do("config", **AT_ONCE)
    return await Discord.opened(place.discord)


@pytest.fixture(params=["slack", "discord"])
async def room(request: pytest.FixtureRequest, slack: Slack, discord: Discord) -> Room:
    return slack if request.param == "slack" else discord
