"""What was said while Slack could not reach us, or we not Redis: looked up, and handed in."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import count
from math import inf
from typing import TypeAlias

from bots.slack.parse import as_heard, to_event
from bots.slack.parts import NAME, RETRIES, id_of, ts_of
from bots.slack.web import Answer, Call, Through, Web, note
from core.commands import is_stop
from core.contract import Inbox, Message, Place
from core.errors import Closed, StoreError, Throttled, Vanished
from core.outside import Payload
from core.owed import MISSED_PLACES, MISSED_SECONDS, MOST_FALLEN, Marks, Owed, Stretch
from core.trouble import noting, one_of_many, whenever

LOOK_UP_PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds between two tries, the last one again and again: until Redis and Slack are there."""
UNHEARD_SECONDS = 300.0
"""How far before the newest that we know of questions are looked for too: whoever heard them may have died before Redis
could take them."""
QUIET_SECONDS = RETRIES[1]
"""After so long without an event a gap is also looked for where we know of nothing. In a shorter one Slack itself sends
again what it could not deliver."""
AT_ONCE = 15
"""Calls that are made without a pause. Most of the 50 calls a minute of conversations.replies are for the threads that
somebody calls the bot into, and for finding messages of ours."""
PACE_SECONDS = 2.0
"""Between two calls after those."""
THREADS = 10
"""Those of one channel that are read: the ones with the newest replies."""
KINDS = "im,mpim,public_channel,private_channel"

Take: TypeAlias = Callable[[Payload], Awaitable[None]]
_failed = partial(note, call="missed")


def stretches(
    known: Mapping[Place, float], others: Sequence[Place], *, since: float, now: float
) -> dict[Place, Stretch[float]]:
    """The gap in s since 1970, the most recent places first. `known`: the newest event of each; `others`: without one.

    `since`: when an event was heard last anywhere. Without any there is no telling what is new.
    """
    floor, overlap = now - MISSED_SECONDS, now - UNHEARD_SECONDS
    recent = sorted(known, key=lambda place: known[place], reverse=True)[:MISSED_PLACES]
    found = {place: Stretch(max(floor, min(known[place], since, overlap)), known[place]) for place in recent}
    if known:
        mark = Stretch(max(floor, min(max(known.values()), since, overlap)), inf)
        found |= dict.fromkeys((place for place in others[:MISSED_PLACES] if place not in known), mark)
    return found


def going_on(said: Sequence[Answer], place: Place, oldest: str) -> Sequence[Place]:
    """The threads of a channel in which somebody wrote after `oldest` (a ts), by what is said of their roots."""
    roots = [root for root in said if str(root.get("latest_reply", "")) > oldest]
    newest = sorted(roots, key=lambda root: str(root["latest_reply"]))[-THREADS:]
    return [replace(place, thread=id_of(place.channel, str(root["ts"]))) for root in newest]


