"""The bytes of a stream, straight from aiohttp: each answer has hundreds of packets, and every layer above costs.

The client library answers all other requests; what it says of itself and of us goes along here as well.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import httpx2

from core.claude.failures import Refused

_MOST: Final = 64 * 1024  # bytes of a refusal that are read


class Feed:
    """An answer on its way. `async with` it: who leaves before its end cuts the connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._response.release()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What came since, in one piece."""
        content = self._response.content
        while chunk := await content.readany():
            yield chunk

    async def rest(self, seconds: float) -> None:
        """Leave to the system what comes meanwhile."""
        connection = self._response.connection  # none once all is here
        transport = connection.transport if connection else None
        if not isinstance(transport, asyncio.Transport):
            return
        transport.pause_reading()
        try:
            await asyncio.sleep(seconds)
        finally:
            if not transport.is_closing():
                transport.resume_reading()


class Feeds:
    """Where they come from. Raises what `failures.LOST` names."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout, *, most: int, keepalive: float
    ) -> None:
        """At most `most` connections; one that is not used is kept for `keepalive` seconds."""
        self._base_url, self._headers, self._timeout = base_url.rstrip("/"), headers, timeout
        self._most, self._keepalive = most, keepalive
        self._session: aiohttp.ClientSession | None = None

    async def open(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Feed:
        """Ask; raises Refused when the answer is none."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        session = self._session or self._made()
        response = await session.post(
            self._base_url + path, data=data, headers={**self._headers, **headers}, allow_redirects=False
        )
        if response.status != 200:
            async with response:
                raise Refused(response.status, response.headers, _parsed(await response.content.read(_MOST)))
        return Feed(response)

    async def close(self) -> None:
        """Cut what still runs."""
        if self._session is not None:
            await self._session.close()

    def _made(self) -> aiohttp.ClientSession:
        """Made when it is needed: it lives in the loop that needs it."""
        connector = aiohttp.TCPConnector(
            limit=self._most, keepalive_timeout=self._keepalive, ssl=httpx2.create_ssl_context()
        )
        self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=True)
        return self._session


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
