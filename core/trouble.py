"""Trouble with a platform: it is written down, and what is owed is tried again until it goes well."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, repeat
from typing import TypeAlias

from core.errors import ScreenError, StoreError
from core.events import ScreenTrouble, Slug, emit

Note: TypeAlias = Callable[[BaseException], None]


def note(platform: str, error: BaseException, call: str) -> None:
    """Write down that something failed: the platform's word for it, or what was raised and where."""
    is_screen = isinstance(error, ScreenError)
    code = error.code if isinstance(error, ScreenError) else type(error).__name__
    wait = error.retry_after if isinstance(error, ScreenError) else 0.0
    trouble = ScreenTrouble(platform=Slug.of(platform), call=Slug(call), code=Slug.of(code), retry_after=wait)
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


async def one_of_many(work: Awaitable[None], failed: Note) -> None:
    """A fault of ours with one must not keep us from the others. Raises ScreenErrors and StoreErrors: it is owed."""
    try:
        await work
    except (ScreenError, StoreError):
        raise
    except Exception as error:  # noqa: BLE001  # see above
        failed(error)
