"""Time that does not pass by itself: an asyncio loop whose clock jumps to the next thing to do. Deterministic.

`run(main)` runs a coroutine on such a loop; an hour of sleeps takes as long as its work. With a seed, things that are
due at the same instant happen in an order of their own for each seed, always the same for one. Only what lives in the
loop is virtual: no sockets, no threads (a blocking call is one instant). When everything waits for ever, `Stuck` is
raised instead of waiting as well; when nothing waits and no time passes, `Spinning`.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from random import Random
from typing import Any, TypeVar, TypeVarTuple, Unpack

import pytest

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START = 1_000.0
"""The loop's time when it begins: not 0, which hides mistakes."""
MOST_ROUNDS = 100_000
"""The loop's rounds in one instant."""
_TIE = 1e-6  # seconds by which a seed shifts what is due at the same instant


class Stuck(Exception):
    """Everything waits for something that will never happen."""


class TooLong(Exception):
    """More time passed than the test allows."""


class Spinning(Exception):
    """Something is due again and again without any time passing."""


class _Jump(selectors.SelectSelector):
    """Instead of waiting for events that long, moves the clock."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump
        self._rounds = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise Stuck
        self._rounds += 1
        if self._rounds > MOST_ROUNDS:
            raise Spinning
        if timeout > 0:
            self._rounds = 0
            self._jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See above. `time` is the virtual clock; `limit`: seconds after which it gives up."""

    def __init__(self, seed: int | None = None, limit: float = 36_000.0) -> None:
        super().__init__(_Jump(self._jump))
        self._now = START
        self._end = START + limit
        self._random = Random(seed) if seed is not None else None

    def time(self) -> float:
        return self._now

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if self._random:
            when += self._random.random() * _TIE
        return super().call_at(when, callback, *args, context=context)

    def _jump(self, seconds: float) -> None:
        self._now += seconds
        if self._now > self._end:
            raise TooLong


def run(main: Coroutine[Any, Any, T], *, seed: int | None = None, limit: float = 36_000.0) -> T:
    """The result of `main`, on a virtual loop of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(seed, limit)) as runner:
        return runner.run(main)


def now() -> float:
    """Virtual seconds since the loop began."""
    return asyncio.get_running_loop().time() - START


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, type[VirtualLoop]]]:
    """For a module whose tests all run on such loops: it imports this."""
    return "asyncio", {"loop_factory": VirtualLoop}
