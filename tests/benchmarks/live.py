"""How far the screen lags behind the model, with the real program against the playground, over real sockets.

    python -m tests.benchmarks.live [NAME...]

The playground's own records are the clock: when Claude sent each token, when each version of a message stood.
An API call takes 100 ms on Slack and 80 ms on Discord, half of it before the effect; published limits are enforced.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import rows
from tests.benchmarks.rows import Goal, Row, Seen
from tests.benchmarks.screen import Ask, burst, ordinary, waves
from tests.end_to_end.driver import Bot, Playground, Server, environment, playground, start
from tests.launcher import Launcher

WORD = "tok"
LATENCY = {"slack": 0.1, "discord": 0.08}
FIRST_TOKEN, SPEED = 0.5, 80
MOST = 50
"""People, and channels."""
PATIENCE = 120.0
"""Seconds after the last question for all answers to stand."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is measured. `limits`: what Slack allows; `apart`: everybody asks in a channel of his own."""

    name: str
    platform: str
    asks: Sequence[Ask]
    goal: Goal = rows.NOTHING
    limits: str = "published"
    processes: int = 1
    apart: bool = True
    by_command: bool = False
    """Discord's /ask, whose answer has a budget of its own, instead of a mention."""
    taught: bool = False
    """Whether a first burst has taught the bot what is really allowed."""


def text(number: int, tokens: int) -> str:
    return " ".join([str(100_000 + number), *[WORD] * (tokens - 1)])


class Watcher:
    """What the record of a server says, fetched bit by bit."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._next = 0
        self._found: dict[str, dict[int, dict[str, Any]]] = {}

    async def look(self) -> None:
        url = f"{self._server.addresses['control']}/state?since={self._next}"
        async with self._server.session.get(url) as answer:
            told = await answer.json()
        self._next = told["next"]
        for kind, entries in told.items():
            if isinstance(entries, list):
                self._found.setdefault(kind, {}).update((entry["id"], entry) for entry in entries)

    def all(self, kind: str) -> Sequence[Mapping[str, Any]]:
        return list(self._found.get(kind, {}).values())

    def forget(self) -> None:
        """What was found so far; what comes from now on is found."""
        self._found.clear()


@dataclass(slots=True)
class Asked:
    """A question as it was asked: its place, the message's id and when it stood there."""

    ask: Ask
    number: int
    channel: str
    id: str
    at: float = 0

    @property
    def text(self) -> str:
        return text(self.number, self.ask.tokens)


class Hall:
    """Both platforms full of people, each with a channel of his own."""

    def __init__(self, place: Playground, launcher: Launcher | None = None) -> None:
        self.place, self.launcher = place, launcher
        self._channels: dict[str, list[str]] = {"slack": [], "discord": []}

    async def fill(self, people: int = MOST) -> None:
        slack, discord = self.place.slack, self.place.discord
        for number in range(people):
            await slack.do("add_user", name=f"person{number}")
            await discord.do("add_user", name=f"person{number}")
        for number in range(people):
            self._channels["slack"].append((await slack.do("add_channel", name=f"room{number}"))["channel"])
            self._channels["discord"].append((await discord.do("add_channel", name=f"room{number}"))["id"])
        await self.place.slack.do("config", latency=LATENCY["slack"], pair_gap=0)
        await self.place.discord.do("config", latency=LATENCY["discord"], limits="published")
        await self.place.claude.do("config", first_token=FIRST_TOKEN, tokens_per_second=SPEED, bodies=False)

    async def fresh(self, scene: Scene) -> None:
        for server in (self.place.slack, self.place.discord, self.place.claude):
            await server.do("reset")
        await self.place.slack.do("config", limits=scene.limits)

    def server(self, scene: Scene) -> Server:
        return self.place.slack if scene.platform == "slack" else self.place.discord

    async def ask(self, scene: Scene, asks: Sequence[Ask], first: int = 0) -> list[Asked]:
        """Ask them all, each at its time. The texts of the answers begin with a number of their own."""
        asked = list(enumerate(asks, first))
        says = [{"match": f"question {100_000 + number}.", "text": text(number, ask.tokens)} for number, ask in asked]
        await self.place.claude.do("script", says)
        begun = asyncio.get_running_loop().time()
        return list(await asyncio.gather(*(self._ask(scene, number, ask, begun) for number, ask in asked)))

    async def _ask(self, scene: Scene, number: int, ask: Ask, begun: float) -> Asked:
        await asyncio.sleep(begun + ask.at - asyncio.get_running_loop().time())
        channel = self._channels[scene.platform][number % MOST if scene.apart else 0]
        where = {"channel": channel, "user": f"person{number % MOST}"}
        question, server = f"question {100_000 + number}.", self.server(scene)
        if scene.by_command:
            told = await server.do("interact", command="ask", options={"question": question}, **where)
            return Asked(ask, number, channel, told["id"])
        told = await server.do("say", mention=True, text=question, **where)
        return Asked(ask, number, channel, told["ts"] if scene.platform == "slack" else told["id"])


