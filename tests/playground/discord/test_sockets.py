"""One connection: frames leave in order, as one compressed stream when the client asks for it."""

import asyncio
import json
import zlib

import aiohttp
import pytest

from playground.discord import TOKEN
from tests.launcher import PATIENCE
from tests.playground.discord.driving import World

pytestmark = pytest.mark.anyio


async def test_a_compressed_connection_is_one_stream(world: World) -> None:
    address = world.server.addresses["gateway"] + "?v=10&encoding=json&compress=zlib-stream"
    inflate = zlib.decompressobj()
    heard = []
    async with world.session.ws_connect(address) as ws:
        await ws.send_str(json.dumps({"op": 2, "d": {"token": TOKEN, "intents": 1}}))
        for _ in range(3):
            frame = await ws.receive_bytes(timeout=PATIENCE)
            assert frame.endswith(b"\x00\x00\xff\xff")
            heard.append(json.loads(inflate.decompress(frame)))

    assert [one["op"] for one in heard] == [10, 0, 0]
    assert [one["t"] for one in heard[1:]] == ["READY", "GUILD_CREATE"]
    assert [one["s"] for one in heard[1:]] == [1, 2]


async def test_a_client_that_reads_nothing_holds_nobody_up(world: World) -> None:
    async with world.session.ws_connect(world.server.addresses["gateway"]) as ws:
        await ws.send_str(json.dumps({"op": 2, "d": {"token": TOKEN, "intents": 512 | 1}}))
        async with asyncio.timeout(PATIENCE):
            for _ in range(50):
                await world.do("say", text="x" * 2000)

        assert len(world.state("versions")) == 50


async def test_an_unknown_version_of_the_protocol_is_refused(world: World) -> None:
    async with world.session.ws_connect(world.server.addresses["gateway"] + "?v=1") as ws:
        while (await ws.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.TEXT:
            pass

    assert ws.close_code == 4012
