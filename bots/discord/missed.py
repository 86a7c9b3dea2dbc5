"""What was said while no session of ours heard it: looked up, and handed in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bots.discord.door import Door, Guide
from bots.discord.parse import Payload, as_heard, snowflake, to_event
from bots.discord.rest import Rest
from core.contract import Message, Place
from core.errors import Closed, Vanished

MISSED_SECONDS, MISSED_PLACES, MISSED_CALLS = 24 * 3600.0, 40, 3
"""How long ago, in how many places something may have been missed, and how many times 100 messages are read."""
OVERLAP_SECONDS = 300.0
"""Who starts cannot know what another process heard and lost with its life while Redis was away, before a newer message
came: so it reads back a little further than what is known. Redis sorts out what was answered."""


@dataclass(frozen=True, slots=True, repr=False)
class Gap:
    """Where to read on, and after which id, newest first. `perhaps`: threads that may have been started meanwhile.

    `seen`: the newest known of each place. What is older was perhaps passed by on purpose, unless it names the bot.
    """

    places: tuple[tuple[Place, int], ...]
    perhaps: tuple[tuple[Place, int], ...]
    seen: Mapping[Place, int]


def gap(seen: Mapping[Place, str], *, lost_at: float | None = None, now: float) -> Gap:
    """The gap before a session. `seen`: the newest event of each place; `lost_at` (s since 1970): the session's before.

    What came since hides no older gap. An answer that only one person sees is in no place that can be read.
    """
    oldest = snowflake(now - MISSED_SECONDS)
    newest = snowflake(now - OVERLAP_SECONDS if lost_at is None else lost_at)
    known = [(place, int(id)) for place, id in seen.items() if id.isdecimal() and not (place.private and place.thread)]
    known.sort(key=lambda one: one[1], reverse=True)
    # A question at a channel's top level is noted twice: for the thread, too, that somebody may start from it.
    perhaps = [one for one in known if one[0].thread == str(one[1])]
    places = [one for one in known if one not in perhaps]

    def bounded(part: Sequence[tuple[Place, int]]) -> tuple[tuple[Place, int], ...]:
        return tuple((place, max(oldest, min(id, newest))) for place, id in part[:MISSED_PLACES])

    return Gap(bounded(places), bounded(perhaps), dict(known))


class Missed:
    """Reads a gap. `ready` is waited for before threads are looked for: then the gateway has told of all of them."""

    def __init__(self, rest: Rest, door: Door, guide: Guide, ready: Callable[[], Awaitable[None]]) -> None:
        self._rest = rest
        self._door = door
        self._guide = guide
        self._ready = ready
        self._members: dict[str, Payload] = {}

    async def hand_in(self, found: Gap) -> None:
        """Raises StoreErrors, Throttled and Uncertain: then it may be handed in again."""
        self._members.clear()
        await self._read(found.places, found.seen)
        if found.perhaps:
            await self._ready()
            await self._read([one for one in found.perhaps if self._guide.parent(one[0].thread)], found.seen)

    async def _read(self, places: Sequence[tuple[Place, int]], seen: Mapping[Place, int]) -> None:
        for place, after in places:
            try:
                await self._read_on(place, after, seen[place])
            except (Closed, Vanished):  # the thread was deleted, the bot has left the server
                continue

    async def _read_on(self, place: Place, after: int, seen: int) -> None:
        for _ in range(MISSED_CALLS):
            found = await self._rest.messages(place.thread or place.channel, after=after)
            for said in found:
                await self._take(said, place, seen)
            if len(found) < 100:
                return
            after = int(str(found[-1]["id"]))

    async def _take(self, said: Payload, place: Place, seen: int) -> None:
        """Only questions: a command that was done already would be done again."""
        if int(str(said["id"])) == seen:
            return
        parent = place.channel if place.thread else ""
        event = to_event("MESSAGE_CREATE", as_heard(said, place), self._rest.bot, parent)
        if isinstance(event, Message) and (event.direct or int(event.id) > seen):
            member = {} if place.private else await self._member(place.space, event.author.id)
            await self._door.take("MESSAGE_CREATE", as_heard(said, place, member))

    async def _member(self, guild: str, user: str) -> Payload:
        """History does not tell people's roles."""
        key = f"{guild}:{user}"
        if key not in self._members:
            try:
                self._members[key] = await self._rest.call("GET", f"/guilds/{guild}/members/{user}")
            except (Closed, Vanished):  # who has left
                self._members[key] = {}
        return self._members[key]
