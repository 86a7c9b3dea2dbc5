"""What is known of servers, and of what nobody can tell."""

import asyncio

import pytest

from bots.discord.shards import Shards
from core.contract import Place
from playground.discord.snowflakes import shard
from playground.discord.world import RANDOM
from tests.bots.discord.desk import GENERAL, GUILD, House, at_work, neighbour, sharded
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_of_servers_of_another_process_nobody_can_tell(here: House) -> None:
    channel, mine = neighbour(here), shard(int(GUILD), 2)
    other = str(here.ground.world.channels[int(channel)].guild)
    one = await sharded(here, Shards((mine,), 2))
    async with at_work(one, Notebook()):
        assert one.platform.servers.has(GUILD) is True
        assert one.platform.servers.has(GUILD, "5") is False
        assert one.platform.servers.has(other) is None
        assert one.platform.servers.has(str(int(GUILD) + (2 << 22))) is False
    await one.platform.close()


async def test_of_a_channel_that_the_bot_may_not_see_nobody_can_tell(here: House) -> None:
    here.say("among us", channel="random")
    async with at_work(here, Notebook()):
        assert here.platform.servers.has(GUILD, GENERAL) is True
        assert [place.channel for place, _ in here.platform.servers.busy(0)] == [str(RANDOM)]
        for channel in (GENERAL, "random"):
            here.do("deny", channel=channel, permissions=["VIEW_CHANNEL"])
        await until(lambda: here.platform.servers.has(GUILD, GENERAL) is None)

        await until(lambda: here.platform.servers.busy(0) == [])
        assert here.platform.servers.may_write(GUILD, GENERAL) is False


async def test_a_thread_below_a_channel_that_the_bot_may_not_see_is_not_taken_for_deleted(here: House) -> None:
    thread = here.do("thread", name="Plans")["id"]
    place = Place("discord", GUILD, GENERAL, thread)
    inbox = Notebook(seen={place: here.say("why?", thread=thread, mention=True)})
    here.do("deny", channel=GENERAL, permissions=["VIEW_CHANNEL"])
    here.fail("message.list", {"error": "10003"}, times=None)

    async with at_work(here, inbox):
        await until(lambda: here.calls("message.list"))
        await asyncio.sleep(0.05)

    assert inbox.events == []
