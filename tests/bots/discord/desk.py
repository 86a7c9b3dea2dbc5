"""What the tests of Discord share: recorded payloads, the platform on a Discord of our own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.discord.app import Discord
from bots.discord.parse import to_event
from bots.discord.shards import Shards
from bots.discord.words import Bot
from core.contract import Event, Message, Person, Place, Turn
from core.errands import cancelled
from playground.discord import TOKEN, Config, control
from playground.discord import Discord as Server
from playground.discord import Platform as Ground
from playground.discord.snowflakes import shard
from tests.bots.inboxes import Notebook
from tests.waits import until

BOT = Bot("1400000000000000010", "1400000000000000010", "Parley")
GUILD, GENERAL, ADA = "1400000000000000020", "1400000000000000030", "1400000000000000040"
HERE = Place("discord", GUILD, GENERAL)
PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> tuple[str, dict[str, Any]]:
    """A gateway event as one of its kind came: its name and its data."""
    frame = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return frame["t"], frame["d"]


def event(name: str, parent: str = "", **changed: Any) -> Event | None:
    """What a recorded event is to us, with some of its fields changed."""
    kind, data = payload(name)
    return to_event(kind, data | changed, BOT, parent)


@dataclass
class House:
    """A server of the playground's, and the bot in it."""

    ground: Ground
    platform: Discord
    api: str

    def do(self, verb: str, **body: Any) -> Any:
        """What a person does; nothing else happens before it has."""
        return control.VERBS[verb](self.ground, body)

    def say(self, text: str, **more: Any) -> str:
        """Somebody writes; the id of it."""
        return str(self.do("say", text=text, **more)["id"])

    def fail(self, method: str, what: object, **more: Any) -> None:
        self.ground.plan.add([{"method": method, "do": what, **more}])

    def records(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ground.record.state().get(kind, [])
        return found

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [call for call in self.records("calls") if call["method"] == method]

    def bodies(self, method: str) -> list[dict[str, Any]]:
        return [call["arguments"]["body"] for call in self.calls(method)]

    def versions(self, message: str = "") -> list[dict[str, Any]]:
        """What our messages looked like, one after the other."""
        mine = [one for one in self.records("versions") if one["author"] == BOT.user]
        return [one for one in mine if message in ("", one["message"])]

    @property
    def shown(self) -> list[str]:
        """What we wrote that stands now, in order."""
        last = {one["message"]: one for one in self.versions()}
        return [one["text"] for one in last.values() if not one["deleted"]]

    @property
    def whispers(self) -> list[str]:
        """What single people were told."""
        return [one["text"] for one in self.versions() if one["shown_to"]]

    @property
    def acks(self) -> list[int]:
        """How interactions were answered first: 4 a message, 5 thinking, 6 nothing to see."""
        return [one["acked"] for one in self.records("interactions") if one["acked"]]


@asynccontextmanager
async def house(*, content: bool = False, **config: Any) -> AsyncIterator[House]:
    """An open platform; it listens only where a test lets it `run`."""
    granted = frozenset({"message_content"}) if content else frozenset()
    ground = Ground(config=Config(privileged=granted, **{"limits": {}, **config}))
    async with Server(platform=ground) as server:
        platform = Discord(
            TOKEN, server.addresses["api"], server.addresses["gateway"], message_content=content, pause_seconds=0.05
        )
        await platform.open()
        try:
            yield House(ground, platform, server.addresses["api"])
        finally:
            await platform.close()


@asynccontextmanager
async def at_work(house: House, inbox: Notebook) -> AsyncIterator[asyncio.Task[None]]:
    """The platform listens."""
    running = asyncio.create_task(house.platform.run(inbox))
    try:
        await until(lambda: running.done() or house.platform.gateway.is_connected)
        yield running
    finally:
        await cancelled(running)


async def sharded(here: House, shards: Shards) -> House:
    """The same server, and a bot that listens to these."""
    platform = Discord(TOKEN, here.api, here.ground.gateway.address, shards=shards, pause_seconds=0.05)
    await platform.open()
    return House(here.ground, platform, here.api)


def neighbour(here: House) -> str:
    """A channel in a server of the other shard, of two."""
    id = next(id for id in range(5 << 22, 9 << 22, 1 << 22) if shard(id, 2) != shard(int(GUILD), 2))
    return str(here.do("add_guild", name="next door", id=id)["channel"])


async def ask(here: House, question: str = "why?", **more: Any) -> None:
    """Somebody types /ask, as soon as it is offered."""
    await until(lambda: here.ground.world.commands.get(0))
    here.do("interact", command="ask", options={"question": question}, **more)


def turn(message: str, *, thread: str = "", shown: tuple[str, ...] = (), **address: str) -> Turn:
    """An answer owed to a message of the playground's; `address` lies over its own."""
    place = Place("discord", GUILD, GENERAL, thread)
    where = {"channel": thread or GENERAL, "message": message, **address}
    asked = Message(id=message, place=place, author=Person(ADA, "Ada"), at=time.time(), address=where, text="why?")
    return Turn(message, 1, 1, asked, shown=shown)


def turn_of(event: Event, *, shown: tuple[str, ...] = (), asked: str = "") -> Turn:
    """The answer owed to a command. Above it stands what was `asked`."""
    message = Message(
        id=event.id, place=event.place, author=event.author, at=event.at, address=event.address, text=asked
    )
    return Turn(event.id, 1, 1, message, shown=shown)
