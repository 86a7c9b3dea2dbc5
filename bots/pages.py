"""/healthz, /readyz and /metrics: for whoever watches over Parley. On this machine alone unless HTTP_HOST says more."""

import errno
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from core.events import PagesClosed
from core.meters import Meters
from core.pulse import Pulse
from core.telling import Slug, emit

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
CLOSE_SECONDS = 1.0
"""For requests under way when the pages close."""
ANSWER_SECONDS = 3.0
"""How long `parley health` waits for the page that it asks for."""
WELL = "ok\n"
"""The text of a page when all is well."""
ILL = 503
"""The status of a page when not."""

Page = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def pages(host: str, port: int, pulse: Pulse, meters: Meters) -> AsyncIterator[int]:
    """A context in which the pages are served. Yields their port, 0 without any: one that is taken is a warning."""
    runner = web.AppRunner(_app(pulse, meters), access_log=None, handle_signals=False, shutdown_timeout=CLOSE_SECONDS)
    await runner.setup()
    try:
        yield await _opened(runner, host, port) if port else 0
    finally:
        await runner.cleanup()


async def _opened(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, ValueError) as error:  # taken, not ours to open, or no name of a host
        word = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
        emit(PagesClosed(port=port, code=Slug.of(word)))
        return 0
    return int(runner.addresses[0][1])


def _app(pulse: Pulse, meters: Meters) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return _said(pulse.illnesses())

    async def readyz(_: web.Request) -> web.Response:
        return _said(pulse.hindrances())

    async def metrics(_: web.Request) -> web.Response:
        meters.now(live=pulse.live(), lag=pulse.lag, ping=pulse.pinged, ping_age=pulse.ping_age, frames=pulse.ages())
        return web.Response(body=meters.text(), headers={"Content-Type": PLAIN})

    app = web.Application()
    for path, page in {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}.items():
        app.router.add_get(path, page)
    return app


def _said(troubles: list[str]) -> web.Response:
    text = "".join(f"{sentence}\n" for sentence in troubles) or WELL
    return web.Response(text=text, status=ILL if troubles else 200)


def health(host: str, port: int) -> str:
    """What the process that serves its pages there says is wrong with it; "" when nothing is."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # it is asked, not bound
    named = f"[{near}]" if ":" in near else near
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://{named}:{port}/healthz", timeout=ANSWER_SECONDS
        ) as response:
            return "" if response.read(1_000) == WELL.encode() else "Something else answers there."
    except urllib.error.HTTPError as error:
        with error:
            if error.code != ILL:
                return "Something else answers there."
            return error.read(1_000).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return "It does not answer."
