"""What was spent today, what calls under way may still cost, and whether there is room for one more.

Sums are whole numbers of 1e-8 dollars. The server's clock says which day it is: we guess, and are told when wrong.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex

from core.allowance import PARTS, Allowance, Allowances, Day, day_at, parts, spent
from core.contract import Json
from core.dialogue import Call
from core.errors import Spent, StoreDown
from core.events import BudgetReached
from core.store.bounds import LONGEST_SECONDS, RENEWAL_SECONDS
from core.store.words import Run
from core.telling import emit

AT_ONCE = 100
"""Calls that are settled together."""
GATHER = 0.05
"""Seconds for more calls to end, so that one trip counts them all."""
LOOK_SECONDS = 0.5
"""How long somebody who waits for room waits, at most, until they ask again; longer where more than FEW wait."""
FEW = 10
"""People for whom is asked at once when there may be room. Whoever stops waiting wakes one more."""
UNPRICED = (
    "I do not know what this model costs, and there is a budget here. Please choose another with the model command."
)
Lent = Callable[[], AbstractAsyncContextManager[None]]
"""Makes a context within which who waits for others to end is in nobody's way."""
_TRIES = 3
_FIELDS = ("n", "x", "c", "t", "i", "o", "r", "w")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums. `unpriced` are those of the `calls` whose price is not known; `tokens` all that went in and out."""

    calls: int = 0
    unpriced: int = 0
    dollars: float = 0
    tokens: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.calls + other.calls,
            self.unpriced + other.unpriced,
            self.dollars + other.dollars,
            self.tokens + other.tokens,
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
        )


@dataclass(slots=True)
class Line:
    """Who waits for room with the same payer: the one in `front` asks, the others after it, as they came."""

    front: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Purse:
    """The sums of an installation, and what is kept for calls under way."""

    def __init__(self, run: Run, allowances: Allowances) -> None:
        self._run = run
        self._ahead = 0.0
        """Seconds that the server's clock is ahead of ours."""
        self._day = day_at(time.time(), allowances.zone)
        self._calls: list[list[Json]] = []
        self._freed: list[str] = []
        self._held: dict[str, float] = {}
        """What is kept for calls under way, and since when."""
        self._renewed = 0.0
        self._batch: dict[str, Json] | None = None
        self._settling = asyncio.Lock()
        self._news = asyncio.Event()
        self._lines: dict[str, Line] = {}
        """Of whoever waits for room, by who pays."""
        self._looking: deque[asyncio.Future[None]] = deque()
        """Those in front of their lines, until they ask again."""
        self._settled = 0
        self.allowances = allowances

    # The day

    @property
    def today(self) -> Day:
        now = time.time() + self._ahead
        if not self._day.begins <= now * 1000 < self._day.ends:
            self._day = day_at(now, self.allowances.zone)
        return self._day

    @property
    def left(self) -> float:
        """Seconds until the day ends."""
        return self.today.ends / 1000 - time.time() - self._ahead

    async def run_today(self, script: str, *sealed: bytes, **named: Json) -> bytes:
        """Run a script that must know which day it is. Raises StoreDown."""
        for _ in range(_TRIES):
            day = self.today
            reply: bytes = await self._run(script, *sealed, day=[day.name, day.begins, day.ends], **named)
            if not reply.startswith(b"day "):
                return reply
            self._ahead = int(reply[4:]) / 1000 - time.time()
        raise StoreDown("clock")

    def budgets(self, payer: str) -> Sequence[Json]:
        """The budgets that hold for somebody, as the scripts take them; "" is nobody in particular."""
        found = [("", self.allowances.everybody)] if self.allowances.everybody else []
        if payer and self.allowances.person:
            found.append((payer, self.allowances.person))
        return [[who, *_limits(allowance)] for who, allowance in found]

    # Calls

    @property
    def is_limited(self) -> bool:
        return bool(self.allowances)

    async def hold(self, id: str, payer: str, dollars: float | None, tokens: int, aside: Lent = nullcontext) -> None:
        """Return when the day's budgets have room for a call that costs so much at the most, and keep that for it.

        Whoever is alone with a budget that is not gone may always go: so it is overshot by one call's cost at the most.
        If others must end first that is waited for in `aside`, behind those with the same payer who came earlier.
        Raises Spent, and StoreDown.
        """
        if not self.allowances:
            return
        if dollars is None and self.allowances.needs_prices:
            raise Spent(UNPRICED)
        named: dict[str, Json] = {"hold": id, "payer": payer, "dollars": parts(dollars or 0), "tokens": tokens}
        ask = partial(self._ask, id, payer, named)
        try:
            if payer in self._lines or not await ask():
                async with aside():
                    await self._in_turn(payer, ask)
        except Spent:
            raise
        except BaseException:  # it may be kept without our knowledge
            self._held.pop(id, None)
            self._freed.append(id)
            self._news.set()
            raise

    def note(self, call: Call) -> None:
        """A call has ended: never waits. It is counted by `settle`."""
        self._held.pop(call.hold, None)
        used = call.usage
        tokens = used.prompt + used.output
        cost = -1 if call.cost is None else parts(call.cost)
        who = (call.hold, call.user, call.place, call.model)
        self._calls.append([*who, cost, tokens, used.input, used.output, used.cache_read, used.written])
        self._news.set()

    async def settle(self) -> None:
        """Count all that was noted; each call once, however often it is tried. Waits for Redis while it is away."""
        async with self._settling:
            while self._batch or self._calls or self._freed:
                if self._batch is None:
                    calls, freed = self._calls[:AT_ONCE], self._freed[:AT_ONCE]
                    held = bool(freed) or any(call[0] for call in calls)
                    self._batch = {"token": token_hex(8), "calls": calls, "freed": freed, "held": held}
                    del self._calls[:AT_ONCE], self._freed[:AT_ONCE]
                reached = await self._surely("settle", **self._batch, budgets=self.budgets(""))
                self._batch = None
                self.heard()
                for percent in reached.split()[-1:]:  # one call may have reached more than one
                    emit(BudgetReached(percent=int(percent)))

    def heard(self) -> None:
        """Calls were settled, here or elsewhere: whoever waits may ask again at once."""
        self._settled += 1
        self._wake(FEW)

    async def settling(self) -> None:
        """Settle what is noted, as it comes, and hold on to what is kept for calls under way, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._renewed + RENEWAL_SECONDS if self.is_limited else None):
                    await self._news.wait()
            if not self.is_limited:  # nobody waits for what is only counted
                await asyncio.sleep(GATHER)
            self._news.clear()
            await self.settle()
            await self._renew()

    async def _renew(self) -> None:
        now = _now()
        if now < self._renewed + RENEWAL_SECONDS:
            return
        self._renewed = now
        self._held = {id: since for id, since in self._held.items() if now < since + LONGEST_SECONDS}
        if self._held:
            with suppress(StoreDown):
                await self._run("retain", holds=list(self._held))

    async def used(self, days: Sequence[str], by: str = "", who: str = "") -> Mapping[str, Mapping[str, Figures]]:
        """What was used on each of these days: by "person", "place" or "model", of one or of all; "" is everybody."""
        trips = [[day] for day in days] if by and not who else [days]  # what may be long comes in pieces
        found: list[list[Sequence[bytes]]] = await asyncio.gather(
            *(self._run("used", days=some, by=by, who=who) for some in trips)
        )
        flat = (one for some in found for one in some)
        return {day: _figures(one) for day, one in zip(days, flat, strict=True)}

    async def _surely(self, script: str, **named: Json) -> bytes:
        """The same again until it is done: its token tells the server what it has counted already."""
        while True:
            try:
                return await self.run_today(script, **named)
            except StoreDown:
                await asyncio.sleep(LOOK_SECONDS)

    async def _ask(self, id: str, payer: str, named: Mapping[str, Json]) -> bool:
        """Whether there is room, which is kept then. Raises Spent, and StoreDown."""
        reply = await self.run_today("hold", **named, budgets=self.budgets(payer))
        if reply == b"wait":
            return False
        if reply != b"held":
            which, wait = reply.decode().split()
            raise Spent(spent(which, int(wait) / 1000), retry_after=int(wait) / 1000)
        self._held[id] = _now()
        return True

    async def _in_turn(self, payer: str, ask: Callable[[], Awaitable[bool]]) -> None:
        line = self._lines.setdefault(payer, Line())
        line.length += 1
        try:
            async with line.front:
                await self._until_room(ask)
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[payer]

    async def _until_room(self, ask: Callable[[], Awaitable[bool]]) -> None:
        try:
            settled = self._settled
            while not await ask():
                if self._settled == settled:
                    await self._news_of_room()
                settled = self._settled
        finally:
            self._wake(1)

    async def _news_of_room(self) -> None:
        news = asyncio.get_running_loop().create_future()
        self._looking.append(news)
        try:
            async with asyncio.timeout(LOOK_SECONDS * max(1, len(self._looking) / FEW)):
                await news
        except TimeoutError:
            pass
        finally:
            with suppress(ValueError):  # who was woken is not there any more
                self._looking.remove(news)

    def _wake(self, most: int) -> None:
        while most and self._looking:
            news = self._looking.popleft()
            if not news.done():
                news.set_result(None)
                most -= 1


def _now() -> float:
    return asyncio.get_running_loop().time()


def _limits(allowance: Allowance) -> tuple[int, int]:
    return (
        -1 if allowance.dollars is None else parts(allowance.dollars),
        -1 if allowance.tokens is None else allowance.tokens,
    )


def _figures(flat: Sequence[bytes]) -> Mapping[str, Figures]:
    """Hashes of "who field" -> sum, as Lua lists them."""
    sums: dict[str, dict[str, int]] = {}
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        who, _, kind = name.decode().rpartition(" ")
        if kind in _FIELDS:
            one = sums.setdefault(who, {})
            one[kind] = one.get(kind, 0) + int(value)
    return {who: _sum(found) for who, found in sums.items()}


def _sum(found: Mapping[str, int]) -> Figures:
    calls, unpriced, cost, *tokens = (found.get(kind, 0) for kind in _FIELDS)
    return Figures(calls, unpriced, cost / PARTS, *tokens)
