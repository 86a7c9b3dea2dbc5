"""The pages over a real socket."""

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bots.pages import health, pages
from core.events import Limited, PagesClosed
from core.meters import Meters
from core.pulse import Pulse
from core.telling import Slug
from tests.core.store.servers import free_port
from tests.core.test_meters import ACCEPTED, CALL, ENDED

pytestmark = pytest.mark.anyio
HOST = "127.0.0.1"
PROMTOOL = Path(__file__).parents[2] / ".cache" / "promtool" / "promtool"


async def ping() -> float:
    return 0.002


def pulse(well: bool = True) -> Pulse:
    made = Pulse(ping, lambda: made.clock() - (0 if well else 60), lambda: 4, lambda: {"slack": made.wall()})
    return made


@asynccontextmanager
async def served(one: Pulse) -> AsyncIterator[int]:
    async with pages(HOST, free_port(), one, Meters(["slack"])) as port:
        yield port


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://{HOST}:{port}{path}") as response:
        return response.status, await response.text()


async def test_who_is_well_and_ready_says_so() -> None:
    async with served(pulse()) as port:
        assert await get(port, "/healthz") == (200, "ok\n")
        assert await get(port, "/readyz") == (200, "ok\n")
        assert (await get(port, "/"))[0] == 404


async def test_who_is_ill_says_why() -> None:
    async with served(pulse(well=False)) as port:
        told = await get(port, "/healthz")
        asked = await asyncio.to_thread(health, HOST, port)

    assert told == (503, "The worker does not look after its leases.\n")
    assert asked == "The worker does not look after its leases."


async def test_who_drains_is_well_and_not_ready() -> None:
    one = pulse()
    one.is_draining = True
    async with served(one) as port:
        assert (await get(port, "/healthz"))[0] == 200
        assert await get(port, "/readyz") == (503, "It is told to stop.\n")
        assert await asyncio.to_thread(health, "0.0.0.0", port) == ""  # noqa: S104  # it is asked


async def test_metrics_are_told_as_they_are_now() -> None:
    async with served(pulse()) as port:
        status, text = await get(port, "/metrics")

    assert status == 200
    assert "parley_live_replies 4.0\n" in text
    assert 'parley_last_frame_age_seconds{platform="slack"}' in text


@pytest.mark.system
async def test_prometheus_finds_nothing_to_mend_in_the_metrics() -> None:
    meters = Meters(["slack"])
    for call in (CALL, replace(CALL, cost=None, error="overloaded_error")):
        meters.note(call)
    for event in (ENDED, ACCEPTED, Limited(bucket=Slug("slack.chat.update"), seconds=1)):
        meters.hear(event)
    async with pages(HOST, free_port(), pulse(), meters) as port:
        _, text = await get(port, "/metrics")
    found = await asyncio.to_thread(
        subprocess.run, [str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )

    assert text.count("# HELP") == text.count("# TYPE") >= 20
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


async def test_a_taken_port_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "parley")
    async with served(pulse()) as port:
        async with pages(HOST, port, pulse(), Meters([])) as second:
            assert second == 0
        assert (await get(port, "/healthz"))[0] == 200

    [event] = [record.msg for record in caplog.records]
    assert isinstance(event, PagesClosed)
    assert (event.port, event.code) == (port, "EADDRINUSE")


async def test_port_0_is_no_page() -> None:
    async with pages(HOST, 0, pulse(), Meters([])) as port:
        assert port == 0


@pytest.mark.parametrize("host", ["no such host", f"{'x' * 70}.example"])
async def test_a_host_that_is_none_is_a_warning_too(host: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "parley")
    async with pages(host, free_port(), pulse(), Meters([])) as port:
        assert port == 0

    assert [type(record.msg) for record in caplog.records] == [PagesClosed]


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_somebody_elses_page_is_no_sign_of_health(status: int) -> None:
    async def index(_: web.Request) -> web.Response:
        return web.Response(text="<html>ok</html>", status=status)

    app = web.Application()
    app.router.add_get("/healthz", index)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, HOST, port).start()
    told = await asyncio.to_thread(health, HOST, port)
    await runner.cleanup()

    assert told == "Something else answers there."


def test_where_nobody_serves_it_is_said() -> None:
    assert health(HOST, free_port()) == "It does not answer."