def answers(scene: Scene, watcher: Watcher, asked: Asked) -> list[Mapping[str, Any]]:
    """All versions of all messages that answer a question, in order."""
    if scene.platform == "slack":
        mine = (one for one in watcher.all("versions") if one["thread"] == asked.id and one["message"] != asked.id)
        return sorted((one for one in mine if one["method"]), key=lambda one: one["monotonic"])
    mine = (one for one in watcher.all("versions") if one["method"] and one["channel"] == asked.channel)
    found = [one for one in mine if shown(scene, one).startswith(str(100_000 + asked.number))]
    return sorted(found, key=lambda one: one["monotonic"])


def shown(scene: Scene, version: Mapping[str, Any]) -> str:
    """The answer alone: above that to a command stands what was asked."""
    if scene.by_command:
        return str(version["text"]).rpartition("\n\n")[2].strip()
    return str(version["shown"] if scene.platform == "slack" else version["text"]).strip()


def stands(scene: Scene, watcher: Watcher, asked: Asked) -> bool:
    found = answers(scene, watcher, asked)
    dressed = found and str(found[-1].get("blocks") if scene.platform == "slack" else found[-1].get("components"))
    return bool(found) and shown(scene, found[-1]) == asked.text and "stop:" not in str(dressed)


def seen(scene: Scene, chat: Watcher, claude: Watcher, asked: Asked) -> Seen:
    """What became of a question."""
    versions = answers(scene, chat, asked)
    calls = [call for call in claude.all("calls") if str(call.get("text", "")).startswith(str(100_000 + asked.number))]
    arrived = [(float(at), int(length)) for at, length in calls[-1]["deltas"]]
    visible = [(float(version["monotonic"]), len(shown(scene, version))) for version in versions]
    found = rows.seen(arrived, visible, edits=len(versions) - 1, exact=stands(scene, chat, asked) and len(calls) == 1)
    found.sign = sign(scene, chat, asked)
    return found


def sign(scene: Scene, chat: Watcher, asked: Asked) -> float:
    """Seconds from the question to the first sign that it was heard."""
    if scene.by_command:
        asks, acks = [one["monotonic"] for one in chat.all("interactions") if one["interaction"] == asked.id]
        return float(acks) - float(asks)
    if scene.platform == "slack":
        told = [one for one in chat.all("statuses") if one["thread"] == asked.id and one["status"]]
    else:
        told = [one for one in chat.all("typing") if one["channel"] == asked.channel]
    question = next(one for one in chat.all("versions") if one["message"] == asked.id)
    return min((float(one["monotonic"]) for one in told), default=question["monotonic"]) - float(question["monotonic"])


