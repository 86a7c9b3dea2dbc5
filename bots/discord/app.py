"""Discord as a platform: connect, listen, and ask for what was missed."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord.aside import Aside
from bots.discord.door import Door, bot_in
from bots.discord.ears import Ears, listener
from bots.discord.menu import commands, is_same
from bots.discord.missed import Missed, Spots
from bots.discord.parse import NAME, earlier, seconds
from bots.discord.rest import BAD_TOKEN, MOST_MESSAGES, TIMEOUT, Rest, note
from bots.discord.screen import DiscordScreen
from bots.discord.shards import ALONE, Shards
from bots.discord.words import ID
from core.contract import File, Inbox, Message, Person, Turn
from core.errors import Closed, ScreenError, SettingsError, Throttled, Uncertain
from core.network import CERTIFICATE, UNTRUSTED, proxy_for
from core.outside import Payload, text_in
from core.trouble import NEWS_SECONDS, READ_PAUSES, THREAD_SECONDS, patiently, until_well

OPEN_PAUSES = (0.5, 1.0, 2.0)
"""Seconds after each try to reach Discord at the start."""
LISTEN_PAUSE, LONGEST_LISTEN_PAUSE = 0.5, 30.0
"""Before a connection is made anew from the beginning: doubled each time, up to a longest one.

