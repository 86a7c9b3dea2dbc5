"""A playground and a bot as child processes, and people's hands on both."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from tests.core.claude.bench import unmarked
from tests.launcher import PATIENCE, ROOT, Launcher, forked
from tests.waits import until

__all__ = ["PATIENCE", "ROOT"]


@dataclass
class Server:
    """One of the playground's servers, by its control address."""

    session: aiohttp.ClientSession
    addresses: Mapping[str, str]

    async def do(self, verb: str, body: object = None, **fields: Any) -> Any:
        async with self.session.post(
            f"{self.addresses['control']}/{verb}", json=fields if body is None else body
        ) as it:
            answer = await it.json()
            assert it.status == 200, answer
            return answer

    async def state(self, kind: str) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.addresses['control']}/state") as it:
            found: list[dict[str, Any]] = (await it.json()).get(kind, [])
            return found

    async def calls(self, method: str) -> list[dict[str, Any]]:
        return [call for call in await self.state("calls") if call["method"] == method]


@dataclass
class Playground:
    slack: Server
    discord: Server
    claude: Server

    async def asked(self) -> list[list[dict[str, str]]]:
        """The messages of every request to Claude, in order."""
        return [unmarked(call["arguments"]["messages"]) for call in await self.claude.calls("messages.create")]

    async def renew(self) -> None:
        """Forget what was seen and planned; whoever was added stays, and so does what is connected."""
        for server in (self.slack, self.discord, self.claude):
            await server.do("reset")
        await self.claude.do("config", first_token=0.1, tokens_per_second=80)


class Process(Protocol):
    """A child, as asyncio or a launcher has it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def send_signal(self, number: signal.Signals, /) -> None: ...
    async def wait(self) -> int: ...


@asynccontextmanager
async def playground(launcher: Launcher | None = None, log: Path | None = None) -> AsyncIterator[Playground]:
    """`log`: where it writes what goes wrong in it (else to our own standard error)."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        child = await _played(launcher, out, log)

        async def said() -> bool:
            assert child.returncode is None, "no playground"
            return out.read_bytes().endswith(b"\n")

        await until(said, "a playground")
        where = json.loads(out.read_bytes())
    try:
        async with aiohttp.ClientSession() as session:
            yield Playground(**{name: Server(session, where[name]) for name in ("slack", "discord", "claude")})
    finally:
        child.send_signal(signal.SIGTERM)
        await child.wait()


async def _played(launcher: Launcher | None, out: Path, log: Path | None) -> Process:
    if launcher is not None:
        files = {"out": str(out), "cwd": str(ROOT)} | ({"err": str(log)} if log else {})
        return launcher.start({"command": "playground --port 0", **files, "env": {**os.environ}})
    with out.open("wb") as said, log.open("wb") if log else nullcontext() as errors:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "playground", "--port", "0", "--with-parent"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=said,
            stderr=errors,
        )


@dataclass
class Bot:
    """`parley` as a child process. Its log lines are kept as they come."""

    process: Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None

    async def connected(self, platforms: int) -> None:
        async def look() -> bool:
            assert self.process.returncode is None, "".join(self.raw)
            return len([line for line in self.lines if line.get("event") == "connected"]) >= platforms

        await until(look, f"{platforms} platforms connected")

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.returncode is None:
            self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), PATIENCE)
        if self.reader is not None:
            await self.reader
        return code


def environment(place: Playground, data: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(data),
        "PYTHONPATH": str(ROOT),
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "ANTHROPIC_BASE_URL": place.claude.addresses["api"],
        "SLACK_API_URL": place.slack.addresses["api"],
        "SLACK_BOT_TOKEN": "xoxb-playground",
        "SLACK_APP_TOKEN": "xapp-playground",
        "DISCORD_API_URL": place.discord.addresses["api"],
        "DISCORD_GATEWAY_URL": place.discord.addresses["gateway"],
        "DISCORD_TOKEN": "playground-discord-token",
        "DATA_DIR": str(data),
        "USER_RATE": "none",
        "HTTP_PORT": "0",
        **more,
    }


async def start(command: str, env: Mapping[str, str], cwd: Path, launcher: Launcher | None = None) -> Bot:
    """Without a launcher it is loaded as it is where it is installed, which takes two seconds."""
    output: asyncio.StreamReader | None
    process: Process
    if launcher is not None:
        process, output = await forked(launcher, {"command": f"parley {command}", "cwd": str(cwd), "env": dict(env)})
    else:
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bots", command),
            cwd=cwd,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        process, output = made, made.stdout
    assert output is not None
    bot = Bot(process)
    bot.reader = asyncio.create_task(_read(bot, output))
    return bot


@asynccontextmanager
async def running(
    command: str, place: Playground, data: Path, launcher: Launcher | None = None, *, platforms: int = 1, **more: str
) -> AsyncIterator[Bot]:
    """A bot that is connected, and that ends with exit code 0."""
    bot = await start(command, environment(place, data, **more), data, launcher)
    try:
        await bot.connected(platforms)
        yield bot
        assert await bot.stop() == 0, "".join(bot.raw)
    finally:
        await bot.stop(signal.SIGKILL)


@dataclass
class Service:
    """Bots that know the same: one, unless a test starts another beside it. Tests share it, each in its own channel."""

    place: Playground
    data: Path
    launcher: Launcher
    bots: list[Bot] = field(default_factory=list)

    async def start(self) -> Bot:
        """One more of them."""
        bot = await start("run", environment(self.place, self.data), self.data, self.launcher)
        self.bots.append(bot)
        await bot.connected(2)
        return bot

    async def stop(self, bot: Bot | None = None) -> None:
        """One or all of them, as a deployment does it."""
        for one in [bot] if bot else [*self.bots]:
            self.bots.remove(one)
            assert await one.stop() == 0, "".join(one.raw)

    async def restart(self) -> None:
        await self.stop()
        await self.start()


@asynccontextmanager
async def serving(place: Playground, data: Path, launcher: Launcher) -> AsyncIterator[Service]:
    """A bot on both platforms."""
    service = Service(place, data, launcher)
    try:
        await service.start()
        yield service
        await service.stop()
    finally:
        for bot in service.bots:
            await bot.stop(signal.SIGKILL)


async def _read(bot: Bot, output: asyncio.StreamReader) -> None:
    async for line in output:
        bot.raw.append(line.decode())
        try:
            bot.lines.append(json.loads(line))
        except ValueError:
            continue
