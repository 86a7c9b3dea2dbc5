"""The gateway: a real client identifies, hears, loses its connection and comes back."""

import asyncio
import json
from typing import Any

import aiohttp
import discord
import pytest

from playground.discord import TOKEN
from playground.discord.world import BOT, GENERAL, GUILD
from tests.launcher import PATIENCE
from tests.playground.discord.driving import MINIMAL, Connect, World
from tests.waits import until

pytestmark = pytest.mark.anyio
CONTENT = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


class Raw:
    """A gateway connection by hand, in plain text."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, op: int, data: Any) -> None:
        await self.ws.send_str(json.dumps({"op": op, "d": data}))

    async def hear(self) -> Any:
        found = await self.ws.receive(timeout=PATIENCE)
        return found.json() if found.type is aiohttp.WSMsgType.TEXT else found.data

    async def identify(self, **more: Any) -> None:
        await self.send(2, {"token": TOKEN, "intents": MINIMAL.value, "properties": {}} | more)

    async def code(self) -> int | None:
        """The close code, after whatever comes before it."""
        while not self.ws.closed:
            await self.ws.receive(timeout=PATIENCE)
        return self.ws.close_code


async def raw(world: World, query: str = "?v=10&encoding=json") -> Raw:
    return Raw(await world.session.ws_connect(world.server.addresses["gateway"] + query))


async def test_a_client_gets_ready_and_knows_its_servers(world: World, connect: Connect) -> None:
    bot = await connect()

    assert bot.user is not None
    assert bot.user.id == BOT
    guild = bot.get_guild(GUILD)
    assert guild is not None
    assert [channel.name for channel in guild.text_channels] == ["general", "random"]
    assert guild.me.guild_permissions.send_messages


async def test_of_what_people_say_to_each_other_only_the_content_intent_reads(world: World, connect: Connect) -> None:
    await world.do("config", privileged=["message_content"])
    minimal, reading = await connect(), await connect(CONTENT)

    await world.do("say", text="among us")
    await world.do("say", text="you there", mention=True)
    await world.do("say", text="in private", dm=True)

    await until(lambda: len(minimal.heard) == len(reading.heard) == 3)
    assert minimal.texts == ["", f"<@{BOT}> you there", "in private"]
    assert reading.texts == ["among us", f"<@{BOT}> you there", "in private"]


async def test_an_intent_that_the_portal_has_not_granted_ends_the_client(world: World, connect: Connect) -> None:
    bot = await connect()

    await world.do("config", privileged=[])
    async with type(bot)(CONTENT) as other:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await other.start(TOKEN)


@pytest.mark.parametrize("verb", ["op7", "drop"])
async def test_a_lost_connection_is_resumed_and_what_was_missed_is_told(
    world: World, connect: Connect, verb: str
) -> None:
    bot = await connect()

    world.at_once(verb)
    world.at_once("say", text="while you were gone", mention=True)

    await until(lambda: bot.heard and "resumed" in bot.events)
    assert bot.events == ["ready", "resumed"]
    assert [one["event"] for one in world.state("connections")] == ["identify", "closed", "resume"]
    assert world.state("connections")[-1]["replayed"] == 1


async def test_a_session_that_is_gone_cannot_be_resumed(world: World) -> None:
    client = await raw(world)
    await client.hear()
    await client.send(6, {"token": TOKEN, "session_id": "none", "seq": 1})

    assert await client.hear() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_frame_comes_as_it_is(world: World) -> None:
    client = await raw(world)
    await client.hear()
    await world.do("frame", text='{"op": 77}')

    assert await client.hear() == {"op": 77}


async def test_a_resumable_op_9_is_resumed(world: World, connect: Connect) -> None:
    bot = await connect()

    await world.do("op9", resumable=True)

    await until(lambda: "resumed" in bot.events)


async def test_an_op_9_takes_the_session_away(world: World) -> None:
    client = await raw(world)
    await client.identify()
    await until(lambda: world.platform.gateway.sessions)

    await world.do("op9")

    assert not world.platform.gateway.sessions


async def test_every_session_of_a_token_hears_every_event(world: World, connect: Connect) -> None:
    first, second = await connect(), await connect()

    await world.do("say", text="to both", mention=True)

    await until(lambda: first.heard and second.heard)
    assert first.heard[0].id == second.heard[0].id


async def test_the_same_event_can_come_again(world: World, connect: Connect) -> None:
    bot = await connect()
    said = await world.do("say", text="once", mention=True)

    assert await world.do("redeliver", id=said["id"]) == {"sessions": 1}
    await world.do("redeliver")

    await until(lambda: len(bot.heard) == 3)
    assert {str(message.id) for message in bot.heard} == {said["id"]}


async def test_a_shard_hears_of_its_own_servers(world: World) -> None:
    other = (GUILD >> 22) + 1
    made = await world.do("add_guild", name="Other", id=str(other << 22))
    mine, next_ = GUILD >> 22 & 1, other & 1
    shards = {number: await raw(world) for number in (0, 1)}
    for number, client in shards.items():
        await client.identify(shard=[number, 2])
        await client.hear()  # hello
        await client.hear()  # READY
        assert (await client.hear())["t"] == "GUILD_CREATE"

    await world.do("say", text="here")
    await world.do("say", text="there", channel=made["channel"])
    await world.do("say", text="in private", dm=True)

    assert (await shards[mine].hear())["d"]["guild_id"] == str(GUILD)
    assert (await shards[next_].hear())["d"]["guild_id"] == made["id"]
    assert "guild_id" not in (await shards[0].hear())["d"]


async def test_an_auto_sharded_client_reads_how_many_shards_it_needs(world: World, connect: Connect) -> None:
    await connect()
    status, body, _ = await world.call("GET", "/gateway/bot")

    assert status == 200
    assert (body["shards"], body["url"]) == (1, world.server.addresses["gateway"])


async def test_members_are_told_in_chunks_on_request(world: World) -> None:
    client = await raw(world)
    await client.identify()
    await client.send(8, {"guild_id": str(GUILD), "query": "a", "limit": 5, "nonce": "n"})
    while (heard := await client.hear()).get("t") != "GUILD_MEMBERS_CHUNK":
        pass

    assert [one["user"]["username"] for one in heard["d"]["members"]] == ["ada", "alan"]
    assert (heard["d"]["nonce"], heard["d"]["chunk_count"]) == ("n", 1)


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 0}, 4004),
        (2, {"token": TOKEN}, 4013),
        (2, {"token": TOKEN, "intents": 1 << 30}, 4013),
        (2, {"token": TOKEN, "intents": 1 << 15}, 4014),
        (2, {"token": TOKEN, "intents": 1, "shard": [2, 2]}, 4010),
        (2, None, 4002),
        (6, {"token": "wrong", "session_id": "", "seq": 0}, 4004),
        (8, {"guild_id": "1"}, 4003),
    ],
)
async def test_what_a_client_may_not_send_closes_with_discords_code(
    world: World, op: int, data: Any, code: int
) -> None:
    client = await raw(world)
    await client.send(op, data)

    assert await client.code() == code


async def test_who_identifies_twice_speaks_unknown_words_or_too_much_is_thrown_out(world: World) -> None:
    twice, unknown, flood = await raw(world), await raw(world), await raw(world)
    for client in (twice, unknown):
        await client.identify()
    await twice.identify()
    await unknown.send(99, None)
    for _ in range(121):
        await flood.send(1, None)

    assert [await client.code() for client in (twice, unknown, flood)] == [4005, 4001, 4008]


async def test_who_sends_no_heartbeat_is_dead(world: World) -> None:
    await world.do("config", heartbeat_seconds=0.05)
    client = await raw(world)

    assert (await client.hear())["d"]["heartbeat_interval"] == 50
    assert await client.code() == 4009


async def test_a_session_that_forgot_too_much_cannot_be_resumed(world: World) -> None:
    await world.do("config", replay=1)
    client = await raw(world)
    await client.identify()
    await client.hear()
    session = (await client.hear())["d"]["session_id"]
    await world.do("say", text="one")
    await world.do("drop")

    again = await raw(world)
    await again.hear()
    await again.send(6, {"token": TOKEN, "session_id": session, "seq": 1})

    assert (await again.hear())["op"] == 9


async def test_who_says_goodbye_ends_the_session(world: World) -> None:
    client = await raw(world)
    await client.identify()
    await until(lambda: world.platform.gateway.sessions)

    await client.ws.close(code=1000)

    await until(lambda: not world.platform.gateway.sessions)


async def test_discord_py_leaves_without_a_goodbye(world: World, connect: Connect) -> None:
    """It means to close with 1000, but its reader is quicker: the session stays until it is forgotten."""
    bot = await connect()
    await bot.close()
    await until(lambda: not world.platform.gateway.sockets)

    assert world.state("connections")[-1]["code"] == 4000
    assert world.platform.gateway.sessions
    await world.do("config", resume_seconds=0)
    await world.do("say", text="anybody there?")
    assert not world.platform.gateway.sessions


async def test_what_happens_where_the_bot_sees_nothing_is_not_told(world: World, connect: Connect) -> None:
    bot = await connect()
    await world.do("deny", channel="general", permissions=["VIEW_CHANNEL"])
    await world.do("say", text="hidden", mention=True)
    await world.do("say", text="seen", mention=True, channel="random")

    await until(lambda: bot.heard)
    await asyncio.sleep(0.01)
    assert [message.channel.id == GENERAL for message in bot.heard] == [False]


async def test_a_client_hears_of_threads_edits_and_deletions(world: World, connect: Connect) -> None:
    bot = await connect()
    said = (await world.do("say", text="a", mention=True))["id"]
    await world.do("edit", message=said, text="b")
    thread = (await world.do("thread", message=said, name="About a"))["id"]
    await world.do("delete", message=said)

    await until(lambda: f"deleted {said}" in bot.events)
    assert thread == said
    assert f"edited {said}" in bot.events
    assert f"thread {said}" in bot.events


async def test_a_channel_is_hidden_from_everyone_but_the_bot_and_the_owner(world: World, connect: Connect) -> None:
    made = (await world.do("add_channel", name="plans", hidden=True))["id"]
    thread = (await world.do("thread", channel=made, name="Whom", user="ada"))["id"]
    bot = await connect()
    server = bot.guilds[0]

    for id in (made, thread):
        place = server.get_channel_or_thread(int(id))
        assert place
        assert place.permissions_for(server.me).view_channel
        assert not place.permissions_for(server.default_role).view_channel
        assert (await world.try_to("say", {"channel": id, "text": "?", "user": "grace"}))[0] == 400
    await world.do("say", channel=made, text="now", mention=True, user="ada")
    await until(lambda: bot.texts)
    await world.do("deny", channel=made, permissions=["VIEW_CHANNEL"])
    await until(lambda: not server.get_channel(int(made)).permissions_for(server.me).view_channel)  # type: ignore[union-attr]  # it is there


async def test_of_a_channel_that_the_bot_may_not_see_it_is_told_no_name(world: World, connect: Connect) -> None:
    """As Discord announced it for November 2026; over REST it is not told of at all."""
    made = int((await world.do("add_channel", name="plans"))["id"])
    await world.do("deny", channel="random", permissions=["VIEW_CHANNEL"])
    bot = await connect()
    server = bot.guilds[0]
    assert sorted(channel.name for channel in server.channels) == ["___hidden___", "general", "plans"]

    await world.do("deny", channel=made, permissions=["VIEW_CHANNEL"])

    await until(lambda: server.get_channel(made).name == "___hidden___")  # type: ignore[union-attr]  # it is there
    assert not server.get_channel(made).permissions_for(server.me).view_channel  # type: ignore[union-attr]  # it is there
    assert [channel.name for channel in await server.fetch_channels()] == ["general"]
    await world.do("deny", channel=made, permissions=[])
    await until(lambda: server.get_channel(made).name == "plans")  # type: ignore[union-attr]  # it is there


async def test_an_identify_can_be_answered_with_an_invalid_session(world: World) -> None:
    await world.do("op9", identifies=1)
    client = await raw(world)
    await client.hear()
    await client.identify()
    refused = await client.hear()
    await client.identify()

    assert refused == {"op": 9, "d": False, "s": None, "t": None}
    assert (await client.hear())["t"] == "READY"
    assert [one["event"] for one in world.state("connections")] == ["refused", "identify"]


async def test_the_bot_hears_that_it_is_let_into_a_thread_and_taken_out_of_it(world: World) -> None:
    thread = (await world.do("thread", private=True))["id"]
    client = await raw(world)
    await client.hear()
    await client.identify()
    for _ in ("READY", "GUILD_CREATE"):
        await client.hear()
    for out in (False, False, True):
        await world.do("admit", thread=thread, out=out)

    told = [await client.hear() for _ in range(3)]
    assert [one["t"] for one in told] == ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE", "THREAD_MEMBERS_UPDATE"]
    assert [member["user_id"] for member in told[1]["d"]["added_members"]] == [str(BOT)]
    assert told[2]["d"] == {
        "id": thread,
        "guild_id": str(GUILD),
        "member_count": 1,
        "removed_member_ids": [str(BOT)],
    }