Who identifies more than 1,000 times a day loses his token: `Ears.apart` is the longest where that was done.
"""
CLOSE_SECONDS = 2.0
OFFER_PAUSES = (1.0, 5.0, 30.0)
"""Seconds after each try to offer the commands, the last one again and again."""
OFFER_SECONDS = 2.0
"""How long the gateway waits for the commands: whoever sees the bot come online may type one."""
EARLIER_CALLS = 3
"""How many times MOST_MESSAGES of a thread are read when the bot comes into it; then the first one alone."""

BLIND = "no_history"  # our word for it: Discord has none

MESSAGE_CONTENT = (1 << 18) | (1 << 19)  # of an application's flags: granted, or granted to a small bot
UNAUTHENTICATED, OUTGROWN = 4004, 4011  # close codes of the gateway's

_UNREACHABLE = (
    "Discord did not answer, or something else did in its place: check this machine's network (a proxy, a firewall), "
    "and DISCORD_API_URL if it is set."
)
_THROTTLED = (
    "Discord takes no more calls from this machine's address for a while: something there made too many of them. Wait "
    "an hour, and see that no second program uses the token or fails again and again."
)
_REFUSED = (
    "DISCORD_TOKEN is not accepted by Discord: reset the token (Bot of your application in the developer portal) and "
    "put the new one into .env."
)
_NO_CONTENT = (
    "DISCORD_MESSAGE_CONTENT is on, but the bot may not read what is said to others: switch on the Message Content "
    "Intent (Bot in the developer portal), or leave DISCORD_MESSAGE_CONTENT out."
)
_OUTGROWN = (
    "Discord wants the bot's servers divided among several connections, as it is in too many for one: set "
    "DISCORD_SHARDS=auto."
)
_ENDPOINT = (
    "Discord sends commands and buttons elsewhere: take the Interactions Endpoint URL away (General Information of "
    "your application in the developer portal)."
)

_SENSELESS = (ValueError, LookupError, TypeError, AttributeError)
"""What discord.py raises over a frame that it cannot read; the last also when a first connection fails."""


class Discord:
    """One bot, by its token."""

    name = NAME

    def __init__(
        self,
        token: str,
        api_url: str = "https://discord.com/api/v10",
        gateway_url: str = "wss://gateway.discord.gg/",
        *,
        message_content: bool = False,
        shards: Shards = ALONE,
        pause_seconds: float = LISTEN_PAUSE,
    ) -> None:
        self._token = token
        self._api_url = api_url
        self._gateway_url = gateway_url
        self._wants_content = message_content
        self._shards = shards
        self._pause_seconds = pause_seconds
        self._proxy: str | None = None
        self._session: aiohttp.ClientSession | None = None
        self._opened: Rest | None = None
        self._ears: Ears | None = None
        self._beside: set[asyncio.Task[Any]] = set()

    @property
    def is_connected(self) -> bool:
        """Whether all its shards are."""
        return bool(self._ears and self._ears.is_connected)

    @property
    def last_frame_at(self) -> float:
        """When the gateway last said anything, its answers to our heartbeats too (s since 1970); 0: never."""
        return self._ears.frame_at if self._ears else 0.0

    @property
    def home(self) -> str:
        return self.rest.bot.application

    @property
    def rest(self) -> Rest:
        if self._opened is None:
            raise RuntimeError("open() comes first")
        return self._opened

    async def open(self) -> None:
        self._proxy = proxy_for(self._api_url)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT), proxy=self._proxy)
        self._opened = Rest(self._token, self._api_url, self._session)
        problems = await wrong_with(self._opened, wants_content=self._wants_content)
        if problems:
            await self.close()
            raise SettingsError(problems)

    async def run(self, inbox: Inbox) -> None:
        """Raises SettingsError when the gateway refuses what the settings say."""
        Route.BASE = self._api_url.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._gateway_url)
        missed = Missed(self.rest, self, inbox)
        door = Door(self.rest, inbox, self._spawn, self, missed)
        await missed.prepare()
        offering = asyncio.create_task(until_well(self._offer, OFFER_PAUSES, lambda error: note(error, "commands")))
        beside = [offering, asyncio.create_task(missed.run(door.take))]
        try:
            await asyncio.wait([offering], timeout=OFFER_SECONDS)
            await self._keep(door, missed)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            door.close()
            await self._finished()

    async def close(self) -> None:
        await self._finished()
        if self._session is not None:
            await self._session.close()

    def screen(self, turn: Turn) -> DiscordScreen:
        return DiscordScreen(self.rest, turn)

    async def read(self, file: File, at_most: int) -> bytes:
        return await self.rest.download(file.ref, at_most)

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        """Raises ScreenError; what is over soon is waited for."""
        place = message.place
        if not place.thread or place.private:
            return ()
        bot = bot_in(place.space, place.thread or place.channel, self.rest.bot, self)
        heard = [one for said in await self._said(message, since) if (one := earlier(said, place, bot))]
        return [one for one in heard if one.at > since] if since else [*await self._title(message, heard), *heard]

    async def _title(self, message: Message, heard: Sequence[Message]) -> Sequence[Message]:
        """What the thread is called: of a post in a forum that is mostly the question. Whoever began it says it."""
        place = message.place
        known = self._ears.title(place.thread) if self._ears else None
        title, owner = known or await self._looked_up(place.thread)
        if not (title and ID.fullmatch(owner)):
            return ()
        name = next((one.author.name for one in (*heard, message) if one.author.id == owner), "")
        text = f"[title of this thread] {title}"
        return (Message(id=place.thread, place=place, author=Person(owner, name), at=seconds(place.thread), text=text),)

    async def _looked_up(self, thread: str) -> tuple[str, str]:
        """Its title and who began it."""
        try:
            found: Payload = await self.rest.call("GET", f"/channels/{thread}")
        except ScreenError:
            return "", ""
        return text_in(found, "name"), text_in(found, "owner_id")

    async def _said(self, message: Message, since: float) -> Sequence[Payload]:
        """Where we may not read what was said Discord tells of nothing: a command says so, else the question lacks."""
        thread, asked = message.place.thread, message.address.get("message", "")
        if asked == thread:  # it begins a post in a forum
            return ()
        if message.address.get("blind"):
            raise Closed(BLIND)
        said = await self._thread(thread, asked or message.id, since)
        if asked and not said and not await self.rest.messages(thread, before=int(asked) + 1, limit=1):
            raise Closed(BLIND)
        return said

    async def _thread(self, thread: str, before: str, since: float) -> Sequence[Payload]:
        """Its first message and the newest ones, oldest first; of `since` alone those after it, and some before.

        What was read is not asked for a second time.
        """
        until = time.monotonic() + (NEWS_SECONDS if since else THREAD_SECONDS)

        async def read(**where: str | int) -> Sequence[Payload]:
            left = until - time.monotonic()
            return await patiently(lambda: self.rest.messages(thread, **where), READ_PAUSES, seconds=left)

        said: list[Payload] = []
        for _ in range(EARLIER_CALLS):
            found = await read(before=before)
            said[:0] = found
            if len(found) < MOST_MESSAGES or seconds(str(found[0]["id"])) <= since:
                return said
            before = str(found[0]["id"])
        return [*(one for one in await read(after=int(thread) - 1, limit=1) if one["id"] != before), *said]

    async def write_to(self, person: str, text: str) -> None:
        """Raises ScreenErrors."""
        if person.isdecimal():
            await Aside(self.rest).write_to(person, text)

    # The gateway

    async def _keep(self, door: Door, missed: Missed) -> None:
        """One client after the other: discord.py mends a connection, but not the first one, nor a refusal."""
        pause = self._pause_seconds
        while True:
            began = time.monotonic()
            longest = await self._connect(door, missed)
            pause = self._pause_seconds if time.monotonic() - began > longest else pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _connect(self, door: Door, missed: Missed) -> float:
        """Until the connection is beyond mending; the longest pause before another one.

        Raises SettingsError when that would be refused as well.
        """

        async def heard(kind: str, payload: Payload) -> None:
            self._own(asyncio.current_task())  # what was accepted is acknowledged before we close
            await door.hear(kind, payload)

        lost = self._ears.lost if self._ears else {}
        self._ears = ears = listener(
            heard, missed.gap, self._shards, lost, wants_content=self._wants_content, proxy=self._proxy
        )
        listening = asyncio.create_task(ears.start(self._token))
        try:
            await asyncio.wait([listening])  # discord.py passes over a cancel while it mends a shard's connection
            await listening
        except asyncio.CancelledError:
            ears.hangs_up = True
            raise
        except discord.PrivilegedIntentsRequired:
            raise SettingsError([_NO_CONTENT]) from None
        except discord.LoginFailure as error:
            if await is_refused(self.rest):
                raise SettingsError([_REFUSED]) from None
            note(error, "gateway")
        except discord.ConnectionClosed as error:
            if error.code in (UNAUTHENTICATED, OUTGROWN):
                raise SettingsError([_REFUSED if error.code == UNAUTHENTICATED else _OUTGROWN]) from None
            note(Closed(f"closed_{error.code}"), "gateway")
            return ears.apart
        except (discord.DiscordException, aiohttp.ClientError, OSError, *_SENSELESS) as error:
            note(error, "gateway")
        finally:
            await _closed(ears, listening)
            ears.went()
        return ears.apart if ears.has_identified else LONGEST_LISTEN_PAUSE

    def parent(self, channel: str) -> str | None:
        return self._ears.parent(channel) if self._ears else None

    def role(self, guild: str) -> str:
        return self._ears.role(guild) if self._ears else ""

    def called(self, guild: str, at: str, id: str) -> str:
        return self._ears.called(guild, at, id) if self._ears else ""

    def may_write(self, guild: str, room: str) -> bool | None:
        return self._ears.may_write(guild, room) if self._ears else None

    def busy(self, after: int) -> Spots:
        return self._ears.busy(after) if self._ears else ()

    def has(self, guild: str, channel: str = "") -> bool | None:
        return self._ears.has(guild, channel) if self._ears else None

    def joined(self, guild: str) -> float:
        return self._ears.joined(guild) if self._ears else 0.0

    async def all_told(self) -> None:
        if self._ears:
            await self._ears.all_told()

    # The commands that people are offered

    async def _offer(self) -> None:
        """Discord counts how often commands are made: only what changed is sent."""
        path = f"/applications/{self.rest.bot.application}/commands"
        wanted = commands()
        if not is_same(await self.rest.call("GET", path), wanted):
            await self.rest.call("PUT", path, list(wanted))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._own(asyncio.create_task(work))

    def _own(self, task: "asyncio.Task[Any] | None") -> None:
        if task is not None:
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)

    async def _finished(self) -> None:
        if self._beside:
            await asyncio.wait(self._beside, timeout=TIMEOUT)


async def _closed(ears: Ears, listening: "asyncio.Task[None]") -> None:
    """A gateway that is gone does not answer a close; discord.py would wait 30 s for it."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await ears.close()
    except TimeoutError:
        await ears.http.close()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await ears.hang_up()


