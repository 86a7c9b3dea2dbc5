"""What goes wrong in a storm, and when: a plan made from a seed, and the hand that carries it out."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from core.store.bounds import LEASE_SECONDS
from tests.chaos.crew import Crew, Redis, Worker
from tests.end_to_end.driver import Playground

COMMANDS = ("run", "run", "run", "slack", "discord")
"""Five processes: with two sockets each they fill what Slack allows an app."""
LONG_PAUSE = 7.5
"""Seconds without Redis that no retry of a client outlasts."""
SLACK_FAULTS = (
    *(("chat.postMessage", do) for do in ("lost", "reset", "429", "500", "503")),
    *(("chat.update", do) for do in ("lost", "reset", "429", "500", "hang")),
    *(("conversations.replies", do) for do in ("500", "429")),
    *(("assistant.threads.setStatus", do) for do in ("500", "429")),
    ("users.info", "500"),
)
DISCORD_FAULTS = (
    *(("message.create", do) for do in ("lost", "reset", "429", "500", "502")),
    *(("message.edit", do) for do in ("lost", "reset", "429", "500", "503")),
    ("typing", "500"),
)
CLAUDE_FAULTS = tuple(("messages.create", do) for do in ("429", "500", "529", "reset"))


@dataclass(frozen=True, slots=True)
class Size:
    """How large a storm is: seconds, how many lines of each kind, questions a line, and what goes wrong how often.

    `pace`: how long a lease is, of its true length.
    """

    seconds: float
    lines: int
    questions: int
    kills: int
    redis_kills: int
    freezes: int
    pace: float = 1.0
    commands: tuple[str, ...] = COMMANDS
    platforms: tuple[str, ...] = ("slack", "discord")

    @property
    def lease(self) -> float:
        """Seconds."""
        return self.pace * LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class Strike:
    """One thing that goes wrong at a second of the storm. `chance` decides what the plan leaves open."""

    at: float
    kind: str
    chance: float


def plan(seed: int, size: Size) -> list[Strike]:
    """All strikes in their order: so many of each kind, one at a random time of each part, and what comes at a pace."""
    random = Random(seed)
    last = size.seconds
    strikes = [(at, "kill") for at in _spread(random, size.kills, last)]
    strikes += [(at, "redis") for at in _spread(random, size.redis_kills, last)]
    strikes += [(at, "freeze") for at in _spread(random, size.freezes, max(1.0, last - size.lease - 4))]
    paces = {"drop slack": 4, "drop discord": 4, "disconnect": 17, "op7": 19, "op9": 23, "deaf": 41, "fault": 2}
    phase = {"drop discord": 2.0}
    for kind, pace in paces.items():
        at = phase.get(kind, 0.0) + pace
        while at < last:
            strikes.append((at, kind))
            at += pace
    return [Strike(at, kind, random.random()) for at, kind in sorted(strikes)]


def _spread(random: Random, times: int, seconds: float) -> list[float]:
    return [(part + random.random()) * seconds / times for part in range(times)]


class Nemesis:
    """Carries out a plan, and sees that there are always as many workers as there should be."""

    def __init__(self, place: Playground, crew: Crew, redis: Redis, size: Size) -> None:
        self.done: Counter[str] = Counter()
        self.log: list[tuple[float, str, str]] = []
        """Seconds since 1970, as in the workers' logs; what; and to whom."""
        self._place = place
        self._crew = crew
        self._redis = redis
        self._commands, self._platforms, self._lease = size.commands, size.platforms, size.lease
        self._thawing: set[asyncio.Task[None]] = set()
        self._restarting: asyncio.Task[None] | None = None

    async def strike(self, strikes: Sequence[Strike], began: float) -> None:
        for strike in strikes:
            await asyncio.sleep(max(0.0, began + strike.at - time.monotonic()))
            await self._act(strike)
        await asyncio.gather(*self._thawing, *([self._restarting] if self._restarting else []))

    async def tend(self) -> None:
        """Start a worker for each that is gone, until cancelled."""
        while True:
            missing = Counter(self._commands) - Counter(worker.command for worker in self._crew.here)
            for command in missing.elements():
                await self._crew.start(command)
            self._crew.follow()
            await asyncio.sleep(0.1)

    async def _act(self, strike: Strike) -> None:
        kind, chance = strike.kind, strike.chance
        match kind:
            case "kill":
                victim = await self._victim(chance)
                self._crew.kill(victim)
                self._note(kind, victim)
            case "redis":
                await self._restart(chance)
            case "freeze":
                task = asyncio.create_task(self._freeze(await self._victim(chance), self._lease + 0.5 + 3 * chance))
                self._thawing.add(task)
            case "fault":
                kind = await self._fault(chance)
            case _:
                await self._cut(kind, chance)
        self.done[kind] += 1

    async def _cut(self, kind: str, chance: float) -> None:
        """All websockets of one platform."""
        self._note(kind)
        slack, discord = self._place.slack, self._place.discord
        match kind:
            case "drop slack":
                await slack.do("drop")
            case "drop discord":
                await discord.do("drop")
            case "disconnect":
                await slack.do("disconnect", reason="warning" if chance < 0.3 else "refresh_requested")
            case "deaf":
                await slack.do("freeze")
            case "op7":
                await discord.do("op7")
            case "op9":
                await discord.do("op9", resumable=chance < 0.5)

    def _note(self, what: str, whom: Worker | str = "") -> None:
        self.log.append((time.time(), what, str(whom)))

    async def _victim(self, chance: float) -> Worker:
        """Mostly one that is answering just now; never the last one that could go on with it."""
        while True:
            self._crew.follow()
            awake = [worker for worker in self._crew.here if not worker.frozen]
            among = [worker for worker in awake if self._is_spare(worker, awake)]
            busy = [worker for worker in among if worker.live]
            among = busy if busy and chance < 0.8 else among
            if among:
                return among[int(chance * 1e6) % len(among)]
            await asyncio.sleep(0.05)

    def _is_spare(self, worker: Worker, awake: Sequence[Worker]) -> bool:
        others = [one for one in awake if one is not worker and one.is_connected]
        return all(any(one.command in {name, "run"} for one in others) for name in self._platforms)

    async def _freeze(self, worker: Worker, seconds: float) -> None:
        self._crew.freeze(worker)
        self._note("freeze", worker)
        await asyncio.sleep(seconds)
        self._crew.thaw(worker)
        self._note("thaw", worker)

    async def _restart(self, chance: float) -> None:
        """One after the other; mostly at once, now and then only after a while."""
        if self._restarting:
            await self._restarting
        pause = LONG_PAUSE if chance > 0.92 else chance * 0.6
        self._note(f"redis {pause:.1f}")
        self._restarting = asyncio.create_task(self._redis.restart(pause))

    async def _fault(self, chance: float) -> str:
        """One call of one platform fails in one way; what is limited is so for a second."""
        servers = {"slack": SLACK_FAULTS, "discord": DISCORD_FAULTS, "claude": CLAUDE_FAULTS}
        every = [(name, method, do) for name, faults in servers.items() for method, do in faults]
        name, method, do = every[int(chance * len(every))]
        fault = {"method": method, "do": do, "times": 1 + int(chance * 1e4) % 2, "retry_after": 1}
        if name == "claude":
            fault |= {"times": 1, "retry_after": 0}
        server = {"slack": self._place.slack, "discord": self._place.discord, "claude": self._place.claude}[name]
        self._note(f"fault {name} {method} {do}")
        await server.do("faults", fault if name == "discord" else [fault])
        return f"fault {name}"
