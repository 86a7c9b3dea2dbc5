"""A storm: people ask, things go wrong by a plan, then it is quiet, and the checker reads what is left."""

import asyncio
import json
import math
import statistics
import time
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errands import cancelled
from core.store.keys import Names
from tests.chaos import nemesis, scene
from tests.chaos.checker import Checker, Evidence, Takeover, Verdict, facts
from tests.chaos.crew import Crew, Redis, crew, redis
from tests.chaos.nemesis import Nemesis, Size
from tests.chaos.people import People
from tests.chaos.scene import Question
from tests.chaos.watch import Watch
from tests.end_to_end.driver import Playground, environment, playground
from tests.launcher import Launcher

KEY = b"p" * 32
QUIET_SECONDS = 90.0
"""How long after a storm all answers may take to stand."""


@dataclass
class Stage:
    """Where a storm takes place."""

    place: Playground
    watch: Watch
    redis: Redis
    crew: Crew


@dataclass
class Report:
    """What a storm has shown."""

    seed: int
    size: Size
    verdict: Verdict
    takeovers: Sequence[Takeover]
    unlogged: int
    strikes: Mapping[str, int]
    questions: int
    answered: int
    redelivered: int
    delayed: int
    requests: int
    workers: int
    deaths: Sequence[str]
    seconds: float
    downs: Sequence[tuple[float, float]] = ()
    codes: Mapping[str, int] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        late = [f"takeover: {one.seconds:.2f} s for {scene.label(one.question)}" for one in self._late()]
        return [*self.verdict.problems, *(f"death: {one}" for one in self.deaths), *late]

    def _late(self) -> list["Takeover"]:
        """Beyond the ninety-ninth part of a hundred."""
        limit = self.size.lease + 1
        late = [one for one in self.takeovers if one.seconds > limit]
        return late if self.takeovers and self.quantile(0.99) > limit else []

    def quantile(self, part: float) -> float:
        times = sorted(one.seconds for one in self.takeovers)
        return times[min(len(times) - 1, math.ceil(part * len(times)) - 1)] if times else 0.0

    def figures(self) -> dict[str, Any]:
        seen = [one for one in self.takeovers if one.progress is not None]
        progress = [one.progress - one.killed for one in seen if one.progress is not None]
        return {
            "questions": self.questions,
            "answered": self.answered,
            "given_up_in_words": len(self.verdict.given_up),
            "ended_anew_after_a_takeover": len(self.verdict.ended_anew),
            "never_delivered": len(self.verdict.never_delivered),
            "requests_to_claude": self.requests,
            "redelivered": self.redelivered,
            "delivered_late": self.delayed,
            "workers_started": self.workers,
            **{name.replace(" ", "_"): self.strikes.get(name, 0) for name in sorted(self.strikes)},
            "broken": self.verdict.counts,
            "worker_deaths_of_their_own": len(self.deaths),
            "takeovers": len(self.takeovers),
            "takeovers_through_who_died_at_once": self.unlogged,
            "takeover_p50_s": round(self.quantile(0.5), 2),
            "takeover_p99_s": round(self.quantile(0.99), 2),
            "takeover_max_s": round(self.quantile(1), 2),
            "takeover_to_progress_p50_s": round(statistics.median(progress), 2) if progress else 0,
            "redis_down_s": round(sum(end - begin for begin, end in self.downs), 1),
            "seconds": round(self.seconds, 1),
        }


@asynccontextmanager
async def stage(
    launcher: Launcher,
    folder: Path,
    *,
    platforms: Sequence[str] = ("slack", "discord"),
    pace: float = 1.0,
    **more: str,
) -> AsyncIterator[Stage]:
    """A playground, a Redis and a crew without workers."""
    async with AsyncExitStack() as stack:
        data = folder / "redis"
        data.mkdir()
        place = await stack.enter_async_context(playground(launcher, folder / "playground.log"))
        server = await stack.enter_async_context(redis(data))
        keys = {"HISTORY_KEY": b64encode(b"h" * 32).decode(), "PSEUDONYM_KEY": b64encode(KEY).decode()}
        env = environment(place, folder, REDIS_URL=server.url, **keys, **more)
        env = {name: value for name, value in env.items() if _is_for(name, platforms)}
        workers = await stack.enter_async_context(crew(launcher, folder, env, pace))
        yield Stage(place, Watch(place), server, workers)


