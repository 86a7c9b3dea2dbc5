"""Virtual time: one line of events for a whole world, and an asyncio loop for each process that lives in it.

Nothing waits: the timeline goes from one event to the next. A process is its loop, so whatever runs in it can be frozen
between any two steps, or be dead from one step to the next, without a `finally` having run. What comes for a frozen
one waits, as it would in a socket, and its clock goes on.
"""

import asyncio
import heapq
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")

START = 1_000.0
"""Seconds on the clock when it begins: not 0, which hides mistakes."""
MOST_STEPS = 100_000
"""In one instant. More is a loop that waits for nothing."""
TIE = 1e-6
"""Seconds by which a seed shifts what is due at the same instant."""


@dataclass(order=True, slots=True)
class _Event:
    when: float
    number: int
    handle: asyncio.Handle
    loop: "Loop"


class Circle(Exception):
    """Somebody is busy without end: time stands still. Says with what."""


class Timeline:
    """What happens next, in the whole world."""

    def __init__(self, random: Random) -> None:
        self.now = START
        self.random = random
        self._events: list[_Event] = []
        self._count = self._steps = 0
        self.outside = self.loop()
        """What is no process: the network, the people, the platform."""

    def loop(self) -> "Loop":
        """A new process."""
        return Loop(self)  # type: ignore[abstract]  # asyncio asks for nothing else of it

    def put(self, when: float, handle: asyncio.Handle, loop: "Loop") -> None:
        self._count += 1
        heapq.heappush(self._events, _Event(when, self._count, handle, loop))

    def put_back(self, event: _Event) -> None:
        """What came for somebody who was frozen: in the order in which it came, before all that is to come."""
        heapq.heappush(self._events, event)

    def after(self, seconds: float, do: Callable[[*Ts], object], *args: *Ts) -> asyncio.TimerHandle:
        """Something that happens in the world outside, whatever becomes of the processes."""
        return self.outside.call_later(seconds, do, *args)

    def run(self, until: float) -> None:
        """Go on to this time, or until nothing will ever happen again."""
        while self._events and self._events[0].when <= until:
            self.step()
        self.now = max(self.now, until)

    def run_until(self, true: Callable[[], bool], limit: float) -> bool:
        """Go on until something is true; False when it is not by this time."""
        while not true():
            if not self._events or self._events[0].when > limit:
                return False
            self.step()
        return True

    def step(self) -> None:
        """The next event."""
        event = heapq.heappop(self._events)
        if event.handle.cancelled():
            return
        if event.when > self.now:
            self.now, self._steps = event.when, 0
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise Circle(re.sub(r"0x\w+|\d+(?=\.|>)", "", repr(event.handle)))
        event.loop.take(event)


class Loop(asyncio.AbstractEventLoop):
    """One process, as asyncio sees it.

    `on_step` is called before each of its steps with their number; `on_call` with each call that it makes to the world
    outside, with their number and the seconds that such a call needs to get there.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._is_frozen = self._is_dead = False
        self._waiting: list[_Event] = []
        self._tasks: dict[asyncio.Task[Any], None] = {}  # or the garbage collector would run a dead one's `finally`
        self.steps = self.calls = 0
        self.on_step: Callable[[int], None] | None = None
        self.on_call: Callable[[int, float], None] | None = None
        self.failures: list[tuple[str, BaseException]] = []
        """Tasks that ended by an exception, by the name of what they ran."""

    @property
    def runs(self) -> bool:
        return not (self._is_frozen or self._is_dead)

    def freeze(self) -> None:
        self._is_frozen = True

    def thaw(self) -> None:
        self._is_frozen = False
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self._timeline.put_back(event)

    def kill(self) -> None:
        """Nothing of it runs any more."""
        self._is_dead = True

    def take(self, event: _Event) -> None:
        if self.runs:
            self.steps += 1
            if self.on_step:
                self.on_step(self.steps)
        if not self.runs:
            self._waiting.append(event)
            return
        with running(self):
            event.handle._run()

    def called(self, seconds: float) -> None:
        """A call leaves the process."""
        self.calls += 1
        if self.on_call:
            self.on_call(self.calls, seconds)

    def bury(self) -> None:
        """Unwind what is left of a process, when all is over: everything it does must fail at once."""
        self.on_step = self.on_call = None
        self._is_dead = False
        for _ in range(100):
            left = [task for task in self._tasks if not task.done()]
            if not left:
                return
            for task in left:
                task.cancel()
            self.thaw()
            self._timeline.run(self._timeline.now)
        raise AssertionError([_name(task) for task in left])

    # What asyncio needs of a loop

    def time(self) -> float:
        return self._timeline.now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._timeline.put(self._timeline.now, handle, self)
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._timeline.put(when + self._timeline.random.random() * TIE, handle, self)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._timeline.now + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:  # type: ignore[override]  # the options differ between versions
        task = asyncio.Task(coro, loop=self, **options)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        error = None if task.cancelled() else task.exception()
        if error:
            self.failures.append((_name(task), error))

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What fails within a callback; what fails within a task is noted when it ends."""
        self.failures.append(("a callback", context.get("exception") or RuntimeError(context["message"])))

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """asyncio tells this to every loop."""


def _name(task: asyncio.Task[Any]) -> str:
    return str(getattr(task.get_coro(), "__qualname__", ""))


@contextmanager
def running(loop: Loop) -> Iterator[None]:
    """What is done here is done in this process."""
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(before)
