"""What stands on a screen: the messages of one answer, and the next thing to do to them."""

import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

from core.contract import Action, Page, Screen, Turn
from core.errors import Closed, Shut, StoreDown, Unasked, Uncertain, Vanished
from core.text import Cutter

CALL_SECONDS = 5.0
"""The longest that a platform's call may take: no call begins with a lease that ends sooner."""
WITHDRAWN = Page("…")
"""What a message shows whose text was withdrawn, until there is a new one."""


class Journal(Protocol):
    """Where a reply notes the ids of its messages, and asks whether the turn is still its own."""

    async def bind(self, shown: tuple[str, ...]) -> None:
        """Raises StaleLease when somebody else holds the turn now, StoreDown when nothing could be noted."""

    def held(self, within: float) -> bool:
        """Whether the turn is surely ours for so many more seconds. Raises StaleLease when somebody else has it."""


class Unheld(Exception):
    """No call was made: the lease has all but run out, and Redis does not answer. It may still be ours."""


@dataclass(frozen=True, slots=True, repr=False)
class Ending:
    """What comes with the last text: our own note below it, and the buttons.

    `watched`: whoever asked looks on as it ends (they stopped it), so no new message has to tell them. `unasked`: they
    deleted their question; where nothing is shown yet, nothing will be.
    """

    note: str = ""
    buttons: tuple[Action, ...] = ()
    watched: bool = False
    unasked: bool = False


@dataclass(slots=True)
class _Message:
    """A message on the screen. `page`: what it shows, None when we do not know. `left`: its text is final.

    `replaced`: the message behind it was posted in its place, so this one is to be removed.
    """

    id: str
    page: Page | None = None
    left: bool = False
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """What one call does: "post" a page, "edit" the message at `place` (from the top, from 0), or "" to remove it.

    A post behind the last page's message puts a new one in the place of that one.
    """

    call: str
    place: int
    page: Page = WITHDRAWN


