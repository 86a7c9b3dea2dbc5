"""One real Valkey for all tests of a process, empty at the beginning of each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from core.store import Store
from core.store.embedded import embedded
from tests.core.store.servers import Line, line
from tests.core.store.world import World


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its socket."""
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(embedded(tmp_path_factory.mktemp("valkey"))) as socket,
    ):
        yield socket


@pytest.fixture(params=["once", "twice"])
async def world(valkey: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Every promise holds also when each script is sent twice, as a client does whose connection broke."""
    async with World(valkey, twice=request.param == "twice") as world:
        yield world


@pytest.fixture
async def store(world: World) -> Store:
    return await world.store()


@pytest.fixture
async def plain(valkey: Path) -> AsyncIterator[World]:
    async with World(valkey) as world:
        yield world


@pytest.fixture
async def wire(plain: World, tmp_path: Path) -> AsyncIterator[Line]:
    async with line(plain.socket, tmp_path / "line") as wire:
        yield wire
