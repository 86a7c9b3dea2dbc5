"""Slack as a platform: connect, listen, and ask for what was missed."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
from slack_bolt.async_app import AsyncApp

from bots.slack.aside import Aside
from bots.slack.bolt import bolt
from bots.slack.door import Door
from bots.slack.missed import Missed
from bots.slack.parse import earlier, people_in
from bots.slack.parts import NAME, ts_of
from bots.slack.screen import SlackScreen
from bots.slack.sockets import Socket
from bots.slack.trouble import BAD_TOKEN
from bots.slack.web import TIMEOUT, Web, note
from core.contract import File, Inbox, Message, Turn
from core.errands import Errands
from core.errors import ScreenError, SettingsError, Throttled, Uncertain
from core.events import Connected, Disconnected
from core.network import CERTIFICATE, UNTRUSTED
from core.telling import Slug, emit
from core.trouble import NEWS_SECONDS, READ_PAUSES, THREAD_SECONDS, patiently

SOCKETS = 2
"""Connections of a process: Slack asks each of them to leave every few hours."""
MOST_SOCKETS = 10
"""Connections that Slack gives an app, in all its processes."""
PING_SECONDS = 10.0
PAUSE_SECONDS = 1.0
"""Between the end of any other connection and the next one."""
CROWDED_SECONDS = 600.0
"""Until a connection that was left to a process yet to come is asked for again."""
DRAIN_SECONDS = 4.0
TRIES = (0.5, 1.0, 2.0)
"""Seconds after each try to reach Slack at the start."""

SCOPES = frozenset(
    (
        *("app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history", "im:write"),
        *("channels:read", "groups:read", "im:read", "mpim:read"),
        *("chat:write", "commands", "files:read", "files:write", "users:read"),
    )
)

_APP = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
_NOT_SLACK = "What answered was not Slack ({code}): check SLACK_API_URL if it is set, and this machine's proxy."
_UNREACHABLE = "Slack did not answer: check this machine's network, and SLACK_API_URL if it is set."


class Slack:
    """One workspace, by its bot token and its app-level token."""

    name = NAME

    def __init__(
        self,
        bot_token: str,
        app_token: str,
        api_url: str,
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
        self._errands = Errands()

    @property
    def last_frame_at(self) -> float:
        """When Slack last said anything, pongs too (s since 1970); 0: not connected."""
        return max((socket.last_frame_at for socket in self._sockets.values()), default=0.0)

    @property
    def home(self) -> str:
        return f"{self.web.bot.team}:{self.web.bot.user}"  # two apps of one workspace hear different channels

    @property
    def web(self) -> Web:
        if self._opened is None:
            raise RuntimeError("open() comes first")
        return self._opened

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        self._opened = Web(self._bot_token, self._api_url, self._session)
        problems = [*await wrong_with_bot(self._opened), *await wrong_with_app(self._opened, self._app_token)]
        problems = problems or [*await wrong_with_both(self._opened, self._app_token)]
        if problems:
            await self.close()
            raise SettingsError(tuple(dict.fromkeys(problems)))

    async def run(self, inbox: Inbox) -> None:
        missed = Missed(self.web, inbox)
        door = Door(self.web, inbox, self._errands, missed)
        app = bolt(self.web, door.hear)
        await missed.prepare()
        try:
            async with asyncio.TaskGroup() as group:
                for rank in range(self._wanted):
                    group.create_task(self._keep(app, rank, missed, door))
                group.create_task(missed.run(door.take))
                group.create_task(self._meet())
        finally:
            door.close()
            await self._errands.ended(TIMEOUT)

    async def close(self) -> None:
        await self._errands.ended(TIMEOUT)
        if self._session is not None:
            await self._session.close()

    def screen(self, turn: Turn) -> SlackScreen:
        return SlackScreen(self.web, turn)

    async def read(self, file: File, at_most: int) -> bytes:
        return await self.web.download(file.ref, at_most)

    def file_name(self, file: File) -> str:
        return self.web.titles.get(file.ref) or file.name

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        """Raises ScreenError; what is over soon is waited for."""
        web, place = self.web, message.place
        if not place.thread:
            return ()
        root, span = ts_of(place.thread), {"latest": message.address.get("ts", "")}
        span |= {"oldest": f"{since:.6f}"} if since else {}
        within = NEWS_SECONDS if since else THREAD_SECONDS
        said = await patiently(lambda: web.thread(place.channel, root, **span), READ_PAUSES, seconds=within)
        newest_first = (id for one in reversed(said) for id in people_in({"event": one}, web.bot))
        people = await web.people(newest_first, place.channel)
        found = (earlier(one, place, web.bot, people) for one in said)
        return [one for one in found if one is not None and since < one.at < message.at]

    async def write_to(self, person: str, text: str) -> None:
        """Raises ScreenErrors."""
        if person.startswith(("U", "W")):
            await Aside(self.web).write_to(person, text)

    # Sockets

    async def _keep(self, app: AsyncApp, rank: int, missed: Missed, door: Door) -> None:
        """One socket after the other: what the SDK cannot mend is closed and made anew."""
        while True:
            crowded = asyncio.Event()
            greeted = self._greeter(rank, crowded, missed.gap)
            socket = Socket(
                app, self._app_token, ping_seconds=self._ping_seconds, greeted=greeted, is_done=door.is_done
            )
            self._sockets[rank] = socket
            ends = [asyncio.create_task(socket.live()), asyncio.create_task(crowded.wait())]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
                for ended in await asyncio.gather(*ends, return_exceptions=True):
                    if isinstance(ended, Exception):
                        note(ended, "socket")
                await socket.end(DRAIN_SECONDS)
                del self._sockets[rank]
            emit(Disconnected(platform=Slug(NAME), code=Slug("crowded" if crowded.is_set() else "silent")))
            await asyncio.sleep(CROWDED_SECONDS if crowded.is_set() else PAUSE_SECONDS)

    def _greeter(self, rank: int, crowded: asyncio.Event, gap: Callable[[], None]) -> Callable[[Socket, int], None]:
        def greeted(socket: Socket, connections: int) -> None:
            if rank and connections >= MOST_SOCKETS:
                crowded.set()  # a process that is yet to come shall find a place
            elif not any(other.is_live for other in self._sockets.values() if other is not socket):
                emit(Connected(platform=Slug(NAME)))
                gap()

        return greeted

    async def _meet(self) -> None:
        try:
            await self.web.meet()
        except ScreenError as error:
            note(error, "users.list")


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


async def wrong_with_both(web: Web, token: str) -> Sequence[str]:
    """A sentence when the tokens, each of them good, are of two apps: the events of the one are not the other's."""
    try:
        found = await web.query("bots.info", bot=web.bot.id)
    except ScreenError as error:
        note(error, "bots.info")
        return []
    ours, theirs = str((found.get("bot") or {}).get("app_id") or ""), _APP.match(token)
    if not ours or theirs is None or theirs[1] == ours:
        return []
    return [
        "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are of two different Slack apps: take the App-Level Token (Basic "
        "Information) and the Bot User OAuth Token (OAuth & Permissions) of the same one."
    ]


async def _refusal(ask: Callable[[], Awaitable[None]], name: str, advice: str) -> str:
    """What Slack has against a token, "" when nothing. A network that comes up a moment later is waited for."""
    for pause in TRIES:
        try:
            await ask()
        except (Throttled, Uncertain) as error:
            if error.code in CERTIFICATE:
                return UNTRUSTED.format("Slack")
            await asyncio.sleep(min(error.retry_after or pause, 10.0))
        except ScreenError as error:
            if error.code.startswith("http_"):  # Slack would have had a word for it
                return _NOT_SLACK.format(code=error.code)
            said = "" if error.code in BAD_TOKEN else f" ({error.code})"
            return f"{name} is not accepted by Slack{said}: {advice}"
        else:
            return ""
    return _UNREACHABLE
