"""The terminal as a platform: one person, one conversation, a prompt line and an answer below it."""

import asyncio
import contextlib
import getpass
import os
import readline  # noqa: F401  # gives input() its line editing and its history
import signal
import sys
import termios
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bots.terminal.parse import to_event
from bots.terminal.screen import TerminalScreen
from core.contract import Action, File, Inbox, Message, Outcome, Person, Place, Press, Turn, Verdict
from core.errors import FileError, StoreDown

PROMPT = "> "
NOT_YET = "Not yet."


class Terminal:
    """Reads lines until Ctrl-D; Ctrl-C stops the answer that is being written."""

    name = "terminal"

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        user = _user()
        self._author = Person(user, user)
        self._place = Place(self.name, "local", user, private=True)
        self._ended = asyncio.Event()

    async def open(self) -> None:
        """Nothing to check: there is no token."""

    async def close(self) -> None:
        """Nothing to close: a terminal belongs to its person."""

    async def run(self, inbox: Inbox) -> None:
        with _quiet_tty(), self._interrupts(inbox):
            while (line := await _line()) is not None:
                await self._say(inbox, line)
            self._console.print()

    def screen(self, turn: Turn) -> TerminalScreen:
        return TerminalScreen(self._console, self._ended.set)

    async def read(self, file: File, at_most: int) -> bytes:
        raise FileError("The terminal takes no files.")

    async def before(self, message: Message) -> Sequence[Message]:
        return ()

    async def _say(self, inbox: Inbox, line: str) -> None:
        event = to_event(line, id=uuid.uuid4().hex, place=self._place, author=self._author, at=time.time())
        if event is None:
            return
        self._ended.clear()
        try:
            verdict = await inbox.accept(event)
        except StoreDown:
            verdict = Verdict(Outcome.TOLD, "My memory (Redis) does not answer. Please try again in a moment.")
        if verdict.text or verdict.outcome is Outcome.TOLD:
            self._console.print(Markdown(verdict.text or NOT_YET))
            if verdict.file:
                self._console.print(_kept(verdict.file), style="dim")
            self._console.print()
        if verdict.outcome is Outcome.ACCEPTED:
            await self._ended.wait()
        else:
            self._ended.set()

    async def _interrupt(self, inbox: Inbox) -> None:
        press = Press(id=uuid.uuid4().hex, place=self._place, author=self._author, at=time.time(), action=Action.STOP)
        with contextlib.suppress(StoreDown):
            await inbox.accept(press)

    @contextlib.contextmanager
    def _interrupts(self, inbox: Inbox) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        stops: set[asyncio.Task[None]] = set()

        def on_interrupt() -> None:
            if self._ended.is_set():
                self._console.print("\n(Ctrl-D leaves.)", style="dim", end=f"\n{PROMPT}")
                return
            task = loop.create_task(self._interrupt(inbox))
            stops.add(task)
            task.add_done_callback(stops.discard)

        self._ended.set()
        loop.add_signal_handler(signal.SIGINT, on_interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)


def _kept(content: bytes) -> str:
    """Where a file was put: in a new one, for this user alone."""
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


async def _line() -> str | None:
    """The next line, None at the end. A daemon thread waits for it: a read without an end must not hold the exit."""
    loop = asyncio.get_running_loop()
    read: asyncio.Future[str | None] = loop.create_future()

    def wait() -> None:
        try:
            line: str | None = input(PROMPT)
        except EOFError:
            line = None
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(_tell, read, line)

    threading.Thread(target=wait, name="prompt", daemon=True).start()
    return await read


def _tell(read: asyncio.Future[str | None], line: str | None) -> None:
    if not read.done():
        read.set_result(line)


@contextlib.contextmanager
def _quiet_tty() -> Iterator[None]:
    """No ^C in the middle of an answer; and at the end the terminal as it was, also when readline still waits."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    quiet = termios.tcgetattr(sys.stdin)
    quiet[3] &= ~termios.ECHOCTL
    try:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, quiet)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
