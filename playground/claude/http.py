"""What of a request and of an answer is HTTP: keys, headers, bodies, and connections that break."""

import asyncio
import json
import socket
import struct
import zlib
from collections.abc import Mapping
from typing import Never

from aiohttp import web

from playground.claude.check import VERSIONS
from playground.claude.errors import KINDS, Refused, body, invalid
from playground.faults import Fault

MOST_BYTES = 32 * 1024 * 1024
ORGANIZATION, WORKSPACE = "00000000-0000-4000-8000-00000000c1a0", "wrkspc_01playground"
SECRET = ("authorization", "x-api-key", "cookie")
PROXY = {
    413: "<html><head><title>413 Request Entity Too Large</title></head></html>",
    502: "<html><head><title>502 Bad Gateway</title></head></html>",
}
"""What the proxy in front of the API says by itself."""


def key_of(request: web.Request) -> str:
    """The API key, "" when there is none. Also from x-api-key for who asks for the older version of the API."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    if request.headers.get("anthropic-version") == VERSIONS[0]:
        return request.headers.get("x-api-key", "")
    return ""


def masked(request: web.Request) -> dict[str, str]:
    """The headers as they are recorded: no key."""
    return {name.lower(): "***" if name.lower() in SECRET else value for name, value in request.headers.items()}


def betas(request: web.Request) -> list[str]:
    sent = ",".join(request.headers.getall("anthropic-beta", []))
    return [name.strip() for name in sent.split(",") if name.strip()]


def check_version(request: web.Request) -> None:
    version = request.headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f"anthropic-version: '{version}' is not a valid version")


async def read_json(request: web.Request) -> object:
    """The body. Raises Refused when it is too large or no JSON."""
    if (request.content_length or 0) > MOST_BYTES:
        raise Refused(413)
    try:
        return json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413) from None
    except ValueError:
        raise invalid("The request body is not valid JSON.") from None


def identity(request_id: str) -> dict[str, str]:
    """The headers of every answer."""
    return {
        "request-id": request_id,
        "anthropic-organization-id": ORGANIZATION,
        "anthropic-workspace-id": WORKSPACE,
    }


class Body:
    """The body of a stream, packed where the request allows it. Each piece goes out at once all the same."""

    def __init__(self, response: web.StreamResponse, request: web.Request) -> None:
        self._response = response
        self._packer = None
        if "gzip" in request.headers.get("accept-encoding", ""):
            self._packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
            response.headers["content-encoding"] = "gzip"

    async def write(self, data: bytes) -> None:
        if self._packer is not None:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        await self._response.write(data)

    async def end(self) -> None:
        await self._response.write_eof(b"" if self._packer is None else self._packer.flush())


def refusal(refused: Refused, request_id: str, headers: Mapping[str, str]) -> web.Response:
    """The answer to a request that is turned down."""
    more = dict(headers)
    if refused.retry_after is not None:
        more["retry-after"] = f"{refused.retry_after:g}"
    if refused.status in PROXY:
        return web.Response(status=refused.status, text=PROXY[refused.status], content_type="text/html", headers=more)
    more["x-should-retry"] = "true" if refused.passes else "false"
    return web.json_response(body(refused, request_id), status=refused.status, headers=more)


async def fail(fault: Fault, request: web.Request) -> None:
    """What a fault does instead of an answer; nothing when it only spoils one. Raises Refused, or never returns."""
    if fault.status or fault.error:
        raise refused_by(fault)
    if fault.do == "reset":
        await reset(request)
    if fault.do == "hang":
        await forever()


def refused_by(fault: Fault) -> Refused:
    """The error that a fault asks for: by its status, or by the name of its kind."""
    status = fault.status or next((status for status, kind in KINDS.items() if kind == fault.error), 400)
    more = {name: str(fault.more[key]) for name, key in (("kind", "type"), ("code", "code")) if key in fault.more}
    wait = fault.more.get("retry_after")
    return Refused(
        status, str(fault.more.get("message", "")), **more, retry_after=None if wait is None else float(wait)
    )


async def reset(request: web.Request) -> Never:
    """Cut the connection with a TCP reset, after what was written is out."""
    await asyncio.sleep(0.005)
    if request.transport is not None:
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    await forever()


async def hang_up(request: web.Request) -> Never:
    """Close the connection in the middle of what is being sent."""
    if request.transport is not None:
        request.transport.close()
    await forever()


async def forever() -> Never:
    """Wait for nothing: when the connection is gone, whoever handles it is cancelled."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")
