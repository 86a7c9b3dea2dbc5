"""The gateway on a Discord of our own, and its fates."""

import asyncio
import json
import time

import aiohttp
import pytest
import yarl
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket

from bots.discord import gateway
from bots.discord.app import Discord
from core.errands import cancelled
from core.errors import SettingsError
from core.events import Connected, Disconnected
from core.telling import LogEvent, heard_by
from playground.discord import TOKEN
from playground.discord.wire import guild_create
from playground.discord.world import FORUM
from tests.bots.discord.desk import GENERAL, GUILD, House, at_work, house
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_a_first_connect_that_fails_is_tried_again(here: House) -> None:
    platform = Discord(TOKEN, here.api, "ws://127.0.0.1:9/", pause_seconds=0.02)
    await platform.open()
    running = asyncio.create_task(platform.run(Notebook()))
    try:
        await until(lambda: len(here.calls("application.get")) > 2)  # ours, and two of discord.py's
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(here.ground.gateway.address)
        await until(lambda: platform.gateway.is_connected)
    finally:
        await cancelled(running)
        await platform.close()


async def test_a_rest_that_fails_at_login_is_tried_again(here: House) -> None:
    inbox = Notebook()
    here.fail("application.get", 503, times=2)
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: inbox.events)


async def test_json_is_read_also_where_its_charset_is_said(here: House) -> None:
    async def front(request: web.Request) -> web.Response:
        headers = {key: request.headers[key] for key in ("Authorization", "Content-Type") if key in request.headers}
        where, data = here.api.rstrip("/") + request.path, await request.read()
        async with aiohttp.request(request.method, where, headers=headers, data=data) as answer:
            return web.json_response(await answer.json())

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", front)
    async with TestServer(app) as server:
        platform = Discord(TOKEN, str(server.make_url("")), here.ground.gateway.address, pause_seconds=0.05)
        await platform.open()
        running = asyncio.create_task(platform.run(Notebook()))
        try:
            await until(lambda: platform.gateway.is_connected)
        finally:
            await cancelled(running)
            await platform.close()


async def test_what_stands_before_discord_cannot_end_a_bot_that_runs(here: House) -> None:
    here.fail("user.me", 401, via=False)
    inbox = Notebook()
    async with at_work(here, inbox) as running:
        assert not running.done()
        here.say("why?", mention=True)
        await until(lambda: inbox.events)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("MESSAGE_UPDATE", {"id": "1", "channel_id": GENERAL, "guild_id": GUILD, "embeds": []}),
        ("CHANNEL_CREATE", {"id": "2", "guild_id": GUILD, "type": FORUM, "name": "x", "position": 0}),
        ("GUILD_CREATE", {"id": GUILD, "channels": [{"id": "3", "type": FORUM, "name": "___hidden___"}]}),
    ],
)
async def test_an_event_that_discord_py_cannot_read_leaves_everybody_the_connection(
    here: House, kind: str, told: dict[str, object], inbox: Notebook
) -> None:
    """Of a channel that the bot may not see Discord leaves out or empties what it likes."""
    here.do("frame", text=json.dumps({"op": 0, "t": kind, "d": {"available_tags": None, **told}}))
    here.say("why?", mention=True)
    await until(lambda: inbox.events)

    assert inbox.texts == ["why?"]
    assert [one["event"] for one in here.records("connections")] == ["identify"]


async def test_events_that_discord_py_cannot_read_are_written_down_once(
    here: House, caplog: pytest.LogCaptureFixture, inbox: Notebook
) -> None:
    for number in range(9):
        told = {"id": str(number), "guild_id": GUILD, "type": FORUM, "name": "x", "position": 0}
        here.do("frame", text=json.dumps({"op": 0, "t": "CHANNEL_CREATE", "d": {"available_tags": None, **told}}))
    here.say("why?", mention=True)
    await until(lambda: inbox.events)

    assert caplog.text.count("call=event") == 1


async def test_a_server_of_which_discord_py_reads_a_part_is_heard(here: House) -> None:
    inbox = Notebook()
    here.do("kick", unavailable=True)
    async with at_work(here, inbox):
        told = guild_create(here.ground.world, here.ground.world.guild(GUILD), members=False)
        hidden = {"id": "3", "type": FORUM, "name": "___hidden___", "position": 0, "available_tags": None}
        told["channels"].append(hidden)
        here.do("frame", text=json.dumps({"op": 0, "t": "GUILD_CREATE", "d": told}))
        here.say(f"what is <#{GENERAL}>?", mention=True)
        await until(lambda: inbox.events)
        assert here.platform.servers.has(GUILD, "5") is None

    assert inbox.texts == [f"what is <#{GENERAL}>?"]


async def test_who_identifies_and_loses_the_session_at_once_waits_longer_and_longer(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame that is no JSON ends its connection for good, and may come in every session."""
    monkeypatch.setattr(gateway, "LONGEST_LISTEN_PAUSE", 0.0)
    platform = Discord(TOKEN, here.api, here.ground.gateway.address, pause_seconds=0.2)
    await platform.open()
    running = asyncio.create_task(platform.run(Notebook()))
    came = list[float]()
    try:
        for _ in range(3):
            await until(lambda: platform.gateway.is_connected)
            came.append(time.monotonic())
            here.do("frame", text="no JSON")
            await until(lambda: not platform.gateway.is_connected)
    finally:
        await cancelled(running)
        await platform.close()

    assert came[2] - came[1] > 0.4


async def test_who_stops_by_itself_complains_of_no_connection(here: House) -> None:
    told: list[LogEvent] = []
    with heard_by(told.append):
        async with at_work(here, Notebook()):
            here.do("drop")
            await until(lambda: any(isinstance(one, Disconnected) for one in told))
            await until(lambda: isinstance(told[-1], Connected))

    assert [type(one) for one in told] == [Connected, Disconnected, Connected]


@pytest.mark.parametrize("verb", ["op7", "drop"])
async def test_a_lost_connection_is_mended_and_what_was_missed_is_heard(
    here: House, verb: str, inbox: Notebook
) -> None:
    here.do(verb)
    here.say("while you were gone", mention=True)
    await until(lambda: inbox.events)

    assert inbox.texts == ["while you were gone"]
    assert "resume" in [one["event"] for one in here.records("connections")]


@pytest.mark.parametrize(("code", "advice"), [(4004, "DISCORD_TOKEN is not"), (4011, "DISCORD_SHARDS=auto")])
async def test_a_token_that_was_reset_or_a_bot_that_has_outgrown_one_connection_ends_it_with_a_sentence(
    here: House, code: int, advice: str
) -> None:
    async with at_work(here, Notebook()) as running:
        here.do("close", code=code)
        await until(running.done)

    with pytest.raises(SettingsError, match=advice):
        running.result()


async def test_an_intent_that_was_taken_away_ends_it_with_a_sentence() -> None:
    async with house(content=True) as here:
        here.ground.config = type(here.ground.config)(limits={})
        async with at_work(here, Notebook()) as running:
            await until(running.done)

        with pytest.raises(SettingsError, match="DISCORD_MESSAGE_CONTENT"):
            running.result()


async def test_a_close_for_good_is_noted_by_its_number_and_followed_by_a_new_connection(
    here: House, caplog: pytest.LogCaptureFixture, inbox: Notebook
) -> None:
    here.do("close", code=4013)
    await until(lambda: not here.platform.gateway.is_connected)
    await until(lambda: here.platform.gateway.is_connected)
    here.say("why?", mention=True)
    await until(lambda: inbox.events)

    assert "code=closed_4013" in caplog.text
