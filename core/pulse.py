"""How this process is, as far as it can tell by itself: no page ever asks a platform or Claude."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from core.errors import StoreDown
from core.trouble import Burst

LAG_SECONDS = 0.25
"""Between two looks at how late the event loop is."""
PING_SECONDS = 5.0
"""Between two pings of Redis."""
MOST_LAG = 5.0
"""Seconds by which the event loop may be late; more is an illness."""
MOST_SILENCE = 30.0
"""Seconds since Redis did what it was asked; more is an illness."""
MOST_STILLNESS = 20.0
"""Seconds since the worker looked after its leases; more is an illness."""
MOST_QUIET = 180.0
"""Seconds since a platform said anything; with more it is not connected, as heartbeats come every minute at least."""


@dataclass
class Pulse:
    """Looks after this process while it runs, and tells what `/healthz`, `/readyz` and `/metrics` show of it.

    `ping` makes Redis write something and returns the seconds that took. `beat_at` returns when the worker last looked
    after its leases (monotonic). `live` counts the answers being written. `frames` returns for each platform with a
    connection when it last said anything (s since 1970), 0 for never. `clock` is monotonic, `wall` in s since 1970.
    """

    ping: Callable[[], Awaitable[float]]
    beat_at: Callable[[], float]
    live: Callable[[], int]
    frames: Callable[[], Mapping[str, float]] = dict
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    is_draining: bool = False
    pinged: float = 0
    _lags: deque[float] = field(default_factory=lambda: deque(maxlen=120))
    _pinged_at: float = 0
    _trouble: str = ""
    """The code of the error with which the last ping failed, "" when it did not."""

    def __post_init__(self) -> None:
        self._pinged_at = self.clock()

    @property
    def lag(self) -> float:
        """Seconds by which the event loop was late, at the worst of the last half minute."""
        return max(self._lags, default=0)

    @property
    def ping_age(self) -> float:
        """Seconds since Redis did what it was asked."""
        return self.clock() - self._pinged_at

    def ages(self) -> dict[str, float]:
        """Seconds since each platform said anything; -1: it never did."""
        return {name: self.wall() - at if at else -1 for name, at in self.frames().items()}

    def illnesses(self) -> list[str]:
        """Why this process should be started anew, a sentence each."""
        found = {
            f"The event loop was late by {self.lag:.1f} s.": self.lag > MOST_LAG,
            f"Redis has not {self._missed} for {self.ping_age:.0f} s.": self.ping_age > MOST_SILENCE,
            "The worker does not look after its leases.": self.clock() - self.beat_at() > MOST_STILLNESS,
        }
        return [sentence for sentence, is_so in found.items() if is_so]

    @property
    def _missed(self) -> str:
        return f"done what it was asked ({self._trouble})" if self._trouble else "answered"

    def hindrances(self) -> list[str]:
        """Why nobody should count on this process at the moment, a sentence each: its illnesses, and more."""
        found = [f"{name} is not connected." for name, age in self.ages().items() if not 0 <= age <= MOST_QUIET]
        return [*self.illnesses(), *found, *(["It is told to stop."] if self.is_draining else [])]

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._feel(), self._ask())

    async def _feel(self) -> None:
        while True:
            before = self.clock()
            await asyncio.sleep(LAG_SECONDS)
            self._lags.append(max(0.0, self.clock() - before - LAG_SECONDS))

    async def _ask(self) -> None:
        burst = Burst(self.clock)
        while True:
            try:
                self.pinged = await self.ping()
                self._pinged_at, self._trouble = self.clock(), ""
            except StoreDown as down:
                self._trouble = down.code
                burst.note("ping", down)
            await asyncio.sleep(PING_SECONDS)
