"""What commands may use: the places, models, accounts and rights of this installation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.books import Books
from core.contract import Person, Place
from core.dialogue import Choices, Offer
from core.options import Options
from core.rights import StoreRights
from core.store import Store
from core.trace import Trace


class Offers(Protocol):
    """Who knows which models may be chosen. core/claude is the only one."""

    async def models(self) -> Sequence[Offer]: ...
    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        """As an Offer's, also of a model that is not for choice by this name; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class StoreDesk:
    """The `Desk` of the commands."""

    store: Store
    trace: Trace
    offers: Offers
    options: Options

    @property
    def accounts(self) -> Books:
        return Books(self.store, self.trace, self.options.limits)

    @property
    def rights(self) -> StoreRights:
        return StoreRights(self.store, self.trace, self.options.history_days)

    @property
    def needs_prices(self) -> bool:
        """Whether a model of unknown price is not for choice: there is a budget in dollars."""
        return self.store.purse.allowances.needs_prices

    def defaults(self, place: Place) -> Choices:
        return self.options.choices(place)

    async def choices(self, place: Place) -> Choices:
        return await self.store.choices(place)

    async def choose(self, place: Place, author: Person, name: str, value: str) -> Choices:
        return await self.store.choose(place, author, **{name: value})

    async def forget(self, place: Place, command: str) -> None:
        await self.store.reset(place, command)

    async def leave(self, thread: Place) -> bool:
        return await self.store.leave(thread)

    async def stop(self, place: Place, author: Person, turn: str = "", *, admin: bool = False) -> bool:
        """In a thread first the answer to the question at its root, in the channel's line: others wait for its end."""
        if place.thread and not turn and await self.store.stop(place, author, place.thread, admin=admin):
            return True
        return await self.store.stop(place, author, turn, admin=admin)

    async def models(self) -> Sequence[Offer]:
        return await self.offers.models()

    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        return await self.offers.takes(model)
