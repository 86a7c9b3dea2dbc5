"""A platform in memory that keeps its limits, has latency and faults, and remembers every call and every version."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from core.contract import Bucket, Message, Page, Person, Place, Turn
from core.errors import ScreenError, StaleLease, StoreDown, Throttled, TooBig, Vanished
from playground.limits import Limits, Rule
from tests.virtual import now

EDITS = Bucket("slack.chat.update", "T1", 50, 60)
STATUS_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Made:
    """A call that had its effect at `at` (it was sent before), or had none: then `error` is why."""

    at: float
    call: str
    id: str = ""
    page: Page | None = None
    text: str = ""
    error: str = ""


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next calls of a kind. `lost`: it takes effect all the same."""

    call: str
    error: ScreenError
    times: int = 1
    lost: bool = False
    skip: int = 0


@dataclass(eq=False)
class Platform:
    """What all screens of a workspace have in common. `rules`: what is really enforced for a bucket's name.

    Half of `latency` passes before a call has its effect, half after.
    """

    rules: dict[str, Rule] = field(default_factory=dict)
    latency: float = 0.1
    jitter: Callable[[], float] = lambda: 0.0
    refused: int = 0
    calls: int = 0
    _limits: Limits = field(default_factory=Limits)
    _ids: int = 0

    def admit(self, buckets: Sequence[Bucket]) -> None:
        for bucket in buckets:
            rule = self.rules.get(bucket.name)
            if rule is None:
                continue
            taken = self._limits.take((bucket.name, bucket.scope), rule, asyncio.get_running_loop().time())
            if not taken.passed:
                self.refused += 1
                raise Throttled(bucket.name, retry_after=float(int(taken.wait) + 1))

    def new_id(self) -> str:
        self._ids += 1
        return f"m{self._ids}"


class StandIn:
    """One answer's `Screen`."""

    def __init__(
        self,
        platform: Platform,
        *,
        edits: Sequence[Bucket] = (EDITS,),
        posts: Sequence[Bucket] = (),
        statuses: Sequence[Bucket] = (),
        size: int = 12_000,
        measure: Callable[[str], int] = len,
        speaks: bool = True,
        status_seconds: float = STATUS_SECONDS,
        lasts: bool = False,
    ) -> None:
        self.platform = platform
        self.size = size
        self.measure = measure
        self.speaks = speaks
        self.status_seconds = status_seconds
        self.lasts = lasts
        self.tables_apart = False
        self.most_pieces = 0
        self.head = ""
        self._buckets = {"edit": edits, "post": posts, "status": statuses}
        self.made: list[Made] = []
        self.messages: dict[str, Page] = {}
        self.nonces: dict[str, str] = {}
        self.sign = ""
        self.faults: list[Fault] = []
        self.in_flight = self.most_in_flight = 0
        self.enforced_size: int | None = None
        self.watched_seconds = inf

    def buckets(self, call: str) -> Sequence[Bucket]:
        return self._buckets[call]

    def unnoticed(self, id: str) -> bool:
        posted = [made.at for made in self.calls("post") if made.id == id]
        return bool(posted) and now() - posted[0] > self.watched_seconds

    async def post(self, page: Page, nonce: str) -> str:
        id = self.platform.new_id()
        await self._call("post", lambda: self._put(id, page, nonce), id, page)
        return id

    async def edit(self, id: str, page: Page) -> None:
        await self._call("edit", lambda: self._put(id, page, ""), id, page)

    async def remove(self, id: str) -> None:
        await self._call("remove", lambda: self._take(id), id)

    async def status(self, text: str) -> None:
        await self._call("status", lambda: setattr(self, "sign", text), text=text)

    async def find(self, nonce: str) -> str | None:
        await self._call("find", lambda: None)
        found = self.nonces.get(nonce)
        return found if found in self.messages else None

    # What a test sees

    @property
    def shown(self) -> list[str]:
        return [page.text for page in self.messages.values()]

    def calls(self, *kinds: str) -> list[Made]:
        return [made for made in self.made if made.call in kinds and not made.error]

    def fail(self, call: str, error: ScreenError, *, times: int = 1, lost: bool = False, skip: int = 0) -> None:
        self.faults.append(Fault(call, error, times, lost, skip))

    async def _call(
        self, call: str, effect: Callable[[], None], id: str = "", page: Page | None = None, *, text: str = ""
    ) -> None:
        self.platform.calls += 1
        self._count(call, 1)
        try:
            await asyncio.sleep(self.platform.latency / 2 + self.platform.jitter())
            fault = self._fault(call)
            try:
                if fault and not fault.lost:
                    raise fault.error
                self.platform.admit(self._buckets.get(call, ()))
                effect()
            except ScreenError as error:
                self.made.append(Made(now(), call, id, page, text, type(error).__name__))
                raise
            self.made.append(Made(now(), call, id, page, text))
            await asyncio.sleep(self.platform.latency / 2)
            if fault:
                raise fault.error
        finally:
            self._count(call, -1)

    def _count(self, call: str, by: int) -> None:
        if call != "status":
            self.in_flight += by
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def _fault(self, call: str) -> Fault | None:
        for fault in self.faults:
            if fault.call == call and fault.times > 0:
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def _put(self, id: str, page: Page, nonce: str) -> None:
        if not nonce and id not in self.messages:
            raise Vanished("message_not_found")
        if self.enforced_size is not None and len(page.text) > self.enforced_size:
            raise TooBig("msg_too_long")
        self.messages[id] = page
        if nonce:
            self.nonces[nonce] = id
            self.sign = ""

    def _take(self, id: str) -> None:
        if self.messages.pop(id, None) is None:
            raise Vanished("message_not_found")


@dataclass
class Notebook:
    """A journal that remembers, whose lease can be lost, or not renewed for too long, and whose Redis can be down."""

    bound: list[tuple[str, ...]] = field(default_factory=list)
    is_ours: bool = True
    is_down: bool = False
    is_late: bool = False

    async def bind(self, shown: tuple[str, ...]) -> None:
        await asyncio.sleep(0.001)
        if self.is_down:
            raise StoreDown
        if not self.is_ours:
            raise StaleLease
        self.bound.append(shown)

    def held(self, within: float) -> bool:
        if not self.is_ours:
            raise StaleLease
        return not self.is_late


def turn(id: str = "t1", *, attempt: int = 1, shown: tuple[str, ...] = ()) -> Turn:
    message = Message(id=id, place=Place("fake", "T1", "C1"), author=Person("U1"), at=0, text="question")
    return Turn(id, fence=1, attempt=attempt, message=message, shown=shown)
