"""In which order events go in: what takes something away comes before what was asked after it.

Platforms tell of things in order, and every event is handed in by a task of its own, so the second could overtake the
first. Questions may go in side by side. What changes what they find there (an edit, a deletion, the bot's removal, a
command that does something) waits in its lane for what was told before it, and what is told after it waits for it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Self, TypeAlias

from core.contract import Action, Change, Command, Event, Left, Press
from core.privacy import is_erasure

AHEAD_SECONDS = 1.0
"""So long one event waits for those before it at the most: their trouble does not become its own.

Less than what a platform gives a command: it would be told to ask again.
"""

_Name: TypeAlias = tuple[str, ...]
"""A lane: () is the whole platform, then a space, then a room in it."""


@dataclass(slots=True)
class _Lane:
    """Who is in it, the oldest first: those who go alone, and those who go beside each other."""

    alone: "OrderedDict[Pass, None]" = field(default_factory=OrderedDict)
    beside: "OrderedDict[Pass, None]" = field(default_factory=OrderedDict)


class Pass:
    """One event's place among the others, from when it was told until it is through, which is when the `with` ends."""

    def __init__(self, lanes: "Lanes", number: int, alone: _Name | None) -> None:
        self.number = number
        self.alone = alone
        self._lanes = lanes
        self._wanted, self._news = asyncio.Event(), asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lanes.leave(self)
        self._news.set()

    async def clear(self) -> None:
        """Return when those before it are through, or have failed once more; at the latest after AHEAD_SECONDS."""
        ahead, waited = self._lanes.ahead(self), set[Pass]()
        if ahead is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(AHEAD_SECONDS):
                while ahead is not None:
                    waited.add(ahead)
                    await ahead.ended()
                    ahead = self._lanes.ahead(self, waited)

    async def pause(self, seconds: float) -> bool:
        """It failed: wait before another try, but not while another event waits for it. False: try no more."""
        self._news.set()
        self._news = asyncio.Event()
        if not self._lanes.is_closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wanted.wait()
        self._wanted.clear()
        return not self._lanes.is_closed

    async def ended(self) -> None:
        """Wait until it is through or has failed. If it pauses, it tries again now."""
        self._wanted.set()
        await self._news.wait()

    def wake(self) -> None:
        self._wanted.set()


class Lanes:
    """The lanes of a platform. What is remembered is who is in them."""

    def __init__(self) -> None:
        self._lanes: dict[_Name, _Lane] = {}
        self._ways: dict[Pass, tuple[_Name, ...]] = {}
        self._numbers = count()
        self.is_closed = False

    def enter(self, event: Event, *rooms: str) -> Pass:
        """An event's place in the lanes. Call it as soon as the event is told, before anything is waited for.

        `rooms`: the platform's ids of where it happened, the innermost first, such as a thread and its channel.
        """
        space = event.place.space
        ways: tuple[_Name, ...] = ((), (space,), *((space, room) for room in rooms if room))
        entered = Pass(self, next(self._numbers), _alone(event, ways))
        self._ways[entered] = ways
        for way in ways:
            lane = self._lanes.setdefault(way, _Lane())
            (lane.alone if way == entered.alone else lane.beside)[entered] = None
        return entered

    def ahead(self, of: Pass, but: Container[Pass] = ()) -> Pass | None:
        """One of those for whom it has to wait."""
        for way in self._ways.get(of, ()):
            lane = self._lanes[way]
            for queue in (lane.alone, lane.beside) if way == of.alone else (lane.alone,):
                for one in queue:
                    if one.number >= of.number:
                        break
                    if one not in but:
                        return one
        return None

    def leave(self, one: Pass) -> None:
        for way in self._ways.pop(one, ()):
            lane = self._lanes[way]
            lane.alone.pop(one, None)
            lane.beside.pop(one, None)
            if not (lane.alone or lane.beside):
                del self._lanes[way]

    def close(self) -> None:
        """End all pauses: nothing is tried again."""
        self.is_closed = True
        for one in self._ways:
            one.wake()


def _alone(event: Event, ways: tuple[_Name, ...]) -> _Name | None:
    """The lane that an event needs for itself; None when it needs none.

    A person's words may be anywhere; a command without argument only shows something, but for two.
    """
    match event:
        case Command(name="privacy") if is_erasure(event.argument):
            return ways[0]
        case Change() | Left() | Press(action=Action.STOP, turn=""):
            return ways[2] if len(ways) > 2 else ways[1]
        case Command() if event.name != "ask" and (event.argument or event.name in {"reset", "stop"}):
            return ways[2] if len(ways) > 2 else ways[1]
    return None
