"""One connection for the calls of all tasks: those of the same moment leave together, replies come back in their order.

redis-py would give each call a connection of its own, and takes four times as long for one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from typing import Any, Protocol

from redis.exceptions import BusyLoadingError, MasterDownError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import ConnectionError as Unreachable

PAUSES = (0.0, 0.02, 0.1, 0.3)
"""Seconds before a call is tried again after its connection was lost."""
UNFIT = (ReadOnlyError, MasterDownError, BusyLoadingError)
"""What a server says that is a replica by now: the same address may lead to another one, the same connection cannot. Or
that still loads its file: redis-py gives up a connection on which it reads that."""


class Lost(Unreachable):
    """The connection broke while a reply was waited for: nobody knows what became of the call."""


class Connection(Protocol):
    """What we use of redis-py's connections, which know how to reach a server, log in and read."""

    async def connect(self) -> None: ...
    async def disconnect(self, nowait: bool = False) -> None: ...  # noqa: FBT001, FBT002  # redis-py's
    def pack_command(self, *words: str | bytes) -> list[bytes]: ...
    async def send_packed_command(self, command: Sequence[bytes], check_health: bool = True) -> None: ...  # noqa: FBT001, FBT002  # as above
    async def read_response(self, *, timeout: float) -> Any: ...  # noqa: ANN401  # each command's own


class Connections(Protocol):
    """Where connections come from: a pool of redis-py's, of one server or of the one that Sentinels name."""

    def make_connection(self) -> Connection: ...


class _Link:
    """A connection that is in use, from its making to its loss."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._out: list[bytes] = []
        self._news = asyncio.Event()
        self._tasks = [asyncio.create_task(self._live())]
        self.is_lost = False
        self.heard = _now()
        """When the last reply came, or it was made."""

    def call(self, words: Sequence[str | bytes]) -> "asyncio.Future[Any]":
        """The reply to come. Nobody has to wait for it."""
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(reply)
        self._out += self._connection.pack_command(*words)
        self._news.set()
        return reply

    def lose(self) -> None:
        """Use it no more: who waits is told so."""
        self.is_lost = True
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def end(self) -> None:
        self.lose()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _live(self) -> None:
        trouble: Exception = Lost()
        try:
            try:
                await self._connection.connect()
            except (RedisError, OSError) as error:
                trouble = error
                return
            self._tasks.append(asyncio.create_task(self._read()))
            self._tasks[-1].add_done_callback(lambda _: self.lose())
            await self._write()
        finally:
            self.lose()
            while self._waiting:
                _fail(self._waiting.popleft(), trouble)
            with suppress(RedisError, OSError):
                await self._connection.disconnect(nowait=True)

    async def _write(self) -> None:
        with suppress(RedisError, OSError):
            while True:
                await self._news.wait()
                self._news.clear()
                out, self._out = self._out, []
                await self._connection.send_packed_command(out, check_health=False)

    async def _read(self) -> None:
        with suppress(RedisError, OSError):
            while True:
                try:
                    found = await self._connection.read_response(timeout=inf)
                except UNFIT as error:
                    self.lose()  # before whoever asked is told, who asks again at once
                    _fail(self._waiting.popleft(), error)
                    return
                except ResponseError as error:
                    _fail(self._waiting.popleft(), error)
                    continue
                self.heard = _now()
                reply = self._waiting.popleft()
                if not reply.done():  # whoever asked was cancelled
                    reply.set_result(found)


def _fail(reply: "asyncio.Future[Any]", error: Exception) -> None:
    if not reply.done():
        reply.set_exception(error)


class Pipe:
    """Keeps such a connection, and makes another one when it is lost."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._link: _Link | None = None

    async def call(self, *words: str | bytes) -> Any:  # noqa: ANN401  # each command's own
        """The reply. Sent again when the connection is lost or has become useless. Raises what redis-py raises."""
        for pause in PAUSES:
            try:
                return await self._linked().call(words)
            except (Lost, *UNFIT):
                await asyncio.sleep(pause)
        return await self._linked().call(words)

    def leave(self, silent: float = 0) -> None:
        """The connection seems to be dead: whatever waits for it goes to another one.

        Not when it was silent for less than these seconds: others wait for it, and somebody left an older one.
        """
        if self._link is not None and _now() - self._link.heard >= silent:
            self._link.lose()

    async def close(self) -> None:
        if self._link is not None:
            await self._link.end()

    def _linked(self) -> _Link:
        if self._link is None or self._link.is_lost:
            self._link = _Link(self._connections.make_connection())
        return self._link


def _now() -> float:
    return asyncio.get_running_loop().time()
