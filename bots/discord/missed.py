"""What was said while no session of ours heard it, or we had no Redis for long: looked up, and handed in."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import TypeAlias

import discord

from bots.discord.forwards import joined
from bots.discord.parse import as_heard, to_event
from bots.discord.parts import NAME, PUBLIC_THREAD, seconds, snowflake
from bots.discord.rest import MOST_MESSAGES, Rest, note
from bots.discord.servers import Servers, Spots
from core.commands import is_stop
from core.contract import Inbox, Left, Message, Person, Place
from core.errors import Closed, ScreenError, StoreError, Vanished
from core.outside import Payload, text_in
from core.owed import MISSED_PLACES, MISSED_SECONDS, MOST_FALLEN, Marks, Owed, Stretch
from core.trouble import noting, one_of_many, whenever

LOOK_UP_PAUSES = (0.5, 1.0, 5.0)
"""Seconds between two tries, the last one again and again: until Redis and Discord are there."""
AT_ONCE, PACE_SECONDS = 40, 0.25
"""Calls that are made without a pause, and seconds between two after those: nearly all of a bot's 50 calls a second are
for the answers."""
MOST_MEMBERS = 5_000
OVERLAP_SECONDS = 300.0
"""Whoever starts cannot know what another process heard and lost with its life while Redis was away, before a newer
message came: so it reads back a little further than what is known. Redis sorts out what was answered."""
BELIEVED_SECONDS = 3000.0
"""Less than core.rights takes for the oldest time of an event that it can be told."""
UNKNOWN_CHANNEL = "10003"
OUT = frozenset(("10004", "50001"))
"""What is said of a server that the bot is not in: it is unknown, or there is no access."""
NEVER = 1 << 63
"""Later than any message: where nothing was heard yet, only what names the bot is for it."""

Take: TypeAlias = Callable[[str, Payload], Awaitable[None]]
_failed = partial(note, call="missed")


@dataclass(frozen=True, slots=True, repr=False)
class Gap:
    """Where to read on, and after which id, newest first. `perhaps`: threads that may have been started meanwhile.

    `seen`: the newest known of each place. What is older was perhaps passed by on purpose, unless it names the bot.
    `since`: after this id we may have missed something in places that we do not know; None: there is no telling.
    """

    places: Spots
    perhaps: Spots
    seen: Mapping[Place, int]
    since: int | None


def gap(
    seen: Mapping[Place, str], unread: Mapping[Place, float] | None = None, *, lost_at: float | None = None, now: float
) -> Gap:
    """The gap before a session. `seen`: the newest event of each place; `lost_at` (s since 1970): the session's before.

    What came since hides no older gap, nor one that was not read to its end: `unread` (s since 1970) is what was the
    newest before it. An answer that only one person sees is in no place that can be read.
    """
    unread = unread or {}
    oldest = snowflake(now - MISSED_SECONDS)
    newest = snowflake(min(now - OVERLAP_SECONDS if lost_at is None else lost_at, max(unread.values(), default=inf)))
    told = {place: id for place, id in seen.items() if id.isdecimal() and not (place.private and place.thread)}
    known = [(place, _before(id, unread.get(place, inf))) for place, id in told.items()]
    known.sort(key=lambda one: one[1], reverse=True)
    # A question at a channel's top level is noted twice: for the thread, too, that somebody may start from it.
    perhaps = [one for one in known if one[0].thread == str(one[1])]
    places = [one for one in known if one not in perhaps]

    def bounded(part: Sequence[tuple[Place, int]]) -> tuple[tuple[Place, int], ...]:
        return tuple((place, max(oldest, min(id, newest))) for place, id in part[:MISSED_PLACES])

    heard = known[0][1] if known else None if lost_at is None else newest
    since = None if heard is None else max(oldest, min(heard, newest))
    return Gap(bounded(places), bounded(perhaps), dict(known), since)


def _before(id: str, at: float) -> int:
    """The id, or the first one of an earlier moment."""
    return int(id) if seconds(id) <= at else snowflake(at)


def rejoined(seen: Mapping[Place, int], joined: Callable[[str], float], now: float) -> Iterator[Left]:
    """Servers that the bot was removed from, and is in again: all that is known of them was said before it came.

    They left when it came, or of late: of an older event nobody believes the time.
    """
    for space in {place.space for place in seen if not place.private}:
        came = joined(space)
        if came > seconds(str(max(id for place, id in seen.items() if place.space == space))):
            at = max(came, now - BELIEVED_SECONDS)
            yield Left(id=space, place=Place(NAME, space, ""), author=Person(""), at=at)


class Missed:
    """Reads gaps, and where messages fell that nobody could take; what is done is not read again when another fails."""

    def __init__(self, rest: Rest, servers: Servers, inbox: Inbox) -> None:
        self._rest = rest
        self._servers = servers
        self._inbox = inbox
        self._before: tuple[Mapping[Place, str], Mapping[Place, float]] | None = None
        self._marks = Marks(inbox, NAME)
        self._is_first = False
        self._lost_at = inf
        self._fallen: dict[Place, int] = {}
        self._news = asyncio.Event()
        self._owed = Owed[int](self._news, at_once=AT_ONCE, pace=PACE_SECONDS)
        self._members: dict[str, Payload] = {}

    def gap(self, lost_at: float) -> None:
        """A session is new, not resumed. `lost_at` (s since 1970): the one before it; infinity: there was none."""
        self._is_first |= lost_at == inf
        self._lost_at = min(lost_at, self._lost_at)
        self._news.set()

    def fell(self, message: Message) -> None:
        """Nobody could take it, and nobody holds it any longer."""
        if message.place in self._fallen or len(self._fallen) < MOST_FALLEN:
            before = int(message.id) - 1
            self._fallen[message.place] = min(before, self._fallen.get(message.place, before))
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
        self._members.clear()
        await self._marks.caught_up()

    async def _find_out(self) -> None:
        """What is owed from now on, first what has fallen. Nothing changes when Redis or Discord does not tell."""
        is_first, lost_at, fallen = self._is_first, self._lost_at, self._fallen
        self._owed.before_all({place: Stretch(id, id) for place, id in fallen.items()})
        self._fallen = {}
        if not is_first and lost_at == inf:
            return
        self._is_first, self._lost_at = False, inf
        try:
            seen, unread = self._before if is_first and self._before is not None else await self._marks.look()
            found = gap(seen, unread, lost_at=lost_at if lost_at < inf else None, now=time.time())
            stretches = await self._stretches(found)
            newest = {place: int(id) for place, id in seen.items() if id.isdecimal()}
            for left in rejoined(newest, self._servers.joined, time.time()):
                if await self._has_rejoined(left.id):
                    await self._inbox.accept(left)
        except (ScreenError, StoreError):
            self._is_first, self._lost_at = is_first or self._is_first, min(lost_at, self._lost_at)
            raise
        self._owed.behind_all(stretches)
        self._marks.behind()

    async def _stretches(self, found: Gap) -> dict[Place, Stretch[int]]:
        """Where to read, the places that we know first."""
        if not (found.places or found.perhaps) and found.since is None:
            return {}
        await self._servers.all_told()  # by which role people call us, which threads there are
        started = [one for one in found.perhaps if self._servers.parent(one[0].thread)]
        owed = {place: Stretch(after, found.seen.get(place, NEVER)) for place, after in (*found.places, *started)}
        if found.since is not None:
            strange = [place for place, _ in self._servers.busy(found.since) if place not in found.seen]
            owed |= dict.fromkeys(strange[:MISSED_PLACES], Stretch(found.since, NEVER))
        return owed

    async def _read(self, take: Take, place: Place, stretch: Stretch[int]) -> Stretch[int] | None:
        """One page. What is left, if any: what is newest is the likeliest to be owed, so no chatter may hide it."""
        try:
            found = await self._rest.messages(place.thread or place.channel, after=stretch.since)
            for said in joined(found):
                await self._hand(take, said, place, stretch.known)
        except Vanished:
            return None
        except Closed as error:
            await self._leave(take, place, error.code)
            return None
        return replace(stretch, since=int(str(found[-1]["id"]))) if len(found) >= MOST_MESSAGES else None

    async def _leave(self, take: Take, place: Place, code: str) -> None:
        """What was deleted or left while nobody heard it, and not what is only away, or hidden from us.

        So two must say so: the gateway, which tells of all that there is, and Discord when it is asked.
        """
        space, channel, thread = place.space, place.channel, place.thread
        if place.private:
            return
        if code == UNKNOWN_CHANNEL and self._servers.has(space):
            is_there = self._servers.has(space, channel)
            if is_there is False:
                await take("CHANNEL_DELETE", {"id": channel, "guild_id": space})
            elif is_there and thread:  # archived threads are not told of, but can be read
                told = {"id": thread, "guild_id": space, "parent_id": channel, "type": PUBLIC_THREAD}
                await take("THREAD_DELETE", told)
        elif self._servers.has(space) is False and await self._is_out(space):
            await take("GUILD_DELETE", {"id": space})

    async def _is_out(self, space: str) -> bool:
        try:
            await self._rest.call("GET", f"/guilds/{space}")
        except Closed as error:
            return error.code in OUT
        return False

    async def _hand(self, take: Take, said: Payload, place: Place, seen: int) -> None:
        """Only questions: a command that was done already would be done again."""
        if int(str(said["id"])) == seen:
            return
        parent = place.channel if place.thread else ""
        bot = self._servers.bot_in(place.space, place.thread or place.channel, self._rest.bot)
        event = to_event("MESSAGE_CREATE", as_heard(said, place), bot, parent)
        if isinstance(event, Message) and not is_stop(event) and (event.direct or int(event.id) > seen):
            member = {} if place.private else await self._member(place.space, event.author.id)
            await one_of_many(take("MESSAGE_CREATE", as_heard(said, place, member)), _failed)

    async def _has_rejoined(self, space: str) -> bool:
        """Whether Discord says so when it is asked, too: a stand-in may tell of now at each session."""
        came = discord.utils.parse_time(text_in(await self._member(space, self._rest.bot.user), "joined_at"))
        return came is not None and came.timestamp() == self._servers.joined(space)

    async def _member(self, guild: str, user: str) -> Payload:
        """History does not tell people's roles."""
        key = f"{guild}:{user}"
        if key not in self._members:
            if len(self._members) >= MOST_MEMBERS:
                self._members.clear()
            try:
                self._members[key] = await self._rest.told(f"/guilds/{guild}/members/{user}")
            except (Closed, Vanished):  # who has left
                self._members[key] = {}
        return self._members[key]
