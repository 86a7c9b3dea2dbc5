"""What a turn costs: processor time, memory and trips to Redis of the real program, Slack and Claude beside it.

    python -m tests.benchmarks.cost [TURNS]

A turn is a question in a channel and an answer of 200 tokens, with all that belongs to it. Linux only: /proc tells.
"""

import asyncio
import hashlib
import itertools
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from time import monotonic

from core.store.embedded import embedded
from core.store.server import sources
from tests.benchmarks.live import Watcher, text
from tests.end_to_end.driver import Playground, playground, running

TOKENS, AT_ONCE, ROOMS = 200, 40, 400
PATIENCE = 60.0
FORGET = 500
"""Turns after which the playground forgets what it saw: it keeps everything, and would itself become slow."""
_CALLED = re.compile(rb'^\+?(\d+\.\d+) \[\d+ (?!lua)[^\]]*\] "EVALSHA" "([0-9a-f]{40})"')


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time a turn, of the bot and of its Redis; MiB of memory before, half-way and after."""

    name: str
    turns: int
    turns_a_second: float
    bot_ms: float
    redis_ms: float
    mib: tuple[float, ...]


def processor(pid: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """MiB that a process has in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0


def server_of(data: Path) -> int:
    """The process of the embedded Redis of this folder."""
    return int(next(data.rglob("redis.pid")).read_text())


class Crowd:
    """So many people who each ask, wait for the answer, and ask again."""

    def __init__(self, place: Playground, rooms: Sequence[str]) -> None:
        self._place = place
        self._rooms = itertools.cycle(rooms)
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._watcher = Watcher(place.slack)
        self.done = 0

    async def ask(self, turns: int) -> float:
        """Seconds that it took."""
        begun, watching = monotonic(), asyncio.create_task(self._watch())
        left = iter(range(turns))
        try:
            await asyncio.gather(*(self._person(left) for _ in range(AT_ONCE)))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return monotonic() - begun

    async def _person(self, left: Iterator[int]) -> None:
        for _ in left:
            said = text(next(self._numbers), TOKENS)
            await self._place.claude.do("script", [{"match": f"question {said[:6]}.", "text": said}])
            answered = self._waiting[said] = asyncio.get_running_loop().create_future()
            await self._place.slack.do("say", channel=next(self._rooms), mention=True, text=f"question {said[:6]}.")
            async with asyncio.timeout(PATIENCE):
                await answered
            self.done += 1

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            watcher = self._watcher
            await watcher.look()
            for version in watcher.all("versions"):
                waiting = self._waiting.get(version["shown"].strip()) if version["method"] else None
                if waiting and "stop:" not in str(version["blocks"]) and not waiting.done():
                    waiting.set_result(None)
            watcher.forget()


async def rooms(place: Playground, count: int) -> list[str]:
    return [(await place.slack.do("add_channel", name=f"hall{number}"))["channel"] for number in range(count)]


@asynccontextmanager
async def stage(place: Playground) -> AsyncIterator[tuple[Path, int]]:
    """A bot: the folder of its data, its process."""
    with tempfile.TemporaryDirectory() as data:
        async with running("slack", place, Path(data)) as bot:
            yield Path(data), bot.process.pid


