"""The bytes of a stream: all of them, in order, however slowly they are taken, and a refusal when there is none."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from core import errors
from core.claude.failures import LOST, Refused, translated
from core.claude.feed import Feeds
from tests.core.claude.bench import KEY, Bench, until

pytestmark = pytest.mark.anyio
HEADERS = {"Authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21", "Content-Type": "application/json"}
ASKED = {"model": "claude-sonnet-5-5", "max_tokens": 900, "messages": [{"role": "user", "content": "Say it."}]}


@pytest.fixture
async def feeds(bench: Bench) -> AsyncIterator[Feeds]:
    made = Feeds(bench.standin.api, HEADERS, aiohttp.ClientTimeout(sock_read=2), most=2, keepalive=10)
    yield made
    await made.close()


async def test_all_bytes_come_whoever_takes_his_time(bench: Bench, feeds: Feeds) -> None:
    bench.standin.config(tokens_per_second=400)
    bench.standin.script({"text": "word " * 80}, {"text": "word " * 80})

    async with await feeds.open("/v1/messages", {**ASKED, "stream": True}, {}) as feed:
        hasty = [chunk async for chunk in feed]
    taken = list[bytes]()
    async with await feeds.open("/v1/messages", {**ASKED, "stream": True}, {}) as feed:
        async for chunk in feed:
            taken.append(chunk)
            await feed.rest(0.05)

    assert b"".join(taken).count(b"text_delta") == b"".join(hasty).count(b"text_delta") > 70
    assert len(taken) < len(hasty)
    assert b"message_stop" in taken[-1]
    assert feed.headers["request-id"]


async def test_who_leaves_before_the_end_cuts_the_connection(bench: Bench, feeds: Feeds) -> None:
    bench.standin.config(tokens_per_second=20)
    bench.standin.script({"text": "word " * 200})

    async with await feeds.open("/v1/messages", {**ASKED, "stream": True}, {}) as feed:
        async for _ in feed:
            break

    await until(lambda: bench.standin.calls()[0].get("ended") == "gone")


async def test_a_refusal_tells_its_status_and_body_and_no_word_of_them(bench: Bench, feeds: Feeds) -> None:
    bench.standin.faults({"do": "529"})

    with pytest.raises(Refused) as caught:
        await feeds.open("/v1/messages", {**ASKED, "stream": True}, {})

    assert caught.value.status == 529
    assert str(caught.value) == "529"
    assert translated(caught.value).kind is errors.Busy
    assert translated(caught.value).request_id


async def test_half_a_character_cannot_be_asked(feeds: Feeds) -> None:
    with pytest.raises(LOST) as caught:
        await feeds.open("/v1/messages", {**ASKED, "system": "\ud83d"}, {})

    assert isinstance(caught.value, UnicodeEncodeError)
