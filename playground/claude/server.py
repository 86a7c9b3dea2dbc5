"""The server: the Messages API and the models' pages over HTTP, and the control API beside them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from aiohttp import web

from playground.claude import control, http
from playground.claude.check import read
from playground.claude.config import Config
from playground.claude.desk import Desk
from playground.claude.errors import Refused
from playground.claude.exchange import Exchange
from playground.claude.models import describe
from playground.guard import own_pages_only

Handler = Callable[[web.Request], Awaitable[web.Response]]
Answers = Callable[[web.Request, object], Mapping[str, Any]]


class Claude:
    """A Claude on 127.0.0.1. `async with Claude() as claude`, then point a client's base URL at `claude.api`."""

    def __init__(self, port: int = 0, config: Config | None = None) -> None:
        self.desk = Desk(config or Config())
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def api(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def control(self) -> str:
        return self.api + control.BASE

    @property
    def addresses(self) -> Mapping[str, str]:
        return {"api": self.api, "control": self.control}

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=http.MOST_BYTES, middlewares=[own_pages_only])
        app.add_routes(control.routes(self.desk))
        app.add_routes(self._routes())
        # A handler is cancelled when its client goes away: only so it is known at once, also while nothing is sent.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/messages", self._messages),
            web.post("/v1/messages/count_tokens", self._page("messages.count_tokens", self._count)),
            web.get("/v1/models", self._page("models.list", self._list)),
            web.get("/v1/models/{id}", self._page("models.retrieve", self._retrieve)),
            web.route("*", "/{path:.*}", self._page("unknown", self._nowhere)),
        ]

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return await Exchange(self.desk, request).answer()

    def _page(self, method: str, answers: Answers) -> Handler:
        """A handler of an endpoint that answers at once, with its faults, its record and its refusals."""
        desk = self.desk

        async def handle(request: web.Request) -> web.Response:
            request_id = desk.id("req")
            call = desk.record.call(method, dict(request.query))
            desk.record.amend(call.id, headers=http.masked(request), request_id=request_id)
            try:
                body = await http.read_json(request) if request.can_read_body else None
                if (fault := desk.faults.take(method)) is not None:
                    await http.fail(fault, request)
                http.check_version(request)
                desk.check_key(http.key_of(request))
                await asyncio.sleep(desk.config.latency / 2)
                page = answers(request, body)
            except Refused as refused:
                call.answered(refused.status, refused.kind)
                return http.refusal(refused, request_id, http.identity(request_id))
            call.effect()
            if fault is not None and fault.do == "lost":
                await http.reset(request)
            await asyncio.sleep(desk.config.latency / 2)
            call.answered(200)
            return web.json_response(page, headers=http.identity(request_id))

        return handle

    def _count(self, request: web.Request, body: object) -> Mapping[str, Any]:
        counted = read(body, self.desk.catalogue, http.betas(request), counting=True)
        return {"input_tokens": counted.tokens}

    def _list(self, request: web.Request, _: object) -> Mapping[str, Any]:
        query = request.query
        stages = [*query.getall("lifecycle", []), *query.getall("lifecycle[]", [])]
        limit = query.get("limit", "20")
        if not limit.isdecimal() or not 1 <= int(limit) <= 1000:
            raise Refused(400, "limit: Input should be between 1 and 1000")
        return self.desk.catalogue.page(stages, query.get("after_id", ""), query.get("before_id", ""), int(limit))

    def _retrieve(self, request: web.Request, _: object) -> Mapping[str, Any]:
        model = self.desk.catalogue.find(request.match_info["id"])
        if model is None:
            raise Refused(404, f"model: {request.match_info['id']}")
        return describe(model)

    def _nowhere(self, _request: web.Request, _body: object) -> Mapping[str, Any]:
        raise Refused(404)
