"""The pace of a stream: each token at its time, pings in silence, none late for another's sake."""

import asyncio

import pytest

from playground.claude.frames import PING, Frame
from playground.claude.pour import Pace, Sent, pour
from tests.virtual import anyio_backend as anyio_backend

pytestmark = pytest.mark.anyio


class Wire:
    """Remembers what was written, and when."""

    def __init__(self, slow: float = 0) -> None:
        self.written: list[tuple[float, bytes]] = []
        self.slow = slow
        self._began = asyncio.get_running_loop().time()

    async def write(self, data: bytes) -> None:
        self.written.append((asyncio.get_running_loop().time() - self._began, data))
        if self.slow:
            await asyncio.sleep(self.slow)
            self.slow = 0

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.written)


TOKENS = [Frame(b"<"), *(Frame(b"%d." % number, beat=True, characters=2) for number in range(10)), Frame(b">")]


async def test_each_token_goes_out_at_its_time() -> None:
    wire, sent = Wire(), Sent()

    await pour(TOKENS, Pace(0.05, 200, 0), wire.write, sent)

    assert wire.data == b"<0.1.2.3.4.5.6.7.8.9.>"
    assert wire.written[0][0] == pytest.approx(0)
    assert wire.written[0][1] == b"<"
    assert wire.written[1][0] == pytest.approx(0.05)
    assert wire.written[-1][0] == pytest.approx(0.095)
    assert [characters for _, characters in sent.deltas] == list(range(2, 22, 2))


async def test_without_a_rate_all_goes_out_at_once() -> None:
    wire, sent = Wire(), Sent()

    await pour(TOKENS, Pace(0, 0, 0), wire.write, sent)

    assert [data for _, data in wire.written] == [b"<0.1.2.3.4.5.6.7.8.9.>"]


async def test_much_at_once_is_written_in_pieces() -> None:
    wire = Wire()

    await pour([Frame(b"x" * 10_000, beat=True)] * 5, Pace(0, 0, 0), wire.write, Sent())

    assert [len(data) for _, data in wire.written] == [20_000, 20_000, 10_000]


async def test_one_that_is_late_does_not_make_the_next_ones_late() -> None:
    wire = Wire(slow=0.05)

    await pour(TOKENS[1:], Pace(0, 100, 0), wire.write, Sent())

    assert wire.written[-1][0] == pytest.approx(0.09)


async def test_a_long_silence_has_pings() -> None:
    wire = Wire()

    await pour(TOKENS, Pace(0.1, 0, 0.03), wire.write, Sent())

    assert [data for _, data in wire.written] == [b"<", PING, PING, PING, b"0.1.2.3.4.5.6.7.8.9.>"]
