"""The server on its port: control over HTTP, and what a browser may do."""

import discord
import pytest

from playground.discord import Discord
from tests.playground.discord.driving import Connect, World

pytestmark = pytest.mark.anyio


async def test_it_tells_where_it_listens(world: World) -> None:
    found = world.server.addresses

    assert found["api"].endswith("/api/v10")
    assert found["gateway"].startswith("ws://127.0.0.1:")
    assert found["gateway"].endswith("/gw/")


async def test_a_port_can_be_chosen() -> None:
    async with Discord() as first:
        port = first.port
    async with Discord(port) as second:
        assert second.addresses["page"] == f"http://127.0.0.1:{port}/"


async def test_state_tells_only_what_is_new(world: World) -> None:
    control = world.server.addresses["control"]
    await world.do("say", text="one")
    async with world.session.get(f"{control}/state") as response:
        first = await response.json()
    await world.do("say", text="two")
    async with world.session.get(f"{control}/state?since={first['next']}") as response:
        second = await response.json()

    assert [one["text"] for one in first["versions"] + second["versions"]] == ["one", "two"]


@pytest.mark.parametrize(
    ("verb", "body", "sentence"),
    [
        ("dance", {}, "No such verb"),
        ("edit", {}, "`message` is needed."),
        ("say", {"user": "nobody"}, "Unknown User"),
        ("config", {"limits": "few"}, "`limits` is"),
        ("faults", [{"method": "x", "do": "sing"}], "A fault's `do`"),
    ],
)
async def test_a_wrong_verb_is_answered_with_a_sentence(world: World, verb: str, body: object, sentence: str) -> None:
    status, answer = await world.try_to(verb, body)

    assert status == 400
    assert sentence in answer["error"]


async def test_faults_are_added_as_a_list_and_cleared(world: World) -> None:
    planned = [{"method": "typing", "do": "500"}, {"method": "typing", "do": "503"}]
    status, answer = await world.try_to("faults", planned)
    async with world.session.delete(world.server.addresses["control"] + "/faults") as response:
        assert response.status == 200

    assert (status, answer) == (200, {"faults": 2})
    assert len(world.platform.plan) == 0


async def test_a_reset_keeps_the_connections(world: World, connect: Connect) -> None:
    await connect()
    await world.do("reset")

    assert world.state("connections") == []
    assert world.platform.gateway.sockets


async def test_the_page_is_whole_in_itself(world: World) -> None:
    async with world.session.get(world.server.addresses["page"]) as response:
        text = await response.text()

    assert response.content_type == "text/html"
    assert "<title>" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_the_end_of_the_server_ends_its_connections_at_once(connect: Connect, world: World) -> None:
    bot = await connect()
    assert isinstance(bot, discord.Client)
    await world.server.__aexit__()

    assert not world.platform.gateway.sockets
    await world.server.__aenter__()
