"""The shipped program, its Redis and the outside world, all with canaries in them; and what is left behind on disk."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from redis import Redis

from core.store.embedded import find_binary
from tests.core.store.servers import free_port
from tests.end_to_end.driver import PATIENCE, ROOT, Playground, environment
from tests.privacy.canaries import Canary, flock
from tests.waits import until

SAID = "Qzxjsaid7351 “häh” & \\ tsk?"
MAIL = "zaphodqzxj@canarymail7351.example"
LINK = "https://qzxjcanarylink.example/qzxjpath7351?said=qzxj7351%20query#here"
ANSWER = "Qzxjanswered9462 “ach” & \\ so! "
SECRETS = flock(
    question=SAID,
    mail=MAIL,
    link=LINK,
    answer=ANSWER,
    thought="Qzxjthought5513 “hm”",
    persona="Qzxjpersona8840 “we”",
    system="Qzxjsystem2297 “you”",
    file="qzxjfilename6678.txt",
    content="Qzxjcontent1934 “data”",
    refused="Qzxjrefused4421 “no”",
    broken="Qzxjbroken3306 “{”",
    slack_name="Qzxjnamir Zxabara5120",
    slack_user="U0QZXJ7351USER",
    slack_channel="C0QZXJ7351CHANNEL",
    slack_second="C0QZXJ7351SECOND",
    slack_channel_name="qzxjchannel2218",
    discord_name="qzxjmember_5120",
    discord_display="Qzxjdisplayed7740 Namir",
    discord_guild="1407351735173517351",
    discord_guild_name="Qzxjguild7739",
    slack_bot_token="xoxb-qzxjbottoken7351",
    slack_app_token="xapp-qzxjapptoken7351",
    discord_token="MTQwNzM1MTczNQ.Gqzxj7.qzxjdiscordtoken7351735173517351",
    claude_key="sk-ant-qzxjclaudekey7351",
    redis_password="qzxjredispassword7351",
    history_key="517a786a" * 8,
    pseudonym_key="7351c0de" * 8,
)
CROWD = ("A", "B", "C", "D", "E", "F")
"""What is put behind the canary of a person for another one."""
SABOTEUR = Path(__file__).parent / "saboteur"
WORDS: Mapping[str, str] = {canary.what: canary.word for canary in SECRETS}


@dataclass
class Valkey:
    """A server of our own, set to tell as much as it can. Its settings come through a pipe: no file holds them."""

    folder: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"unix://:{WORDS['redis_password']}@{self.folder / 's'}"

    async def start(self, password: str = WORDS["redis_password"]) -> None:
        binary = find_binary()
        assert binary is not None
        self.folder.mkdir(exist_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            str(binary.path), "-", cwd=self.folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        settings = {
            "port": "0",
            "unixsocket": "s",
            "logfile": "valkey.log",
            "loglevel": "debug",
            "appendonly": "yes",
            "appendfsync": "always",
            "aof-use-rdb-preamble": "no",
            "save": '""',
            "slowlog-log-slower-than": "0",
            "slowlog-max-len": "100000",
            "hide-user-data-from-log": "no",
            "requirepass": password,
        }
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{name} {value}\n" for name, value in settings.items()).encode())
        self.process.stdin.close()

        async def up() -> bool:
            return (self.folder / "s").exists()

        await until(up, "Valkey listens")

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()
        (self.folder / "s").unlink(missing_ok=True)

    def told(self) -> bytes:
        """All that it tells whoever asks: every key and value, its slow log, its clients, its figures."""
        with Redis(unix_socket_path=str(self.folder / "s"), password=WORDS["redis_password"]) as redis:
            found: list[Any] = [redis.slowlog_get(100_000), redis.info("everything"), redis.client_list()]
            found += [redis.acl_log(), redis.latency_latest()]
            keys = redis.keys("*")
            assert isinstance(keys, list)
            found += keys
            found += [redis.dump(key) for key in keys]
            return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in found)


@dataclass
class Program:
    """`python -X dev -m bots run`, its output in files."""

    process: "Life"
    err: Path
    skip: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)

    def lines(self) -> list[dict[str, Any]]:
        """All that it has written so far."""
        whole, _, _ = self.err.read_bytes()[self.skip :].rpartition(b"\n")
        for line in whole.splitlines()[len(self.seen) :]:
            self.seen.append(_parsed(line))
        return self.seen

    def told(self, event: str, **facts: object) -> list[dict[str, Any]]:
        """The lines of this event that say this."""
        return [line for line in self.lines() if line.get("event") == event and facts.items() <= line.items()]

    async def has(self, event: str, count: int = 1, **facts: object) -> None:
        async def look() -> bool:
            assert self.process.returncode is None, self.err.read_text("utf-8", "replace")[-4000:]
            return len(self.told(event, **facts)) >= count

        await until(look, f"{count} lines of {event!r}")

    async def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


def settings(place: Playground, data: Path, valkey: Valkey, *, plain: bool) -> dict[str, str]:
    return environment(
        place,
        data,
        ANTHROPIC_API_KEY=WORDS["claude_key"],
        SLACK_BOT_TOKEN=WORDS["slack_bot_token"],
        SLACK_APP_TOKEN=WORDS["slack_app_token"],
        DISCORD_TOKEN=WORDS["discord_token"],
        REDIS_URL=valkey.url,
        HISTORY_KEY=WORDS["history_key"],
        PSEUDONYM_KEY=WORDS["pseudonym_key"],
        SYSTEM_PROMPT=WORDS["system"],
        HTTP_PORT=str(free_port()),
        LOG_LEVEL="DEBUG",
        LOG_FORMAT="json",
        PYTHONPATH=f"{SABOTEUR}:{ROOT}",
        TMPDIR=str(data),
        PLAIN="1" if plain else "",
    )


async def pages(env: Mapping[str, str]) -> bytes:
    """All that a process tells whoever watches it."""
    found = b""
    async with aiohttp.ClientSession() as session:
        for path in ("healthz", "readyz", "metrics"):
            async with session.get(f"http://127.0.0.1:{env['HTTP_PORT']}/{path}") as response:
                found += str(response.headers).encode() + await response.read()
    return found


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return found


class Life:
    """One process of the program, which the womb bore."""

    def __init__(self, womb: "Womb", pid: int) -> None:
        self._womb = womb
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        self._womb.listen()
        return self._womb.codes.get(self.pid)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    async def wait(self) -> int:
        async def look() -> bool:
            return self.returncode is not None

        await until(look, "the end of the program")
        return self._womb.codes[self.pid]


class Womb:
    """`python -X dev -m bots run`, loaded once: sitecustomize.py says how it is started many times."""

    def __init__(self) -> None:
        self._news, births = os.pipe()
        os.set_blocking(self._news, False)
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{SABOTEUR}:{ROOT}", "BIRTHS": str(births)}
        command = [sys.executable, "-X", "dev", "-m", "bots", "run"]
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, env=env, pass_fds=(births,), stdout=null, stderr=null
        )
        os.close(births)
        self._rest = b""
        self.born: list[int] = []
        self.codes: dict[int, int] = {}

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        os.close(self._news)

    def listen(self) -> None:
        """To all that it told since."""
        with suppress(BlockingIOError):
            while read := os.read(self._news, 65_536):
                self._rest += read
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            pid, *code = map(int, line.split())
            if code:
                self.codes[pid] = code[0]
            else:
                self.born.append(pid)

    async def life(self, folder: Path, env: Mapping[str, str]) -> Life:
        assert self._process.stdin is not None
        count = len(self.born)
        files = {"folder": str(folder), "out": str(folder / "stdout"), "err": str(folder / "stderr")}
        self._process.stdin.write(json.dumps({"env": env, **files}).encode() + b"\n")
        self._process.stdin.flush()

        async def look() -> bool:
            self.listen()
            return len(self.born) > count

        await until(look, "the program")
        return Life(self, self.born[count])


@asynccontextmanager
async def program(womb: Womb, folder: Path, env: Mapping[str, str]) -> AsyncIterator[Program]:
    """Started, and connected to both platforms; killed at the end if it still runs."""
    err = folder / "stderr"
    skip = err.stat().st_size if err.exists() else 0
    err.touch()
    process = await womb.life(folder, env)
    found = Program(process, err, skip)
    try:
        if not env.get("PLAIN"):
            await found.has("connected", 2)
        yield found
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


def arguments(pid: int) -> bytes:
    """What every user of this machine can read of a process and its children; nothing where there is no /proc."""
    found = b""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            about = (folder / "stat").read_text().rpartition(")")[2].split()
            if folder.name == str(pid) or about[1] == str(pid):
                found += (folder / "cmdline").read_bytes()
        except OSError:
            continue
    return found


def written(folder: Path) -> dict[str, bytes]:
    """Every file below, by its name."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


