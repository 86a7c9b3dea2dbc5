"""The bytes of a stream: all of them, in order, however slowly they are taken, under the real client library."""

import asyncio
from collections.abc import AsyncIterator

import anthropic
import httpx2
import pytest

from core.claude.api import Api, Timeouts
from core.claude.feed import feed_of
from core.claude.models import Model
from core.claude.request import Request, request
from tests.core.claude.bench import KEY, Bench, prompt, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(bench: Bench) -> AsyncIterator[Api]:
    made = Api(KEY, bench.standin.api, 2, Timeouts(read=2))
    yield made
    await made.close()


def question() -> Request:
    asked = prompt()
    return request(asked, Model(asked.model), asked.messages, "")


async def test_all_bytes_come_whoever_takes_his_time(bench: Bench, api: Api) -> None:
    bench.standin.config(tokens_per_second=400)
    bench.standin.script({"text": "word " * 80}, {"text": "word " * 80})

    async with await api.stream(question()) as stream:
        hasty = [chunk async for chunk in feed_of(stream.response)]
    taken = list[bytes]()
    async with await api.stream(question()) as stream:
        feed = feed_of(stream.response)
        async for chunk in feed:
            taken.append(chunk)
            await feed.rest(lambda: asyncio.sleep(0.05))

    assert b"".join(taken).count(b"text_delta") == b"".join(hasty).count(b"text_delta") > 70
    assert len(taken) < 40  # a pause brings many of the 80 words in one piece
    assert b"message_stop" in taken[-1]


async def test_who_leaves_before_the_end_cuts_the_connection(bench: Bench, api: Api) -> None:
    bench.standin.config(tokens_per_second=20)
    bench.standin.script({"text": "word " * 200})

    async with await api.stream(question()) as stream:
        async for _ in feed_of(stream.response):
            break

    await until(lambda: bench.standin.calls()[0].get("ended") == "gone")


async def test_what_is_not_ours_has_no_feed() -> None:
    with pytest.raises(KeyError):
        feed_of(httpx2.Response(200))
    with pytest.raises(TypeError):
        feed_of(httpx2.Response(200, extensions={"feed": "hay"}))


async def test_silence_before_the_answer_is_a_time_out_and_a_refusal_the_librarys_own(bench: Bench) -> None:
    api = Api(KEY, bench.standin.api, 2, Timeouts(read=0.5))
    bench.standin.faults({"do": "hang"}, {"do": "529"})

    with pytest.raises(anthropic.APITimeoutError):
        await api.stream(question())
    with pytest.raises(anthropic.APIStatusError) as refused:
        await api.stream(question())
    await api.close()

    assert refused.value.status_code == 529
    assert refused.value.type == "overloaded_error"


async def test_a_proxy_of_the_environment_is_the_way_but_not_to_whom_it_names(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    behind = Api(KEY, bench.standin.api, 2, Timeouts())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    beside = Api(KEY, bench.standin.api, 2, Timeouts())

    with pytest.raises(anthropic.APIConnectionError):
        await behind.fetch("/v1/models")
    assert '"data"' in await beside.fetch("/v1/models")
    await behind.close()
    await beside.close()
