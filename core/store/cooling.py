"""Pauses of calls to the model's service, after it said that there are too many: one for all processes."""

from collections.abc import Callable
from contextlib import suppress

from core.errors import StoreDown
from core.store.keys import Names
from core.store.words import Run


class Cooling:
    """Each process hears of every pause when it begins, so asking for what is left costs no trip. Never raises.

    Without Redis a pause is this process's own. `clock` in seconds.
    """

    def __init__(self, run: Run, names: Names, clock: Callable[[], float]) -> None:
        self._run = run
        self._names = names
        self._clock = clock
        self._until: dict[str, float] = {}

    async def left(self, model: str) -> float:
        """Seconds until calls to the model may go out again, 0 for now."""
        return max(self._until.get(self._name(model), 0) - self._clock(), 0)

    async def begin(self, model: str, seconds: float) -> None:
        """From now on for so long, for everybody; one that lasts longer already stays."""
        name = self._name(model)
        self._note(name, seconds)
        with suppress(StoreDown):
            await self._run("cool", model=name, ms=round(seconds * 1000))

    async def learn(self) -> None:
        """Ask for the pauses that began while nobody here was listening."""
        with suppress(StoreDown):
            found = await self._run("cool", model="", ms=0)
            for name, left in zip(found[::2], found[1::2], strict=True):
                self._note(name.decode(), left / 1000)

    def hear(self, payload: str) -> None:
        """What another process told: a model and milliseconds."""
        name, _, left = payload.partition(" ")
        if left.isdecimal():
            self._note(name, int(left) / 1000)

    def _note(self, name: str, seconds: float) -> None:
        self._until[name] = max(self._until.get(name, 0), self._clock() + seconds)

    def _name(self, model: str) -> str:
        return self._names.pseudonym("model", model)