async def stand(scene: Scene, watcher: Watcher, asked: Sequence[Asked]) -> None:
    """Until all answers stand."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not all(stands(scene, watcher, one) for one in asked):
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(0.5)
        await watcher.look()


async def measure(hall: Hall, scene: Scene) -> Row:
    """One scene, with bots and a Redis of its own."""
    await hall.fresh(scene)
    chat, claude = Watcher(hall.server(scene)), Watcher(hall.place.claude)
    async with bots(hall, scene):
        taught = burst(12) if scene.taught else []
        before = 0
        if taught:
            await stand(scene, chat, await hall.ask(scene, taught))
            await asyncio.sleep(15)
            await chat.look()
            before = refused(chat)
        asked = await hall.ask(scene, scene.asks, len(taught))
        await stand(scene, chat, asked)
    await chat.look()
    await claude.look()
    found = [seen(scene, chat, claude, one) for one in asked if answers(scene, chat, one)]
    missing = [Seen() for _ in range(len(asked) - len(found))]
    return rows.row(scene.name, [*found, *missing], refused(chat) - before, goal=scene.goal)


def refused(watcher: Watcher) -> int:
    return sum(call["status"] == 429 for call in watcher.all("calls"))


@asynccontextmanager
async def bots(hall: Hall, scene: Scene) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory() as data:
        env, started = environment(hall.place, Path(data)), list[Bot]()
        try:
            for _ in range(scene.processes):
                started.append(await start(scene.platform, env, Path(data), hall.launcher))
            for bot in started:
                await bot.connected(1)
            await asyncio.sleep(1)
            yield
        finally:
            for bot in started:
                await bot.stop()


def bursts() -> list[Scene]:
    slack = [Scene(f"Slack, {count} at once", "slack", burst(count), goal) for count, goal in rows.BURSTS.items()]
    discord = [
        Scene(f"Discord, {count} channels", "discord", burst(count), rows.channels(count)) for count in rows.BURSTS
    ]
    together = [
        Scene("Discord, 5 in a channel", "discord", burst(5), rows.ONE_CHANNEL, apart=False),
        *(
            Scene(rows.BY_COMMAND.format(count), "discord", burst(count), goal, apart=False, by_command=True)
            for count, goal in rows.COMMANDS.items()
        ),
    ]
    two = [
        Scene(f"Slack, {count} at once, two processes", "slack", burst(count), rows.BURSTS[count], processes=2)
        for count in (5, 20, 50)
    ]
    return [*slack, *two, *discord, *together]


def refills() -> list[Scene]:
    return [
        Scene("Slack refilling, 5 at once, not known", "slack", burst(5), rows.refilling(5), "refill"),
        Scene("Slack refilling, 20 at once, learnt", "slack", burst(20), rows.LEARNT, "refill", taught=True),
    ]


def days() -> list[Scene]:
    """What takes minutes."""
    sustained = [Ask(2.0 * number) for number in range(150)]
    return [
        Scene("Slack, ordinary use, 3 minutes", "slack", ordinary(0), rows.ORDINARY),
        Scene("Slack, waves", "slack", waves(), rows.WAVES),
        Scene("Slack, 30 a minute, 5 minutes", "slack", sustained, rows.SUSTAINED),
    ]


def small() -> Scene:
    """One that takes a moment."""
    return Scene("Slack, 3 at once, two processes", "slack", [Ask(0, 160) for _ in range(3)], processes=2)


async def perform(
    scenes: Sequence[Scene], tell: Callable[[Row], None], people: int = MOST, launcher: Launcher | None = None
) -> list[Row]:
    """`launcher`: what to fork the processes from, else each is loaded anew."""
    async with playground(launcher) as place:
        hall = Hall(place, launcher)
        await hall.fill(people)
        found = list[Row]()
        for scene in scenes:
            found.append(await measure(hall, scene))
            tell(found[-1])
        return found


def main() -> None:
    sys.stdout.write(rows.HEAD)
    wanted = [scene for scene in (*bursts(), *refills(), *days()) if not sys.argv[1:] or scene.name in sys.argv[1:]]
    asyncio.run(perform(wanted, tell))


def tell(found: Row) -> None:
    sys.stdout.write(rows.line(found))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
