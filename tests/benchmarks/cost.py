"""What a turn costs: processor time, memory and trips to Redis of the real program.

    python -m tests.benchmarks.cost [TURNS]

A turn is a question in a Slack channel and an answer of 200 tokens, with all that belongs to it. Time and memory are
measured against a mill (mill.py), so that neither Slack nor Claude is what is waited for; trips against the playground.
The bot that one writes first (plain.py) is measured beside it: how the two compare is true on other machines too.
Linux only: /proc tells.
"""

import asyncio
import hashlib
import os
import re
import sys
import tempfile
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from core.store.embedded import embedded
from core.store.server import sources
from tests.benchmarks import plain
from tests.benchmarks.live import Watcher, text
from tests.benchmarks.mill import Mill, crowd
from tests.end_to_end.driver import ROOT, Playground, playground, running, start

TOKENS, AT_ONCE, ROOMS = 200, 40, 1_000
PATIENCE = 60.0
MODEST = 2_000
"""Turns at full speed whose cost is told; memory is watched over all."""
PART = 1_000
"""Turns between two looks at the memory."""
FIRST_TOKEN, SPEED = 0.5, 80
MOST_MS, PACED_MS, LEAST_A_SECOND, MOST_MIB, MOST_GROWTH = 4.5, 13.0, 200.0, 150.0, 1.03
"""The goals, as they were set; "flat" is taken as at most 3 % between the first thousand turns and the last."""
_CALLED = re.compile(rb'^\+?(\d+\.\d+) \[\d+ (?!lua)[^\]]*\] "EVALSHA" "([0-9a-f]{40})"')


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time a turn, of the bot and of its Redis; MiB of the bot's memory, look by look."""

    name: str
    turns: int
    turns_a_second: float
    bot_ms: float
    redis_ms: float
    mib: tuple[float, ...]
    edits: float = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """`memory`: MiB after each thousand turns at full speed, the first one at the beginning."""

    paced: Cost
    full: Cost
    plain_paced: Cost
    plain_full: Cost
    memory: tuple[float, ...]
    scripts: Mapping[str, float]

    @property
    def growth(self) -> float:
        """The last look at the memory over the one after the first thousand turns."""
        return round(self.memory[-1] / self.memory[min(1, len(self.memory) - 1)], 3)


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


@dataclass(frozen=True, slots=True)
class Stage:
    """A mill, a bot that it feeds, and the processes to look at. `redis`: 0 for a bot without."""

    mill: Mill
    bot: int
    redis: int = 0

    async def ask(self, name: str, turns: int, speed: float = 0) -> Cost:
        """`speed`: tokens a second, 0 for all at once."""
        mill = self.mill
        mill.speed, mill.first_token, edits = speed, FIRST_TOKEN if speed else 0, mill.edits
        bot, redis, before = processor(self.bot), self._redis_used(), memory(self.bot)
        seconds = await crowd(mill, turns, at_once=AT_ONCE, channels=_CHANNELS)
        return Cost(
            name,
            turns,
            round(turns / seconds, 1),
            round((processor(self.bot) - bot) * 1000 / turns, 2),
            round((self._redis_used() - redis) * 1000 / turns, 2),
            (round(before, 1), round(memory(self.bot), 1)),
            round((mill.edits - edits) / turns, 1),
        )

    def _redis_used(self) -> float:
        return processor(self.redis) if self.redis else 0


_CHANNELS = [f"C{number:06}" for number in range(ROOMS)]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """With the bot itself."""
    async with Mill(tokens=TOKENS) as mill:
        with tempfile.TemporaryDirectory() as data:
            env = {"PATH": os.environ["PATH"], "HOME": data, "PYTHONPATH": str(ROOT), "DATA_DIR": data}
            bot = await start("slack", {**env, "USER_RATE": "none", **mill.environment}, Path(data))
            try:
                await bot.connected(1)
                await asyncio.sleep(1)
                yield Stage(mill, bot.process.pid, server_of(Path(data)))
            finally:
                await bot.stop()