class Missed:
    """Reads gaps, one place after the other; what is done is not read again when another one has to be tried again."""

    def __init__(self, web: Web, inbox: Inbox) -> None:
        self._web = web
        self._before: tuple[Mapping[Place, str], Mapping[Place, float]] | None = None
        self._marks = Marks(inbox, NAME)
        self._known: Mapping[Place, float] = {}  # the newest event of each place, as it was told last
        self._apart: Set[Place] = frozenset()  # what is owed, or was read, apart from the channel it lies in
        self._heard_at = 0.0
        self._gap_since: float | None = None
        self._fallen: dict[Place, float] = {}
        self._news = asyncio.Event()
        self._owed = Owed[float](self._news, at_once=AT_ONCE, pace=PACE_SECONDS)

    def heard(self) -> None:
        """Slack told something just now."""
        self._heard_at = time.time()

    def gap(self) -> None:
        """Slack can reach us again, after it could not."""
        if self._gap_since is None:
            self._gap_since = self._heard_at
        self._news.set()

    def fell(self, message: Message) -> None:
        """It could not be taken. Slack sends it again after minutes, or not at all; Redis may be back in a second."""
        place = message.place
        if place in self._fallen or len(self._fallen) < MOST_FALLEN:
            self._fallen[place] = min(message.at - 1e-3, self._fallen.get(place, inf))
        self._news.set()

    async def prepare(self) -> None:
        """Learn what is known before anything new is heard, if Redis tells it now."""
        try:
            self._before = await self._marks.look()
        except StoreError as error:
            _failed(error)

    async def run(self, take: Take) -> None:
        """Hand in what is found, until cancelled."""
        await whenever(self._news, lambda: self._look_up(take), LOOK_UP_PAUSES, noting(NAME, "missed"))

    async def _look_up(self, take: Take) -> None:
        await self._owed.settle(self._find_out, partial(self._read, take))
        await self._marks.caught_up()

    async def _find_out(self) -> None:
        """What is owed from now on. Nothing changes when Redis or Slack do not tell."""
        gap, fallen = self._gap_since, dict(self._fallen)
        if gap is None and not fallen:
            return
        told, unread = self._before or await self._marks.look(is_gap=gap is not None)
        heard = {place: float(ts) for place, id in told.items() if (ts := _ts(id, place, self._web.bot.team))}
        self._known = known = {place: min(at, unread.get(place, inf)) for place, at in heard.items()}
        newest = {place: min(at, known.get(place, inf)) for place, at in fallen.items()}
        self._owed.before_all({place: Stretch(at, at) for place, at in newest.items()})
        if gap is not None:
            now = time.time()
            before = max(unread.values(), default=inf)
            is_old = now - gap > QUIET_SECONDS or before < max(heard.values(), default=0.0)
            others = await self._rooms() if known and is_old else ()
            self._apart = known.keys() & self._apart if self._owed else known.keys()
            self._owed.behind_all(stretches(known, others, since=min(gap or inf, before), now=now))
            self._before = None
            self._marks.behind()
        self._gap_since = None if self._gap_since == gap else self._gap_since
        self._fallen = {place: at for place, at in self._fallen.items() if fallen.get(place) != at}

    async def _rooms(self) -> Sequence[Place]:
        """All that the bot is in, direct messages first: they have nobody else to turn to."""
        try:
            found = await self._web.rooms(KINDS)
        except Closed as error:  # an app without the scopes for it
            note(error, "users.conversations")
            return ()
        direct = {str(room["id"]): bool(room.get("is_im")) for room in found}
        rooms = [Place(NAME, self._web.bot.team, id, private=is_im) for id, is_im in direct.items()]
        return sorted(rooms, key=lambda place: not place.private)

    async def _read(self, take: Take, place: Place, stretch: Stretch[float]) -> None:
        oldest = f"{stretch.since:.6f}"
        try:
            said = await self._said(place, oldest)
        except (Closed, Vanished):  # the thread was deleted, the bot has left the channel
            return
        for one in said:
            payload = as_heard(one, place, self._web.bot)
            if one["ts"] > oldest and self._is_for_us(payload, place, stretch.known):
                await one_of_many(take(payload), _failed)
        threads = () if place.thread else going_on(said, place, oldest)
        found = {thread: Stretch(stretch.since, self._mark(thread, stretch.known)) for thread in threads}
        self._owed.behind_all({thread: on for thread, on in found.items() if thread not in self._apart})

    async def _said(self, place: Place, oldest: str) -> Sequence[Answer]:
        """What was said at a place after `oldest` (a ts), and something before."""
        if not place.thread:
            return await self._web.history(place.channel, oldest, self._paced())
        root = ts_of(place.thread)
        replies = self._web.replies(place.channel, root, self._paced(), oldest=oldest)
        return [said async for said in replies if said.get("ts") != root]

    def _paced(self) -> Through:
        """For the calls of one place. What Slack has enough of just now is asked for again: what was read is kept."""
        before = count()

        async def paced(call: Call) -> Answer:
            if next(before):
                await self._owed.pause()
            try:
                return await call()
            except Throttled as error:
                await asyncio.sleep(error.retry_after)
                return await call()

        return paced

    def _is_for_us(self, payload: Payload, place: Place, newest: float) -> bool:
        """Only questions: a command that was done already would be done again.

        What was not said to the bot before it took part somewhere is not for it now.
        """
        event = to_event(payload, self._web.bot)
        if not isinstance(event, Message) or is_stop(event):
            return False
        known = newest if event.place == place else self._mark(event.place, newest)
        return event.direct or event.at > known

    def _mark(self, thread: Place, newest: float) -> float:
        """Of a thread that is found in its channel more may be known than of that, whose newest this is."""
        return max(newest, self._known.get(thread, newest))


def _ts(id: str, place: Place, team: str) -> str:
    """The ts in the id of a place's newest event; "" when it is of another workspace, or no message."""
    ts = ts_of(id)
    is_ours = place.space == team and id == id_of(place.channel, ts)
    return ts if is_ours and ts.replace(".", "", 1).isdecimal() else ""
