"""The terminal as a platform. How it feels is tried in a pseudo-terminal, in tests/end_to_end."""

import asyncio
import io
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest
from rich.console import Console

from bots.terminal import Settings, make
from bots.terminal.app import NOT_YET, Terminal
from core.contract import Action, Event, File, Message, Outcome, Page, Person, Place, Press, Turn, Verdict
from core.errors import FileError
from tests.launcher import ROOT

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


class Inbox:
    """Accepts what is asked and says nothing else; what is pressed there is `pressed`."""

    def __init__(self, pressed: Verdict) -> None:
        self.events: list[Event] = []
        self._pressed = pressed

    async def accept(self, event: Event) -> Verdict:
        self.events.append(event)
        return self._pressed if isinstance(event, Press) else Verdict(Outcome.ACCEPTED)

    def welcomes(self, event: Event) -> bool:
        raise NotImplementedError

    async def decline(self, event: Event, why: str) -> Verdict:
        raise NotImplementedError

    async def last_seen(self, platform: str) -> Mapping[Place, str]:
        return {}

    async def unread(self, platform: str) -> Mapping[Place, float]:
        raise NotImplementedError

    async def caught_up(self, platform: str) -> None:
        raise NotImplementedError


async def test_the_prompt_waits_for_the_answer_to_what_was_asked_and_for_no_other() -> None:
    terminal, inbox = Terminal(Console(file=io.StringIO())), Inbox(Verdict(Outcome.SEEN))
    asking = asyncio.create_task(terminal._say(inbox, "two?"))
    await asyncio.sleep(0)
    [asked] = inbox.events
    assert isinstance(asked, Message)

    await terminal.screen(Turn("1", 1, 1, HERE)).post(Page("Left from before.", final=True), "n")
    await asyncio.sleep(0)
    assert not asking.done()
    await terminal.screen(Turn(asked.id, 1, 1, asked)).post(Page("Two.", final=True), "n")
    await asking


@pytest.mark.parametrize("outcome", [Outcome.TOLD, Outcome.ACCEPTED])
async def test_who_stops_what_is_not_there_any_more_waits_no_longer(outcome: Outcome) -> None:
    terminal, inbox = Terminal(Console(file=io.StringIO())), Inbox(Verdict(outcome))
    asking = asyncio.create_task(terminal._say(inbox, "one?"))
    await asyncio.sleep(0)

    await terminal._stop(inbox)
    await asyncio.wait([asking], timeout=0.05)

    asked, press = inbox.events
    assert isinstance(press, Press)
    assert (press.action, press.turn) == (Action.STOP, asked.id)
    assert asking.done() is (outcome is Outcome.TOLD)
    asking.cancel()


@pytest.mark.parametrize(
    ("seconds", "told"), [(42.0, f"{NOT_YET} Please wait 42 seconds."), (0, NOT_YET)], ids=["a limit", "a full line"]
)
async def test_who_asks_again_over_a_limit_is_told_how_long_it_lasts(seconds: float, told: str) -> None:
    class Full(Inbox):
        async def accept(self, event: Event) -> Verdict:
            return Verdict(Outcome.TOLD, retry_after=seconds)

    out = io.StringIO()

    await Terminal(Console(file=out, width=80))._say(Full(Verdict(Outcome.SEEN)), "two?")

    assert out.getvalue().strip() == told


@pytest.mark.parametrize("writable", [True, False])
async def test_a_file_is_put_beside_the_person_for_nobody_elses_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: bool
) -> None:
    class Files(Inbox):
        async def accept(self, event: Event) -> Verdict:
            return Verdict(Outcome.TOLD, "It comes as a file.", file=b"{}")

    out, folder = io.StringIO(), tmp_path if writable else tmp_path / "gone"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    if not writable:
        folder.rmdir()

    await Terminal(Console(file=out, width=80))._say(Files(Verdict(Outcome.SEEN)), "/privacy export")

    assert exports(tmp_path) == [(b"{}", 0o600, True)] * writable
    assert ("could not be written" in out.getvalue()) is not writable


def exports(folder: Path) -> list[tuple[bytes, int, bool]]:
    """What is in each, who may read it, and whether git leaves it alone in the checkout, where most people run it."""
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    return [
        (file.read_bytes(), file.stat().st_mode & 0o777, any(fnmatch(file.name, line) for line in ignored))
        for file in folder.glob("parley-*.json")
    ]
