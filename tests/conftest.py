"""What every test gets: asyncio, and no way out of this machine."""

import gc
import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from typing import Any

import hypothesis
import pytest

from tests.launcher import Launcher

# The same examples each time and no deadline: what fails was broken by a change, not by chance or by a busy machine.
# `HYPOTHESIS_PROFILE=search` looks for new ones.
hypothesis.settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """`-n` without `--dist`."""
    from tests.schedule import Schedule  # only where several processes run the tests

    return Schedule(config, log) if config.getoption("dist") == "load" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded now stays: looking through it for garbage takes a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """One process that all bots and playgrounds of a test process are forked from."""
    made = Launcher()
    yield made
    made.close()


def _is_near(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach anything but loopback fails, whichever library tries."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_near(address):
            raise AssertionError("a test tried to leave this machine")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _is_near(address):
            raise AssertionError("a test tried to leave this machine")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)
