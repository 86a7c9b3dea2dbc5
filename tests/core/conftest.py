"""The real Valkey of the store's tests, and an office on it; the bare environment of those of settings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.core.env_file import bare
from tests.core.office import Office, office
from tests.core.store.conftest import valkey

__all__ = ["bare", "valkey"]


@pytest.fixture
async def here(valkey: Path) -> AsyncIterator[Office]:  # the fixture
    async with office(valkey) as opened:
        yield opened
