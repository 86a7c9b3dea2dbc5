"""What makes an inbox slow, for tests of the order in which events come in."""

import asyncio
from dataclasses import dataclass, field

from core.contract import Change, Command, Event, Left, Message
from core.errors import StoreDown

SLOW = 0.05


@dataclass
class Slowness:
    """Takes its time over what changes something, and fails so many times at it; `taken` is what is in, in order.

    `begun`: how much came to it. What two sockets tell at once is in no order, so one thing is waited for there.
    """

    slow: tuple[type[Event], ...] = (Change, Left, Command)
    failures: int = 0
    seconds: float = SLOW
    begun: int = 0
    taken: list[str] = field(default_factory=list)

    async def spend(self, event: Event) -> None:
        """To be called by `accept` before anything else. Raises StoreDown."""
        self.begun += 1
        if isinstance(event, self.slow):
            if self.failures:
                self.failures -= 1
                raise StoreDown
            await asyncio.sleep(self.seconds)
        self.taken.append(event.text if isinstance(event, Message) else type(event).__name__.lower())
