"""One real Valkey for all simulations of a test process."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.telling import LOGGER
from tests.simulator.valkey import Connection, valkey


@pytest.fixture(scope="session")
def simulated_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its socket."""
    with valkey(tmp_path_factory.mktemp("simulator")) as socket:
        yield socket


@pytest.fixture
def connection(simulated_valkey: Path) -> Iterator[Connection]:
    with Connection(simulated_valkey) as connection:
        yield connection


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What a simulated process logs is not read."""
    log = logging.getLogger(LOGGER)
    before, log.disabled = log.disabled, True
    yield
    log.disabled = before