async def wrong_with(rest: Rest, *, wants_content: bool) -> Sequence[str]:
    """Sentences on the token and what it may; none when all is well. A network that comes up is waited for."""
    problem = _UNREACHABLE
    for pause in OPEN_PAUSES:
        try:
            application = await rest.identity()
        except (Throttled, Uncertain) as error:
            if error.code in CERTIFICATE:
                return [UNTRUSTED.format("Discord")]
            problem = _THROTTLED if isinstance(error, Throttled) else _UNREACHABLE
            await asyncio.sleep(min(error.retry_after or pause, 10.0))
        except ScreenError as error:
            return [_REFUSED if error.code == BAD_TOKEN else _UNREACHABLE]
        else:
            return problems_of(application, wants_content=wants_content)
    return [problem]


async def is_refused(rest: Rest) -> bool:
    """Whether it is Discord that does not take the token, and nothing that stands before it."""
    try:
        await rest.identity()
    except ScreenError as error:
        return isinstance(error, Closed) and error.code == BAD_TOKEN
    return False


def problems_of(application: Payload, *, wants_content: bool) -> Sequence[str]:
    """What in the developer portal keeps the bot from its work, each with its fix."""
    flags = application.get("flags")
    may_read = isinstance(flags, int) and bool(flags & MESSAGE_CONTENT)
    problems = [_NO_CONTENT] if wants_content and not may_read else []
    return [*problems, _ENDPOINT] if application.get("interactions_endpoint_url") else problems
