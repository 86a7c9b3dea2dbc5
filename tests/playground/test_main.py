"""The command: what it starts, what it prints, when it ends."""

import contextlib
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.launcher import PATIENCE

ROOT = Path(__file__).parents[2]
Start = Any


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def go(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "playground", *arguments]
        pipe = subprocess.PIPE
        one = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        running.append(one)
        return one

    yield go
    for one in running:
        one.kill()
        with one:  # closes its pipes
            pass


def addresses(one: subprocess.Popen[str]) -> dict[str, dict[str, str]]:
    assert one.stdout is not None
    found: dict[str, dict[str, str]] = json.loads(one.stdout.readline())
    return found


def state(control: str) -> Any:
    address = urlsplit(control)
    connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE)
    connection.request("GET", f"{address.path}/state")
    with contextlib.closing(connection):
        return json.load(connection.getresponse())


def test_all_three_start_and_say_where_they_listen_in_one_line(start: Start) -> None:
    one = start()

    found = addresses(one)

    assert set(found) == {"slack", "discord", "claude"}
    assert found["slack"]["api"].endswith("/api/")
    assert found["discord"]["gateway"].startswith("ws://127.0.0.1:")
    for server in found.values():
        assert state(server["control"])["next"] >= 0
    one.terminate()
    assert one.communicate(timeout=PATIENCE) == ("", "")
    assert one.returncode == 0


def test_one_alone_starts_and_ends_with_the_one_who_started_it(start: Start) -> None:
    one = start("claude", "--with-parent")
    assert list(addresses(one)) == ["claude"]

    one.stdin.close()

    assert one.wait(timeout=PATIENCE) == 0


def test_without_the_flag_an_end_of_stdin_means_nothing(start: Start) -> None:
    one = start("claude")
    found = addresses(one)
    one.stdin.close()

    assert state(found["claude"]["control"])["next"] == 0
    one.terminate()
    assert one.wait(timeout=PATIENCE) == 0


def test_a_name_that_is_none_is_refused_with_a_sentence(start: Start) -> None:
    _, said = start("matrix").communicate(timeout=PATIENCE)

    assert "choose from slack, discord, claude" in said
