"""An interaction's webhook: its token is in the path, and each message of it can be had."""

from typing import Any

import pytest

from playground.discord.world import BOT
from tests.playground.discord.driving import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def asked(world: World) -> Any:
    commands = [{"name": "ask", "description": "Ask"}]
    await world.call("PUT", f"/applications/{BOT}/commands", commands)
    return await world.do("interact", command="ask")


def callback(asked: Any) -> str:
    return f"/interactions/{asked['id']}/{asked['token']}/callback"


async def test_the_first_answer_is_told_only_when_asked_for(world: World, asked: Any) -> None:
    assert (await world.call("POST", callback(asked), {"type": 5}))[0] == 204
    _, body, _ = await world.call("GET", f"/webhooks/{BOT}/{asked['token']}/messages/@original")
    assert body["flags"] == 128


async def test_it_needs_no_token_of_the_bot(world: World, asked: Any) -> None:
    path = callback(asked) + "?with_response=1"
    _, body, _ = await world.call("POST", path, {"type": 4, "data": {"content": "yes"}}, token="wrong")

    assert body["resource"]["message"]["content"] == "yes"
    assert body["interaction"]["response_message_id"] == body["resource"]["message"]["id"]
    assert body["interaction"]["response_message_loading"] is False


async def test_followups_are_edited_read_and_deleted(world: World, asked: Any) -> None:
    await world.call("POST", callback(asked), {"type": 4, "data": {"content": "yes"}})
    hook = f"/webhooks/{BOT}/{asked['token']}"
    _, made, _ = await world.call("POST", hook, {"content": "more"})
    one = f"{hook}/messages/{made['id']}"

    assert (await world.call("PATCH", one, {"content": "even more"}))[1]["content"] == "even more"
    assert (await world.call("GET", one))[1]["content"] == "even more"
    assert (await world.call("DELETE", one))[0] == 204
    assert (await world.call("GET", one))[1]["code"] == 10008


async def test_messages_of_others_are_not_reached_with_it(world: World, asked: Any) -> None:
    said = await world.do("say", text="mine")
    await world.call("POST", callback(asked), {"type": 5})

    path = f"/webhooks/{BOT}/{asked['token']}/messages/{said['id']}"
    assert (await world.call("PATCH", path, {"content": "x"}))[1]["code"] == 10008


@pytest.mark.parametrize("kind", [6, 7, 8, 99])
async def test_a_command_is_not_answered_like_a_button(world: World, asked: Any, kind: int) -> None:
    assert (await world.call("POST", callback(asked), {"type": kind}))[1]["code"] == 50035
    assert (await world.call("POST", callback(asked), {"type": 5}))[0] == 204


async def test_a_wrong_token_opens_nothing(world: World, asked: Any) -> None:
    wrong = {"id": asked["id"], "token": "wrong"}

    assert (await world.call("POST", callback(wrong), {"type": 5}))[1]["code"] == 10062
    status, body, _ = await world.call("POST", f"/webhooks/{BOT}/wrong", {"content": "x"})
    assert (status, body["code"]) == (401, 50027)
