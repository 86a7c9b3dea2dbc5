"""One playground for all end-to-end tests; every test finds it as new."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end import driver


@pytest.fixture
async def place() -> AsyncIterator[driver.Playground]:
    async with driver.playground() as found:
        await found.claude.do("config", first_token=0.1, tokens_per_second=80)
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path
