"""The worker processes of a storm, and the Redis that they share: started, frozen, killed, and what their logs say."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core.store.embedded import find_binary
from tests.launcher import PATIENCE, Forked, Launcher

NO_REDIS = 2
"""The exit code of a worker that found no Redis at its start: who runs it starts it again."""


@dataclass(eq=False)
class Worker:
    """One `parley` process. Times are monotonic; `code` is its exit code, negative for a signal."""

    number: int
    command: str
    process: Forked
    log: Path
    started: float
    killed: float = 0.0
    frozen: bool = False
    thawed: list[float] = field(default_factory=list)
    asked_to_end: bool = False
    lines: list[dict[str, Any]] = field(default_factory=list)
    live: dict[str, float] = field(default_factory=dict)
    connections: int = 0
    _read: int = 0

    @property
    def code(self) -> int | None:
        return self.process.returncode

    @property
    def runs(self) -> bool:
        return self.code is None and not self.killed

    @property
    def platforms(self) -> int:
        return 2 if self.command == "run" else 1

    @property
    def is_connected(self) -> bool:
        return self.runs and self.connections >= self.platforms

    def follow(self) -> None:
        """Read what it has written since. A last line that was cut off by a kill is left."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            whole, _, _ = file.read().rpartition(b"\n")
        if not whole:
            return
        self._read += len(whole) + 1
        for raw in whole.split(b"\n"):
            with suppress(ValueError):
                self._note(json.loads(raw))

    def _note(self, line: dict[str, Any]) -> None:
        line["monotonic"] = monotonic(line["at"])
        self.lines.append(line)
        match line.get("event"):
            case "claimed":
                self.live[line["turn"]] = line["monotonic"]
            case "turn ended" | "turn lost":
                self.live.pop(line["turn"], None)
            case "connected":
                self.connections += 1

    def __str__(self) -> str:
        return f"{self.command} {self.number}"


_AHEAD = time.time() - time.monotonic()


def monotonic(at: str) -> float:
    """A log line's time as this machine's monotonic time."""
    return datetime.fromisoformat(at).timestamp() - _AHEAD


class Crew:
    """All workers of a storm, those that are gone too."""

    def __init__(self, launcher: Launcher, folder: Path, env: Mapping[str, str], pace: float) -> None:
        self.workers: list[Worker] = []
        self._launcher = launcher
        self._folder = folder
        self._env = env
        self._pace = pace

    @property
    def here(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.runs]

    async def start(self, command: str, *, without: str = "") -> Worker:
        """`without`: what is taken out of the bot to see that it is missed (ablation.py)."""
        number = len(self.workers)
        log = self._folder / f"worker-{number}.log"
        files = {"out": str(log), "err": str(log), "cwd": str(self._folder)}
        order = {"command": f"parley {command}", **files, "env": dict(self._env)}
        process = self._launcher.start({**order, "without": without, "pace": self._pace})
        worker = Worker(number, command, process, log, time.monotonic())
        self.workers.append(worker)
        return worker

    def kill(self, worker: Worker) -> None:
        """kill -9."""
        worker.killed = time.monotonic()
        worker.process.send_signal(signal.SIGKILL)

    def freeze(self, worker: Worker) -> None:
        worker.frozen = True
        worker.process.send_signal(signal.SIGSTOP)

    def thaw(self, worker: Worker) -> None:
        worker.frozen = False
        worker.thawed.append(time.monotonic())
        if worker.runs:
            worker.process.send_signal(signal.SIGCONT)

    def end(self, worker: Worker) -> None:
        """SIGTERM."""
        worker.asked_to_end = True
        worker.process.send_signal(signal.SIGTERM)

    def follow(self) -> None:
        for worker in self.workers:
            worker.follow()

    def deaths(self) -> Iterator[Worker]:
        """Who ended neither by our hand nor for want of Redis."""
        for worker in self.workers:
            if worker.code is None or worker.killed or worker.code == NO_REDIS:
                continue
            if not (worker.asked_to_end and worker.code == 0):
                yield worker


@asynccontextmanager
async def crew(launcher: Launcher, folder: Path, env: Mapping[str, str], pace: float) -> AsyncIterator[Crew]:
    """A crew without workers. They end with this block. `pace`: how long a lease is, of its true length (pace.py)."""
    made = Crew(launcher, folder, env, pace)
    try:
        yield made
    finally:
        for worker in made.here:
            made.kill(worker)
        async with asyncio.timeout(PATIENCE):
            for worker in made.workers:
                await worker.process.wait()
        made.follow()


class Redis:
    """A real server with everything on disk before it is acknowledged; killed and started again on the same data."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self.downs: list[tuple[float, float]] = []

    @property
    def socket(self) -> Path:
        return self._folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    async def start(self) -> None:
        """Return when it answers."""
        binary = find_binary()
        assert binary is not None
        options = {
            "port": "0",
            "unixsocket": "redis.sock",
            "dir": ".",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            "logfile": "redis.log",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = await asyncio.create_subprocess_exec(
            str(binary.path),
            *words,
            *self._options,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        while not await self._answers():  # noqa: ASYNC110  # another process; it tells nobody
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        await self._process.wait()

    async def restart(self, pause: float = 0.0) -> None:
        """kill -9, `pause` seconds of nothing, and the same data again."""
        began = time.monotonic()
        await self.kill()
        await asyncio.sleep(pause)
        await self.start()
        self.downs.append((began, time.monotonic()))

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def say(self, *words: str) -> bytes:
        """One command; the first line of its answer."""
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
            writer.write("".join(parts).encode())
            return await reader.readline()
        finally:
            writer.close()

    async def _answers(self) -> bool:
        try:
            return (await self.say("EXISTS", "any")).startswith(b":")  # a PING is answered while it still loads
        except OSError:
            return False

    async def end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self.thaw()
            await self.kill()


@asynccontextmanager
async def redis(folder: Path, *options: str) -> AsyncIterator[Redis]:
    server = Redis(folder, *options)
    await server.start()
    try:
        yield server
    finally:
        await server.end()
