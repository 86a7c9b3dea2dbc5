"""Who may call now: a bound on the calls in flight, first come first served, and a pause for all when the API asks.

And until when: waiting for one's turn takes nothing from the time for the answer.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

Tell = Callable[[int], None]
"""Hears how many calls must end before one's own may begin, each time this changes."""
Lent = Callable[[], AbstractAsyncContextManager[None]]
"""Within it nobody is in the way."""


CROWD, BREATH, LONGEST_BREATH = 10, 0.04, 0.12
"""Where CROWD calls run at once, their answers are read every so many seconds (BREATH for each CROWD), and not word by
word: no screen shows more, and being woken for each word is most of what an answer costs. What ends waits as long."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    slot: asyncio.Future[None]
    tell: Tell
    first: bool


class Gate:
    """At most `width` at once. Who waits is told how many are ahead."""

    def __init__(self, width: int) -> None:
        self._width = self._free = width
        self._waiting: deque[Waiter] = deque()

    @property
    def breath(self) -> float:
        """Seconds until an answer that is under way is looked at again, 0 for at once.

        All take their breaths together: being woken once for many costs less than once for each.
        """
        breath = min((self._width - self._free) // CROWD * BREATH, LONGEST_BREATH)
        return breath - asyncio.get_running_loop().time() % breath if breath else 0

    @asynccontextmanager
    async def passed(self, tell: Tell, *, first: bool = False) -> AsyncIterator["Slot"]:
        """Hold a slot while inside. `first`: for whoever had one before, in front of all who had none."""
        await self.enter(tell, first=first)
        slot = Slot(self)
        try:
            yield slot
        finally:
            slot.leave()

    async def enter(self, tell: Tell, *, first: bool) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        waiter = Waiter(asyncio.get_running_loop().create_future(), tell, first)
        if first:
            self._waiting.insert(sum(other.first for other in self._waiting), waiter)
            self._tell()
        else:
            self._waiting.append(waiter)
            tell(len(self._waiting))
        try:
            await waiter.slot
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise

    def leave(self) -> None:
        while self._waiting:
            slot = self._waiting.popleft().slot
            if not slot.done():
                slot.set_result(None)
                self._tell()
                return
        self._free += 1

    def _give_up(self, waiter: Waiter) -> None:
        if not waiter.slot.cancelled():  # a slot was handed over in the same moment
            self.leave()
        elif waiter in self._waiting:
            self._waiting.remove(waiter)
            self._tell()

    def _tell(self) -> None:
        for ahead, waiter in enumerate(self._waiting, 1):
            waiter.tell(ahead)


class Slot:
    """One of the gate's, of whoever is inside."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._is_held = True

    def leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._gate.leave()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Let others have it meanwhile; then hold one again, in front of all who had none."""
        self.leave()
        yield
        await self._gate.enter(lambda _: None, first=True)
        self._is_held = True


class Due:
    """Until when an answer must have come: a context whose body is cut off then, with a TimeoutError.

    So many seconds may go by until its turn comes, and as many again from then on.
    """

    def __init__(self, seconds: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._at = clock() + seconds
        self.begun = False

    @property
    def left(self) -> float:
        return self._at - self._clock()

    def begin(self) -> None:
        """Its turn has come. Only the first time counts."""
        if not self.begun:
            self.begun, self._at = True, self._clock() + self._seconds
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)

    async def __aenter__(self) -> None:
        self._timeout = asyncio.timeout(self._seconds)
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        await self._timeout.__aexit__(kind, error, frames)


class Cooldown(Protocol):
    """A pause of all calls to a model, after the API said that there are too many. Never raises."""

    async def left(self, model: str) -> float:
        """Seconds until calls may go out again, 0 for now."""

    async def begin(self, model: str, seconds: float) -> None:
        """From now on for so long; one that lasts longer already stays."""


class Purse(Protocol):
    """What calls may cost, all together."""

    @property
    def is_limited(self) -> bool:
        """Whether there is any bound: without one nothing need be held."""

    async def hold(self, id: str, payer: str, dollars: float | None, tokens: int, aside: Lent) -> None:
        """Return when there is room for a call that costs so much at the most; None: nobody knows its price.

        `aside` is where to wait whenever others must end first. Raises Spent, and what the purse is kept in does.
        """


class LocalCooldown:
    """The pause of one process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    async def left(self, model: str) -> float:
        return max(self._until.get(model, 0) - self._clock(), 0)

    async def begin(self, model: str, seconds: float) -> None:
        self._until[model] = max(self._until.get(model, 0), self._clock() + seconds)
