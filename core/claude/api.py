"""The connection to the API: one request is one call of a method, tried once; raises what `failures.RAISED` names."""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import anthropic
import httpx2

from core.claude import failures
from core.claude.feed import Way
from core.claude.request import COMPACTION, Request

_KEEPALIVE_SECONDS: Final = 120.0  # the library's own 5 s would mean a new connection for nearly every message
_CHECK_SECONDS: Final = 10.0  # the models endpoint must not keep an answer waiting
_AFTER_END_SECONDS: Final = 0.5  # for the end of the body behind the message's end, so that the connection is kept


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Of one request, in seconds. `read` is between two bytes: pings come every 15 to 30 s while a model thinks.

    `write` is for each piece of a large body: see `feed`.
    """

    connect: float = 5
    read: float = 90
    write: float = 30
    pool: float = 10
    whole: float = 240
    """For an answer in one piece, of which nothing comes until it is written."""


class Api:
    """One per process. Everything is said explicitly: what is not, the library takes from the environment."""

    def __init__(self, api_key: str, base_url: str, in_flight: int, timeouts: Timeouts) -> None:
        self._base = base_url.rstrip("/")  # given in whole, an address need not be joined for each request
        timeout = httpx2.Timeout(connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool)
        self._whole = httpx2.Timeout(
            connect=timeouts.connect, read=timeouts.whole, write=timeouts.write, pool=timeouts.pool
        )
        way = Way(most=in_flight + 10, keepalive=_KEEPALIVE_SECONDS)
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            open_telemetry=False,
            timeout=timeout,
            http_client=httpx2.AsyncClient(transport=way, timeout=timeout, follow_redirects=True),
        )

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[httpx2.Response]:
        """The answer as it comes, which `feed_of` reads. Who leaves before its end cuts the connection."""
        # Not messages.create: it would warn of models that will retire, and its types are in the way of what is data.
        response = await self._client.post(
            self._base + _path(request),
            cast_to=httpx2.Response,
            body={**request.json(), "stream": True},
            # What is packed could not be read without the library.
            options={"headers": {**_headers(request), "accept-encoding": "identity"}},
            stream=True,
            stream_cls=None,
        )
        try:
            yield response
        finally:
            await response.aclose()

    async def whole(self, request: Request) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """The answer in one piece, and the response's headers. Raises ValueError when it is no JSON object, too."""
        options: Any = {"headers": _headers(request), "timeout": self._whole}
        response = await self._client.post(
            _path(request), cast_to=httpx2.Response, body=request.json(), options=options
        )
        return _object(response.text), response.headers

    async def count(self, request: Request) -> int:
        """The tokens of its prompt. Raises ValueError when the answer is none, too."""
        options: Any = {"headers": _headers(request), "timeout": _CHECK_SECONDS}
        path = _path(request).replace("/messages", "/messages/count_tokens", 1)
        response = await self._client.post(path, cast_to=httpx2.Response, body=request.counted(), options=options)
        tokens = _object(response.text).get("input_tokens")
        return tokens if isinstance(tokens, int) else 0

    async def fetch(self, path: str) -> str:
        """The body of a page."""
        headers = {"anthropic-beta": COMPACTION}  # without it the models' pages keep quiet about that ability
        options: Any = {"timeout": _CHECK_SECONDS, "headers": headers}
        response = await self._client.get(path, cast_to=httpx2.Response, options=options)
        return response.text

    async def knock(self) -> None:
        """Ask for an answer to nothing, which costs nothing: whoever lets us in refuses that as a bad request."""
        await self._client.post("/v1/messages", cast_to=httpx2.Response, body={}, options={"timeout": _CHECK_SECONDS})

    async def close(self) -> None:
        """Cut what still runs, close the connections."""
        await self._client.close()


def _object(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    if not isinstance(found, Mapping):
        raise ValueError("not an object")  # noqa: TRY004  # to the caller it is as odd as no JSON
    return found


def _path(request: Request) -> str:
    return "/v1/messages?beta=true" if request.betas else "/v1/messages"


def _headers(request: Request) -> dict[str, str]:
    return {"anthropic-beta": ",".join(request.betas)} if request.betas else {}


async def drained(chunks: AsyncIterable[bytes]) -> None:
    """Read to the body's end, so that the connection can be used again. What happens there changes nothing."""
    try:
        async with asyncio.timeout(_AFTER_END_SECONDS):
            async for _ in chunks:
                pass
    except failures.RAISED:  # a TimeoutError is an OSError
        pass
