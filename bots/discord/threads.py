"""What was said in a thread before somebody called the bot into it."""

import time
from collections.abc import Sequence

from bots.discord.parse import earlier
from bots.discord.parts import seconds
from bots.discord.rest import MOST_MESSAGES, Rest
from bots.discord.servers import Servers
from bots.discord.words import ID
from core.contract import Message, Person
from core.errors import Closed, ScreenError
from core.outside import Payload, text_in
from core.trouble import NEWS_SECONDS, READ_PAUSES, THREAD_SECONDS, patiently

EARLIER_CALLS = 3
"""How many times MOST_MESSAGES of a thread are read when the bot comes into it; then the first one alone."""

BLIND = "no_history"  # our word for it: Discord has none


class Thread:
    """The thread in which a question was asked."""

    def __init__(self, rest: Rest, servers: Servers, question: Message) -> None:
        self._rest = rest
        self._servers = servers
        self._question = question
        self._place = question.place
        self._id = question.place.thread

    async def before(self, since: float) -> Sequence[Message]:
        """What was said before the question; `since`: only what came after it, without the title. Raises ScreenError.

        What is over soon is waited for.
        """
        bot = self._servers.bot_in(self._place.space, self._id, self._rest.bot)
        heard = [one for said in await self._said(since) if (one := earlier(said, self._place, bot))]
        return [one for one in heard if one.at > since] if since else [*await self._title(heard), *heard]

    async def _title(self, heard: Sequence[Message]) -> Sequence[Message]:
        """What it is called: of a post in a forum that is mostly the question. Whoever began it says it."""
        title, owner = self._servers.title(self._id) or await self._looked_up()
        if not (title and ID.fullmatch(owner)):
            return ()
        name = next((one.author.name for one in (*heard, self._question) if one.author.id == owner), "")
        text = f"[title of this thread] {title}"
        return (Message(id=self._id, place=self._place, author=Person(owner, name), at=seconds(self._id), text=text),)

    async def _looked_up(self) -> tuple[str, str]:
        """Its title and who began it."""
        try:
            found: Payload = await self._rest.call("GET", f"/channels/{self._id}")
        except ScreenError:
            return "", ""
        return text_in(found, "name"), text_in(found, "owner_id")

    async def _said(self, since: float) -> Sequence[Payload]:
        """Where we may not read what was said Discord tells of nothing: a command says so, else the question lacks."""
        asked = self._question.address.get("message", "")
        if asked == self._id:  # it begins a post in a forum
            return ()
        if self._question.address.get("blind"):
            raise Closed(BLIND)
        said = await self._read(asked or self._question.id, since)
        if asked and not said and not await self._rest.messages(self._id, before=int(asked) + 1, limit=1):
            raise Closed(BLIND)
        return said

    async def _read(self, before: str, since: float) -> Sequence[Payload]:
        """Its first message and the newest ones, oldest first; of `since` alone those after it, and some before.

        What was read is not asked for a second time.
        """
        until = time.monotonic() + (NEWS_SECONDS if since else THREAD_SECONDS)

        async def read(**where: str | int) -> Sequence[Payload]:
            left = until - time.monotonic()
            return await patiently(lambda: self._rest.messages(self._id, **where), READ_PAUSES, seconds=left)

        said: list[Payload] = []
        for _ in range(EARLIER_CALLS):
            found = await read(before=before)
            said[:0] = found
            if len(found) < MOST_MESSAGES or seconds(str(found[0]["id"])) <= since:
                return said
            before = str(found[0]["id"])
        return [*(one for one in await read(after=int(self._id) - 1, limit=1) if one["id"] != before), *said]
