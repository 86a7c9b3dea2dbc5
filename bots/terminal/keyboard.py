"""What a person types: a line at the prompt, and what comes while nobody asks for one."""

import asyncio
import contextlib
import os
import readline
import sys
import termios
import threading
from collections.abc import Callable, Iterator

from bots.terminal import typed

PROMPT = "> "

_IS_LIBEDIT = "libedit" in (readline.__doc__ or "")
"""It stands in for readline on macOS, and knows no pasted text from a typed one."""
_MARKED_PASTE = "\x1b[?2004h"
"""Has the terminal put marks around what is pasted into it."""
_PLAIN_PASTE = "\x1b[?2004l"
"""Has it put no marks there any more."""


class Keyboard:
    """Standard input. Of a terminal it also hears what is typed between two prompts; of a file or a pipe nothing."""

    def __init__(self) -> None:
        self._typed = b""
        """What was typed between two prompts and is not asked for yet."""

    async def line(self) -> str | None:
        """The next line, None at the end."""
        line, rest = typed.line(self._text)
        if line is None:
            self._typed = b""
            return await _asked(rest)
        self._typed = rest.encode()
        print(f"{PROMPT}{line}")  # noqa: T201  # as readline shows it
        return line

    @contextlib.contextmanager
    def watched(self, on_end: Callable[[], None]) -> Iterator[None]:
        """Call `on_end` at Ctrl-D, or when the terminal is gone. What is typed meanwhile is for the next prompt."""
        if not sys.stdin.isatty():
            yield
            return
        loop, source = asyncio.get_running_loop(), sys.stdin.fileno()

        def read() -> None:
            # Not through sys.stdin, whose buffer would keep it from readline.
            with contextlib.suppress(OSError):
                if keys := os.read(source, 4096):
                    self._typed += keys
                    if not typed.ends(self._text):
                        return
            self._typed = b""
            loop.remove_reader(source)
            on_end()

        before, unseen = termios.tcgetattr(source), termios.tcgetattr(source)
        unseen[3] &= ~termios.ECHO  # `line` shows it; in the middle of an answer it would tear the picture
        unseen[3] &= ~termios.ICANON  # the system cuts its lines at 4,095 bytes
        loop.add_reader(source, read)
        try:
            termios.tcsetattr(source, termios.TCSADRAIN, unseen)
            _mark_pastes(_MARKED_PASTE)
            yield
        finally:
            with contextlib.suppress(termios.error):  # it is gone
                termios.tcsetattr(source, termios.TCSADRAIN, before)
            loop.remove_reader(source)

    @property
    def _text(self) -> str:
        return self._typed.decode(errors="replace")


def begun() -> str:
    """What stands in the line at the prompt."""
    return readline.get_line_buffer()


async def _asked(begun: str) -> str | None:
    """The next line, which begins with what was typed before. None at the end.

    A daemon thread waits for it: a read without an end must not hold the exit.
    """
    loop = asyncio.get_running_loop()
    read: asyncio.Future[str | None] = loop.create_future()

    if not _IS_LIBEDIT:
        readline.parse_and_bind("set enable-bracketed-paste on")  # Python has switched it off: lines would be questions

    def wait() -> None:
        readline.set_startup_hook(lambda: readline.insert_text(begun))
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
    """A context without a ^C on the screen. It leaves the terminal as it was, also when readline still waits."""
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
        _mark_pastes(_PLAIN_PASTE)  # readline, which may still wait, would do that at its end


def _mark_pastes(how: str) -> None:
    if sys.stdout.isatty() and not _IS_LIBEDIT and os.environ.get("TERM", "dumb") != "dumb":
        print(how, end="", flush=True)  # noqa: T201  # as readline does
