"""Inboxes that remember what a platform handed them."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from core.contract import Change, Command, Event, Left, Message, Outcome, Place, Verdict
from core.errors import StoreDown

ACCEPTED = Verdict(Outcome.ACCEPTED)
SLOW = 0.05


@dataclass
class Notebook:
    """Says what it is told to say. An exception is raised instead: `refusals` times, or always where that is 0."""

    answer: Verdict | Exception = ACCEPTED
    seen: Mapping[Place, str] = field(default_factory=dict)
    delay: float = 0
    unwelcome: Collection[str] = ()
    events: list[Event] = field(default_factory=list)
    declined: list[Event] = field(default_factory=list)
    refusals: int = 0
    failing: set[str] = field(default_factory=set)
    """Messages with these texts raise StoreDown."""
    read_to: dict[Place, float] = field(default_factory=dict)
    """What was the newest of each place before a gap that was not read to its end."""
    caught: int = 0
    """How often all was read that was missed."""
    asked: int = 0
    """How often it was asked what was seen last."""
    away: int = 0
    """So often it cannot tell."""

    async def accept(self, event: Event) -> Verdict:
        if self.delay:
            await asyncio.sleep(self.delay)
        self.events.append(event)
        if isinstance(event, Message) and event.text in self.failing:
            raise StoreDown
        if isinstance(self.answer, Exception):
            failure = self.answer
            self.refusals -= 1
            self.answer = ACCEPTED if self.refusals == 0 else failure
            raise failure
        return self.answer

    def welcomes(self, event: Event) -> bool:
        return event.author.id not in self.unwelcome

    async def decline(self, event: Event, why: str) -> Verdict:
        self.declined.append(event)
        spoke_to_us = not isinstance(event, Message) or event.direct
        return Verdict(Outcome.TOLD, why) if spoke_to_us else Verdict(Outcome.PASSED)

    async def last_seen(self, platform: str) -> Mapping[Place, str]:
        self.asked += 1
        if self.away:
            self.away -= 1
            raise StoreDown
        return self.seen

    async def unread(self, platform: str) -> Mapping[Place, float]:
        return self.read_to

    async def caught_up(self, platform: str) -> None:
        self.caught += 1

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Message)]

    @property
    def commands(self) -> list[Command]:
        return [event for event in self.events if isinstance(event, Command)]


@dataclass
class Slow(Notebook):
    """Takes its time over what changes something, and fails so many times at it; `taken` is what is in, in order.

    `begun`: how much came to it. What two sockets tell at once is in no order, so one thing is waited for there.
    """

    slow: tuple[type[Event], ...] = (Change, Left, Command)
    failures: int = 0
    seconds: float = SLOW
    begun: int = 0
    taken: list[str] = field(default_factory=list)

    async def accept(self, event: Event) -> Verdict:
        self.begun += 1
        if isinstance(event, self.slow):
            if self.failures:
                self.failures -= 1
                raise StoreDown
            await asyncio.sleep(self.seconds)
        self.taken.append(event.text if isinstance(event, Message) else type(event).__name__.lower())
        return await super().accept(event)
