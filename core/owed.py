"""What was not heard: places that are yet to be read, some of them at once and the others at a pace."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from core.contract import Inbox, Place
from core.errors import ScreenError

Mark = TypeVar("Mark", int, float)
"""How a platform says what came first: a time, or an id that grows."""
MISSED_SECONDS = 24 * 3600.0
"""What was said longer ago is not looked for any more."""
MISSED_PLACES = 500
"""What was missed is looked for in so many places at most."""
MOST_FALLEN = 500
"""So many places at most are remembered because a message in them could not be taken."""


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Mark]):
    """What to read at a place: all from `since` on.

    What is not newer than `known` may have been passed by on purpose: of that, only what names the bot is handed in.
    """

    since: Mark
    known: Mark


Stretches: TypeAlias = Mapping[Place, Stretch[Mark]]


def joined(first: Stretches[Mark], then: Stretches[Mark]) -> dict[Place, Stretch[Mark]]:
    """All of them, in this order; a place that is in both is read from the earlier of the two on."""
    both = {
        place: Stretch(min(one.since, then[place].since), min(one.known, then[place].known))
        for place, one in first.items()
        if place in then
    }
    return {**first, **then} | both


class Marks:
    """What the inbox knows of a platform's places, and whether what was missed there is read to its end."""

    def __init__(self, inbox: Inbox, platform: str) -> None:
        self._inbox = inbox
        self._platform = platform
        self._is_behind = False

    async def look(self, *, is_gap: bool = True) -> tuple[Mapping[Place, str], Mapping[Place, float]]:
        """What was heard last at each place, and at a gap what was before one that nobody has read to its end.

        Who is behind knows already what is owed from before.
        """
        unread = await self._inbox.unread(self._platform) if is_gap and not self._is_behind else {}
        return await self._inbox.last_seen(self._platform), unread

    def behind(self) -> None:
        """A gap is to be read."""
        self._is_behind = True

    async def caught_up(self) -> None:
        """All is read."""
        if self._is_behind:
            await self._inbox.caught_up(self._platform)
            self._is_behind = False


class Owed(Generic[Mark]):
    """The places that are yet to be read.

    `at_once`: so many calls to the platform are made without a pause between them; then one in `pace` seconds, or as
    soon as `news` is set.
    """

    def __init__(self, news: asyncio.Event, *, at_once: int, pace: float) -> None:
        self._news = news
        self._at_once = self._left = at_once
        self._pace = pace
        self._stretches: dict[Place, Stretch[Mark]] = {}
        self._is_news = False

    def __bool__(self) -> bool:
        return bool(self._stretches)

    def before_all(self, found: Stretches[Mark]) -> None:
        """Read these places before all that are owed already."""
        self._stretches = joined(found, self._stretches)

    def behind_all(self, found: Stretches[Mark]) -> None:
        """Read these places after all that are owed already."""
        self._stretches = joined(self._stretches, found)

    async def settle(
        self,
        find_out: Callable[[], Awaitable[None]],
        read: Callable[[Place, Stretch[Mark]], Awaitable[Stretch[Mark] | None]],
    ) -> None:
        """Read all of it. `find_out` adds what is new before each; what either of them raises leaves the rest owed.

        `read` may find more that is owed, and makes a `pause` between its calls when there are several; or it reads a
        part, and returns what is left, which goes behind the other places. So does the place that a platform has
        trouble with: it may be trouble with this one alone.
        """
        while True:
            self._news.clear()
            self._is_news = False
            await find_out()
            if not self._stretches:
                self._left = self._at_once
                return
            place, stretch = next(iter(self._stretches.items()))
            try:
                left = await read(place, stretch)
            except ScreenError:
                self._stretches[place] = self._stretches.pop(place)
                raise
            del self._stretches[place]
            if left:
                self._stretches[place] = left
            if self._stretches and not self._is_news:
                await self.pause()

    async def pause(self) -> None:
        """Wait between two calls, as the pace asks. News ends the pause, but waits itself for the rest of the place."""
        self._left -= 1
        if self._left <= 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace):
                    await self._news.wait()
                self._news.clear()
                self._is_news = True
