"""What the store knows of who used how much, and how often people may ask where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.accounts import ALL, CHANNEL, ME
from core.allowance import Allowances, days_before
from core.contract import Event, Place
from core.limits import Limits, Window
from core.reports import DAYS, Shares, Used, summed
from core.store import Figures, Store
from core.trace import Trace


@dataclass(frozen=True, slots=True)
class Books:
    """The `Accounts` of the commands."""

    store: Store
    trace: Trace
    usual: Limits

    @property
    def allowances(self) -> Allowances:
        return self.store.purse.allowances

    async def limits(self, place: Place) -> Mapping[str, Sequence[Window]]:
        return await self.store.limits.of(place)

    async def limit(self, place: Place, kind: str, windows: Sequence[Window] | None) -> None:
        await self.store.limits.set(place, kind, windows)

    async def used(self, event: Event, whose: str) -> Used:
        """What was used on each day of this month, and of the last week."""
        by, who = {
            ME: ("person", self.trace.person(event)),
            CHANNEL: ("place", self.trace.channel(event)),
            ALL: ("", ""),
        }[whose]
        today = self.store.purse.today.name
        days = days_before(today, max(int(today[8:]), DAYS))
        found = await self.store.purse.used(days, by, who)
        return Used({day: found[day].get(who, Figures()) for day in days}, today)

    async def shares(self, event: Event) -> Shares:
        """Which models and which people used how much this month."""
        today = self.store.purse.today.name
        days = days_before(today, int(today[8:]))
        models, people = [summed(await self.store.purse.used(days, by)) for by in ("model", "person")]
        return Shares(models, people, self.trace.person(event))
