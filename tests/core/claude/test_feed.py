"""The bytes of a stream: all of them, in order, however slowly they are taken, under the real client library."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import anthropic
import httpx2
import pytest

from core.claude import feed
from core.claude.api import Api, Timeouts
from core.claude.feed import feed_of
from core.claude.models import Model
from core.claude.request import Request
from tests.core.claude.bench import KEY, Bench, prompt
from tests.proxies import proxy
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(bench: Bench) -> AsyncIterator[Api]:
    made = Api(KEY, bench.standin.api, 2, Timeouts(read=2))
    yield made
    await made.close()


def question(size: int = 5) -> Request:
    asked = prompt("x" * size)
    return Request(asked, Model(asked.model), asked.messages, "")


async def test_all_bytes_come_whoever_takes_his_time(bench: Bench, api: Api) -> None:
    bench.standin.config(tokens_per_second=400)
    bench.standin.script({"text": "word " * 80}, {"text": "word " * 80})

    async with api.stream(question()) as response:
        hasty = [chunk async for chunk in feed_of(response)]
    taken = list[bytes]()
    async with api.stream(question()) as response:
        feed = feed_of(response)
        async for chunk in feed:
            taken.append(chunk)
            await feed.rest(lambda: asyncio.sleep(0.05))

    assert b"".join(taken).count(b"text_delta") == b"".join(hasty).count(b"text_delta") > 70
    assert len(taken) < 40  # a pause brings many of the 80 words in one piece
    assert b"message_stop" in taken[-1]


async def test_who_leaves_before_the_end_cuts_the_connection(bench: Bench, api: Api) -> None:
    bench.standin.config(tokens_per_second=20)
    bench.standin.script({"text": "word " * 200})

    async with api.stream(question()) as response:
        async for _ in feed_of(response):
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
        async with api.stream(question()):
            pass
    with pytest.raises(anthropic.APIStatusError) as refused:
        async with api.stream(question()):
            pass
    await api.close()

    assert refused.value.status_code == 529
    assert refused.value.type == "overloaded_error"


@asynccontextmanager
async def reader(pause: float) -> AsyncIterator[str]:
    """The address of a peer that takes 64 kB in each so many seconds, and answers nothing."""
    listening, loop = socket.socket(), asyncio.get_running_loop()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    listening.setblocking(False)

    async def take() -> None:
        taken, _ = await loop.sock_accept(listening)
        with taken, suppress(ConnectionError):
            await asyncio.sleep(pause)
            while await loop.sock_recv(taken, 65_536):  # noqa: ASYNC110  # it reads as slowly as that
                await asyncio.sleep(pause)

    taking = asyncio.create_task(take())
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    taking.cancel()
    await asyncio.wait([taking])
    listening.close()


@pytest.mark.parametrize("size", [1_000, 60_000, 8_000_000])
async def test_an_upload_that_nobody_takes_is_a_time_out(size: int) -> None:
    async with reader(pause=60) as address:
        api = Api(KEY, address, 2, Timeouts(connect=1, read=0.3, write=0.3, pool=1))
        async with asyncio.timeout(20):
            with pytest.raises(anthropic.APITimeoutError):
                async with api.stream(question(size)):
                    pass
        await api.close()


async def test_an_upload_may_take_long_while_it_goes_on() -> None:
    limits = Timeouts(connect=1, read=0.3, write=1.5, pool=1)
    async with reader(pause=0.02) as address:
        api, began = Api(KEY, address, 2, limits), time.monotonic()
        with pytest.raises(anthropic.APITimeoutError) as late:
            async with api.stream(question(10_000_000)):
                pass
        await api.close()

    assert time.monotonic() - began > limits.write + limits.read
    assert isinstance(late.value.__cause__, httpx2.ReadTimeout)  # only the answer did not come


@pytest.mark.parametrize("size", [59_000, 60_000, 300_000])
async def test_a_large_question_comes_as_it_was_sent(bench: Bench, api: Api, size: int) -> None:
    async with api.stream(question(size)) as response:
        assert b"message_stop" in [chunk async for chunk in feed_of(response)][-1]

    (call,) = bench.standin.calls()
    assert call["said"] == list(question(size).messages)
    assert call["headers"]["content-length"]


async def fetched(base_url: str) -> str:
    api = Api(KEY, base_url, 2, Timeouts())
    try:
        return await api.fetch("/v1/models")
    finally:
        await api.close()


async def test_a_proxy_of_the_environment_is_the_way_but_not_to_whom_it_names(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    async with proxy({"claude.invalid": urlsplit(bench.standin.api).port or 0}) as way:
        monkeypatch.setenv("http_proxy", way.address)
        with pytest.raises(anthropic.APIStatusError):  # the stand-in answers only who calls it by its own address
            await fetched("http://claude.invalid")
        monkeypatch.setenv("no_proxy", "claude.invalid")
        with pytest.raises(anthropic.APIConnectionError):
            await fetched("http://claude.invalid")

    assert way.asked == ["GET claude.invalid"]


async def test_no_proxy_is_the_way_to_this_machine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)

    assert '"data"' in await fetched(bench.standin.api)


async def test_the_way_to_an_address_is_looked_up_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = list[str]()
    monkeypatch.setattr(feed, "proxy_for", looked_up.append)
    api = Api(KEY, bench.standin.api, 2, Timeouts())

    for path in ("/v1/models", "/v1/models/claude-haiku-5-5", "/v1/models"):
        await api.fetch(path)
    await api.close()

    assert len(looked_up) == len({*looked_up}) == 2
