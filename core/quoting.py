"""What others said in a question's thread: how it is read, and whose words went into the prompt."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from core import history
from core.called import is_kept_back
from core.contract import Message, Platform
from core.dialogue import Exchange
from core.errors import Closed, ScreenError
from core.store import Claim

UNREAD = "I could not read what was said in this thread before, so I answered without it."
UNHEARD = "I could not read what others said in this thread meanwhile, so I answered without it."
KEPT_BACK = "I may not read an earlier message of this thread, so I answered without it."
MOST_KEPT_BACK = "I may not read {count} earlier messages of this thread, so I answered without them."


@dataclass(frozen=True, slots=True, repr=False)
class Earlier:
    """What others `said` in a thread; what is told of that which could not be read; whether the thread was read."""

    said: Sequence[Message] = ()
    problem: str = ""
    heard: bool = False


class Quoting:
    """Reads a thread's earlier messages, and keeps whose words went into the prompt, and which messages they were.

    `people`: ids, those whom the question quotes included. `messages`: ids, as far as they are known. Up to `since` (s
    since 1970) nothing is read: the place was made to forget it, though it still stands there.
    """

    def __init__(self, platform: Platform, since: float = 0, people: Sequence[str] = ()) -> None:
        self._platform = platform
        self._since = since
        self.people = set(people)
        self.messages: set[str] = set()

    async def earlier(self, claim: Claim) -> Earlier:
        """What others said in the thread.

        It is read whole when the bot comes into it; later, for questions that are put to it directly, what came since.
        In direct messages all of that is put to it anyway. Where the bot may not read the thread, its first answer says
        so.
        """
        message, past = claim.turn.message, claim.exchanges
        if not message.place.thread or (past and (message.place.private or not message.direct)):
            return Earlier()
        known = {message.place.thread, *(id for one in past for id in (one.id, *one.answered))} if past else ()
        try:
            said = await self.before(message, history.heard_until(past), known)
        except ScreenError as error:
            is_news = not past or not isinstance(error, Closed)
            return Earlier(problem=(UNHEARD if past else UNREAD) if is_news else "")
        quoted = {one.id for one in history.quoted_of(said)}
        self.hear([one for one in said if one.id in quoted or one.files])  # files go along, also where words do not
        count = sum(map(is_kept_back, said)) if not past else 0  # it is said once
        problem = KEPT_BACK if count == 1 else MOST_KEPT_BACK.format(count=count) if count else ""
        return Earlier(said, problem, heard=True)

    async def before(self, message: Message, since: float = 0, known: Collection[str] = ()) -> Sequence[Message]:
        """What was said after `since` (s since 1970), but for messages of these ids. `hear` what is used of it."""
        since = max(since, self._since)
        told = await self._platform.before(message, since)
        return [one for one in told if one.at > since and one.id not in known]

    def hear(self, messages: Sequence[Message]) -> None:
        """These messages of others went into the prompt."""
        shown = [one for one in messages if not is_kept_back(one)]
        self.people.update(id for one in shown for id in (one.author.id, *one.quoted))
        self.messages.update(one.id for one in shown)

    def recall(self, exchanges: Sequence[Exchange]) -> None:
        """The messages of these exchanges went into the prompt, too."""
        self.messages.update(past.id for past in exchanges)

    async def relearn(self, message: Message, exchanges: Sequence[Exchange]) -> None:
        """Find out again whose words a tool may have read in an earlier try, which another process may have made."""
        self.recall(exchanges)
        with suppress(ScreenError):
            self.hear(await self.before(message))
