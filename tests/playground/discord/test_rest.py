"""How a call goes: it waits, is counted, fails as planned, takes effect and is answered."""

import asyncio
import io
import time
from typing import Any

import aiohttp
import anyio
import discord
import pytest

from playground.discord.world import BOT, GENERAL, GUILD, RANDOM
from tests.launcher import PATIENCE
from tests.playground.discord.driving import Connect, World
from tests.waits import until

pytestmark = pytest.mark.anyio
MESSAGES = f"/channels/{GENERAL}/messages"


async def post(world: World, text: str = "x", channel: int = GENERAL) -> tuple[int, Any, Any]:
    return await world.call("POST", f"/channels/{channel}/messages", {"content": text})


async def limits(world: World, **rules: Any) -> None:
    await world.do("config", limits={name.replace("_", "."): rule for name, rule in rules.items()})


async def test_the_headers_tell_what_is_left_of_a_bucket(world: World) -> None:
    await limits(world, message_create=[2, 30])
    first, second, third = [await post(world) for _ in range(3)]

    assert [one[0] for one in (first, second, third)] == [200, 200, 429]
    assert [one[2]["X-RateLimit-Remaining"] for one in (first, second, third)] == ["1", "0", "0"]
    assert first[2]["X-RateLimit-Limit"] == "2"
    assert first[2]["X-RateLimit-Bucket"] == second[2]["X-RateLimit-Bucket"]
    assert 29 < float(first[2]["X-RateLimit-Reset-After"]) <= 30
    assert abs(float(first[2]["X-RateLimit-Reset"]) - time.time() - 30) < 1


async def test_a_429_is_one_that_a_client_understands(world: World) -> None:
    await limits(world, message_create=[1, 7])
    await post(world)
    _, body, headers = await post(world)

    assert body["message"] == "You are being rate limited."
    assert (body["global"], headers["X-RateLimit-Scope"]) == (False, "user")
    assert 6 < body["retry_after"] <= int(headers["Retry-After"]) == 7
    assert headers["Via"]
    assert headers["Content-Type"] == "application/json"


async def test_each_channel_has_its_own_bucket_and_edits_another(world: World) -> None:
    await limits(world, message_create=[1, 30], message_edit=[1, 30])
    _, made, _ = await post(world)

    assert (await post(world, channel=RANDOM))[0] == 200
    assert (await world.call("PATCH", f"{MESSAGES}/{made['id']}", {"content": "y"}))[0] == 200
    assert (await world.call("PATCH", f"{MESSAGES}/{made['id']}", {"content": "z"}))[0] == 429


async def test_the_global_limit_names_no_bucket_and_leaves_interactions_out(world: World) -> None:
    await limits(world, **{"global": [1, 30]}, commands=None)
    await world.call("PUT", f"/applications/{BOT}/commands", [{"name": "ask", "description": "Ask"}])
    status, body, headers = await post(world)
    asked = await world.do("interact", command="ask")

    assert (status, body["global"], headers["X-RateLimit-Global"]) == (429, True, "true")
    assert "X-RateLimit-Bucket" not in headers
    path = f"/interactions/{asked['id']}/{asked['token']}/callback"
    assert (await world.call("POST", path, {"type": 5}))[0] == 204


async def test_an_interaction_has_a_short_window_and_may_have_a_long_one(world: World) -> None:
    await limits(world, webhook=[2, 0.01], webhook_slow=[3, 30])
    await world.call("PUT", f"/applications/{BOT}/commands", [{"name": "ask", "description": "Ask"}])
    asked = await world.do("interact", command="ask")
    await world.call("POST", f"/interactions/{asked['id']}/{asked['token']}/callback", {"type": 5})
    original = f"/webhooks/{BOT}/{asked['token']}/messages/@original"

    found = []
    for number in range(4):
        found.append((await world.call("PATCH", original, {"content": str(number)}))[0])
        await asyncio.sleep(0.011)
    assert found == [200, 200, 200, 429]


async def test_the_client_waits_as_long_as_the_headers_say_and_is_never_refused(world: World, connect: Connect) -> None:
    await limits(world, message_edit=[5, 0.2])
    bot = await connect()
    channel = bot.get_partial_messageable(GENERAL, guild_id=GUILD)
    message = channel.get_partial_message((await channel.send("0")).id)

    began = time.monotonic()
    for number in range(1, 12):
        await message.edit(content=str(number))

    assert 0.4 <= time.monotonic() - began < PATIENCE
    assert [one["status"] for one in world.state("calls") if one["method"] == "message.edit"] == [200] * 11


async def test_the_client_recovers_from_a_planned_429(world: World, connect: Connect) -> None:
    bot = await connect()
    await world.do("faults", method="message.create", do="429", retry_after=0.01)

    await bot.get_partial_messageable(GENERAL).send("in the end")

    assert [one["status"] for one in world.state("calls") if one["method"] == "message.create"] == [429, 200]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"do": "503"}, 503, 0),
        ({"do": {"error": "50083"}}, 400, 50083),
        ({"do": {"error": "10008"}}, 404, 10008),
        ({"do": "429", "via": False}, 429, 0),
    ],
)
async def test_a_planned_fault_is_answered_without_effect(
    world: World, connect: Connect, fault: Any, status: int, code: int
) -> None:
    bot = await connect()
    await world.do("faults", method="message.*", **fault)

    with pytest.raises(discord.HTTPException) as refused:
        await bot.get_partial_messageable(GENERAL).send("x")
    assert (refused.value.status, refused.value.code) == (status, code)
    assert world.state("versions") == []


@pytest.mark.parametrize(("do", "effects"), [("lost", 1), ("reset", 0)])
async def test_a_cut_call_has_its_effect_or_not(world: World, do: str, effects: int) -> None:
    await world.do("faults", method="message.create", do=do)

    with pytest.raises(aiohttp.ClientError):
        await post(world)
    assert len(world.state("versions")) == effects
    assert [(one["error"], one["effect"] is not None) for one in world.state("calls")] == [("cut", effects == 1)]


async def test_a_hanging_call_is_never_answered(world: World) -> None:
    await world.do("faults", method="message.create", do="hang")

    with pytest.raises(TimeoutError), anyio.fail_after(0.05):
        await post(world)
    await until(lambda: world.state("calls")[-1]["error"] == "cut")
    assert world.state("versions") == []


async def test_latency_is_half_before_the_effect_and_half_after(world: World) -> None:
    await world.do("config", latency=0.06)
    await post(world)

    call = world.state("calls")[0]
    assert call["effect"] - call["arrived"] >= 0.029
    assert call["answered"] - call["effect"] >= 0.029


async def test_what_was_asked_is_recorded(world: World) -> None:
    await post(world, "hello")

    call = world.state("calls")[0]
    assert (call["method"], call["status"]) == ("message.create", 200)
    assert call["arguments"] == {"channel": str(GENERAL), "body": {"content": "hello"}}


async def test_a_body_that_is_too_large_or_no_json_is_refused(world: World) -> None:
    form = aiohttp.FormData()
    form.add_field("payload_json", "{}")
    form.add_field("files[0]", io.BytesIO(bytes(26 * 2**20)), filename="big")
    headers = {"Authorization": f"Bot {world.platform.config.token}"}
    for data, status in ((form, 413), (b"{", 400)):
        async with world.session.post(world.api + MESSAGES, data=data, headers=headers) as response:
            assert response.status == status
