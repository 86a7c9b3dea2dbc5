"""A loop whose clock runs faster: real sockets and real libraries, that wait less. No I/O of its own."""

import asyncio
import selectors
import time

import pytest

FACTOR = 5.0
"""Whatever waits five seconds waits one. Work takes as long as ever: a larger factor would make it look slow."""


class _Selector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found: list[tuple[selectors.SelectorKey, int]] = super().select(timeout / FACTOR if timeout else timeout)
        return found


class Haste(asyncio.SelectorEventLoop):
    factor = FACTOR

    def __init__(self) -> None:
        super().__init__(_Selector())

    def time(self) -> float:
        return time.monotonic() * FACTOR


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, type[Haste]]]:
    """For a module whose tests all run on such loops: it imports this."""
    return "asyncio", {"loop_factory": Haste}
