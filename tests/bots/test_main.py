"""The parley command: what it prints, when it stops, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import core
from bots.__main__ import offline_claude
from bots.keeping import NOBODY
from bots.storeroom import open_the_store
from core.environment import ENV_FILE
from core.settings import Settings, read
from tests.bots.conftest import Write
from tests.launcher import PATIENCE, Launcher

CANARY = "Wombat-7"

pytestmark = pytest.mark.usefixtures("env")


def _loaded(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As it is started where it is installed."""
    command = [sys.executable, "-m", "bots", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


@dataclass(frozen=True)
class Said:
    """What a command that has ended said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


Parley = Callable[..., Awaitable[Said]]


@pytest.fixture
def parley(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Parley:
    """Runs a command in a process that has loaded it already."""

    async def run(*arguments: str) -> Said:
        folder = tmp_path_factory.mktemp("said")
        out, err = folder / "out", folder / "err"
        files = {"out": str(out), "err": str(err), "cwd": str(Path.cwd())}
        process = launcher.start({"command": " ".join(("parley", *arguments)), **files, "env": {**os.environ}})
        return Said(await process.wait(), out.read_text(), err.read_text())

    return run


def test_help_names_every_command() -> None:
    said = _loaded("--help").stdout

    for command in (
        *("run", "slack", "chat", "doctor", "slack-manifest", "discord-invite"),
        *("export", "erase", "rekey", "restored"),
    ):
        assert f" {command} " in said


def test_it_says_its_version() -> None:
    assert _loaded("--version").stdout == f"{core.__version__}\n"


@pytest.mark.anyio
@pytest.mark.parametrize("command", ["run", "slack", "doctor"])
async def test_what_is_missing_is_told_in_words_and_ends_with_2(env: Write, parley: Parley, command: str) -> None:
    env("STREAM=fast\n")

    run = await parley(command)

    assert run.returncode == 2
    head, *problems = run.stderr.splitlines()
    assert head == "Parley cannot start:"
    assert all(problem.startswith("  - ") for problem in problems)
    assert any("STREAM: choose one of edit, final, off." in problem for problem in problems)
    assert any("SLACK_BOT_TOKEN" in problem for problem in problems) or command == "doctor"


@pytest.mark.anyio
@pytest.mark.parametrize("command", ["run", "doctor"])
async def test_a_tool_that_does_not_exist_is_told_with_all_else(env: Write, parley: Parley, command: str) -> None:
    env("ANTHROPIC_API_KEY=sk-ant-x\nTOOLS=foo\nPRICES_FILE=nowhere.json\n")

    run = await parley(command)

    assert run.returncode == 2
    for word in ("foo", "PRICES_FILE", "SLACK_BOT_TOKEN"):
        assert word in run.stderr


@pytest.mark.anyio
async def test_what_did_not_do_what_was_asked_for_ends_with_1(env: Write, parley: Parley, tmp_path: Path) -> None:
    env(f"DATA_DIR={tmp_path}/data\nHISTORY_KEY={'a' * 64}\n")
    chosen = read(Settings, ENV_FILE).settings
    assert chosen is not None

    async with open_the_store(chosen, ()):
        rekeyed, erased, emptied = [
            await parley(*words.split())
            for words in ("rekey", "erase --person slack:U0NOBODY --yes", "erase --all --yes")
        ]

    assert (rekeyed.returncode, erased.returncode, emptied.returncode) == (1, 1, 0)
    assert "no older key" in rekeyed.stdout
    assert NOBODY in erased.stdout


SCRIPT = """
import asyncio, signal, sys, types
import bots.__main__ as parley

grace, manner = sys.argv[1:]
signal.signal(signal.SIGINT, signal.SIG_DFL)  # who tests in the background ignores it, and whatever is started there
signal.signal(signal.SIGHUP, signal.SIG_IGN if manner == "nohup" else signal.SIG_DFL)

async def serve(chosen, platforms, stop, streams, at_work, *, seated):
    print("up", flush=True)
    if manner == "starting":
        await asyncio.Event().wait()
    at_work.set()
    await stop.wait()
    print("draining", flush=True)
    if manner == "stuck":
        await asyncio.Event().wait()
    if manner == "broken":
        raise ValueError("{CANARY}")

served = sys.modules["bots.serve"] = types.ModuleType("bots.serve")  # the real one takes two seconds to import
served.serve = serve
parley.GRACE_SECONDS = float(grace)
sys.argv[1:] = ["chat"]
parley.main()
"""


@pytest.fixture
def running(request: pytest.FixtureRequest, env: Write) -> Any:
    env("ANTHROPIC_API_KEY=sk-ant-of-a-test\nLOG_LEVEL=INFO\nDRAIN_SECONDS=0\n")
    grace, manner = request.param
    command = [sys.executable, "-c", SCRIPT.replace("{CANARY}", CANARY), str(grace), manner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


def _lines(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    assert process.stderr is not None
    return [json.loads(line) for line in process.stderr.read().splitlines()]


@pytest.mark.parametrize("running", [(30, "well")], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_drains_and_ends_with_0(running: subprocess.Popen[str], number: signal.Signals) -> None:
    running.send_signal(number)

    assert running.wait(PATIENCE) == 0
    events = [line["event"] for line in _lines(running)]
    assert events == ["started", "settings read", "stopped"]


@pytest.mark.parametrize("running", [(30, "nohup")], indirect=True)
def test_under_nohup_it_outlives_its_terminal(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.3)
    running.send_signal(signal.SIGTERM)

    assert running.wait(PATIENCE) == 0


@pytest.mark.parametrize("running", [(30, "starting")], indirect=True)
def test_a_start_that_hangs_ends_with_the_first_signal(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGTERM)

    assert running.wait(PATIENCE) == 0
    assert _lines(running)[-1]["clean"] is True


@pytest.mark.parametrize("running", [(30, "stuck")], indirect=True)
def test_a_second_signal_ends_what_does_not_end(running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    running.send_signal(signal.SIGTERM)
    assert running.stdout.readline() == "draining\n"
    running.send_signal(signal.SIGTERM)

    assert running.wait(PATIENCE) == 1
    assert _lines(running)[-1]["clean"] is False


@pytest.mark.parametrize("running", [(0.1, "stuck")], indirect=True)
def test_what_does_not_end_in_its_time_is_ended(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGTERM)

    assert running.wait(PATIENCE) == 1
    assert _lines(running)[-1]["clean"] is False


@pytest.mark.parametrize("running", [(30, "broken")], indirect=True)
def test_what_breaks_is_told_by_type_and_place_and_never_in_its_own_words(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGTERM)

    assert running.wait(PATIENCE) == 1
    last = _lines(running)[-1]
    assert (last["logger"], last["exception"]) == ("uncaught", "ValueError")
    assert any(frame.endswith(":serve") for frame in last["frames"])
    assert CANARY not in json.dumps(last)


def test_the_stand_in_for_claude_lives_as_long_as_it_is_used() -> None:
    with offline_claude() as address:
        parts = urlsplit(address)
        assert parts.hostname is not None
        assert parts.port is not None
        with socket.create_connection((parts.hostname, parts.port), 5):
            pass

    with pytest.raises(ConnectionRefusedError), socket.create_connection((parts.hostname, parts.port), 5):
        pass


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells a process's environment")
def test_the_stand_in_for_claude_gets_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", CANARY)

    with offline_claude():
        environments = [  # other tests of this process may have stand-ins of their own
            Path(f"/proc/{child}/environ").read_text()
            for child in Path("/proc/thread-self/children").read_text().split()
            if b"--with-parent" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]

    assert environments
    assert not [one for one in environments if "PATH=" not in one or CANARY in one]


def test_no_file_is_left_behind_by_a_command_that_only_prints() -> None:
    _loaded("slack-manifest")

    assert os.listdir() == [".env"]
