"""Slack as a platform: connect, listen, and ask for what was missed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from itertools import chain, repeat
from math import inf
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp

from bots.slack.door import Door, note
from bots.slack.parse import NAME, Payload, as_heard, earlier, people_in, to_event
from bots.slack.screen import TIMEOUT, SlackScreen, Web, message
from bots.slack.sockets import Socket
from core.contract import File, Inbox, Message, Place, Turn
from core.errors import Closed, ScreenError, SettingsError, StoreError, Throttled, Uncertain, Vanished
from core.events import Connected, Disconnected, Slug, emit

SOCKETS, MOST_SOCKETS = 2, 10
"""Two, since Slack asks each of them to leave every few hours; ten is all that an app may have."""
PING_SECONDS, PAUSE_SECONDS, CROWDED_SECONDS = 10.0, 1.0, 600.0
DRAIN_SECONDS = 4.0
TRIES = (0.5, 1.0, 2.0)
"""Seconds after each try to reach Slack at the start."""
CATCH_UP_SECONDS = (1.0, 5.0, 10.0)
"""Between two tries to find what was missed, the last one again and again: until Redis and Slack are there."""
UNHEARD_SECONDS = 300.0
"""How far before the newest that we know of questions are looked for too: whoever heard them may have died before Redis
could take them."""
MISSED_SECONDS, MISSED_PLACES = 24 * 3600.0, 40
"""How long ago, and in how many places, something may have been missed: so few that the 50 calls a minute of
conversations.history, and of conversations.replies, are enough."""

SCOPES = frozenset(
    (
        *("app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history", "im:write"),
        *("chat:write", "commands", "files:read", "files:write", "users:read"),
    )
)
_BAD_TOKEN = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired")
_UNREACHABLE = "Slack did not answer: check this machine's network, and SLACK_API_URL if it is set."


class Slack:
    """One workspace, by its bot token and its app-level token."""

    name = NAME

    def __init__(
        self,
        bot_token: str,
        app_token: str,
        api_url: str = "https://slack.com/api/",
        *,
        sockets: int = SOCKETS,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._bot_token = bot_token
        self._app_token = app_token
        self._api_url = api_url
        self._wanted = sockets
        self._ping_seconds = ping_seconds
        self._session: aiohttp.ClientSession | None = None
        self._opened: Web | None = None
        self._sockets: dict[int, Socket] = {}
        self._gap = asyncio.Event()
        self._fallen = inf  # when the oldest message was said that Slack gave up delivering
        self._beside: set[asyncio.Task[None]] = set()  # what people are told beside an acknowledgement

    @property
    def last_frame_at(self) -> float:
        """When Slack last said anything, pongs too (s since 1970); 0: not connected."""
        return max((socket.last_frame_at for socket in self._sockets.values()), default=0.0)

    @property
    def web(self) -> Web:
        if self._opened is None:
            raise RuntimeError("open() comes first")
        return self._opened

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        self._opened = Web(self._bot_token, self._api_url, self._session)
        problems = [*await wrong_with_bot(self._opened), *await wrong_with_app(self._opened, self._app_token)]
        if problems:
            await self.close()
            raise SettingsError(tuple(dict.fromkeys(problems)))

    async def run(self, inbox: Inbox) -> None:
        door = Door(self.web, inbox, self._spawn, self._fell_through)
        app = door.bolt()
        try:
            async with asyncio.TaskGroup() as group:
                for rank in range(self._wanted):
                    group.create_task(self._keep(app, rank))
                group.create_task(self._catch_up(door, inbox))
                group.create_task(self._meet())
        finally:
            await self._finished()

    async def close(self) -> None:
        await self._finished()
        if self._session is not None:
            await self._session.close()

    def screen(self, turn: Turn) -> SlackScreen:
        return SlackScreen(self.web, turn)

    async def read(self, file: File, at_most: int) -> bytes:
        return await self.web.download(file.ref, at_most)

    async def before(self, message: Message) -> Sequence[Message]:
        """Raises ScreenError."""
        web, place = self.web, message.place
        if not place.thread:
            return ()
        root = place.thread.partition(":")[2]
        said = [one async for one in web.replies(place.channel, root, latest=message.address.get("ts", ""))]
        people = await web.people(frozenset().union(*(people_in({"event": one}, web.bot) for one in said)))
        found = (earlier(one, place, web.bot, people) for one in said)
        return [one for one in found if one is not None and one.at < message.at]

    async def write_to(self, person: str, text: str) -> None:
        """Raises ScreenErrors."""
        if person.startswith(("U", "W")):
            opened = await self.web.tell("conversations.open", users=person)
            await self.web.tell("chat.postMessage", channel=str(opened["channel"]["id"]), **message(text, ""))

    # Sockets

    async def _keep(self, app: AsyncApp, rank: int) -> None:
        """One socket after the other: what the SDK cannot mend is closed and made anew."""
        while True:
            crowded = asyncio.Event()
            socket = Socket(app, self._app_token, ping_seconds=self._ping_seconds, greeted=self._greeter(rank, crowded))
            self._sockets[rank] = socket
            ends = [asyncio.create_task(socket.live()), asyncio.create_task(crowded.wait())]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
                for trouble in await asyncio.gather(*ends, return_exceptions=True):
                    if isinstance(trouble, Exception):
                        note(trouble, "socket")
                await socket.end(DRAIN_SECONDS)
                del self._sockets[rank]
            emit(Disconnected(platform=Slug(NAME), code=Slug("crowded" if crowded.is_set() else "silent")))
            await asyncio.sleep(CROWDED_SECONDS if crowded.is_set() else PAUSE_SECONDS)

    def _greeter(self, rank: int, crowded: asyncio.Event) -> Callable[[Socket, int], None]:
        def greeted(socket: Socket, connections: int) -> None:
            if rank and connections >= MOST_SOCKETS:
                crowded.set()  # a process that is yet to come shall find a place
            elif not any(other.is_live for other in self._sockets.values() if other is not socket):
                emit(Connected(platform=Slug(NAME)))
                self._gap.set()

        return greeted

    # What was missed

    async def _catch_up(self, door: Door, inbox: Inbox) -> None:
        """Whenever no socket was open, hand in what was said meanwhile. Slack itself forgets it after some minutes."""
        while True:
            await self._gap.wait()
            self._gap.clear()
            for pause in chain(CATCH_UP_SECONDS, repeat(CATCH_UP_SECONDS[-1])):
                try:
                    await self._missed(door, inbox)
                    break
                except (ScreenError, StoreError) as error:
                    note(error, "missed")
                    await asyncio.sleep(max(pause, getattr(error, "retry_after", 0.0)))

    async def _missed(self, door: Door, inbox: Inbox) -> None:
        now, fallen = time.time(), self._fallen
        seen = await inbox.last_seen(NAME)
        known = [(float(ts), place) for place, id in seen.items() if (ts := _ts(id, place, self.web.bot.team))]
        for newest, place in sorted(known, key=lambda one: one[0], reverse=True)[:MISSED_PLACES]:
            oldest = max(now - MISSED_SECONDS, min(newest, fallen, now - UNHEARD_SECONDS))
            try:
                async for said in self.web.since(place, f"{oldest:.6f}"):
                    await self._take(door, as_heard(said, place, self.web.bot), newest)
            except (Closed, Vanished):  # the thread was deleted, the bot has left the channel
                continue
        self._fallen = inf if self._fallen == fallen else self._fallen

    async def _take(self, door: Door, payload: Payload, newest: float) -> None:
        """Only questions: a command that was done already would be done again.

        What was not said to the bot before it took part somewhere is not for it now.
        """
        event = to_event(payload, self.web.bot)
        if isinstance(event, Message) and (event.direct or event.at > newest):
            await door.take(payload)

    def _fell_through(self, at: float) -> None:
        """A message of this time was not taken, and will not be sent again: it is looked up as soon as it can be."""
        self._fallen = min(self._fallen, at - 1)
        self._gap.set()

    async def _meet(self) -> None:
        try:
            await self.web.meet()
        except ScreenError as error:
            note(error, "users.list")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _finished(self) -> None:
        if self._beside:
            await asyncio.wait(self._beside, timeout=TIMEOUT)


def _ts(id: str, place: Place, team: str) -> str:
    """The ts in the id of a place's newest event; "" when it is of another workspace, or no message."""
    channel, _, ts = id.partition(":")
    is_ours = place.space == team and channel == place.channel
    return ts if is_ours and ts.replace(".", "", 1).isdecimal() else ""


