"""The other way: a timer of one second for each reply, whatever the others do. On the stand-in, in virtual time."""

import asyncio
from collections.abc import Sequence

from core.contract import Page
from core.errors import Throttled
from playground.limits import Window
from tests.benchmarks import rows
from tests.benchmarks.rows import Row, Seen
from tests.benchmarks.screen import FIRST_TOKEN, SPEED, TOKEN, Ask, Setting, screen_of, seen, slack
from tests.core.stand_in import Platform, StandIn
from tests.virtual import now, run

PERIOD = 1.0


async def _tried(screen: StandIn, id: str, text: str, *, insist: bool) -> str:
    """A post or an edit, after a refusal tried again as told: that is what the platform's own library does."""
    while True:
        try:
            if not id:
                return await screen.post(Page(text), "n")
            await screen.edit(id, Page(text))
        except Throttled as refused:
            await asyncio.sleep(refused.retry_after)
            if not insist:
                return id
        else:
            return id


async def _paint(screen: StandIn, said: list[str], ended: asyncio.Event) -> None:
    """Every second what there is, and the whole text at the end."""
    id = ""
    while not ended.is_set():
        if said:
            id = await _tried(screen, id, "".join(said), insist=not id)
        try:
            async with asyncio.timeout(PERIOD if said else 0.02):
                await ended.wait()
        except TimeoutError:
            continue
    await _tried(screen, id, "".join(said), insist=True)


async def _answer(ask: Ask, screen: StandIn) -> Seen:
    await asyncio.sleep(ask.at + FIRST_TOKEN)
    said, arrived, ended = list[str](), list[float](), asyncio.Event()
    painting = asyncio.create_task(_paint(screen, said, ended))
    for _ in range(ask.tokens):
        said.append(TOKEN)
        arrived.append(now())
        await asyncio.sleep(1 / SPEED)
    ended.set()
    await painting
    return seen(screen, arrived, "".join(said))


async def _all(asks: Sequence[Ask], setting: Setting) -> tuple[list[Seen], int]:
    platform = Platform(setting.rules, setting.latency)
    found = await asyncio.gather(*(_answer(ask, screen_of(ask, setting, platform)) for ask in asks))
    return found, platform.refused


def measured(count: int) -> Row:
    """So many replies at once on Slack."""
    setting = slack(Window(50, 60))
    return rows.row(f"Slack, {count} at once, a timer each", *run(_all([Ask(0)] * count, setting)))
