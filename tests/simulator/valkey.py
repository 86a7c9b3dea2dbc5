"""A real Valkey without persistence, and a connection that waits for it in no time of the simulated world."""

import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import hiredis

from core.store.embedded import find_binary
from core.store.server import sources

CLOCK = """
local function server_ms()
  return tonumber(ARGV[#ARGV])
end
"""
"""The scripts' time is their last argument."""
_PATIENCE = 20.0


@contextmanager
def valkey(folder: Path) -> Iterator[Path]:
    """The socket of a server that forgets everything when it ends."""
    binary = find_binary()
    assert binary is not None
    path = folder / "valkey.sock"
    options = {"port": "0", "unixsocket": str(path), "save": "", "appendonly": "no", "dir": str(folder)}
    run = subprocess.Popen(
        [str(binary.path), *(word for name, value in options.items() for word in (f"--{name}", value))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _listens(path):
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        yield path
    finally:
        run.kill()
        run.wait()


def _listens(path: Path) -> bool:
    """Its file is there a moment before it listens."""
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0


class Connection:
    """Runs scripts one after the other. `texts`: their sources. A script's publications come with its reply."""

    def __init__(self, path: Path, texts: Mapping[str, str] | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._reader = hiredis.Reader()
        self._texts = dict(texts or sources(CLOCK))
        self._shas = {name: _sha(text) for name, text in self._texts.items()}
        self.pushed: list[tuple[str, bytes]] = []
        self._call("HELLO", 3)
        for text in self._texts.values():
            self._call("SCRIPT", "LOAD", text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def begin(self, channels: Sequence[str]) -> None:
        """An empty server, and what is published on these channels heard."""
        self._call("FLUSHALL")
        self._socket.sendall(_packed("SUBSCRIBE", *channels))  # answered by a push
        self.pushed.clear()

    def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str], now_ms: int) -> Any:
        """The script's reply. Raises hiredis.ReplyError."""
        self.pushed.clear()
        return self._call("EVALSHA", self._shas[script], len(keys), *keys, *args, str(now_ms))

    def ask(self, *words: bytes | str | int) -> Any:
        """Any other command's reply."""
        return self._call(*words)

    def _call(self, *words: bytes | str | int) -> Any:
        """What a command publishes to ourselves comes behind its reply, and before that of the next command."""
        self._socket.sendall(_packed(*words) + b"*1\r\n$4\r\nPING\r\n")
        reply, pong = self._next(), self._next()
        assert pong == b"PONG"
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        return reply

    def _next(self) -> Any:
        while True:
            reply = self._reader.gets()
            if reply is False:
                self._reader.feed(self._socket.recv(1 << 16))
            elif isinstance(reply, hiredis.PushNotification):
                if reply[0] == b"message":
                    self.pushed.append((reply[1].decode(), reply[2]))
            else:
                return reply


def _packed(*words: bytes | str | int) -> bytes:
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub knows tuples of one word only
    return packed


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