@asynccontextmanager
async def plain_stage() -> AsyncIterator[Stage]:
    """With the bot that one writes first."""
    async with Mill(tokens=TOKENS) as mill:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **mill.environment}
        bot = await create_subprocess_exec(sys.executable, "-m", plain.__name__, env=env, stdout=PIPE, stderr=DEVNULL)
        try:
            assert bot.stdout is not None
            async with asyncio.timeout(PATIENCE):
                assert (await bot.stdout.readline()).decode().strip() == plain.READY
            await asyncio.sleep(1)
            yield Stage(mill, bot.pid)
        finally:
            bot.kill()
            await bot.wait()


async def _compared(bot: Stage, turns: int, name: str = "") -> tuple[Cost, Cost]:
    """At the model's pace and at full speed, after some turns that are not counted."""
    await bot.ask("", 3 * AT_ONCE)
    paced = await bot.ask(
        f"{name}at the model's pace (80 tokens/s), 40 at once", max(AT_ONCE, min(240, turns // 8)), SPEED
    )
    return paced, await bot.ask(f"{name}at full speed, 40 at once", min(turns, MODEST))


async def measure(turns: int) -> tuple[Cost, Cost, tuple[float, ...]]:
    """At the model's pace, at full speed, and the memory over so many turns."""
    async with stage() as bot:
        paced, full = await _compared(bot, turns)
        done, looks = full.turns, list(full.mib)
        while done < turns:
            looks.append((await bot.ask("", min(PART, turns - done))).mib[-1])
            done += PART
    return paced, full, tuple(looks)


async def measure_plain(turns: int) -> tuple[Cost, Cost]:
    async with plain_stage() as bot:
        return await _compared(bot, min(turns, PART), "the bot that one writes first: ")


@asynccontextmanager
async def _playing(place: Playground) -> AsyncIterator[Path]:
    """The folder of a bot's data."""
    with tempfile.TemporaryDirectory() as data:
        async with running("slack", place, Path(data)):
            yield Path(data)


async def trips(place: Playground, halls: Sequence[str], turns: int = 3) -> dict[str, float]:
    """How often a turn runs each script before its finished text stands, and afterwards ("after")."""
    names = {hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(): name for name, text in sources().items()}
    await place.slack.do("reset")
    await place.claude.do("config", tokens_per_second=80, first_token=0.5)
    found: list[Counter[str]] = []
    async with _playing(place) as data, embedded(data) as socket:
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


async def costs(turns: int) -> Costs:
    """Everything."""
    paced, full, looks = await measure(turns)
    plainly = await measure_plain(turns)
    async with playground() as place:
        halls = [(await place.slack.do("add_channel", name=f"hall{number}"))["channel"] for number in range(3)]
        return Costs(paced, full, *plainly, looks, await trips(place, halls))


def table(found: Costs) -> str:
    """In Markdown."""
    heads = ("", "turns", "turns a second", "ms of the bot", "ms of Redis", "edits")
    lines = [" | ".join(heads), "|".join(["---", *["---:"] * 5])]
    for one in (found.paced, found.plain_paced, found.full, found.plain_full):
        times = (f"{one.turns_a_second:.1f}", f"{one.bot_ms:.1f}", f"{one.redis_ms:.1f}", f"{one.edits:.1f}")
        lines.append(" | ".join((one.name, str(one.turns), *times)))
    trips = ", ".join(f"{name} {count:g}" for name, count in found.scripts.items())
    looks = ", ".join(f"{size:.0f}" for size in found.memory)
    told = f"MiB of the bot as turns went by at full speed: {looks}."
    scripts = f"Scripts of one turn of 200 tokens at 80/s: {trips}."
    return "\n".join(f"| {line} |" for line in lines) + f"\n\n{told}\n\n{scripts}\n"


def main() -> None:
    sys.stdout.write(table(asyncio.run(costs(int(sys.argv[1]) if sys.argv[1:] else 1_000))))


if __name__ == "__main__":
    main()
