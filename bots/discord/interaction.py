"""How a command or a press is answered: once within three seconds, and by its token after that."""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from bots.discord import looks
from bots.discord.aside import FILE_SECONDS
from bots.discord.rest import ACKNOWLEDGED, TIMEOUT, Rest, note
from bots.discord.screen import SIZE, content
from bots.discord.words import EPHEMERAL, LOADING, SUPPRESS_EMBEDS
from core.contract import Json, Page, Verdict
from core.errands import Errands
from core.errors import ScreenError
from core.outside import Payload
from core.privacy import FILE
from core.text import pages
from core.trouble import in_the_end, patiently

ANSWER_SECONDS = 2.8
"""It waits 3 s for its first answer: after so long it is no use to try again."""
FIRST_PAUSES = (0.2, *(0.4,) * 6)
"""Seconds between two tries at the first answer, until that time is over: also where Discord wants short ones."""
LATER_PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds between two tries at what follows."""
ANSWER, THINK, LEAVE = 4, 5, 6  # what a first answer can be


class Interaction:
    """One, from when it was heard."""

    def __init__(self, rest: Rest, errands: Errands, payload: Payload) -> None:
        self._rest = rest
        self._errands = errands
        self._began = time.monotonic()
        self._callback = f"/interactions/{payload.get('id')}/{payload.get('token')}/callback"
        self._token = payload.get("token")

    # The first answer. Each of these returns whether it was given, and by us

    async def leave(self) -> bool:
        """What a button stands on stays as it is."""
        return await self._first({"type": LEAVE})

    async def think(self, *, alone: bool) -> bool:
        """Its person, `alone` or with all others, sees that we think."""
        return await self._first({"type": THINK, "data": {"flags": EPHEMERAL if alone else 0}})

    async def answer(self, verdict: Verdict) -> bool:
        """Say what only its person reads."""
        first, *others = _pages(verdict.text)
        said = await self._first({"type": ANSWER, "data": _whisper(first)}, verdict.file)
        if said and others:
            self._errands.begin(self._go_on(others))
        return said

    async def _first(self, body: Mapping[str, Json], file: bytes = b"") -> bool:
        """Until Discord has it: a second one does no harm, it is refused."""
        failures: list[BaseException] = []
        send = partial(self._rest.call, "POST", self._callback, body, file=(FILE, file) if file else None, signed=False)
        left = self._began + ANSWER_SECONDS - time.monotonic()
        try:
            await patiently(send, FIRST_PAUSES, seconds=left, failed=failures.append)
        except ScreenError as error:
            if error.code == ACKNOWLEDGED:
                return bool(failures)
            note(error, "callback")
            return False
        return True

    # Later

    @property
    def _hook(self) -> str:
        return f"/webhooks/{self._rest.bot.application}/{self._token}"

    async def is_thinking(self) -> bool:
        """Whether the first answer says no more than that; also when nobody can tell."""
        try:
            found = await self._rest.call("GET", f"{self._hook}/messages/@original", signed=False)
        except ScreenError:
            return True
        return bool(int(found.get("flags") or 0) & LOADING)

    async def tell_late(self, verdict: Verdict) -> None:
        """In the place of the first answer: of "thinking", or of what another session said."""
        first, *others = _pages(verdict.text)
        file = (FILE, verdict.file) if verdict.file else None
        files: Json = [{"id": 0, "filename": FILE}] if file else []
        body = {**content(first.text), "attachments": files}
        if await self._told("PATCH", f"{self._hook}/messages/@original", body, file):
            await self._go_on(others)

    async def _go_on(self, others: Sequence[Page]) -> None:
        """A page that stands there twice, because its answer was lost, does less harm than one that is missing."""
        for page in others:
            if not await self._told("POST", self._hook, _whisper(page)):
                return

    async def _told(self, method: str, path: str, body: Json, file: tuple[str, bytes] | None = None) -> bool:
        """Whether it went through at last."""
        seconds = FILE_SECONDS if file else TIMEOUT
        call = partial(self._rest.call, method, path, body, file=file, signed=False, seconds=seconds)
        return await in_the_end(call, LATER_PAUSES, partial(note, call="tell"))


def _pages(text: str) -> Sequence[Page]:
    return pages(text, SIZE, looks.measure) or (Page("…"),)


def _whisper(page: Page) -> dict[str, Json]:
    """What only one person sees."""
    return {**content(page.text), "flags": EPHEMERAL | SUPPRESS_EMBEDS}
