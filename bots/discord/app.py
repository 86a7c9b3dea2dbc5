"""Discord as a platform: connect, listen, and ask for what was missed."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord.aside import Aside
from bots.discord.door import Door, note
from bots.discord.menu import commands, is_same
from bots.discord.missed import Missed, gap
from bots.discord.parse import NAME, Payload, earlier
from bots.discord.rest import TIMEOUT, Rest
from bots.discord.screen import DiscordScreen
from core.contract import File, Inbox, Message, Place, Turn
from core.errors import ScreenError, SettingsError, StoreError, Throttled, Uncertain
from core.events import Connected, Disconnected, Slug, emit

TRIES = (0.5, 1.0, 2.0)
"""Seconds after each try to reach Discord at the start."""
PAUSE_SECONDS, LONGEST_PAUSE, REFUSED_PAUSE = 0.5, 30.0, 100.0
"""Before a connection is made anew from the beginning: doubled each time, up to a longest one.

Who identifies more than 1,000 times a day loses his token.
"""
CLOSE_SECONDS = 2.0
RETRIES = (1.0, 5.0, 30.0)
"""Seconds after each try to ask Discord or Redis for what can wait."""
OFFER_SECONDS = 2.0
"""How long the gateway waits for the commands: whoever sees the bot come online may type one."""
READY_SECONDS = 10.0
"""How long a new session waits for the servers that it was promised; some may be down."""
UNNOTICED_SECONDS = 90.0
"""How long a connection may have been dead before that was noticed."""
EARLIER_CALLS = 3
"""How many times 100 messages of a thread are read when the bot comes into it."""

MESSAGE_CONTENT = (1 << 18) | (1 << 19)  # of an application's flags: granted, or granted to a small bot
BAD_TOKEN = 4004  # the gateway's close code

_UNREACHABLE = "Discord did not answer: check this machine's network, and DISCORD_API_URL if it is set."
_REFUSED = (
    "DISCORD_TOKEN is not accepted by Discord: reset the token (Bot of your application in the developer portal) and "
    "put the new one into .env."
)
_NO_CONTENT = (
    "DISCORD_MESSAGE_CONTENT is on, but the bot may not read what is said to others: switch on the Message Content "
    "Intent (Bot in the developer portal), or leave DISCORD_MESSAGE_CONTENT out."
)
_ENDPOINT = (
    "Discord sends commands and buttons elsewhere: take the Interactions Endpoint URL away (General Information of "
    "your application in the developer portal)."
)

HEARD = frozenset(
    (
        *("READY", "RESUMED", "INTERACTION_CREATE"),
        *("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
    )
)
_EVENT = re.compile(rf'"t": ?"(?:{"|".join(HEARD)})"')

_SENSELESS = (ValueError, LookupError, TypeError, AttributeError)
"""What discord.py raises over a frame that it cannot read; the last also when a first connection fails."""

T = TypeVar("T")

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we have no voice


class Ears(discord.Client):
    """The gateway: discord.py connects, beats, resumes and keeps the list of threads; what it hears goes to `heard`.

    The frames are taken as they came: an event of ours is made of what Discord sent, not of a library's view of it.
    """

    def __init__(self, heard: Callable[[str, Payload], Awaitable[None]], lost: Callable[[], None], **more: Any) -> None:  # noqa: ANN401  # options of the library's
        super().__init__(
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            enable_debug_events=True,  # which is what gives us the frames
            **more,
        )
        self._heard = heard
        self._lost = lost
        self.frame_at = 0.0

    async def on_socket_raw_receive(self, frame: str) -> None:
        self.frame_at = time.time()
        if _EVENT.search(frame):
            told = json.loads(frame)
            if (kind := told.get("t")) in HEARD:
                await self._heard(kind, told["d"])

    async def on_disconnect(self) -> None:
        self._lost()

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        error = sys.exception()
        if error is not None:
            note(error, "event")

    def parent(self, channel: str) -> str | None:
        """The channel of a thread, "" for a channel, None for what the gateway did not tell of."""
        found = self.get_channel(int(channel))
        if isinstance(found, discord.Thread):
            return str(found.parent_id)
        return None if found is None else ""

    def role(self, guild: str) -> str:
        """The role that Discord made for the bot in a server, "" when there is none."""
        found = self.get_guild(int(guild)) if guild.isdecimal() else None
        return str(found.self_role.id) if found and found.self_role else ""


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
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._token = token
        self._api_url = api_url
        self._gateway_url = gateway_url
        self._wants_content = message_content
        self._pause_seconds = pause_seconds
        self._session: aiohttp.ClientSession | None = None
        self._opened: Rest | None = None
        self._ears: Ears | None = None
        self._lost_at = 0.0
        self._gap = asyncio.Event()
        self._beside: set[asyncio.Task[Any]] = set()
        self.is_connected = False

    @property
    def last_frame_at(self) -> float:
        """When the gateway last said anything, its answers to our heartbeats too (s since 1970); 0: never."""
        return self._ears.frame_at if self._ears else 0.0

    @property
    def rest(self) -> Rest:
        if self._opened is None:
            raise RuntimeError("open() comes first")
        return self._opened

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        self._opened = Rest(self._token, self._api_url, self._session)
        problems = await wrong_with(self._opened, wants_content=self._wants_content)
        if problems:
            await self.close()
            raise SettingsError(problems)

    async def run(self, inbox: Inbox) -> None:
        """Raises SettingsError when the gateway refuses what the settings say."""
        Route.BASE = self._api_url.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._gateway_url)
        door = Door(self.rest, inbox, self._spawn, self)
        seen = await _tried(lambda: inbox.last_seen(NAME)) or {}  # before anything new is heard
        offering = asyncio.create_task(_tried(self._offer))
        beside = [offering, asyncio.create_task(self._catch_up(door, inbox, seen))]
        try:
            await asyncio.wait([offering], timeout=OFFER_SECONDS)
            await self._keep(door)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            self.is_connected = False
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

    async def before(self, message: Message) -> Sequence[Message]:
        """Raises ScreenError."""
        place = message.place
        if not place.thread or place.private:
            return ()
        said: list[Payload] = []
        before = message.address.get("message") or message.id
        for _ in range(EARLIER_CALLS):
            found = await self.rest.messages(place.thread, before=before)
            said[:0] = found
            if len(found) < 100:
                break
            before = str(found[0]["id"])
        heard = (earlier(one, place, self.rest.bot) for one in said)
        return [one for one in heard if one is not None]

    async def write_to(self, person: str, text: str) -> None:
        """Raises ScreenErrors."""
        if person.isdecimal():
            await Aside(self.rest).write_to(person, text)

    # The gateway

    async def _keep(self, door: Door) -> None:
        """One client after the other: discord.py mends a connection, but not the first one, nor a refusal."""
        pause = self._pause_seconds
        while True:
            began = time.monotonic()
            longest = await self._connect(door)
            self._on_lost()
            pause = self._pause_seconds if time.monotonic() - began > longest else pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _connect(self, door: Door) -> float:
        """Until the connection is beyond mending; the longest pause before another one.

        Raises SettingsError when that would be refused as well.
        """

        async def heard(kind: str, payload: Payload) -> None:
            await self._on_event(door, kind, payload)

        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=self._wants_content
        )
        self._ears = ears = Ears(heard, self._on_lost, intents=intents)
        try:
            await ears.start(self._token)
        except discord.PrivilegedIntentsRequired:
            raise SettingsError([_NO_CONTENT]) from None
        except discord.LoginFailure:
            raise SettingsError([_REFUSED]) from None
        except discord.ConnectionClosed as error:
            if error.code == BAD_TOKEN:
                raise SettingsError([_REFUSED]) from None
            note(error, "gateway")
            return REFUSED_PAUSE
        except (discord.DiscordException, aiohttp.ClientError, OSError, *_SENSELESS) as error:
            note(error, "gateway")
        finally:
            await _closed(ears)
        return LONGEST_PAUSE

    async def _on_event(self, door: Door, kind: str, payload: Payload) -> None:
        if kind in {"READY", "RESUMED"}:
            self.is_connected = True
            emit(Connected(platform=Slug(NAME)))
            if kind == "READY":
                self._gap.set()
            return
        self._own(asyncio.current_task())  # what was accepted is acknowledged before we close
        await door.hear(kind, payload)

    def _on_lost(self) -> None:
        if self.is_connected:
            self._lost_at = time.time()
            emit(Disconnected(platform=Slug(NAME), code=Slug("gateway")))
        self.is_connected = False

    def parent(self, channel: str) -> str | None:
        """Of a thread: the channel, "" for what is no thread, None when the gateway did not tell."""
        return self._ears.parent(channel) if self._ears else None

    def role(self, guild: str) -> str:
        """The role that Discord made for the bot in a server, "" when there is none."""
        return self._ears.role(guild) if self._ears else ""

    # The commands that people are offered

    async def _offer(self) -> None:
        """Discord counts how often commands are made: only what changed is sent."""
        path = f"/applications/{self.rest.bot.application}/commands"
        wanted = commands()
        if not is_same(await self.rest.call("GET", path), wanted):
            await self.rest.call("PUT", path, list(wanted))

    # What was missed

    async def _catch_up(self, door: Door, inbox: Inbox, seen: Mapping[Place, str]) -> None:
        """A session that is new, not resumed, has a gap before it. `seen`: before the first one."""
        missed, lost_at = Missed(self.rest, door, self, self._all_told), None
        while True:
            await self._gap.wait()
            self._gap.clear()
            if self._lost_at:
                lost_at = self._lost_at - UNNOTICED_SECONDS
                seen = await _tried(lambda: inbox.last_seen(NAME)) or seen
            await _tried(partial(missed.hand_in, gap(seen, lost_at=lost_at, now=time.time())))

    async def _all_told(self) -> None:
        """Until the gateway has told of all servers and their threads, or as much as it will."""
        end = time.monotonic() + READY_SECONDS
        while self._ears and any(guild.unavailable for guild in self._ears.guilds) and time.monotonic() < end:  # noqa: ASYNC110  # discord.py tells of it only after the first READY
            await asyncio.sleep(0.1)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._own(asyncio.create_task(work))

    def _own(self, task: "asyncio.Task[Any] | None") -> None:
        if task is not None:
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)

    async def _finished(self) -> None:
        if self._beside:
            await asyncio.wait(self._beside, timeout=TIMEOUT)


async def _closed(ears: Ears) -> None:
    """A gateway that is gone does not answer a close; discord.py would wait 30 s for it."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await ears.close()
    except TimeoutError:
        await ears.http.close()


