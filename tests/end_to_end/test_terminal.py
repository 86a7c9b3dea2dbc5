"""`parley chat` in a real pseudo-terminal: a person types, looks at the screen, stops an answer and leaves."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.driver import PATIENCE, ROOT
from tests.launcher import Forked, Launcher

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Person:
    """Somebody at a terminal. `seen` is all that came to the screen since the program began, without the escapes."""

    def __init__(self, data: Path, launcher: Launcher | None = None, **more: str) -> None:
        """Without a launcher the program is loaded as it is where it is installed, which takes two seconds."""
        self._screen, self._inner = pty.openpty()
        env = {"PATH": os.environ["PATH"], "HOME": str(data), "TERM": "xterm", "PYTHONPATH": str(ROOT), **more}
        self._program: Forked | subprocess.Popen[bytes]
        if launcher is not None:
            terminal = os.ttyname(self._inner)
            self._program = launcher.start(
                {"command": "parley chat", "cwd": str(data), "env": env, "terminal": terminal}
            )
        else:
            command, inner = [sys.executable, "-m", "bots", "chat"], self._inner
            self._program = subprocess.Popen(
                command, cwd=data, env=env, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
            )
        self._raw = self.seen = ""
        self._seen_to = 0

    def types(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def pastes(self, text: str) -> None:
        """As terminals do it: between two signs, for a program that has asked for them."""
        begins, ends = (self._raw.rfind(f"\x1b[?2004{switch}") for switch in "hl")
        self.types(f"\x1b[200~{text}\x1b[201~" if begins > ends else text)

    def interrupts(self) -> None:
        self._program.send_signal(signal.SIGINT)

    def sees(self, text: str) -> str:
        """Wait until this came to the screen after what was seen before; what came with it."""
        deadline, begun = time.monotonic() + PATIENCE, self._seen_to
        while (found := self.seen.find(text, begun)) < 0:
            assert time.monotonic() < deadline, f"{text!r} did not come; this did: {self.seen[begun:]!r}"
            self._look()
        self._seen_to = found + len(text)
        return self.seen[begun : self._seen_to]

    def ends(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while (code := self._code()) is None:
            assert time.monotonic() < deadline, "it does not end"
            self._look()
        return code

    def goes(self) -> None:
        """Also when it is still there."""
        self._program.send_signal(signal.SIGKILL)
        while self._code() is None:
            time.sleep(0.01)
        for end in (self._screen, self._inner):
            os.close(end)

    def _code(self) -> int | None:
        return self._program.returncode if isinstance(self._program, Forked) else self._program.poll()

    def _look(self) -> None:
        if select.select([self._screen], [], [], 0.05)[0]:
            try:
                self._raw += (found := os.read(self._screen, 65536).decode(errors="replace"))
                self.seen += ESCAPES.sub("", found)
            except OSError:  # the program has closed it
                time.sleep(0.01)


@pytest.fixture
def person(tmp_path: Path, launcher: Launcher) -> Iterator[Person]:
    person = Person(tmp_path, launcher)
    yield person
    person.goes()


def test_a_conversation_without_a_key_is_still_known_after_a_restart(person: Person, tmp_path: Path) -> None:
    first = person.sees("\n> ")
    assert "this is not Claude" in first
    assert "platform.claude.com" in first
    assert "/reset" in first, "what is made up is no answer of Claude's"
    assert "/help" in first

    person.types("my name is Zaphod\n")
    person.sees("\n> ")
    person.types("what is my name?\n")
    person.sees("Zaphod")
    person.sees("> ")

    person.pastes("two lines that were pasted:\rTrillian")
    person.types("\n")
    person.sees("\n> ")
    person.types("/help\n")
    assert "Trillian" not in person.sees("persona"), "they are one question"
    person.sees("> ")
    person.types("\x04")
    assert person.ends() == 0

    later = Person(tmp_path)  # as it is installed
    try:
        later.sees("\n> ")
        later.types("what is my name?\n")
        later.sees("Zaphod")
        later.sees("> ")
        later.types("\x04")
        assert later.ends() == 0
    finally:
        later.goes()


def test_two_terminals_in_one_folder_answer_what_was_asked_in_each_and_know_the_same(
    person: Person, launcher: Launcher, tmp_path: Path
) -> None:
    other = Person(tmp_path, launcher)
    try:
        person.sees("\n> ")
        other.sees("\n> ")
        person.types("my name is Zaphod\n")
        person.sees("\n> ")

        for _ in range(2):
            other.types("what is my name?\n")
            person.types("how many letters has it?\n")
            assert "Zaphod" in other.sees("\n> ")
            person.sees("\n> ")
        assert "letters" not in other.seen

        person.types("tell me a story\n")
        person.sees("lighthouse")
        person.types("\x04")
        assert person.ends() == 0, "Ctrl-D ends it also while an answer is written"
        assert "Stopped." in person.seen
        assert "lighthouse" not in other.seen
        other.types("\x04")
        assert other.ends() == 0
    finally:
        other.goes()


def test_whoever_has_the_terminal_may_ask_whomever_the_settings_name_elsewhere(
    launcher: Launcher, tmp_path: Path
) -> None:
    person = Person(tmp_path, launcher, ALLOWED_SPACES="T012AB3CD", ALLOWED_USERS="U012AB3CD", ADMINS="U012AB3CD")
    try:
        person.sees("\n> ")
        person.types("my name is Zaphod\n")
        person.sees("\n> ")
        person.types("what is my name?\n")
        assert "Zaphod" in person.sees("\n> ")
        person.types("/persona Be brief.\n")
        assert "admins" not in person.sees("\n> ")
        person.types("\x04")
        assert person.ends() == 0
    finally:
        person.goes()


def test_ctrl_c_stops_the_answer_and_the_conversation_goes_on(person: Person) -> None:
    person.sees("\n> ")
    person.interrupts()
    assert "Ctrl-U" not in person.sees("\n> "), "there is nothing to empty"

    person.types("delete everything")
    person.sees("delete everything")
    person.interrupts()
    person.sees("Ctrl-U")
    person.sees("\n> delete everything")
    person.types("\x15")

    person.types("tell me a story\n")
    person.sees("lighthouse")
    person.interrupts()
    person.sees("Stopped.")
    person.sees("> ")
    person.types("/reset\n")
    person.sees("forgotten")
    person.sees("> ")
    person.types("\x04")

    assert person.ends() == 0


def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    person = Person(tmp_path, CLAUDE_MAX_TOKENS="many", HISTORY_DAYS="-1")

    person.sees("HISTORY_DAYS")

    assert person.ends() == 2
    assert "CLAUDE_MAX_TOKENS" in person.seen
    person.goes()
