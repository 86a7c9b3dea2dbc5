"""Keys, headers and bodies, as bytes on the wire."""

import io
from typing import Any

import aiohttp
import pytest

from playground.claude import Claude

from .conftest import KEY, MODEL

pytestmark = pytest.mark.anyio

BODY = {"model": MODEL, "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
NOW, BEFORE = {"anthropic-version": "2026-10-21"}, {"anthropic-version": "2023-06-01"}
BEARER = {"authorization": f"Bearer {KEY}"}


async def status(claude: Claude, http: aiohttp.ClientSession, headers: dict[str, str], body: Any = BODY) -> int:
    kind = {"json": body} if isinstance(body, dict) else {"data": body}
    async with http.post(f"{claude.api}/v1/messages", headers=headers, **kind) as answer:
        assert answer.headers["request-id"]
        return answer.status


async def test_the_key_comes_as_a_bearer(claude: Claude, http: aiohttp.ClientSession) -> None:
    assert await status(claude, http, NOW | BEARER) == 200
    assert await status(claude, http, NOW) == 401
    assert await status(claude, http, NOW | {"authorization": "Bearer nonsense"}) == 401
    assert await status(claude, http, NOW | {"x-api-key": KEY}) == 401
    assert await status(claude, http, BEFORE | {"x-api-key": KEY}) == 200


async def test_the_version_of_the_api_must_be_named(claude: Claude, http: aiohttp.ClientSession) -> None:
    assert await status(claude, http, BEARER) == 400
    assert await status(claude, http, BEARER | {"anthropic-version": "1999-12-31"}) == 400


async def test_a_body_is_json_of_at_most_32_megabytes(claude: Claude, http: aiohttp.ClientSession) -> None:
    assert await status(claude, http, NOW | BEARER, b"{") == 400
    assert await status(claude, http, NOW | BEARER, b"[]") == 400
    assert await status(claude, http, NOW | BEARER, b"\xff") == 400
    assert await status(claude, http, NOW | BEARER, io.BytesIO(b" " * (32 * 1024 * 1024 + 1))) == 413


async def test_a_too_large_body_of_unknown_length_is_refused_too(claude: Claude, http: aiohttp.ClientSession) -> None:
    async def chunks() -> Any:
        for _ in range(33):
            yield b" " * 1024 * 1024

    async with http.post(f"{claude.api}/v1/messages", headers=NOW | BEARER, data=chunks()) as answer:
        assert answer.status == 413


async def test_an_error_may_be_asked_for_by_its_kind(control: Any, claude: Claude, http: aiohttp.ClientSession) -> None:
    await control.fault({"error": "permission_error"})
    await control.fault({"error": "something_new"})

    assert await status(claude, http, NOW | BEARER) == 403
    assert await status(claude, http, NOW | BEARER) == 400


async def test_only_its_own_machine_may_ask(claude: Claude, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{claude.control}/state", headers={"host": "example.com"}) as answer:
        assert answer.status == 403
