"""Slack as a platform: connect, listen, and ask for what was missed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

import aiohttp
from slack_bolt.async_app import AsyncApp

from bots.slack.aside import Aside
from bots.slack.bolt import bolt
from bots.slack.door import Door
from bots.slack.missed import Missed
from bots.slack.parse import earlier, people_in
from bots.slack.parts import NAME, ts_of
from bots.slack.portal import wrong_with
from bots.slack.screen import SlackScreen
from bots.slack.sockets import Socket
from bots.slack.web import TIMEOUT, Answer, Web, note
from core.contract import File, Inbox, Message, Turn
from core.errands import Errands
from core.errors import ScreenError, SettingsError
from core.events import Connected, Disconnected
from core.telling import Slug, emit
from core.trouble import NEWS_SECONDS, READ_PAUSES, THREAD_SECONDS, Note, noting, patiently

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


class Slack:
    """One workspace, by its bot token and its app-level token."""

    name = NAME

    def __init__(self, bot_token: str, app_token: str, api_url: str, *, ping_seconds: float = PING_SECONDS) -> None:
        self._bot_token = bot_token
        self._app_token = app_token
        self._api_url = api_url
        self._ping_seconds = ping_seconds
        self._session: aiohttp.ClientSession | None = None
        self._opened: Web | None = None
        self._sockets: dict[int, Socket] = {}
        self._heard_at = 0.0  # by those that have ended
        self._errands = Errands()

    @property
    def last_frame_at(self) -> float:
        """When Slack last said anything, pongs too (s since 1970); 0: never."""
        return max([self._heard_at, *(socket.heard_at for socket in self._sockets.values())])

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
        problems = await wrong_with(self._opened, self._app_token)
        if problems:
            await self.close()
            raise SettingsError(problems)

    async def run(self, inbox: Inbox) -> None:
        missed = Missed(self.web, inbox)
        door = Door(self.web, inbox, self._errands, missed)
        app = bolt(self.web, door.hear)
        await missed.prepare()
        try:
            failed = noting(NAME, "socket")
            async with asyncio.TaskGroup() as group:
                for rank in range(SOCKETS):
                    group.create_task(self._keep(app, rank, missed, door, failed))
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
        return SlackScreen(self.web, turn, self._errands)

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
        newest_first = [id async for one in _unhurried(reversed(said)) for id in people_in({"event": one}, web.bot)]
        people = await web.people(newest_first, place.channel)
        found = [earlier(one, place, web.bot, people) async for one in _unhurried(said)]
        return [one for one in found if one is not None and since < one.at < message.at]

    async def write_to(self, person: str, text: str) -> None:
        """Raises ScreenErrors."""
        if person.startswith(("U", "W")):
            await Aside(self.web).write_to(person, text)

    # Sockets

    async def _keep(self, app: AsyncApp, rank: int, missed: Missed, door: Door, failed: Note) -> None:
        """One socket after the other: what the SDK cannot mend is closed and made anew."""
        while True:
            crowded = asyncio.Event()
            greeted = self._greeter(rank, crowded, missed.gap)
            socket = Socket(
                app,
                self._app_token,
                ping_seconds=self._ping_seconds,
                greeted=greeted,
                failed=failed,
                is_done=door.is_done,
                is_spare=self._is_spare,
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
                self._heard_at = max(self._heard_at, socket.heard_at)
                del self._sockets[rank]
            emit(Disconnected(platform=Slug(NAME), code=Slug("crowded" if crowded.is_set() else "silent")))
            await asyncio.sleep(CROWDED_SECONDS if crowded.is_set() else PAUSE_SECONDS)

    def _greeter(self, rank: int, crowded: asyncio.Event, gap: Callable[[], None]) -> Callable[[Socket, int], None]:
        def greeted(socket: Socket, connections: int) -> None:
            if rank and connections >= MOST_SOCKETS:
                crowded.set()  # a process that is yet to come shall find a place
            elif not self._is_spare(socket):
                emit(Connected(platform=Slug(NAME)))
                gap()

        return greeted

    def _is_spare(self, socket: Socket) -> bool:
        return any(other.is_live for other in self._sockets.values() if other is not socket)

    async def _meet(self) -> None:
        try:
            await self.web.meet()
        except ScreenError as error:
            note(error, "users.list")


async def _unhurried(said: Iterable[Answer]) -> AsyncIterator[Answer]:
    """Each of them, and everybody else's turn in between: 2,000 long messages are the work of seconds."""
    for one in said:
        yield one
        await asyncio.sleep(0)
