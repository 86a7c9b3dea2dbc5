"""The terminal as a platform. How it feels is tried in a pseudo-terminal, in tests/end_to_end."""

import io

import pytest
from rich.console import Console

from bots.terminal import Settings, make
from bots.terminal.app import Terminal
from core.contract import File, Message, Page, Person, Place, Turn
from core.errors import FileError

pytestmark = pytest.mark.anyio

HERE = Message(id="1", place=Place("terminal", "local", "ana", private=True), author=Person("ana"), at=0, text="hi")


async def test_there_is_nothing_to_set_and_nothing_to_check() -> None:
    terminal = make(Settings())

    await terminal.open()
    assert terminal.name == "terminal"
    await terminal.close()


async def test_an_answer_goes_to_the_console() -> None:
    out = io.StringIO()
    terminal = Terminal(Console(file=out, width=40))

    await terminal.screen(Turn("1", 1, 1, HERE)).post(Page("Hello.", final=True), "n")

    assert out.getvalue().split() == ["Hello."]


async def test_a_terminal_has_no_files_and_no_earlier_messages() -> None:
    terminal = Terminal(Console(file=io.StringIO()))

    with pytest.raises(FileError):
        await terminal.read(File("f", "f.txt", 1), 10)
    assert await terminal.before(HERE) == ()
