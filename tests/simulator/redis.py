"""Redis as a simulated process sees it: the real scripts on a real Valkey, behind a bad network.

A request that was sent arrives, or does not, whatever becomes of who sent it; a reply that is lost was lost after the
script ran. `Wire` tries again as the store's own client does (core/store/server.py).
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from core.errors import StoreDown
from tests.simulator.keys import VAULT
from tests.simulator.timeline import START, Loop, Timeline
from tests.simulator.trace import Trace
from tests.simulator.valkey import Connection

BASE = "{parley}:"
CHANNELS = (f"{BASE}wake", f"{BASE}stop")
EPOCH_MS = 1_700_000_000_000
"""The server's clock when the world begins."""
TRY, DEADLINE = 2.0, 6.0
PAUSES = (0.02, 0.04, 0.08, 0.16)
"""Seconds between tries when the connection breaks; then it is given up. As the product's client has them."""


class Broken(Exception):
    """The connection broke: the script may have run."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A script that ran. `named` are its arguments, `sealed` the ciphertexts behind them."""

    at: float
    bot: int
    script: str
    named: dict[str, Any]
    sealed: tuple[bytes, ...]
    reply: Any
    effective: bool = True
    """Of a commit: whether it was this one that was written; of a change: whether the turn is not owed any more."""


@dataclass(frozen=True, slots=True)
class Request:
    """A script on its way. `silent`: a lost reply is not even noticed as a broken connection."""

    loop: Loop
    bot: int
    script: str
    keys: Sequence[str]
    args: Sequence[bytes | str]
    future: asyncio.Future[Any]
    fate: str


@dataclass(slots=True)
class Weather:
    """Chances of a single call, and its latencies in seconds."""

    lost_request: float = 0.0
    lost_reply: float = 0.0
    silent: float = 0.0
    slow: float = 0.0
    least: float = 0.0003
    most: float = 0.003
    slowest: float = 1.5


