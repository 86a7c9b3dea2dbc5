"""The way of the client library's requests: aiohttp, whose bytes of a stream can be read without any layer between.

The library builds each request and judges each answer; of a stream it would hand on every packet through four layers,
and an answer has hundreds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

import aiohttp
import httpx2

from core.network import proxy_for

_PIECE: Final = 60_000  # bytes; what is no longer fits with its headers into the connection's buffer, and never waits
_ADDRESSES: Final = 8  # with their paths: of answers, of what is known of models
_NAME: Final = "feed"  # of the extension that holds a response's feed


class Feed(httpx2.AsyncByteStream):
    """The bytes of an answer on its way. Who closes it before its end cuts the connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self  # no generator: whoever stops in the middle would leave it to be closed by a task of its own

    async def __anext__(self) -> bytes:
        """What came since, in one piece."""
        if chunk := await self._response.content.readany():
            return chunk
        raise StopAsyncIteration

    async def rest(self, pause: Callable[[], Awaitable[None]]) -> None:
        """Leave to the system what comes during a pause. Where all is here already, there is none."""
        connection = self._response.connection  # none once all is here
        transport = connection.transport if connection else None
        if not isinstance(transport, asyncio.Transport):
            return
        transport.pause_reading()
        try:
            await pause()
        finally:
            if not transport.is_closing():
                transport.resume_reading()

    async def aclose(self) -> None:
        self._response.release()


def feed_of(response: httpx2.Response) -> Feed:
    """The bytes of a response that nobody has begun to read."""
    found = response.extensions[_NAME]
    if not isinstance(found, Feed):
        raise TypeError(_NAME)
    return found


class Way(httpx2.AsyncBaseTransport):
    """At most `most` connections; one that is not used is kept for `keepalive` seconds."""

    def __init__(self, *, most: int, keepalive: float) -> None:
        self._most, self._keepalive = most, keepalive
        self._proxy_for = lru_cache(_ADDRESSES)(proxy_for)  # looking into the environment takes a quarter of a ms
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        session, limits = self._session or self._made(), request.extensions.get("timeout", {})
        body = await request.aread()
        clock = asyncio.timeout(None)
        try:
            async with clock:
                response = await session.request(
                    request.method,
                    str(request.url),
                    data=_pieces(body, limits.get("write"), clock) if len(body) > _PIECE else body or None,
                    headers=request.headers,
                    proxy=self._proxy_for(str(request.url)),
                    timeout=_patience(limits),
                    allow_redirects=False,
                )
        except TimeoutError as error:
            late = httpx2.WriteTimeout if clock.expired() else httpx2.ReadTimeout
            raise late(type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.ConnectError(type(error).__name__) from error
        feed = Feed(response)
        return httpx2.Response(
            response.status, headers=response.raw_headers, stream=feed, request=request, extensions={_NAME: feed}
        )

    async def aclose(self) -> None:
        """Cut what still runs."""
        if self._session is not None:
            await self._session.close()

    def _made(self) -> aiohttp.ClientSession:
        """Made when it is needed: it lives in the loop that needs it. What is packed, the library unpacks."""
        connector = aiohttp.TCPConnector(
            limit=self._most, keepalive_timeout=self._keepalive, ssl=httpx2.create_ssl_context()
        )
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        return self._session


async def _pieces(body: bytes, seconds: float | None, clock: asyncio.Timeout) -> AsyncIterator[memoryview]:
    """A body in pieces; the clock goes off when one is not taken for so many seconds.

    aiohttp itself waits for ever, and begins to count a `read` only when all is sent.
    """
    now, whole = asyncio.get_running_loop().time, memoryview(body)
    for start in range(0, len(body), _PIECE):
        _set(clock, now() + seconds if seconds else None)
        yield whole[start : start + _PIECE]
    _set(clock, None)


def _set(clock: asyncio.Timeout, at: float | None) -> None:
    with suppress(RuntimeError):  # the answer came before all was sent: nobody looks at the clock any more
        clock.reschedule(at)


def _patience(limits: dict[str, Any]) -> aiohttp.ClientTimeout:
    """The library's time limits in aiohttp's words."""
    return aiohttp.ClientTimeout(
        total=None, connect=limits.get("pool"), sock_connect=limits.get("connect"), sock_read=limits.get("read")
    )