async def _tried(ask: Callable[[], Awaitable[T]]) -> T | None:
    """What it says, or None when it cannot for a while."""
    for pause in RETRIES:
        try:
            return await ask()
        except (ScreenError, StoreError) as error:
            note(error, "catch_up")
            await asyncio.sleep(max(pause, getattr(error, "retry_after", 0.0)))
    return None


async def wrong_with(rest: Rest, *, wants_content: bool) -> Sequence[str]:
    """Sentences on the token and what it may; none when all is well. A network that comes up is waited for."""
    for pause in TRIES:
        try:
            application = await rest.identity()
        except (Throttled, Uncertain) as error:
            await asyncio.sleep(min(error.retry_after or pause, 10.0))
        except ScreenError:
            return [_REFUSED]
        else:
            return problems_of(application, wants_content=wants_content)
    return [_UNREACHABLE]


def problems_of(application: Payload, *, wants_content: bool) -> Sequence[str]:
    """What in the developer portal keeps the bot from its work, each with its fix."""
    flags = application.get("flags")
    may_read = isinstance(flags, int) and bool(flags & MESSAGE_CONTENT)
    problems = [_NO_CONTENT] if wants_content and not may_read else []
    return [*problems, _ENDPOINT] if application.get("interactions_endpoint_url") else problems
