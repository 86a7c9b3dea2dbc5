"""Trouble with a platform or with Redis: it is written down, and what is owed is tried again until it goes well."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, repeat
from math import inf
from typing import TypeAlias, TypeVar

from core.errors import ScreenError, StoreDown, StoreError, Throttled, Uncertain
from core.events import PlatformTrouble, Slug, StoreTrouble, emit

Found = TypeVar("Found")
Note: TypeAlias = Callable[[BaseException], None]

BURST_SECONDS = 60.0
READ_PAUSES, READ_SECONDS, NEWS_SECONDS = (0.5, 1.0, 2.0), 30.0, 5.0
"""Seconds after each try to read a thread, and within which another try may begin, or one of what is new in it: who
asks waits. The read itself takes as long as its pages do, each with the time that a call has."""


class Burst:
    """Trouble that comes again and again is written down at once, and then once in a minute for as long as it lasts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[tuple[str, ...], float] = {}

    def is_due(self, *what: str) -> bool:
        """Whether to write this down now."""
        now = self._clock()
        if now - self._told.get(what, -inf) < BURST_SECONDS:
            return False
        self._told[what] = now
        return True

    def note(self, call: str, error: StoreDown) -> None:
        """Of Redis; each is counted."""
        note_store(call, error, written=self.is_due(call, error.code))


def note_store(call: str, error: StoreDown, *, written: bool = True) -> None:
    """Write down that Redis did not do what was asked, or only count it."""
    emit(StoreTrouble(call=Slug(call), code=Slug.of(error.code)), written=written)


def note(platform: str, error: BaseException, call: str) -> None:
    """Write down that something failed: the platform's word for it, Redis', or what was raised and where."""
    if isinstance(error, StoreDown):
        note_store(call, error)
        return
    is_screen = isinstance(error, ScreenError)
    code = error.code if isinstance(error, ScreenError) else type(error).__name__
    wait = error.retry_after if isinstance(error, ScreenError) else 0.0
    trouble = PlatformTrouble(platform=Slug.of(platform), call=Slug(call), code=Slug.of(code), retry_after=wait)
    emit(trouble, None if is_screen else error)


async def whenever(
    news: asyncio.Event, work: Callable[[], Awaitable[None]], pauses: Sequence[float], failed: Note
) -> None:
    """Work at each news, as `until_well` does, until cancelled; news that comes meanwhile is heard afterwards."""
    while True:
        await news.wait()
        news.clear()
        await until_well(work, pauses, failed)


async def until_well(work: Callable[[], Awaitable[None]], pauses: Sequence[float], failed: Note) -> None:
    """What fails is tried again after each pause in s, the last one again and again, or after what a platform asks."""
    for pause in chain(pauses, repeat(pauses[-1])):
        try:
            await work()
            break
        except (ScreenError, StoreError) as error:
            failed(error)
            await asyncio.sleep(max(pause, getattr(error, "retry_after", 0.0)))


async def patiently(
    work: Callable[[], Awaitable[Found]],
    pauses: Sequence[float],
    *,
    seconds: float = inf,
    failed: Note | None = None,
) -> Found:
    """Trouble with a platform that is over soon is waited for, each pause in s or as long as the platform asks.

    Raises what the last try raised: the one after the last pause, or when another one would begin after `seconds`.
    """
    loop, left = asyncio.get_running_loop(), iter((*pauses, inf))
    until = loop.time() + seconds
    while True:
        try:
            return await work()
        except (Throttled, Uncertain) as error:
            if (wait := max(next(left), error.retry_after)) == inf or loop.time() + wait > until:
                raise
            if failed is not None:
                failed(error)
        await asyncio.sleep(wait)


async def in_the_end(work: Callable[[], Awaitable[object]], pauses: Sequence[float], failed: Note) -> bool:
    """Whether it went well, tried as `patiently` does. Each failure is noted; done twice is better than not at all."""
    try:
        await patiently(work, pauses, failed=failed)
    except ScreenError as error:
        failed(error)
        return False
    return True


async def one_of_many(work: Awaitable[None], failed: Note) -> None:
    """A fault of ours with one must not keep us from the others. Raises ScreenErrors and StoreErrors: it is owed."""
    try:
        await work
    except (ScreenError, StoreError):
        raise
    except Exception as error:  # noqa: BLE001  # see above
        failed(error)
