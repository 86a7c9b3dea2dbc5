"""What is known of events: whether one is new, what became of its turn, and which were the newest ones."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from core.contract import Event, Message, Outcome, Place
from core.store.keys import Names, slug
from core.store.lease import Admission
from core.store.retries import Retries
from core.store.sealing import Unreadable
from core.store.vault import Vault
from core.store.words import Run, pairs


class Sights:
    """Asked by the door, by commands, and by platforms that missed something."""

    def __init__(self, run: Run, names: Names, vault: Vault, retries: Retries) -> None:
        self._run = run
        self._names = names
        self._vault = vault
        self._retries = retries

    @asynccontextmanager
    async def first(self, event: Event) -> AsyncIterator[bool]:
        """Whether it comes for the first time in ten minutes. Raises StoreDown.

        What fails within the `with`, Redis' answer lost or the event half done, is first again when it is tried again
        in this process.
        """
        turn = self._names.turn(event.place.platform, event.id)
        with self._retries.token(turn) as token:
            yield bool(await self._run("sight", turn=turn, token=token))

    async def tell(self, event: Event) -> Admission:
        """That its author may not ask there: told when it comes for the first time in two days, else seen.

        "again": they know it already, of that channel and its threads, for an hour. Raises StoreDown.
        """
        names, platform = self._names, event.place.platform
        turn, person = names.turn(platform, event.id), names.person(platform, event.author.id)
        with self._retries.token(turn) as token:
            sight = await self._run("sight", turn=turn, token=token, author=person, what=names.channel(event.place))
        return Admission(Outcome.TOLD if sight else Outcome.SEEN, notices=("again",) if sight == 2 else ())

    async def asked(self, event: Event) -> bool | None:
        """Whether it was a question before, which was or will be answered, or was refused. Raises StoreDown.

        None: nothing is known of it.
        """
        state, *_ = await self._run("look", turn=self._names.turn(event.place.platform, event.id))
        return state in (b"q", b"d", b"older", b"told") if state else None

    async def waits(self, message: Message) -> bool:
        """Whether it will be answered and nobody has begun. Raises StoreDown."""
        return bool(await self._run("waits", turn=self._names.turn(message.place.platform, message.id)))

    async def newest(self, platform: str) -> Mapping[Place, str]:
        """The newest event's id of each place of the last two days, at most 500. Raises StoreDown.

        A question at a channel's top level is also the newest event of the thread that may grow below it.
        """
        seen = {}
        for place, sealed in pairs(await self._run("sightings", platform=slug(platform))):
            with suppress(Unreadable):
                sighting = self._vault.sighting(sealed, place, platform)
                seen[sighting.place] = sighting.id
        return seen

    async def unread(self, platform: str) -> Mapping[Place, float]:
        """A gap is to be read. Of each place of late, when (s since 1970) its newest event was before the gap.

        That stays so whatever comes in, also for who asks next, until it is `caught_up`. Two trips. Raises StoreDown.
        """
        names, read = self._names, dict(pairs(await self._run("unread", platform=slug(platform), done=False)))
        known = {place: read.get(names.place(place)) for place in await self.newest(platform)}
        return {place: (float(at) - names.blur(place)) / 1e6 for place, at in known.items() if at}

    async def caught_up(self, platform: str) -> None:
        """All is read that was missed. Raises StoreDown."""
        await self._run("unread", platform=slug(platform), done=True)

    async def unsee(self, platforms: Sequence[str]) -> None:
        """Know no newest event of any place: nothing before now is looked for as missed. Raises StoreDown."""
        await self._run("unsee", platforms=[slug(platform) for platform in platforms])