async def measure(place: Playground, name: str, turns: int, *, speed: float, halls: Sequence[str]) -> Cost:
    """The cost of so many turns, after some that are not counted."""
    for server in (place.slack, place.claude):
        await server.do("reset")
    await place.claude.do("config", tokens_per_second=speed, first_token=0.5 if speed else 0, bodies=False)
    await place.slack.do("config", limits="off", latency=0)
    async with stage(place) as (data, pid):
        crowd, redis = Crowd(place, halls), server_of(data)
        await crowd.ask(2 * AT_ONCE)
        bot_before, redis_before, sizes, seconds = processor(pid), processor(redis), [memory(pid)], 0.0
        for part in _parts(turns):
            seconds += await crowd.ask(part)
            sizes.append(memory(pid))
            for server in (place.slack, place.claude):
                await server.do("reset")
        bot_ms, redis_ms = (processor(pid) - bot_before) * 1000, (processor(redis) - redis_before) * 1000
        middle = sizes[len(sizes) // 2]
        mib = tuple(round(size, 1) for size in (sizes[0], middle, sizes[-1]))
        return Cost(name, turns, round(turns / seconds, 1), round(bot_ms / turns, 2), round(redis_ms / turns, 2), mib)


def _parts(turns: int) -> list[int]:
    return [min(FORGET, turns - done) for done in range(0, turns, FORGET)]


async def trips(place: Playground, halls: Sequence[str], turns: int = 5) -> dict[str, float]:
    """How often a turn runs each script before its finished text stands, and afterwards ("after")."""
    names = {hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(): name for name, text in sources().items()}
    await place.slack.do("reset")
    await place.claude.do("config", tokens_per_second=80, first_token=0.5)
    found: list[Counter[str]] = []
    async with stage(place) as (data, _), embedded(data) as socket:
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(b"MONITOR\r\n")
        heard: list[tuple[float, str]] = []
        listening = asyncio.create_task(_listen(reader, names, heard))
        for number in range(turns):
            said, watcher = text(number, TOKENS), Watcher(place.slack)
            await place.claude.do("script", [{"match": f"question {said[:6]}.", "text": said}])
            await watcher.look()
            heard.clear()
            await place.slack.do("say", channel=halls[number], mention=True, text=f"question {said[:6]}.")
            at = await _finished(watcher, said)
            await asyncio.sleep(0.5)
            found.append(Counter(name if when < at else f"{name} after" for when, name in heard))
        listening.cancel()
        writer.close()
        await asyncio.gather(listening, return_exceptions=True)
    return {name: round(mean(one[name] for one in found), 1) for name in sorted(set().union(*found))}


async def _finished(watcher: Watcher, said: str) -> float:
    """When the finished text stood (`time.time()`)."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await watcher.look()
            for version in watcher.all("versions"):
                if version["method"] and version["shown"].strip() == said and "stop:" not in str(version["blocks"]):
                    return float(version["at"])
            await asyncio.sleep(0.1)


async def _listen(reader: asyncio.StreamReader, names: dict[str, str], heard: list[tuple[float, str]]) -> None:
    async for line in reader:
        if (called := _CALLED.match(line)) and (name := names.get(called[2].decode())):
            heard.append((float(called[1]), name))


async def costs(turns: int) -> tuple[list[Cost], dict[str, float]]:
    """Everything; `turns` at full speed, and 200 or a twentieth of them at the model's pace."""
    async with playground() as place:
        halls = await rooms(place, ROOMS)
        paced = max(200, turns // 20)
        found = [
            await measure(place, "at the model's pace (80 tokens/s), 40 at once", paced, speed=80, halls=halls),
            await measure(place, "at full speed, 40 at once", turns, speed=0, halls=halls),
        ]
        return found, await trips(place, halls)


def table(found: Sequence[Cost], scripts: Mapping[str, float]) -> str:
    """In Markdown."""
    heads = ("", "turns", "turns a second", "ms of the bot", "ms of Redis", "MiB before, half-way, after")
    lines = [" | ".join(heads), "|".join(["---", *["---:"] * 5])]
    for one in found:
        sizes = ", ".join(f"{size:.0f}" for size in one.mib)
        cells = (one.name, one.turns, f"{one.turns_a_second:.1f}", f"{one.bot_ms:.1f}", f"{one.redis_ms:.1f}", sizes)
        lines.append(" | ".join(map(str, cells)))
    trips = ", ".join(f"{name} {count:g}" for name, count in scripts.items())
    return "\n".join(f"| {line} |" for line in lines) + f"\n\nScripts of one turn of 200 tokens at 80/s: {trips}.\n"


def main() -> None:
    sys.stdout.write(table(*asyncio.run(costs(int(sys.argv[1]) if sys.argv[1:] else 1_000))))


if __name__ == "__main__":
    main()
