"""The playground's Claude as a child process, and a bench for each test."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.core.claude.bench import Bench, Standin


@pytest.fixture(scope="session")
def child() -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "playground", "claude", "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["claude"]
        process.terminate()


@pytest.fixture
def standin(child: dict[str, str]) -> Standin:
    standin = Standin(child)
    standin.reset()
    return standin


@pytest.fixture
def bench(standin: Standin) -> Bench:
    return Bench(standin)