class Canvas:
    """Knows what is shown and what should be. Each method makes one call at most, and none when the turn is lost.

    Two only where the platform lets no message be removed: then it is emptied.
    """

    def __init__(self, screen: Screen, journal: Journal, turn: Turn) -> None:
        self._screen, self._journal, self._turn = screen, journal, turn
        self._cutter = Cutter(
            screen.size, screen.measure, tables_apart=screen.tables_apart, most_pieces=screen.most_pieces
        )
        self._pages: tuple[Page, ...] = ()
        self._shown = [_Message(id) for id in turn.shown]
        self._orphans: list[_Message] = []
        """What is to be removed before anything else: a message above it is gone."""
        self._shut: list[_Message] = []
        """What becomes an orphan as soon as a new message has opened the archived thread again."""
        self._known, self._bound = list(turn.shown), turn.shown
        self._is_final = False
        self.in_doubt = turn.attempt > 1
        """Whether the next message may be there already without our knowing its id."""
        self._may_replace = True
        self.vanished = 0
        """How often somebody deleted one of our messages, or archived its thread."""

    @property
    def is_empty(self) -> bool:
        return not self._shown

    @property
    def unfinished(self) -> int:
        """How many messages will still be edited."""
        return sum(not message.left for message in self._shown)

    def plan(self, markdown: str, ending: Ending | None) -> Stroke | None:
        """The next call that brings the screen nearer to this text; None when it shows it."""
        self._is_final = ending is not None
        self._may_replace &= not (ending and ending.watched)
        note = ending.note if ending else ""
        pages = self._cutter.cut(self._under_head(markdown, note), final=self._is_final, note=note)
        if pages:
            pages = (*pages[:-1], replace(pages[-1], buttons=ending.buttons if ending else (Action.STOP,)))
        if not ending and not markdown:
            pages = (WITHDRAWN,) if self._shown else ()
        if ending and ending.unasked and not self._shown:
            pages = ()
        self._pages = pages
        return self.step()

    def _under_head(self, markdown: str, note: str) -> str:
        head = self._screen.head
        if not (head and (markdown or note)):
            return markdown
        return f"{head}\n\n{markdown}" if markdown else head

    def step(self) -> Stroke | None:
        """The next call that brings the screen nearer to what was planned last."""
        if self._orphans:
            return Stroke("", len(self._shown))
        for place, page in enumerate(self._pages):
            if place == len(self._shown):
                return Stroke("post", place, page)
            message, is_last = self._shown[place], place == len(self._pages) - 1
            if is_last and self._ends_anew(message):
                return Stroke("", place) if len(self._shown) > place + 1 else Stroke("post", place + 1, page)
            if not _shows(message, page, exactly=is_last):
                return Stroke("edit", place, page)
            message.left = page.final
        # Whoever goes on after a crash will mostly need as many messages again: until the end they stay.
        may_remove = self._is_final or self._turn.attempt == 1 or self._pages == (WITHDRAWN,)
        return Stroke("", len(self._shown) - 1) if may_remove and len(self._shown) > len(self._pages) else None

    def _ends_anew(self, message: _Message) -> bool:
        """Whether the answer ends in a new message, after which this one goes: its end would reach nobody."""
        is_late = self._is_final and self._may_replace and self._screen.unnoticed(message.id)
        return message.replaced or is_late

    async def make(self, stroke: Stroke) -> None:
        """Make the call. Raises Unheld, StaleLease and ScreenErrors; after those only this one call is missing."""
        await self._note()
        self._guard()
        if stroke.call == "post":
            await self._post(stroke)
        elif stroke.call == "edit":
            await self._edit(stroke)
        else:
            await self._remove(stroke.place)
        await self._note()

    async def look(self) -> None:
        """Find out whether the next message was posted already, by us or by whoever had the turn before us."""
        self._guard()
        id = await self._screen.find(self._nonce())
        if id in self._ids():  # it came in the place of the one before it
            id, self._may_replace = None, False
        self.in_doubt = id is not None and self._turn.attempt > 1  # then the one behind it may be there as well
        if id is not None:
            if len(self._pages) == len(self._shown) > 0 and self._ends_anew(self._shown[-1]):
                self._may_replace, self._shown[-1].replaced = False, True
            self._append(_Message(id))
            await self._note()

    def is_ours(self) -> bool:
        """Whether a call may begin. Raises StaleLease when none may any more."""
        return self._journal.held(CALL_SECONDS)

    def shrink(self, stroke: Stroke) -> bool:
        """Cut what the platform found too big into smaller pages; False when they cannot become smaller."""
        return self._cutter.shrink(min(stroke.place, len(self._pages) - 1))

    async def _post(self, stroke: Stroke) -> None:
        is_anew = 0 < len(self._pages) == stroke.place
        try:
            id = await self._screen.post(stroke.page, self._nonce())
        except Uncertain:
            self.in_doubt = True
            raise
        except (Vanished, Closed) as error:  # what it would have been posted to
            if not is_anew:
                raise (Unasked(error.code) if isinstance(error, Vanished) else error) from None
            self._may_replace = False  # it ends where it is
            return
        if id in self._ids():  # as above; the platform knows the nonce
            self._may_replace = False
            return
        if is_anew:
            self._may_replace, self._shown[-1].replaced = False, True  # once, whatever the clocks say
        self._append(_Message(id, stroke.page, left=stroke.page.final))

    def _append(self, message: _Message) -> None:
        self._known.append(message.id)
        self._shown.append(message)
        self._orphans += self._shut
        self._shut.clear()

    async def _edit(self, stroke: Stroke) -> None:
        message = self._shown[stroke.place]
        try:
            await self._screen.edit(message.id, stroke.page)
        except Uncertain:
            message.page = None
            raise
        except Vanished as error:
            # What stands below it would stand above what is posted anew: it goes.
            if isinstance(error, Shut):
                self._shut += self._shown[stroke.place :]
            else:
                self._orphans += self._shown[stroke.place + 1 :]
            del self._shown[stroke.place :]
            self.vanished += 1
        else:
            message.page, message.left = stroke.page, stroke.page.final

    async def _remove(self, place: int) -> None:
        message = self._orphans[-1] if self._orphans else self._shown[place]
        if place < len(self._shown) - 1 and self._bound != self._ids():
            raise Unheld  # who comes after us must know what took its place
        try:
            await self._take_away(message)
        except Uncertain:
            message.page = None
            raise
        if self._orphans:
            self._orphans.pop()
            return
        self._may_replace &= place == len(self._shown) - 1
        del self._shown[place]

    async def _take_away(self, message: _Message) -> None:
        try:
            await self._screen.remove(message.id)
        except Vanished:
            pass
        except Closed:  # it may not be removed: then it is emptied
            if message.page is None or message.page.text != WITHDRAWN.text:
                await self._screen.edit(message.id, replace(WITHDRAWN, final=True))

    async def _note(self) -> None:
        """Journal the ids. While Redis is down the reply goes on as long as its lease; the next call notes them."""
        ids = self._ids()
        if ids == self._bound:
            return
        try:
            await self._journal.bind(ids)
        except StoreDown:
            return
        self._bound = ids

    def _ids(self) -> tuple[str, ...]:
        """The ids of all our messages on the screen, from the top, with those that are still to be removed."""
        standing = {message.id for message in (*self._shown, *self._orphans, *self._shut)}
        return tuple(id for id in self._known if id in standing)

    def _guard(self) -> None:
        if not self.is_ours():
            raise Unheld

    def _nonce(self) -> str:
        """The same for whoever tries to post this page of this turn; another one when somebody deleted it."""
        again = f"\n{self.vanished}" if self.vanished else ""
        return hashlib.sha256(f"{self._turn.id}\n{len(self._shown)}{again}".encode()).hexdigest()[:25]


def _shows(message: _Message, page: Page, *, exactly: bool) -> bool:
    """Whether the message needs no edit. Unless `exactly`, the same text, buttons and file are enough."""
    shown = message.page
    if shown is None:
        return False
    return shown == page if exactly else (shown.text, shown.buttons, shown.file) == (page.text, page.buttons, page.file)
