"""The answer as it grows on the screen, over all the calls that it takes. Only `rest` waits: as the reply does."""

from core.claude.ending import words_for
from core.claude.seam import Seam
from core.contract import Reply
from core.draft import Draft


class Writing:
    """The text so far, in the reply. `grown`: characters that the newest call brought; `phase`: what it does.

    It has parts: a round of tools ends one. `current` is the newest part's text, `newest` what of it the next call may
    have to go on with. `begun` is what stood before this answer, `text` what an earlier attempt at it had written by
    its last round of tools, `part` the newest part of that, `awaited` the text whose rest the conversation asks for:
    until it comes, also over pauses and rounds of tools. `waits` counts how often something was waited for.
    """

    def __init__(self, reply: Reply, begun: str, text: str = "", part: str = "", awaited: str = "") -> None:
        self._reply = reply
        self._begun = begun
        self._draft = Draft(text or begun)
        self._from = self._since = len(text) - len(part)
        self._seam: Seam | None = None
        self.phase = ""
        self._apart = False  # thinking or a tool stood between the text so far and what comes
        self._resumed = False
        self._awaited = awaited
        self.grown = self.waits = 0
        if self._draft.length:
            reply.write(self._draft)

    @property
    def text(self) -> str:
        return str(self._draft)

    @property
    def current(self) -> str:
        return self.text[self._from :]

    @property
    def newest(self) -> str:
        return self.text[self._since :]

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip())

    def open(self, *, resumed: bool) -> None:
        """A call begins. `resumed`: a paused turn goes on by itself; else what comes may repeat what stands."""
        if not self.has_text:
            self._draft, self._from, self._since = Draft(), 0, 0
        if not resumed and self.newest.strip():
            self._awaited = self.newest
        self._seam = Seam(self._awaited) if self._awaited else None
        self.phase = ""
        self._resumed = resumed and not self._awaited
        self._apart = (resumed and self._apart) or (self._since > 0 and not self.newest and not self._awaited)
        self.grown = 0

    def enter(self, phase: str) -> None:
        """What the model does now: see `Incoming.phase`."""
        if phase == self.phase:
            return
        self.phase = phase
        if status := words_for(phase):
            self._apart = self._apart or bool(self.grown or self._resumed)
            self.show(status)

    def show(self, status: str) -> None:
        """What is going on."""
        self._reply.status(status)

    def wait_for(self, status: str) -> None:
        """What is waited for: see `waits`."""
        self.waits += 1
        self.show(status)

    def add(self, piece: str) -> None:
        self._put(self._seam.feed(piece) if self._seam else piece)

    async def rest(self, seconds: float) -> None:
        """Until it is worth reading on."""
        await self._reply.rest(seconds)

    def close(self) -> None:
        """The call came to its good end: what was held back as a possible repetition is shown."""
        if self._seam:
            self._put(self._seam.flush())

    def part(self) -> None:
        """What comes is a new part: a paragraph of its own, which repeats nothing."""
        self._from = self._since = self._draft.length

    def anew(self) -> None:
        """What comes repeats nothing, and is a paragraph of its own in the same part."""
        self._since = self._draft.length

    def whole(self) -> None:
        """All that stands is one part."""
        self._from = self._since = 0

    def withdraw(self) -> None:
        """Back to what stood there before this answer: nothing, or the text that was to be continued."""
        self._draft, self._from, self._since, self._awaited = Draft(self._begun), 0, 0, ""
        self._reply.write(self._begun)

    def _put(self, piece: str) -> None:
        if not piece:
            return
        self.grown += len(piece)
        if piece.strip():
            self._awaited = ""
        if self._apart:
            self._apart = False
            space, end = self._break(), self._draft.length
            piece = space + piece.lstrip("\n")
            self._from += len(space) if self._from == end else 0
            self._since += len(space) if self._since == end else 0
        self._draft.append(piece)
        self._reply.write(self._draft)

    def _break(self) -> str:
        text = self.text.rstrip(" ")
        ends = len(text) - len(text.rstrip("\n"))
        return "\n" * max(2 - ends, 0) if text else ""
