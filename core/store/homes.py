"""Which bot, of which workspace, the processes at work on this Redis are. Turns of another one they could not end."""

from collections.abc import Mapping

from core.store.keys import Names, slug
from core.store.words import Run

HOME_SECONDS = 20.0
"""For so long a process that says nothing more counts as one at work: four of its signs of life."""


class Homes:
    """Tells other processes who we are, and hears who they are."""

    def __init__(self, run: Run, names: Names) -> None:
        self._run = run
        self._names = names

    async def keep(self, homes: Mapping[str, str]) -> str:
        """Say, by platform, which bot we are; a platform where another process is another one, "": none.

        Where one is taken, nothing is said of the others either. Raises StoreDown.
        """
        told = {slug(platform): self._names.pseudonym("home", id) for platform, id in homes.items() if id}
        taken: bytes = await self._run("home", homes=told, ms=round(HOME_SECONDS * 1000))
        return taken.decode()
