"""What is typed, on a real terminal."""

import asyncio
import os
import pty
import select
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bots.terminal.keyboard import Keyboard
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


class Hands:
    """A person's, on a terminal."""

    def __init__(self, outer: int) -> None:
        self._outer = outer

    def __call__(self, text: str) -> None:
        os.write(self._outer, text.encode())

    def echoed(self, seconds: float) -> str:
        """What the terminal shows of it by itself, within so long."""
        is_any = select.select([self._outer], [], [], seconds)[0]
        return os.read(self._outer, 4096).decode() if is_any else ""


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    """On a terminal that is our standard input; what it is asked for is no readline's."""
    outer, inner = pty.openpty()
    with os.fdopen(inner) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield Hands(outer)
    with suppress(OSError):
        os.close(outer)


async def hears(keyboard: Keyboard, types: Hands, *texts: str) -> bool:
    """Whether it is the end what it hears, in so many pieces."""
    ended = asyncio.Event()
    with keyboard.watched(ended.set):
        for text in texts:
            types(text)
            await asyncio.sleep(0.02)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), PATIENCE if texts[-1].endswith("\x04") else 0.05)
    return ended.is_set()


@pytest.mark.parametrize("texts", [("\x04",), ("and then?\n", "\x04"), ("one\ntwo\n\x04",)])
async def test_ctrl_d_is_heard_while_nobody_asks_for_a_line(types: Hands, texts: tuple[str]) -> None:
    assert await hears(Keyboard(), types, *texts)


async def test_what_is_typed_meanwhile_is_the_next_lines(types: Hands, capsys: pytest.CaptureFixture[str]) -> None:
    keyboard = Keyboard()

    assert not await hears(keyboard, types, "and ", "thén?\n", "why?\n")

    assert [await keyboard.line(), await keyboard.line()] == ["and thén?", "why?"]
    assert capsys.readouterr().out == "> and thén?\n> why?\n"


async def test_what_is_typed_meanwhile_does_not_tear_the_picture(types: Hands) -> None:
    with Keyboard().watched(lambda: None):
        types("and ")
        types("then?\n")
        assert types.echoed(0.02) == ""

    types("why?\n")
    assert types.echoed(PATIENCE) == "why?\r\n"


async def test_a_terminal_that_is_gone_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    outer, inner = pty.openpty()
    ended = asyncio.Event()
    with os.fdopen(inner) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with Keyboard().watched(ended.set):
            os.close(outer)
            await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_a_file_is_read_a_line_at_a_time_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    inner, outer = os.pipe()
    os.write(outer, b"one\ntwo\n")
    os.close(outer)
    keyboard, ended = Keyboard(), asyncio.Event()
    with os.fdopen(inner) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        lines = [await keyboard.line()]
        with keyboard.watched(ended.set):
            await asyncio.sleep(0.02)
        lines += [await keyboard.line(), await keyboard.line()]

    assert (lines, ended.is_set()) == (["one", "two", None], False)
