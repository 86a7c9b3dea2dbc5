"""More servers than one: real ones, on loopback, for a Cluster and a Sentinel; and a bad line to one."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from core.store.embedded import find_binary


def free_port() -> int:
    """One whose cluster bus port (10,000 higher) exists too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 55_000:
            return port


@contextmanager
def server(folder: Path, port: int, *options: str) -> Iterator[Redis]:
    """A server on a port of loopback, and a client of it."""
    binary = find_binary()
    assert binary is not None
    folder.mkdir(exist_ok=True)
    run = subprocess.Popen(
        [str(binary.path), *options, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    client = Redis(port=port)
    try:
        until(lambda: bool(client.ping()))
        yield client
    finally:
        client.close()
        run.kill()
        run.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[int]:
    """The port of one of three nodes that share all slots."""
    ports = [free_port() for _ in range(3)]
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(
                server(
                    folder / str(port),
                    port,
                    "--cluster-enabled",
                    "yes",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    "always",
                )
            )
            for port in ports
        ]
        for number, node in enumerate(nodes):
            node.execute_command(
                "CLUSTER", "ADDSLOTSRANGE", number * 5461, 16383 if number == 2 else number * 5461 + 5460
            )
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0])
        for node in nodes:
            until(lambda node=node: _whole(node.execute_command("CLUSTER INFO")))
        yield ports[0]


def _whole(info: dict[str, str]) -> bool:
    return info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384" and info["cluster_known_nodes"] == "3"


def until(true: object, seconds: float = 20) -> None:
    """Return when it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(RedisError, OSError):
            if callable(true) and true():
                return
        time.sleep(0.01)
    raise TimeoutError


class Line:
    """A line to a server that can be cut, hung, and made to swallow replies; it counts what goes over it."""

    def __init__(self, server: Path) -> None:
        self.server = server
        """Where who connects from now on comes to."""
        self._open: set[asyncio.StreamWriter] = set()
        self.scripts = 0
        self.lose = 0
        """So many replies to scripts do not come back, though the scripts ran."""
        self.hangs = False

    def cut(self) -> None:
        """Whoever is connected is so no more."""
        for writer in self._open:
            writer.close()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(str(self.server))
        self._open |= {writer, back}
        ways = [asyncio.create_task(self._ask(reader, back)), asyncio.create_task(self._answer(there, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, back):
            end.close()
        self._open -= {writer, back}

    async def _ask(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while part := await reader.read(1 << 20):
            self.scripts += part.count(b"EVALSHA")
            if not self.hangs:
                back.write(part)

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = 0
        while part := await there.read(1 << 20):
            if self.lose and self.scripts > asked:
                self.lose -= 1
                return
            asked = self.scripts
            writer.write(part)


@asynccontextmanager
async def line(server: Path, socket: Path) -> AsyncIterator[Line]:
    """A line from one socket to the server behind another."""
    wire = Line(server)
    async with await asyncio.start_unix_server(wire.connect, str(socket)) as listener:
        yield wire
        listener.close()
        wire.cut()
        await asyncio.sleep(0)
