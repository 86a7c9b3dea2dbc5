"""One process that many are forked from: the bots and playgrounds of a test session, there in a moment.

Importing what they need takes two or three seconds of a core each time; here it is done once (tests/chaos/worker.py).
"""

import asyncio
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 40.0
"""Seconds until a test gives up waiting: far above what is expected, for a slow day."""


class Launcher:
    """Starts processes and hears how they end. Its own end takes all that live with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._news = self._process.stdin, self._process.stdout
        assert self._news.readline(), "the launcher has died"
        os.set_blocking(self._news.fileno(), False)
        self._rest = b""
        self._born: list[Forked] = []
        self._alive: dict[int, Forked] = {}

    def start(self, order: Mapping[str, object]) -> "Forked":
        """What an order says: tests/chaos/worker.py."""
        self._orders.write(json.dumps(order).encode() + b"\n")
        self._orders.flush()
        while not self._born:
            assert select.select([self._news], [], [], PATIENCE)[0], "nobody is born"
            self.listen()
        return self._born.pop()

    def listen(self) -> None:
        """To all that it has told since."""
        with suppress(BlockingIOError):
            read = os.read(self._news.fileno(), 65_536)
            assert read, "the launcher has died"
            self._rest += read
        *lines, self._rest = self._rest.split(b"\n")
        for told in map(json.loads, lines):
            if "code" in told:
                self._alive.pop(told["pid"]).code = told["code"]
            else:
                self._born.append(Forked(self, told["pid"]))
                self._alive[told["pid"]] = self._born[-1]

    def close(self) -> None:
        self._orders.close()
        self._process.wait()
        self._news.close()


@dataclass(eq=False)
class Forked:
    """A process of a launcher's, with the names of asyncio's."""

    launcher: Launcher
    pid: int
    code: int | None = None

    @property
    def returncode(self) -> int | None:
        """Negative for a signal; None while it runs."""
        self.launcher.listen()
        return self.code

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has ended, and the launcher has yet to tell
                os.kill(self.pid, number)

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110  # the launcher tells when it is asked
            await asyncio.sleep(0.01)
        return code


async def forked(launcher: Launcher, order: Mapping[str, object]) -> tuple[Forked, asyncio.StreamReader]:
    """A process, and what it writes until its end."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "out"
        os.mkfifo(pipe)
        inner = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        process = launcher.start({**order, "out": str(pipe), "err": str(pipe)})
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(inner, "rb", 0)
    )
    return process, reader
