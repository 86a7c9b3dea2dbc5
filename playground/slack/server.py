"""The playground's Slack, one HTTP server: the Web API, Socket Mode, files, response_url, the controls and a page."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from random import Random
from typing import Any, Self

from aiohttp import web

from playground.faults import Fault, Plan
from playground.guard import own_pages_only
from playground.limits import Limits
from playground.record import Call, Record
from playground.slack import arguments, files
from playground.slack.arguments import Arguments
from playground.slack.control import Control
from playground.slack.desk import Desk
from playground.slack.errors import Limited, Refused
from playground.slack.hands import Hands
from playground.slack.hooks import Hooks
from playground.slack.methods import METHODS, Method
from playground.slack.page import page
from playground.slack.settings import Settings, changed
from playground.slack.sockets import Sockets
from playground.slack.workspace import Workspace
from playground.slack.world import TEAM, JsonObject, World

UPLOAD_BYTES = 64 * 2**20
Work = Callable[[], web.Response]


class Slack:
    """`async with Slack() as slack:` listens on a free port of 127.0.0.1."""

    def __init__(self, port: int = 0, *, seed: int | None = None, **settings: object) -> None:
        """`settings` as in settings.py; `seed` makes sockets and pairs be picked the same way each time."""
        self.port = port
        self.settings = changed(Settings(), settings)
        self.record, self.plan, self.limits = Record(), Plan(), Limits()
        self.world = World()
        random = Random(seed)
        self.sockets = Sockets(self.record, lambda: self.settings, random)
        workspace = Workspace(self.world, self.record, self.sockets.send_event, lambda: self.settings, random)
        self.desk, self.hooks = Desk(workspace, self.sockets), Hooks(workspace)
        self.hands = Hands(workspace, self.sockets, self.hooks)
        self._stopping = asyncio.Event()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)

    @property
    def addresses(self) -> dict[str, str]:
        """api: SLACK_API_URL; control: for tests; page: for people."""
        origin = self.world.origin
        return {"api": f"{origin}/api/", "control": f"{origin}/_control", "page": f"{origin}/"}

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.world.origin = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await self.sockets.close()
        await self._runner.cleanup()

    def configure(self, raw: Mapping[str, Any]) -> JsonObject:
        """Change settings; all of them as they are then. Raises Nonsense."""
        self.settings = changed(self.settings, raw)
        if "limits" in raw:
            self.limits.clear()
        return asdict(self.settings)

    def reset(self) -> None:
        """Messages, files, records, faults and used limits are gone; sockets, people, channels and settings stay."""
        self.world.forget()
        self.sockets.forget()
        self.desk.workspace.statuses.clear()
        self.desk.workspace.sessions.clear()
        self.plan.clear()
        self.limits.clear()
        self.record.clear()
        self.record.add("resets")

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD_BYTES, middlewares=[own_pages_only])
        control = Control(self.desk, self.hands, self.plan, self.configure, self.reset)
        app.add_routes(
            [
                web.get("/", page),
                web.route("*", "/api/{method}", self._api),
                web.get("/link/", self.sockets.link),
                web.post(f"/actions/{TEAM}/{{key}}", self._response_url),
                web.post(f"/commands/{TEAM}/{{key}}", self._response_url),
                web.post("/upload/v1/{file}", self._upload),
                web.get(f"/files-pri/{TEAM}-{{file}}/{{tail:.*}}", self._download),
                *control.routes(),
            ]
        )
        return app

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            given, token = await arguments.read(request)
        except Refused as refusal:
            return _refusal(refusal)

        def work() -> web.Response:
            return web.json_response({"ok": True} | self._run(name, given, token), headers=self._headers())

        return await self._through(request, name, given.given, work)

    def _run(self, name: str, given: Arguments, token: str) -> JsonObject:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        self._authorize(method, token)
        rule = self.settings.limits.rule(name, method.tier)
        if rule is not None:
            channel = given.text("channel") if name == "chat.postMessage" else ""
            taken = self.limits.take((name, channel), rule, self.record.monotonic())
            if not taken.passed:
                raise Limited(taken.wait)
        return method.work(self.desk, given)

    def _authorize(self, method: Method, token: str) -> None:
        mine, other = self.settings.bot_tokens, self.settings.app_tokens
        if method.app:
            mine, other = other, mine
        if not token:
            raise Refused("not_authed")
        if token in other:
            raise Refused("not_allowed_token_type")
        if token not in mine:
            raise Refused("invalid_auth")
        if method.scopes and not set(method.scopes) & set(self.settings.scopes):
            raise Refused("missing_scope", needed=method.scopes[0], provided=",".join(self.settings.scopes))

    def _headers(self) -> dict[str, str]:
        return {"X-OAuth-Scopes": ",".join(self.settings.scopes)}

    async def _through(
        self, request: web.Request, name: str, given: Mapping[str, Any], work: Work
    ) -> web.StreamResponse:
        """The life of a call: on the record, half the latency, the fault planned for it, its work, the other half."""
        told = {key: _plain(value) for key, value in given.items()}
        call = self.record.call(name, told)
        await asyncio.sleep(self.settings.latency / 2)
        fault = self.plan.take(name, told)
        if fault is not None and fault.do != "lost":
            return await self._fail(request, call, fault)
        answer, error = _answer(work)
        if not error:
            call.effect()
        await asyncio.sleep(self.settings.latency / 2)
        if fault is not None:
            return _cut(request, call)
        call.answered(answer.status, error)
        return answer

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        if fault.do == "reset":
            return _cut(request, call)
        if fault.do == "hang":
            await self._stopping.wait()
            return _cut(request, call)
        if fault.error:
            answer = _refusal(Refused(fault.error))
        elif fault.status == 429:
            answer = _limited(fault.retry_after)
        else:
            answer = web.Response(
                status=fault.status, text="<html><body>Server Error</body></html>", content_type="text/html"
            )
        await asyncio.sleep(self.settings.latency / 2)
        call.answered(answer.status, fault.error or ("ratelimited" if fault.status == 429 else fault.do))
        return answer

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            given, _ = await arguments.read(request)
        except Refused as refusal:
            return _refusal(refusal, status=400)

        def work() -> web.Response:
            try:
                self.hooks.answer(request.match_info["key"], given)
            except Refused as refusal:
                status = 404 if refusal.code in ("used_url", "expired_url") else 400
                return _refusal(refusal, status=status)
            return web.Response(text="ok")

        return await self._through(request, "response_url", given.given, work)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes as the body, or as a form's only file."""
        if request.content_type == "multipart/form-data":
            parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()

        def work() -> web.Response:
            text = files.receive(self.desk, request.match_info["file"], content)
            return web.Response(text=text or "file not found", status=200 if text else 404)

        return await self._through(request, "upload", {"file": request.match_info["file"], "bytes": len(content)}, work)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file for whoever has the token; without it a login page, with status 200 as on Slack."""
        id_ = request.match_info["file"]
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")

        def work() -> web.Response:
            allowed = scheme.lower() == "bearer" and token in self.settings.bot_tokens
            if not allowed or "files:read" not in self.settings.scopes:
                return web.Response(text=files.LOGIN_PAGE, content_type="text/html")
            file = self.world.files.get(id_)
            if file is None or file.content is None:
                return web.Response(status=404, text="File not found")
            return web.Response(body=file.content, content_type=file.mimetype)

        return await self._through(request, "download", {"file": id_, "authorized": bool(token)}, work)


def _answer(work: Work) -> tuple[web.Response, str]:
    """What the work comes to, and the name of its error."""
    try:
        return work(), ""
    except Refused as refusal:
        return _refusal(refusal), refusal.code
    except Limited as limited:
        return _limited(limited.wait), "ratelimited"


def _refusal(refusal: Refused, *, status: int = 200) -> web.Response:
    body: JsonObject = {"ok": False, "error": refusal.code} | refusal.more
    if refusal.details:
        body["response_metadata"] = {"messages": list(refusal.details)}
    return web.json_response(body, status=status)


def _limited(wait: float) -> web.Response:
    headers = {"Retry-After": str(max(1, math.ceil(wait)))}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _cut(request: web.Request, call: Call) -> web.Response:
    """The connection ends here; what is returned goes nowhere."""
    call.cut()
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _plain(value: object) -> object:
    """What of an argument can be written down: a file in a form cannot."""
    return value if isinstance(value, str | int | float | bool | dict | list | None) else type(value).__name__
