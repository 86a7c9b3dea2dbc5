"""Trouble with a platform or with Redis: it is written down, and what is owed is tried again until it goes well."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, repeat
from math import inf
from typing import TypeAlias, TypeVar

from core.contract import Writer
from core.errors import ScreenError, StoreDown, StoreError, Throttled, Uncertain
from core.events import PlatformTrouble, StoreTrouble
from core.telling import Slug, emit

Found = TypeVar("Found")
Note: TypeAlias = Callable[[BaseException], None]

BURST_SECONDS = 60.0
"""Trouble that goes on is written down again after so long."""
READ_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between two tries to read a thread or a file, for which whoever asked waits."""
THREAD_SECONDS = 30.0
"""After so long no other try to read a thread begins. One that has begun takes as long as its pages do."""
NEWS_SECONDS = 5.0
"""The same for what is new in a thread that was read before."""


class Burst:
    """Trouble that comes again and again: it is written down at once, and then once in BURST_SECONDS while it lasts."""

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
        """Trouble with Redis: every time it is counted, and written down when that is due."""
        note_store(call, error, written=self.is_due(call, error.code))


def note_store(call: str, error: StoreDown, *, written: bool = True) -> None:
    """Write down that Redis did not do what was asked, or only count it."""
    emit(StoreTrouble(call=Slug(call), code=Slug.of(error.code)), written=written)


def note(platform: str, error: BaseException, call: str, *, written: bool = True) -> None:
    """Write down that `call` failed: with the platform's word for it, with that of Redis, or with a fault's frames.

    Or only count it.
    """
    if isinstance(error, StoreDown):
        note_store(call, error, written=written)
        return
    is_screen = isinstance(error, ScreenError)
    code = error.code if isinstance(error, ScreenError) else type(error).__name__
    wait = error.retry_after if isinstance(error, ScreenError) else 0.0
    trouble = PlatformTrouble(platform=Slug.of(platform), call=Slug(call), code=Slug.of(code), retry_after=wait)
    emit(trouble, None if is_screen else error, written=written)


def noting(platform: str, call: str) -> Note:
    """`note` for what is tried again and again: each failure is counted, and written down as a Burst says."""
    burst = Burst()

    def noted(error: BaseException) -> None:
        code = getattr(error, "code", type(error).__name__)
        note(platform, error, call, written=burst.is_due(code))

    return noted


async def whenever(
    news: asyncio.Event, work: Callable[[], Awaitable[None]], pauses: Sequence[float], failed: Note
) -> None:
    """Do `work` each time that `news` is set, as `until_well` does, until cancelled; what is set meanwhile follows."""
    while True:
        await news.wait()
        news.clear()
        await until_well(work, pauses, failed)


async def until_well(work: Callable[[], Awaitable[None]], pauses: Sequence[float], failed: Note) -> None:
    """Do `work` until it succeeds. Between two tries it waits for each of `pauses` (s), the last one again and again.

    It waits longer where the platform asks for that. Each failure, a ScreenError or StoreError, is given to `failed`.
    """
    for pause in chain(pauses, repeat(pauses[-1])):
        try:
            await work()
            break
        except (ScreenError, StoreError) as error:
            failed(error)
            await asyncio.sleep(max(pause, getattr(error, "retry_after", 0.0)))


async def patiently(
    work: Callable[[], Awaitable[Found]], pauses: Sequence[float], *, seconds: float = inf, failed: Note | None = None
) -> Found:
    """What `work` returns, tried again after trouble that may be over soon (Throttled, Uncertain).

    Between two tries it waits for each of `pauses` (s), or longer where the platform asks for that. Raises what the
    last try raised: the one after the last pause, or when another one would begin after `seconds`.
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
    """Whether `work` went well in one of the tries that `patiently` makes. Each failure is given to `failed`.

    A call whose fate is unknown is made again: what it does may be done twice, which is better than not at all.
    """
    try:
        await patiently(work, pauses, failed=failed)
    except ScreenError as error:
        failed(error)
        return False
    return True


async def surely(writer: Writer, person: str, text: str, pauses: Sequence[float]) -> None:
    """Write to a person, with `pauses` (s) between the tries. Failures are logged and go no further."""
    await in_the_end(lambda: writer.write_to(person, text), pauses, lambda error: note(writer.name, error, "tell"))


async def one_of_many(work: Awaitable[None], failed: Note) -> None:
    """Do one piece of work of many: a fault of ours in it is given to `failed`, and does not keep us from the others.

    Raises ScreenErrors and StoreErrors: after those it is still owed.
    """
    try:
        await work
    except (ScreenError, StoreError):
        raise
    except Exception as error:  # noqa: BLE001  # see above
        failed(error)
