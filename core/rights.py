"""What the store keeps of people, for the command about it and for platforms that let go of a place."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from core.contract import Command, Event, Json, Left, Person, Place
from core.errors import StoreDown
from core.store import Erased, Reach, Store
from core.trace import Trace

CLOCKS, LATEST = 3.0, 3600.0
"""Seconds by which a platform's clock and ours may differ; and after which no platform tells an event again."""


@dataclass(frozen=True, slots=True)
class StoreRights:
    """The `Rights` of the command."""

    store: Store
    trace: Trace
    history_days: int = 30

    async def keeps(self, command: Command) -> int | None:
        return await self.store.holdings.keeps(command.place)

    async def keep(self, command: Command, days: int | None) -> int | None:
        kept = await self.store.holdings.keep(command.place, days)
        await self._rewrite()
        return kept

    async def export(self, command: Command, place: Reach | None, at_most: int) -> bytes:
        holdings = self.store.holdings
        if place:
            found = await holdings.of_place(command.place, place, at_most=at_most)
        else:
            found = await holdings.of_person(command.place.platform, command.author.id, at_most=at_most)
        return await asyncio.to_thread(written, found) if found else b""

    async def erase(self, command: Command, place: Reach | None) -> Erased:
        """Of a person also what they chose where they are alone with the bot."""
        if place:
            return await self._erase_place(command, left=False, below=place is not Reach.HERE)
        alone = [command.place] if command.place.private else []
        erased = await self.store.holdings.erase_person(command.place.platform, command.author.id, alone=alone)
        await self._rewrite()
        self.trace.erased(command, erased)
        return erased

    async def let_go(self, event: Left) -> None:
        """Everything of the event's place, and of those that lie in it; but not what was said since.

        What was set for a channel goes on with it; what was said does not: others may read along there from now on.
        """
        if event.to is not None:
            await self._carry(event.place, event.to)
        await self._erase_place(event, left=True, ago=_since(event.at, time.time()))

    async def _carry(self, old: Place, new: Place) -> None:
        """How long words are kept, limits and choices, but for what was set anew there. It may be tried again."""
        holdings, limits = self.store.holdings, self.store.limits
        days = await holdings.keeps(old)
        if days is not None and await holdings.keeps(new) is None:
            await holdings.keep(new, days)
        anew = await limits.of(new)
        for kind, windows in (await limits.of(old)).items():
            if kind not in anew:
                await limits.set(new, kind, windows)
        chosen, own = asdict(await self.store.choices(old)), asdict(await self.store.choices(new))
        if changed := {name: value for name, value in chosen.items() if value and not own[name]}:
            await self.store.choose(new, Person(""), **changed)

    async def _erase_place(self, event: Event, *, left: bool, below: bool = True, ago: float = 0) -> Erased:
        erased = await self.store.holdings.erase_place(event.place, below=below, left=left, ago=ago)
        await self._rewrite()
        self.trace.erased(event, erased)
        return erased

    async def _rewrite(self) -> None:
        """Nobody waits for it. Where Redis lets nobody ask for it, it does it by itself some day."""
        with suppress(StoreDown):
            await self.store.rewriting.begin()


def _since(at: float, now: float) -> float:
    """Seconds that surely came after an event; 0 when its time cannot be believed: then rather too much is erased."""
    return now - at - CLOCKS if CLOCKS < now - at < LATEST else 0.0


def written(found: Mapping[str, Json]) -> bytes:
    """As a file of JSON, in UTF-8."""
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"made": made, **found}, ensure_ascii=False, indent=1).encode("utf-8", "replace")
