"""Files over a real socket: whole, or a sentence that says what to do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from core.downloads import download, is_kept
from core.errors import FileError, Throttled, Uncertain

pytestmark = pytest.mark.anyio

LONG = bytes(range(256)) * 1000


@asynccontextmanager
async def keeping(serve: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """The address of a file that is served so."""
    app = web.Application()
    app.router.add_get("/file", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/file"
    finally:
        await runner.cleanup()


async def got(url: str, at_most: int = len(LONG)) -> bytes:
    async with aiohttp.ClientSession() as session:
        return await download(session, url, at_most, "Slack", {"Authorization": "Bearer x"})


async def test_a_file_comes_whole_and_with_the_token_that_it_takes() -> None:
    async def serve(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=LONG, status=200 if request.headers["Authorization"] == "Bearer x" else 403)

    async with keeping(serve) as url:
        assert await got(url) == LONG


async def test_a_byte_more_than_allowed_is_too_many() -> None:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=LONG)

    async with keeping(serve) as url:
        with pytest.raises(FileError, match="too large"):
            await got(url, len(LONG) - 1)


async def test_a_file_that_is_cut_off_is_none() -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(LONG))})
        await response.prepare(request)
        await response.write(LONG[:70_000])
        assert request.transport is not None
        request.transport.close()
        return response

    async with keeping(serve) as url:
        with pytest.raises(Uncertain):
            await got(url)


@pytest.mark.parametrize(
    ("status", "error"), [(503, Uncertain), (408, Uncertain), (429, Throttled), (403, FileError), (404, FileError)]
)
async def test_what_is_over_soon_is_told_from_what_is_not(status: int, error: type[Exception]) -> None:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "7"})

    async with keeping(serve) as url:
        with pytest.raises(error) as raised:
            await got(url)

    assert getattr(raised.value, "retry_after", 0) == (7 if status == 429 else 0)


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://files.here.example/a", True),
        ("https://a.files.here.example:443/a", True),
        ("https://nofiles.here.example/a", False),
        ("https://files.here.example:99999/a", False),
        ("ftp://files.here.example/a", False),
    ],
)
async def test_a_host_is_known_by_its_whole_name(url: str, is_ours: bool) -> None:
    assert is_kept(url, ("files.here.example",), "https://api.here.example/v1") is is_ours
