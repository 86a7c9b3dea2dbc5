"""One gateway connection: what is put into it leaves in order, as one compressed stream if the client asked for it."""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from playground.limits import Level, Window

SENDS = Window(120, 60)  # what a client may send; beyond it close code 4008


@dataclass(eq=False, slots=True)
class Socket:
    """Whoever sends never waits for the client: `put` and `close` only queue, `write` is the one writer."""

    ws: web.WebSocketResponse
    transport: asyncio.Transport
    compressed: bool
    heard: float  # when the last heartbeat came
    sent: Level | None = None
    _queue: asyncio.Queue[str | int] = field(default_factory=asyncio.Queue)
    _deflate: Any = field(default_factory=zlib.compressobj)

    def put(self, text: str) -> None:
        self._queue.put_nowait(text)

    def op(self, number: int, data: object = None) -> None:
        self.put(json.dumps({"op": number, "d": data, "s": None, "t": None}))

    def close(self, code: int) -> None:
        self._queue.put_nowait(code)

    def drop(self) -> None:
        """Cut the connection without a word."""
        self.transport.abort()

    def floods(self, now: float) -> bool:
        self.sent, taken = SENDS.take(self.sent, now)
        return not taken.passed

    async def write(self) -> None:
        try:
            while True:
                item = await self._queue.get()
                if isinstance(item, int):
                    await self.ws.close(code=item)
                    return
                await self._send(item)
        except ConnectionError:  # the client has gone; whoever listens to it notices too
            return

    async def _send(self, text: str) -> None:
        if not self.compressed:
            await self.ws.send_str(text)
            return
        frame = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        await self.ws.send_bytes(frame)
