"""Discord as a platform: connect, listen, and ask for what was missed."""

import asyncio
from collections.abc import Sequence
from functools import partial

import aiohttp

from bots.discord.aside import Aside
from bots.discord.door import Door
from bots.discord.gateway import LISTEN_PAUSE, Gateway
from bots.discord.menu import commands, is_same
from bots.discord.missed import Missed
from bots.discord.parts import NAME
from bots.discord.portal import wrong_with
from bots.discord.rest import TIMEOUT, Rest, note
from bots.discord.screen import DiscordScreen
from bots.discord.servers import Servers
from bots.discord.shards import ALONE, Shards
from bots.discord.threads import Thread
from core.contract import File, Inbox, Message, Turn
from core.errands import Errands, cancelled
from core.errors import SettingsError
from core.network import proxy_for
from core.outside import Payload
from core.trouble import until_well

OFFER_PAUSES = (1.0, 5.0, 30.0)
"""Seconds after each try to offer the commands, the last one again and again."""
OFFER_SECONDS = 2.0
"""How long the gateway waits for the commands: whoever sees the bot come online may type one."""


class Discord:
    """One bot, by its token."""

    name = NAME

    def __init__(
        self,
        token: str,
        api_url: str,
        gateway_url: str,
        *,
        message_content: bool = False,
        shards: Shards = ALONE,
        pause_seconds: float = LISTEN_PAUSE,
    ) -> None:
        self._token = token
        self._api_url = api_url
        self._wants_content = message_content
        self.gateway = Gateway(
            token, api_url, gateway_url, shards, wants_content=message_content, pause_seconds=pause_seconds
        )
        self.servers = Servers(self.gateway)
        self._session: aiohttp.ClientSession | None = None
        self._opened: Rest | None = None
        self._errands = Errands()

    @property
    def last_frame_at(self) -> float:
        return self.gateway.last_frame_at

    @property
    def home(self) -> str:
        return self.rest.bot.application

    @property
    def rest(self) -> Rest:
        if self._opened is None:
            raise RuntimeError("open() comes first")
        return self._opened

    async def open(self) -> None:
        proxy = proxy_for(self._api_url)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT), proxy=proxy)
        self._opened = Rest(self._token, self._api_url, self._session)
        problems = await wrong_with(self._opened, wants_content=self._wants_content)
        if problems:
            await self.close()
            raise SettingsError(problems)

    async def run(self, inbox: Inbox) -> None:
        """Raises SettingsError when the gateway refuses what the settings say."""
        missed = Missed(self.rest, self.servers, inbox)
        door = Door(self.rest, inbox, self._errands, self.servers, missed)

        async def heard(kind: str, payload: Payload) -> None:
            self._errands.own(asyncio.current_task())  # what was accepted is acknowledged before we close
            await door.hear(kind, payload)

        await missed.prepare()
        offering = asyncio.create_task(until_well(self._offer, OFFER_PAUSES, partial(note, call="commands")))
        beside = [offering, asyncio.create_task(missed.run(door.take))]
        try:
            await asyncio.wait([offering], timeout=OFFER_SECONDS)
            await self.gateway.listen(heard, missed.gap, self.rest)
        finally:
            await cancelled(*beside)
            door.close()
            await self._errands.ended(TIMEOUT)

    async def close(self) -> None:
        await self._errands.ended(TIMEOUT)
        if self._session is not None:
            await self._session.close()

    def screen(self, turn: Turn) -> DiscordScreen:
        return DiscordScreen(self.rest, turn)

    async def read(self, file: File, at_most: int) -> bytes:
        return await self.rest.download(file.ref, at_most)

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        """Raises ScreenError; what is over soon is waited for."""
        if not message.place.thread or message.place.private:
            return ()
        return await Thread(self.rest, self.servers, message).before(since)

    async def write_to(self, person: str, text: str) -> None:
        """Raises ScreenErrors."""
        if person.isdecimal():
            await Aside(self.rest).write_to(person, text)

    # The commands that people are offered

    async def _offer(self) -> None:
        """Discord counts how often commands are made: only what changed is sent."""
        path = f"/applications/{self.rest.bot.application}/commands"
        wanted = commands()
        if not is_same(await self.rest.told(path), wanted):
            await self.rest.call("PUT", path, list(wanted))