@dataclass(eq=False)
class Redis:
    """The server. It is up, or down, or hangs; its clock may be set."""

    timeline: Timeline
    connection: Connection
    trace: Trace
    weather: Weather = field(default_factory=Weather)
    ran: list[Ran] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    """From when to when it did not answer."""
    silences: list[tuple[float, float]] = field(default_factory=list)
    """The same of single calls: from when to when one was waited for in vain."""
    jumps: list[tuple[float, float]] = field(default_factory=list)
    is_down: bool = False
    is_hung: bool = False
    clock_ms: int = 0
    """What its clock shows more than it should."""
    is_over: bool = False
    on_script: Callable[[Ran], object] | None = None
    """Is told of each script that ran, before its answer goes out."""
    _held_up: list[Request] = field(default_factory=list)
    _ears: "dict[Wire, asyncio.Queue[tuple[str, bytes] | None]]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection.begin(CHANNELS)

    # What happens to it

    def goes_down(self, seconds: float) -> None:
        self.trace.note("redis", f"down for {seconds:.3f}")
        self.is_down = True
        self._out(seconds)
        for ear in self._ears.values():
            ear.put_nowait(None)

    def hangs(self, seconds: float) -> None:
        self.trace.note("redis", f"hangs for {seconds:.3f}")
        self.is_hung = True
        self._out(seconds)

    def jumps_by(self, seconds: float) -> None:
        """Its clock is set, forwards or back."""
        self.trace.note("redis", f"clock jumps by {seconds:.3f}")
        self.clock_ms += round(seconds * 1000)
        self.jumps.append((self.timeline.now, seconds))

    def _out(self, seconds: float) -> None:
        self.outages.append((self.timeline.now, self.timeline.now + seconds))
        self.timeline.after(seconds, self._back)

    def _back(self) -> None:
        if self.timeline.now < max(end for _, end in self.outages):
            return  # there is another outage that lasts longer
        self.trace.note("redis", "is back")
        self.is_down = self.is_hung = False
        held_up, self._held_up = self._held_up, []
        for request in held_up:
            self._arrive(request)

    # A request on its way there and back

    def ask(self, request: Request) -> None:
        self.timeline.after(self._latency(), self._arrive, request)

    def fate(self) -> str:
        """What becomes of the next request."""
        draw, weather = self.timeline.random.random(), self.weather
        for fate in ("lost_request", "lost_reply", "silent"):
            draw -= getattr(weather, fate)
            if draw < 0:
                return fate
        return "fine"

    def _arrive(self, request: Request) -> None:
        if self.is_down or request.fate == "lost_request":
            self._answer(request, Broken())
        elif self.is_hung:
            self._held_up.append(request)
        else:
            reply = self.execute(request.bot, request.script, request.keys, request.args)
            if request.fate == "fine":
                self.timeline.after(self._latency(), self._answer, request, reply)
            elif request.fate == "lost_reply":
                self.timeline.after(self._latency(), self._answer, request, Broken())
            else:
                self.silences.append((self.timeline.now, self.timeline.now + TRY))

    def _answer(self, request: Request, reply: Any) -> None:
        if self.is_down:
            reply = Broken()
        request.loop.call_soon(settle, request.future, reply)

    def _latency(self) -> float:
        random, weather = self.timeline.random, self.weather
        most = weather.slowest if random.random() < weather.slow else weather.most
        return random.uniform(weather.least, most)

    # Here it happens

    @property
    def now_ms(self) -> int:
        return EPOCH_MS + round((self.timeline.now - START) * 1000) + self.clock_ms

    def execute(self, bot: int, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        named, sealed = json.loads(args[1]), tuple(part for part in args[2:] if isinstance(part, bytes))
        reply = self.connection.run(script, keys, args, self.now_ms)
        ran = Ran(self.timeline.now, bot, script, named, sealed, reply, self._was_effective(script, named, sealed))
        self.ran.append(ran)
        self.trace.note(f"bot {bot}", f"{script} {told(ran, self.trace)}")
        if self.on_script:
            self.on_script(ran)
        for channel, payload in self.connection.pushed:
            for ear in self._ears.values():
                ear.put_nowait((channel, payload))
        return reply

    def _was_effective(self, script: str, named: dict[str, Any], sealed: Sequence[bytes]) -> bool:
        match script:
            case "commit":
                return bool(self.connection.ask("HGET", f"{BASE}x:{named['turn']}", "f") == sealed[0])
            case "change":
                return bool(self.connection.ask("HGET", f"{BASE}t:{named['turn']}", "st") == b"x")
        return True

    def remembered(self, place: str) -> dict[str, str]:
        """The history of a place: exchange -> what was answered, in order."""
        ids = [id.decode() for id in self.connection.ask("ZRANGE", f"{BASE}o:{place}", 0, -1)]
        sealed = [(place, id, self.connection.ask("HGET", f"{BASE}h:{place}", id)) for id in ids]
        return {id: str(past.messages[-1]["content"]) for id, past in zip(ids, VAULT.exchanges(sealed), strict=True)}

    # Publications

    def hear(self, wire: "Wire") -> "asyncio.Queue[tuple[str, bytes] | None]":
        """A queue of what is published from now on; None when the connection is lost."""
        ear = self._ears[wire] = Ear(wire.loop)
        return ear

    def forget(self, wire: "Wire") -> None:
        self._ears.pop(wire, None)


class Ear(asyncio.Queue[tuple[str, bytes] | None]):
    """A queue that is filled from outside of the process that reads it."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._at_home = loop

    def put_nowait(self, item: tuple[str, bytes] | None) -> None:
        self._at_home.call_later(0.0005, super().put_nowait, item)


class Wire:
    """The `Server` of one simulated process."""

    def __init__(self, redis: Redis, loop: Loop, bot: int) -> None:
        self._redis = redis
        self.loop = loop
        self._bot = bot

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._insist(script, keys, args)
        except TimeoutError:
            raise StoreDown("TimeoutError") from None

    async def _insist(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        for pause in (*PAUSES, None):
            try:
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(TRY):
                            return await self._try(script, keys, args)
            except Broken:
                if pause is not None:
                    await asyncio.sleep(pause)
        raise StoreDown("ConnectionError")

    async def _try(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        redis = self._redis
        if redis.is_over:
            raise StoreDown("over")
        future = self.loop.create_future()
        redis.ask(Request(self.loop, self._bot, script, keys, args, future, redis.fate()))
        self.loop.called(redis.weather.most / 2)
        return await future

    async def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        if self._redis.is_down or self._redis.is_over:
            await asyncio.sleep(0.05)
            raise StoreDown("ConnectionError")
        ear = self._redis.hear(self)
        try:
            yield "", b""
            while (heard := await ear.get()) is not None:
                yield heard
        finally:
            self._redis.forget(self)
        raise StoreDown("ConnectionError")

    async def rewrite(self) -> None:
        """It has no file."""

    async def close(self) -> None:
        self._redis.forget(self)


def settle(future: asyncio.Future[Any], result: Any) -> None:
    """Unless nobody waits for it any more."""
    if future.done():
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)


def told(ran: Ran, trace: Trace) -> str:
    """A script in words: whom it is about and what it answered, without what is random in it."""
    named, reply = ran.named, ran.reply
    turn = trace.name(str(named.get("turn", "")))
    if ran.script == "claim":
        return f"-> {trace.name(reply[0].decode())} fence {int(reply[2])}" if reply[0] else f"-> nothing, {reply[1]}"
    if ran.script == "renew":
        held = zip(named["leases"], reply, strict=True)
        return " ".join(sorted(f"{trace.name(lease[2])}={state}" for lease, state in held))
    if isinstance(reply, int | bytes):
        said = reply.decode() if isinstance(reply, bytes) else reply
        return f"{turn} fence {named['fence']} -> {said}" if "fence" in named else f"{turn} -> {said}"
    return turn