def _is_for(name: str, platforms: Sequence[str]) -> bool:
    platform = name.partition("_")[0].lower()
    return platform not in ("slack", "discord") or platform in platforms


async def storm(launcher: Launcher, folder: Path, seed: int, size: Size) -> Report:
    """All of it. Nothing is raised for a broken promise: the report tells."""
    began = time.monotonic()
    async with stage(launcher, folder, platforms=size.platforms, pace=size.pace) as on:
        people = People(on.place, scene.lines(size.platforms, size.lines, size.questions), seed, size.pace)
        await people.arrive()
        hand = Nemesis(on.place, on.crew, on.redis, size)
        watching = asyncio.create_task(_watch(on.watch, people))
        tending = asyncio.create_task(hand.tend())
        try:
            if not await _until(lambda: sum(one.is_connected for one in on.crew.workers) == len(size.commands), 30):
                raise RuntimeError("the workers do not connect")
            start = time.monotonic()
            asking = [asyncio.create_task(people.live(line, start + size.seconds)) for line in people.lines]
            await hand.strike(nemesis.plan(seed, size), start)
            await asyncio.gather(*asking, people.settle())
            await _quiet(on, people)
        finally:
            await cancelled(tending, watching)
            _keep(folder, on, people, hand)
        await _end(on.crew)
        await on.watch.look()
    return _report(on, people, hand, seed, size, time.monotonic() - began)


def _keep(folder: Path, on: Stage, people: People, hand: Nemesis) -> None:
    """What a failure is read from, beside the logs."""
    kept = {
        "strikes": hand.log,
        "questions": [asdict(one) for one in people.questions],
        "screens": [[asdict(one) for one in versions] for versions in on.watch.versions().values()],
        "requests": [asdict(one) for one in on.watch.requests()],
        "ahead": time.time() - time.monotonic(),
    }
    (folder / "evidence.json").write_text(json.dumps(kept, default=list))


async def _watch(watch: Watch, people: People) -> None:
    while True:
        await watch.look()
        people.finished |= watch.finished(people.questions)
        await asyncio.sleep(0.2)


async def _quiet(on: Stage, people: People) -> None:
    """Nothing goes wrong any more: all that is owed is answered, and what is remembered is asked for."""
    for server in (on.place.slack, on.place.discord, on.place.claude):
        async with server.session.delete(f"{server.addresses['control']}/faults") as it:
            assert it.status == 200
    await _until(lambda: {one.number for one in people.questions} <= people.finished, QUIET_SECONDS)
    await people.close()
    await _until(lambda: {one.number for one in people.questions} <= people.finished, 30)


async def _until(true: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


async def _end(crew: Crew) -> None:
    """SIGTERM for all: each drains and exits with 0."""
    for worker in crew.here:
        crew.end(worker)
    await _until(lambda: not crew.here, 35)


def _report(on: Stage, people: People, hand: Nemesis, seed: int, size: Size, seconds: float) -> Report:
    seen = evidence(on, people.questions)
    checker = Checker(seen, on.redis.downs)
    verdict, takeovers = checker.check(), checker.takeovers()
    return Report(
        seed=seed,
        size=size,
        verdict=verdict,
        takeovers=takeovers,
        unlogged=checker.unlogged,
        strikes=hand.done,
        questions=len(people.questions),
        answered=len(checker.final),
        redelivered=people.redelivered,
        delayed=people.delayed,
        requests=len(seen.requests),
        workers=len(on.crew.workers),
        deaths=[f"{worker} ended with {worker.code}" for worker in on.crew.deaths()],
        seconds=seconds,
        downs=on.redis.downs,
        codes=Counter(str(worker.code) for worker in on.crew.workers),
    )


def evidence(on: Stage, questions: Sequence[Question]) -> Evidence:
    """What was seen, from outside and in the logs."""
    names = Names("parley", KEY)
    turns = {names.pseudonym("turn", f"{one.place.platform}:{one.id}"): one.number for one in questions}
    lines = ((one.number, one.killed or math.inf, line) for one in on.crew.workers for line in one.lines)
    accepted, claims, committed = facts(lines, turns)
    undelivered = frozenset(on.watch.unacknowledged())
    thawed = {one.number: one.thawed for one in on.crew.workers}
    screens, requests = on.watch.versions(), on.watch.requests()
    return Evidence(questions, screens, requests, accepted, claims, committed, undelivered, thawed)
