"""What the tests of Slack share: recorded payloads, the platform on a Slack of our own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bots.slack.app import Slack
from bots.slack.parts import Bot
from bots.slack.web import Web
from core.contract import Message, Outcome, Person, Place, Turn, Verdict
from core.errands import cancelled
from playground.slack import Slack as Workspace
from tests.bots.inboxes import Notebook
from tests.waits import until

BOT = Bot("U0BOT12345", "B0BOT12345", "T0TEAM1234", name="claude")
REFUSED = Verdict(Outcome.TOLD, "Not **now**, please.", retry_after=30)
PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> dict[str, Any]:
    """A payload as Slack sent one of its kind."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return found


@dataclass
class Office:
    """A workspace of the playground, and the bot in it."""

    workspace: Workspace
    platform: Slack

    def say(self, text: str, **more: object) -> str:
        """Somebody writes; the ts of it."""
        return str(self.workspace.hands.say({"text": text, **more})["ts"])

    def records(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.workspace.record.state().get(kind, [])
        return found

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [call for call in self.records("calls") if call["method"] == method]

    @property
    def whispers(self) -> list[str]:
        """What single people were told."""
        return [str(record["shown"]) for record in self.records("ephemerals")]

    @property
    def unacknowledged(self) -> int:
        return sum(record["acked"] is None for record in self.records("deliveries"))

    def shown(self, channel: str) -> list[str]:
        """What stands in a channel and its threads now, in order."""
        return [
            self.workspace.desk.world.messages[channel][ts].text
            for ts in self.workspace.desk.world.messages.get(channel, {})
        ]


@asynccontextmanager
async def office(**settings: Any) -> AsyncIterator[Office]:
    """An open platform; sockets only where a test lets it `run`."""
    async with Workspace(seed=7, **settings) as workspace:
        platform = Slack("xoxb-playground", "xapp-playground", workspace.addresses["api"], ping_seconds=0.4)
        await platform.open()
        try:
            yield Office(workspace, platform)
        finally:
            await platform.close()


@asynccontextmanager
async def at_work(office: Office, inbox: Notebook, sockets: int = 2) -> AsyncIterator[asyncio.Task[None]]:
    """The platform listens."""
    running = asyncio.create_task(office.platform.run(inbox))
    try:
        await until(lambda: office.workspace.sockets.open == sockets and inbox.asked > 0)
        yield running
    finally:
        await cancelled(running)


def acknowledged(here: Office) -> list[bool]:
    """Of each delivery, in their order."""
    return [delivery["acked"] is not None for delivery in here.records("deliveries")]


def slash(here: Office, text: str, *, channel: str = "general") -> None:
    """Slack waits for its acknowledgement as long as the real one: what is told with it would be lost otherwise."""
    here.workspace.configure({"scale": 1})
    here.workspace.hands.slash({"text": text, "channel": channel})


def turn(ts: str, channel: str = "C0GENERAL", *, thread: str = "", author: str = "U0ADA", id: str = "") -> Turn:
    """An answer owed to a question of the playground's."""
    place = Place("slack", "T0PLAY", channel, f"{channel}:{thread}" if thread else "")
    address = {"channel": channel, "thread_ts": thread or ts, "ts": ts}
    asked = Message(
        id=f"{channel}:{ts}", place=place, author=Person(author, "Ada"), at=float(ts), address=address, text="why?"
    )
    return Turn(id or asked.id, 1, 1, asked)


@asynccontextmanager
async def bare_slack(*, told: bool) -> AsyncIterator[tuple[Web, list[tuple[str, dict[str, Any]]]]]:
    """What somebody else took for a Slack: it posts, edits and deletes, and of all else it says 404.

    `told`: it says what it posted, but not in which thread. With it come the calls that it has heard.
    """
    calls: list[tuple[str, dict[str, Any]]] = []

    async def answer(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = await request.json() if method.startswith("chat.") else dict(request.query)
        calls.append((method, given))
        if method not in {"chat.postMessage", "chat.update", "chat.delete"}:
            return web.Response(status=404, text="404: Not Found")
        return web.json_response({"ok": True, "ts": "1700000000.000200"} | ({"message": {"text": "?"}} if told else {}))

    app = web.Application()
    app.router.add_post("/{method}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        made = Web("xoxb-bare", f"http://127.0.0.1:{runner.addresses[0][1]}/", session)
        made.bot = BOT
        yield made, calls
    await runner.cleanup()