async def furnish(place: Playground) -> list[Canary]:
    """Canaries for the people, the places and the tokens; and the ids that Discord made up for some of them."""
    slack, discord, claude = place.slack, place.discord, place.claude
    await slack.do(
        "config", bot_tokens=[WORDS["slack_bot_token"]], app_tokens=[WORDS["slack_app_token"]], limits="off",
        retries=[0, 1, 1, 2, 4], scale=0.3,
    )  # fmt: skip
    await discord.do("config", token=WORDS["discord_token"], limits="off", ack_seconds=PATIENCE)
    await claude.do("config", keys=[WORDS["claude_key"]], first_token=0.02, tokens_per_second=0)
    user, name = WORDS["slack_user"], WORDS["slack_channel_name"]
    for who in ("", *CROWD):
        await slack.do("add_user", id=f"{user}{who}", name=f"qzxj.namir{who}", real_name=WORDS["slack_name"])
    for channel, number in ((WORDS["slack_channel"], ""), (WORDS["slack_second"], "-2")):
        await slack.do("add_channel", id=channel, name=f"{name}{number}")
    member = await discord.do("add_user", name=WORDS["discord_name"], display=WORDS["discord_display"])
    guild = await discord.do(
        "add_guild", id=WORDS["discord_guild"], name=WORDS["discord_guild_name"], user=WORDS["discord_name"]
    )
    for who in CROWD:
        about = {"display": WORDS["discord_display"], "guild": guild["id"]}
        await discord.do("add_user", name=f"{WORDS['discord_name']}{who}", **about)
    second = await discord.do("add_channel", guild=guild["id"], name="qzxj-second-4417")
    made = {"discord_user": member["id"], "discord_channel": guild["channel"], "discord_second": second["id"]}
    return [Canary(what, word) for what, word in made.items()]
