"""The playground's Claude as a child process, and a bench for each test."""

import functools
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.core.claude.bench import Bench, Standin


@pytest.fixture(scope="session", autouse=True)
def trusted() -> Iterator[None]:
    """The certificates of this machine are read once: that is most of what a client costs, and no test needs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def child() -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "playground", "claude", "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["claude"]
        process.terminate()


@pytest.fixture(scope="session")
def control(child: dict[str, str]) -> Iterator[Standin]:
    standin = Standin(child)
    yield standin
    standin.close()


@pytest.fixture
def standin(control: Standin) -> Standin:
    control.reset()
    return control


@pytest.fixture
def bench(standin: Standin) -> Bench:
    return Bench(standin)
