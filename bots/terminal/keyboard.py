"""What a person types: a line at the prompt, and what comes while nobody asks for one."""

import asyncio
import contextlib
import os
import readline
import sys
import termios
import threading
from collections.abc import Callable, Iterator

PROMPT = "> "
_END = "\x04"
"""Ctrl-D, as it comes when it was typed while readline had the terminal."""

_IS_LIBEDIT = "libedit" in (readline.__doc__ or "")
"""It stands in for readline on macOS, and knows no pasted text from a typed one."""
_PLAIN_PASTE = "\x1b[?2004l"


class Keyboard:
    """Standard input. Of a terminal it also hears what is typed between two prompts; of a file or a pipe nothing."""

    def __init__(self) -> None:
        self._typed = b""
        """Between two prompts, and not asked for yet."""

    async def line(self) -> str | None:
        """The next line, None at the end."""
        typed = self._typed.decode(errors="replace").replace("\r", "\n")
        line, is_whole, rest = typed.partition("\n")
        if is_whole:
            self._typed = rest.encode()
            print(f"{PROMPT}{line}")  # noqa: T201  # as readline shows it
            return line
        self._typed = b""
        return await _asked(line)

    @contextlib.contextmanager
    def watched(self, on_end: Callable[[], None]) -> Iterator[None]:
        """Hear of Ctrl-D, or that the terminal is gone. What else is typed meanwhile is for the next prompt."""
        if not sys.stdin.isatty():
            yield
            return
        loop, source = asyncio.get_running_loop(), sys.stdin.fileno()

        def read() -> None:
            # Not through sys.stdin, whose buffer would keep it from readline.
            with contextlib.suppress(OSError):
                if typed := os.read(source, 4096):
                    self._typed += typed
                    if not self._ends:
                        return
            self._typed = b""
            loop.remove_reader(source)
            on_end()

        before, unseen = termios.tcgetattr(source), termios.tcgetattr(source)
        unseen[3] &= ~termios.ECHO  # `line` shows it; in the middle of an answer it would tear the picture
        loop.add_reader(source, read)
        try:
            termios.tcsetattr(source, termios.TCSADRAIN, unseen)
            yield
        finally:
            with contextlib.suppress(termios.error):  # it is gone
                termios.tcsetattr(source, termios.TCSADRAIN, before)
            loop.remove_reader(source)

    @property
    def _ends(self) -> bool:
        return any(line.startswith(_END) for line in self._typed.decode(errors="replace").splitlines())


def begun() -> str:
    """What stands in the line at the prompt."""
    return readline.get_line_buffer()


async def _asked(typed: str) -> str | None:
    """The next line, which begins with what was typed before. None at the end.

    A daemon thread waits for it: a read without an end must not hold the exit.
    """
    loop = asyncio.get_running_loop()
    read: asyncio.Future[str | None] = loop.create_future()

    if not _IS_LIBEDIT:
        readline.parse_and_bind("set enable-bracketed-paste on")  # Python has switched it off: lines would be questions

    def wait() -> None:
        readline.set_startup_hook(lambda: readline.insert_text(typed))
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
def quiet() -> Iterator[None]:
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
        if sys.stdout.isatty() and not _IS_LIBEDIT and os.environ.get("TERM", "dumb") != "dumb":
            print(_PLAIN_PASTE, end="", flush=True)  # noqa: T201  # as readline ends it, which may still wait
