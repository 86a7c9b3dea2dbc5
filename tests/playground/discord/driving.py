"""How the tests drive the Discord: as a person over control, and with real discord.py clients."""

import asyncio
from typing import Any, Protocol

import aiohttp
import discord
from discord import app_commands

from playground.discord import TOKEN, Discord, Platform, control

MINIMAL = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


class World:
    """The server, and its control as a person uses it."""

    def __init__(self, server: Discord, session: aiohttp.ClientSession) -> None:
        self.server, self.session = server, session

    @property
    def platform(self) -> Platform:
        return self.server.platform

    @property
    def api(self) -> str:
        return self.server.addresses["api"]

    async def try_to(self, verb: str, body: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.server.addresses['control']}/{verb}", json=body) as response:
            return response.status, await response.json()

    async def do(self, verb: str, **body: Any) -> Any:
        status, answer = await self.try_to(verb, body)
        assert status == 200, answer
        return answer

    def at_once(self, verb: str, **body: Any) -> Any:
        """The same without the network: nothing else happens before it has."""
        return control.VERBS[verb](self.platform, body)

    async def call(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> tuple[int, Any, Any]:
        """A call as a bot makes it, without a library that retries: status, body, headers."""
        headers = {"Authorization": f"Bot {token}"}
        async with self.session.request(method, self.api + path, json=body, headers=headers) as response:
            found = await response.json() if response.content_type == "application/json" else await response.text()
            return response.status, found, response.headers

    def state(self, kind: str) -> list[Any]:
        found: list[Any] = self.platform.record.state().get(kind, [])
        return found

    def versions(self, message: object) -> list[Any]:
        return [one for one in self.state("versions") if one["message"] == str(message)]


class Bot(discord.Client):
    """A client that remembers what it heard."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        quick: dict[str, Any] = {"guild_ready_timeout": 0, "max_messages": None, "chunk_guilds_at_startup": False}
        super().__init__(intents=intents, **quick | options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.events: list[str] = []
        self.ready = asyncio.Event()

    async def on_ready(self) -> None:
        self.events.append("ready")
        self.ready.set()

    async def on_resumed(self) -> None:
        self.events.append("resumed")

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.append(message)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.events.append(f"deleted {event.message_id}")

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.events.append(f"edited {event.message_id}")

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.events.append(f"thread {thread.id}")

    @property
    def texts(self) -> list[str]:
        return [message.content for message in self.heard]


class Connect(Protocol):
    async def __call__(self, intents: discord.Intents = MINIMAL, prepare: Any = None, **options: Any) -> Bot: ...
