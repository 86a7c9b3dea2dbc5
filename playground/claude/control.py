"""The control API of this Claude: for tests, and for people who try things."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from playground.claude.desk import Desk

BASE = "/_control"
Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes(desk: Desk) -> list[web.RouteDef]:
    """All of `/_control`; the package's docstring says what each takes."""

    async def state(request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        return web.json_response(desk.record.state(int(since) if since.isdecimal() else 0))

    return [
        web.get(f"{BASE}/state", state),
        web.post(f"{BASE}/reset", _does(desk.reset)),
        web.post(f"{BASE}/config", _takes(dict, desk.configure)),
        web.post(f"{BASE}/faults", _takes(list, desk.faults.add)),
        web.delete(f"{BASE}/faults", _does(desk.faults.clear)),
        web.post(f"{BASE}/script", _takes(list, desk.script.add)),
        web.delete(f"{BASE}/script", _does(desk.script.clear)),
    ]


def _does(does: Callable[[], None]) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        does()
        return web.json_response({"ok": True})

    return handle


def _takes(kind: type, takes: Callable[[Any], None]) -> Handler:
    """A handler of a JSON body of this kind; 400 with a sentence when it cannot be taken."""

    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if isinstance(body, kind):
                takes(body)
                return web.json_response({"ok": True})
            problem = f"The body is a JSON {'list' if kind is list else 'object'}."
        except json.JSONDecodeError:
            problem = "The body is no JSON."
        except ValueError as error:
            problem = str(error)
        return web.json_response({"ok": False, "error": problem}, status=400)

    return handle
