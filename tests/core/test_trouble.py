"""Trouble is written down, and what is owed is tried again."""

import asyncio
import logging

import pytest

from core.errors import Closed, ScreenError, StoreDown, Throttled, Uncertain
from core.events import PlatformTrouble, StoreTrouble
from core.store.sealing import Unreadable
from core.telling import LogEvent, Slug, heard_by
from core.trouble import BURST_SECONDS, Burst, note, noting, one_of_many, patiently, whenever
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import now

pytestmark = pytest.mark.anyio


async def test_what_fails_is_tried_again_after_each_pause_and_after_what_the_platform_asks_for() -> None:
    news, tries, failed = asyncio.Event(), list[float](), list[str]()
    ends = iter([StoreDown(), StoreDown(), Throttled(retry_after=7), None])

    async def work() -> None:
        tries.append(now())
        if (error := next(ends, None)) is not None:
            raise error

    going = asyncio.create_task(whenever(news, work, (0.5, 2.0), lambda error: failed.append(type(error).__name__)))
    news.set()
    await asyncio.sleep(100)

    assert tries == pytest.approx([0, 0.5, 2.5, 9.5])
    assert failed == ["StoreDown", "StoreDown", "Throttled"]
    news.set()
    await asyncio.sleep(1)
    assert len(tries) == 5
    going.cancel()


@pytest.mark.parametrize(
    ("ends", "tried", "raised"),
    [
        ([Uncertain(), Throttled(retry_after=7), None], [0, 0.5, 7.5], None),
        ([Uncertain()] * 4, [0, 0.5, 1.5, 3.5], Uncertain),
        ([Throttled(retry_after=20), Throttled(retry_after=20)], [0, 20], Throttled),
        ([Closed("not_in_channel")], [0], Closed),
    ],
)
async def test_what_is_over_soon_is_waited_for_as_long_as_somebody_waits(
    ends: list[ScreenError | None], tried: list[float], raised: type[ScreenError] | None
) -> None:
    tries, began = list[float](), now()

    async def work() -> str:
        tries.append(now() - began)
        if (error := ends[len(tries) - 1]) is not None:
            raise error
        return "read"

    [found] = await asyncio.gather(patiently(work, (0.5, 1.0, 2.0), seconds=30), return_exceptions=True)

    assert tries == pytest.approx(tried)
    assert found == "read" if raised is None else isinstance(found, raised)


async def test_a_fault_with_one_is_noted_and_trouble_is_raised() -> None:
    failed: list[BaseException] = []

    async def breaks(error: Exception) -> None:
        raise error

    await one_of_many(breaks(ValueError()), failed.append)
    for owed in (StoreDown(), ScreenError("x")):
        with pytest.raises(type(owed)):
            await one_of_many(breaks(owed), failed.append)

    assert [type(error) for error in failed] == [ValueError]


async def test_what_is_noted_is_the_platforms_word_or_what_was_raised_and_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        note("slack", Throttled(retry_after=7), "missed")
        note("slack", ValueError(), "missed")

    assert [record.exc_info is not None for record in caplog.records] == [False, True]
    assert "retry_after=7" in caplog.records[0].getMessage()
    assert "code=ValueError" in caplog.records[1].getMessage()


@pytest.mark.parametrize(
    ("down", "code"),
    [
        (StoreDown("OutOfMemoryError"), "OutOfMemoryError"),
        (StoreDown(), "StoreDown"),
        (Unreadable("a value that nobody opens"), "Unreadable"),
    ],
)
async def test_trouble_with_redis_is_not_taken_for_one_with_the_platform(
    caplog: pytest.LogCaptureFixture, down: StoreDown, code: str
) -> None:
    with caplog.at_level(logging.WARNING):
        note("slack", down, "event")

    assert [record.msg for record in caplog.records] == [StoreTrouble(call=Slug("event"), code=Slug(code))]


async def test_each_trouble_is_counted_and_the_same_one_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    burst, heard = Burst(now), list[LogEvent]()
    full, cut = StoreDown("OutOfMemoryError"), StoreDown("Lost")
    with caplog.at_level(logging.WARNING), heard_by(heard.append):
        for error in (full, full, cut, full):
            burst.note("claim", error)
        await asyncio.sleep(BURST_SECONDS)
        burst.note("claim", full)

    assert [record.msg.code for record in caplog.records] == [full.code, cut.code, full.code]  # type: ignore[union-attr]  # events
    assert heard == [StoreTrouble(call=Slug("claim"), code=Slug(down.code)) for down in (full, full, cut, full, full)]


async def test_what_is_tried_again_and_again_is_told_once_and_counted_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed, heard = noting("slack", "missed"), list[LogEvent]()
    away, down = Uncertain("http_503"), StoreDown("Lost")
    with caplog.at_level(logging.WARNING), heard_by(heard.append):
        for error in (away, away, down, away, down):
            failed(error)

    slow = PlatformTrouble(platform=Slug("slack"), call=Slug("missed"), code=Slug("http_503"), retry_after=0)
    lost = StoreTrouble(call=Slug("missed"), code=Slug("Lost"))
    assert [record.msg for record in caplog.records] == [slow, lost]
    assert heard == [slow, slow, lost, slow, lost]
