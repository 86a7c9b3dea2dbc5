"""The REST API over HTTP: each call waits, is counted, may fail as planned, takes effect and is answered."""

import asyncio
import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from playground.discord import channels, checks, guilds, hooks
from playground.discord.config import BODY_BYTES
from playground.discord.endpoint import Ask, Endpoint
from playground.discord.errors import Refused
from playground.discord.platform import Platform
from playground.discord.posts import Upload
from playground.discord.world import Json
from playground.faults import Fault
from playground.limits import Taken
from playground.record import Call

ENDPOINTS = (*channels.ENDPOINTS, *guilds.ENDPOINTS, *hooks.ENDPOINTS)
VIA = {"Via": "1.1 google"}  # discord.py takes a 429 without it for a ban


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    text: bool = False  # what stands before Discord answers in plain text

    def response(self) -> web.Response:
        if not self.body:
            return web.Response(status=self.status, headers=self.headers)
        kind = "text/plain" if self.text else "application/json"  # nothing behind it: discord.py compares it whole
        return web.Response(status=self.status, body=self.body, headers=self.headers, content_type=kind)


def as_json(status: int, body: object, headers: Mapping[str, str] | None = None, error: str = "") -> Answer:
    return Answer(status, json.dumps(body).encode(), headers or {}, error)


def refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> Answer:
    return as_json(refused.status, refused.body(), headers, str(refused.code))


def too_many(wait: float, headers: Mapping[str, str], *, scope: str = "user") -> Answer:
    """429; `wait` in seconds. A global one names no bucket."""
    everywhere = scope == "global"
    told = {"Retry-After": str(math.ceil(wait)), "X-RateLimit-Scope": scope, **VIA}
    told |= {"X-RateLimit-Global": "true"} if everywhere else dict(headers)
    body = {
        "message": "You are being rate limited.",
        "retry_after": math.ceil(wait * 1000) / 1000,
        "global": everywhere,
    }
    return as_json(429, body, told, "429")


def planned(fault: Fault) -> Answer:
    """A fault's status or error in the place of an answer."""
    if not fault.more.get("via", True):
        return _before(fault)
    if fault.status == 429:
        return too_many(fault.retry_after, {}, scope=str(fault.more.get("scope", "user")))
    if fault.error:
        return refusal(Refused(int(fault.error)))
    if fault.status > 500:
        return Answer(fault.status, b"upstream connect error", error=str(fault.status), text=True)
    return as_json(fault.status, {"message": f"{fault.status}: planned", "code": 0}, error=str(fault.status))


def _before(fault: Fault) -> Answer:
    """What stands before Discord answers in its place: Cloudflare, a proxy."""
    headers = {"Retry-After": str(math.ceil(fault.retry_after))} if fault.status == 429 else {}
    return Answer(fault.status, b"error code: 1015", headers, str(fault.status), text=True)


@dataclass(eq=False, slots=True)
class Rest:
    here: Platform

    def routes(self) -> list[web.RouteDef]:
        return [web.route(one.method, f"/api/v10{one.path}", self._handler(one)) for one in ENDPOINTS]

    def _handler(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(endpoint, request)

        return handle

    async def _serve(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        try:
            ask = await read(request)
        except Refused as refused:
            return refusal(refused).response()
        call = self.here.record.call(endpoint.name, given := arguments(ask))
        fault = self.here.plan.take(endpoint.name, given)
        if fault is not None and fault.do in ("reset", "hang"):
            return await self._cut(request, call, hang=fault.do == "hang")
        await asyncio.sleep(self.here.config.latency / 2)
        answer = planned(fault) if fault and fault.do != "lost" else self._answer(endpoint, ask, request, call)
        await asyncio.sleep(self.here.config.latency / 2)
        if fault is not None and fault.do == "lost":
            return await self._cut(request, call)
        call.answered(answer.status, answer.error)
        return answer.response()

    async def _cut(self, request: web.Request, call: Call, *, hang: bool = False) -> web.StreamResponse:
        """End the connection without an answer; `hang`: only when the client has given up."""
        while hang and not _has_left(request):  # noqa: ASYNC110  # aiohttp tells nobody that a client has given up
            await asyncio.sleep(0.05)
        call.cut()
        if isinstance(request.transport, asyncio.Transport):
            request.transport.abort()
        return web.Response()

    def _answer(self, endpoint: Endpoint, ask: Ask, request: web.Request, call: Call) -> Answer:
        """From here to the effect nothing waits, so a call is one step of the world."""
        if endpoint.signed and request.headers.get("Authorization") != f"Bot {self.here.config.token}":
            return refusal(Refused(0))
        headers, refused = self._count(endpoint, ask)
        if refused is not None:
            return refused
        try:
            found = endpoint.act(self.here, ask)
        except Refused as wrong:
            return refusal(wrong, headers)
        call.effect()
        return Answer(204, headers=headers) if found is None else as_json(200, found, headers)

    def _count(self, endpoint: Endpoint, ask: Ask) -> tuple[Mapping[str, str], Answer | None]:
        """The headers that tell how much is left, and the 429 when nothing is."""
        here, now = self.here, self.here.monotonic()
        if endpoint.signed and (rule := here.config.limits.get("global")):
            taken = here.limits.take("global", rule, now)
            if not taken.passed:
                return {}, too_many(taken.wait, {}, scope="global")
        rule, slow = here.config.limits.get(endpoint.bucket), here.config.limits.get(f"{endpoint.bucket}.slow")
        if rule is None:
            return {}, None
        taken = here.limits.take(endpoint.key(ask.path), rule, now)
        headers = limit_headers(endpoint.bucket, rule.calls, taken, here.clock())
        if taken.passed and slow is not None:
            taken = here.limits.take((*endpoint.key(ask.path), "slow"), slow, now)
        return headers, None if taken.passed else too_many(taken.wait, headers)


def _has_left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def limit_headers(bucket: str, calls: int, taken: Taken, now: float) -> Mapping[str, str]:
    # Rounded up: who sleeps exactly as long as he is told must find the window over.
    after = math.ceil(taken.reset * 1000) / 1000
    hashed = hashlib.sha256(bucket.encode()).hexdigest()[:32]
    told = {"X-RateLimit-Limit": str(calls), "X-RateLimit-Remaining": str(taken.remaining)}
    told |= {"X-RateLimit-Reset": f"{now + after:.3f}", "X-RateLimit-Reset-After": f"{after:.3f}"}
    return told | {"X-RateLimit-Bucket": hashed}


def arguments(ask: Ask) -> Json:
    files = [{"filename": file.filename, "size": len(file.content)} for file in ask.files]
    return {**ask.path, **ask.query, "body": ask.body, **({"files": files} if files else {})}


async def read(request: web.Request) -> Ask:
    """What a request asks. Raises Refused when its body is too large or no JSON."""
    path, query = dict(request.match_info), dict(request.query)
    if request.content_type.startswith("multipart/"):
        body, files = await _parts(request)
        return Ask(path, query, body, files)
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(40005) from None
    return Ask(path, query, checks.body(raw))


async def _parts(request: web.Request) -> tuple[Json, tuple[Upload, ...]]:
    """`payload_json` and `files[0]`, `files[1]`, ..."""
    body: Json = {}
    files: list[Upload] = []
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refused(50035)
        content = bytes(await part.read(decode=True))
        size += len(content)
        if size > BODY_BYTES:
            raise Refused(40005)
        name = part.name or ""
        if name == "payload_json":
            body = checks.body(content)
        elif name.startswith("files["):
            files.append(Upload(name[6:-1], part.filename or "unknown", content))
    return body, tuple(files)
