"""The terminal as a platform: one person, one conversation, a prompt line and an answer below it."""

import asyncio
import contextlib
import getpass
import os
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bots.terminal.keyboard import PROMPT, Keyboard, begun, quiet
from bots.terminal.parse import to_event
from bots.terminal.screen import Stage, TerminalScreen
from core.contract import Action, Event, File, Inbox, Message, Outcome, Person, Place, Press, Turn, Verdict
from core.errands import Errands
from core.errors import FileError, StoreDown
from core.limits import spoken

NOT_YET = "I still take no more questions."
"""For somebody who was told the reason not long ago."""
LEAVES = "(Ctrl-D leaves.)"
EMPTIES = "(Ctrl-U empties the line, then Ctrl-D leaves.)"
WELCOME = "(/help shows what I can do, Ctrl-D leaves.)"
LEAVE_SECONDS = 3.0
"""Leaving in the middle of an answer stops it; so long its end is waited for."""


class Terminal:
    """Reads lines until Ctrl-D; Ctrl-C stops the answer that is being written."""

    name = "terminal"

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._stage = Stage(self._console)
        self._keyboard = Keyboard()
        user = _user()
        self._author = Person(user, user)
        self._place = Place(self.name, "local", user, private=True)
        self._asked = ""
        """The id of the question that is being asked, or answered."""
        self._waits = False
        """Whether its answer is still to come."""
        self._ended, self._left = asyncio.Event(), asyncio.Event()

    async def open(self) -> None:
        """Nothing to check: there is no token."""

    async def close(self) -> None:
        """Nothing to close: a terminal belongs to its person."""

    async def run(self, inbox: Inbox) -> None:
        if self._console.is_terminal:
            self._console.print(f"{WELCOME}\n", style="dim")
        with quiet(), self._interrupts(inbox):
            while not self._left.is_set() and (line := await self._keyboard.line()) is not None:
                await self._say(inbox, line)
            self._console.print()

    def screen(self, turn: Turn) -> TerminalScreen:
        return TerminalScreen(self._stage, lambda: self._over(turn.message.id))

    async def read(self, file: File, at_most: int) -> bytes:
        raise FileError("The terminal takes no files.")

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        return ()

    async def _say(self, inbox: Inbox, line: str) -> None:
        event = to_event(line, id=uuid.uuid4().hex, place=self._place, author=self._author, at=time.time())
        if event is None:
            return
        self._asked = event.id
        self._ended.clear()
        with self._keyboard.watched(self._leave):
            if await self._is_accepted(inbox, event):
                await self._answered(inbox)
        self._asked = ""

    async def _is_accepted(self, inbox: Inbox, event: Event) -> bool:
        try:
            verdict = await inbox.accept(event)
        except StoreDown:
            verdict = Verdict(Outcome.TOLD, "My database (Redis) takes nothing in. Please try again in a moment.")
        if verdict.text or verdict.outcome is Outcome.TOLD:
            self._console.print(Markdown(verdict.text or _again(verdict.retry_after)))
            if verdict.file:
                self._console.print(_kept(verdict.file), style="dim")
            self._console.print()
        return verdict.outcome is Outcome.ACCEPTED

    async def _answered(self, inbox: Inbox) -> None:
        """Return when the answer stands, or when nothing is left to wait for."""
        self._waits = True
        await self._ended.wait()
        if self._left.is_set():
            self._ended.clear()
            await self._stop(inbox)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LEAVE_SECONDS)
        self._waits = False

    def _over(self, question: str) -> None:
        """The answer to this question stands. It may be one that was left unanswered here before ours was asked."""
        if question == self._asked:
            self._ended.set()

    def _leave(self) -> None:
        self._left.set()
        self._ended.set()

    async def _stop(self, inbox: Inbox) -> None:
        """Stop the answer. When there is nothing to stop though none has come, none will: it is not waited for."""
        place, author = self._place, self._author
        press = Press(
            id=uuid.uuid4().hex, place=place, author=author, at=time.time(), action=Action.STOP, turn=self._asked
        )
        with contextlib.suppress(StoreDown):
            if (await inbox.accept(press)).outcome is Outcome.TOLD and self._waits:
                self._ended.set()

    @contextlib.contextmanager
    def _interrupts(self, inbox: Inbox) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        stops = Errands()

        def on_interrupt() -> None:
            if not self._asked:
                line = begun()
                self._console.print(f"\n{EMPTIES if line else LEAVES}", style="dim")
                print(f"{PROMPT}{line}", end="", flush=True)  # noqa: T201  # as readline shows it, whose line it stays
                return
            stops.begin(self._stop(inbox))

        loop.add_signal_handler(signal.SIGINT, on_interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)


def _again(seconds: float) -> str:
    return f"{NOT_YET} Please wait {spoken(seconds)}." if seconds else NOT_YET


def _kept(content: bytes) -> str:
    """Write a new file that only this user can read. Returns a sentence that says where it is, or why it is not."""
    path = Path(f"parley-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}.json")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
    except OSError as error:
        return f"(It could not be written here: {os.strerror(error.errno or 0)}.)"
    return f"(It is {path}.)"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "you"