# The tokens


async def wrong_with_bot(web: Web) -> Sequence[str]:
    """Sentences on the bot token; none when all is well."""
    scopes: frozenset[str] = frozenset()

    async def ask() -> None:
        nonlocal scopes
        scopes = await web.identity()

    advice = (
        "copy the Bot User OAuth Token of your app (OAuth & Permissions) into .env again, after installing the app "
        "to your workspace."
    )
    if wrong := await _refusal(ask, "SLACK_BOT_TOKEN", advice):
        return [wrong]
    missing = sorted(SCOPES - scopes) if scopes else []
    if not missing:
        return []
    return [
        f"The Slack app lacks the scopes {', '.join(missing)}: add them under OAuth & Permissions, or paste what "
        "`parley slack-manifest` prints as its manifest; then install the app again."
    ]


async def wrong_with_app(web: Web, token: str) -> Sequence[str]:
    """Sentences on the app-level token: Socket Mode would try a wrong one for ever."""
    advice = (
        "switch Socket Mode on, make an App-Level Token with the scope connections:write (Basic Information of your "
        "app) and put it into .env."
    )
    wrong = await _refusal(lambda: web.connection(token), "SLACK_APP_TOKEN", advice)
    return [wrong] if wrong else []


async def _refusal(ask: Callable[[], Awaitable[None]], name: str, advice: str) -> str:
    """What Slack has against a token, "" when nothing. A network that comes up a moment later is waited for."""
    for pause in TRIES:
        try:
            await ask()
        except (Throttled, Uncertain) as error:
            await asyncio.sleep(min(error.retry_after or pause, 10.0))
        except ScreenError as error:
            said = "" if error.code in _BAD_TOKEN else f" ({error.code})"
            return f"{name} is not accepted by Slack{said}: {advice}"
        else:
            return ""
    return _UNREACHABLE
