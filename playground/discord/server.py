"""The Discord that listens: REST, gateway, files, control and a page, on one port of this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Self

from aiohttp import web

from playground.discord import config, control, guilds
from playground.discord.checks import body as read_body
from playground.discord.config import BODY_BYTES
from playground.discord.errors import Refused
from playground.discord.platform import Platform
from playground.discord.rest import Rest
from playground.discord.world import Json
from playground.guard import own_pages_only

HOST = "127.0.0.1"
PAGE_MAY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'"


@dataclass(eq=False, slots=True)
class Discord:
    """`async with Discord() as discord:` listens; `platform` is what it is made of, `addresses` where it is."""

    port: int = 0
    platform: Platform = field(default_factory=Platform)
    _runner: web.AppRunner | None = None

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def addresses(self) -> Mapping[str, str]:
        gateway = self.platform.gateway.address
        control_at = f"{self.origin}/_control"
        return {"api": f"{self.origin}/api/v10", "gateway": gateway, "control": control_at, "page": f"{self.origin}/"}

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()
        self.port = self._runner.addresses[0][1]
        self.platform.listen_on(self.origin)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None  # noqa: S101  # it was entered
        self.platform.gateway.drop()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=BODY_BYTES + 2**20, middlewares=[own_pages_only])
        app.add_routes(Rest(self.platform).routes())
        app.add_routes(
            [
                web.get("/gw/", self.platform.gateway.serve),
                web.get("/attachments/{path:.+}", self._file),
                web.get("/", self._page),
                web.get("/_control/state", self._state),
                web.get("/_control/world", self._world),
                web.post("/_control/{verb}", self._control),
                web.delete("/_control/faults", self._no_faults),
            ]
        )
        return app

    async def _file(self, request: web.Request) -> web.Response:
        call = self.platform.record.call("file.get", {"path": request.match_info["path"]})
        try:
            content, kind = guilds.file(self.platform, request.match_info["path"], request.query_string)
        except Refused:
            call.answered(404)
            return web.Response(status=404, text="This content is no longer available.")
        call.answered(200)
        # Nothing that somebody sends is shown as a page of this origin.
        headers = {"Content-Type": kind, "Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, headers=headers)

    async def _page(self, _: web.Request) -> web.Response:
        text = resources.files("playground.discord").joinpath("page.html").read_text("utf-8")
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": PAGE_MAY})

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.platform.record.state(int(request.query.get("since", "0"))))

    async def _world(self, _: web.Request) -> web.Response:
        return web.json_response(control.overview(self.platform))

    async def _no_faults(self, _: web.Request) -> web.Response:
        self.platform.plan.clear()
        return web.json_response({})

    async def _control(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(self._do(request.match_info["verb"], read_body(await request.read())))
        except Refused as refused:
            return web.json_response(refused.body() | {"error": refused.sentence}, status=400)
        except KeyError as missing:
            return web.json_response({"error": f"`{missing.args[0]}` is needed."}, status=400)
        except ValueError as wrong:
            return web.json_response({"error": str(wrong)}, status=400)

    def _do(self, verb: str, body: Json) -> Json:
        here = self.platform
        if verb == "config":
            here.configure(config.changed(here.config, body))
            return {}
        if verb == "faults":
            here.plan.add(body.get("list") or [body])
            return {"faults": len(here.plan)}
        if verb == "reset":
            here.forget()
            return {}
        if verb not in control.VERBS:
            raise ValueError(f"No such verb. There are: config, faults, reset, {', '.join(control.VERBS)}.")
        return control.VERBS[verb](here, body)
