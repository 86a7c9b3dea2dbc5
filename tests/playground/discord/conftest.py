"""A Discord that listens, and real clients that are connected to it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import anyio
import discord
import pytest
import yarl

from playground.discord import TOKEN, Config, Discord, Platform
from tests.playground.discord.driving import MINIMAL, Bot, Connect, World


@pytest.fixture
async def world(anyio_backend: str) -> AsyncIterator[World]:
    platform = Platform(config=Config(limits={}))
    async with Discord(platform=platform) as server, aiohttp.ClientSession() as session:
        yield World(server, session)


@pytest.fixture
async def connect(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    """Makes clients that are connected and ready; `prepare(bot)` may add commands, which are then synced."""
    monkeypatch.setattr(discord.http.Route, "BASE", world.api)
    gateway = yarl.URL(world.server.addresses["gateway"])
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    logging.getLogger("discord").setLevel(logging.CRITICAL)
    bots: list[tuple[Bot, asyncio.Task[None]]] = []

    async def connected(intents: discord.Intents = MINIMAL, prepare: Any = None, **options: Any) -> Bot:
        bot = Bot(intents, **options)
        bots.append((bot, asyncio.create_task(bot.start(TOKEN))))
        with anyio.fail_after(5):
            await bot.ready.wait()
        if prepare is not None:
            prepare(bot)
            await bot.tree.sync()
        return bot

    yield connected
    for bot, task in bots:
        await bot.close()
        await asyncio.wait([task])
