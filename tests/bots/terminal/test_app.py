"""The terminal as a platform. How it feels is tried in a pseudo-terminal, in tests/end_to_end."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from bots.terminal import Settings, make
from bots.terminal.app import Terminal
from core.contract import Event, File, Message, Outcome, Page, Person, Place, Turn, Verdict
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


@pytest.mark.parametrize("writable", [True, False])
async def test_a_file_is_put_beside_the_person_for_nobody_elses_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    class Inbox:
        async def accept(self, event: Event) -> Verdict:
            return Verdict(Outcome.TOLD, "It comes as a file.", file=b"{}")

        async def last_seen(self, platform: str) -> Mapping[Place, str]:
            return {}

    out, folder = io.StringIO(), tmp_path if writable else tmp_path / "gone"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    if not writable:
        folder.rmdir()

    await Terminal(Console(file=out, width=80))._say(Inbox(), "/privacy export")

    assert exports(tmp_path) == [(b"{}", 0o600)] * writable
    assert ("could not be written" in out.getvalue()) is not writable


def exports(folder: Path) -> list[tuple[bytes, int]]:
    """What is in each, and who may read it."""
    return [(file.read_bytes(), file.stat().st_mode & 0o777) for file in folder.glob("parley-*.json")]
