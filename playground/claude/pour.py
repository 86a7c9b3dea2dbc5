"""Sending a stream at its pace."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from playground.claude.frames import PING, Frame

Write = Callable[[bytes], Awaitable[None]]
AT_ONCE = 16_384
"""Bytes that are gathered at most before they are written, when many are due at the same time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds to the first token, tokens a second (0: all at once), seconds of silence before a ping."""

    first: float
    rate: float
    ping: float

    def lasts(self, tokens: int) -> float:
        """Seconds that so many take."""
        return self.first + (tokens / self.rate if self.rate else 0.0)


@dataclass(eq=False, slots=True)
class Sent:
    """When which text went out: (monotonic seconds, characters so far), a pair for each delta."""

    deltas: list[tuple[float, int]] = field(default_factory=list)
    characters: int = 0

    def note(self, when: float, characters: int) -> None:
        self.characters += characters
        self.deltas.append((when, self.characters))


async def pour(frames: Iterable[Frame], pace: Pace, write: Write, sent: Sent) -> None:
    """Write the frames, each beat at its time. One that is late does not make the next ones late."""
    now = asyncio.get_running_loop().time
    step = 1 / pace.rate if pace.rate else 0.0
    due = now() + pace.first
    batch = bytearray()
    for frame in frames:
        if frame.beat:
            if due > now():
                if batch:
                    await write(bytes(batch))
                    batch.clear()
                await wait(due, pace.ping, write)
            due += step
        batch += frame.data
        if frame.characters:
            sent.note(now(), frame.characters)
        if len(batch) >= AT_ONCE:
            await write(bytes(batch))
            batch.clear()
    if batch:
        await write(bytes(batch))


async def wait(until: float, ping: float, write: Write) -> None:
    """Wait for a time of the loop's clock, with a ping in each long silence."""
    now = asyncio.get_running_loop().time
    while ping and until - now() > ping:
        await asyncio.sleep(ping)
        await write(PING)
    await asyncio.sleep(max(0.0, until - now()))
