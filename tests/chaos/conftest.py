"""One process that all workers of a test session are forked from."""

from collections.abc import Iterator

import pytest

from tests.chaos.crew import Launcher


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    made = Launcher()
    yield made
    made.close()
