"""Socket Mode: the app's websockets, the envelopes sent over them, and what came of each.

An envelope goes to one of the open sockets, picked at random. Events that are not acknowledged in time are sent again
(in a new envelope, with the same event_id), also when no socket was open at first; slash commands and interactions are
not: their user sees an error.
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import WSMsgType, web

from playground.record import Record
from playground.slack import shapes
from playground.slack.settings import Settings
from playground.slack.world import APP, Channel, JsonObject

LEAVE_SECONDS = 10.0  # from a disconnect frame to the end of the socket, when the app does not close it itself


@dataclass(eq=False, slots=True)
class Connection:
    """One open websocket. `leaving`: it was told to go and gets nothing new. `frozen`: it looks open and is dead."""

    number: int
    record_id: int
    socket: web.WebSocketResponse
    request: web.Request
    outbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    leaving: bool = False
    frozen: bool = False

    def drop(self) -> None:
        """Cut it, without a close frame."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(eq=False, slots=True)
class Delivery:
    """Something that the app must acknowledge. `acked(payload)`, `failed(reason)`: one of them is called, once."""

    kind: str
    name: str
    payload: JsonObject
    acked: Callable[[Any], None]
    failed: Callable[[str], None]
    done: asyncio.Event = field(default_factory=asyncio.Event)
    attempts: int = 0


@dataclass(eq=False, slots=True)
class Sockets:
    record: Record
    settings: Callable[[], Settings]
    random: Random
    _tickets: set[str] = field(default_factory=set)
    _open: dict[int, Connection] = field(default_factory=dict)
    _count: int = 0
    _events_so_far: int = 0
    _envelopes: dict[str, tuple[int, Delivery]] = field(default_factory=dict)  # id -> its record, what it carries
    _events: dict[str, Delivery] = field(default_factory=dict)  # by event id, in order
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def ticket(self) -> str:
        """Good for opening one socket."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def link(self, request: web.Request) -> web.StreamResponse:
        """A websocket, from its hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._open) >= self.settings().sockets:
            await socket.send_str(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self._count += 1
        record_id = self.record.add("connections", number=self._count, closed=None, reason="")
        connection = Connection(self._count, record_id, socket, request)
        self._open[connection.number] = connection
        connection.outbox.put_nowait(self._hello())
        writer = asyncio.create_task(_write(connection))
        try:
            await self._listen(connection)
        finally:
            self._open.pop(connection.number, None)
            self.record.amend(record_id, closed=self.record.monotonic())
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    def _hello(self) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self._open),
                "debug_info": {"host": "playground", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": APP},
            }
        )

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if connection.frozen:
                continue
            if frame.type is WSMsgType.PING:
                await connection.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._hear(frame.data)

    def _hear(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        if not isinstance(frame, dict) or frame.get("envelope_id") not in self._envelopes:
            return
        record_id, delivery = self._envelopes.pop(frame["envelope_id"])
        payload = frame.get("payload")
        self.record.amend(record_id, acked=self.record.monotonic(), answer=payload)
        if not delivery.done.is_set():
            delivery.done.set()
            delivery.acked(payload)

    def send_event(self, event: JsonObject, delay: float = 0.0, channel: Channel | None = None) -> str:
        """An event, after `delay` seconds: acknowledged, or tried again as the settings say. Its id."""
        self._events_so_far += 1
        event_id = f"Ev{self._events_so_far:010d}"
        shared = channel is not None and channel.shared
        payload = shapes.envelope_payload(event, event_id, self.record.wall(), shared=shared)
        delivery = Delivery("events_api", event["type"], payload, _ignore, self._lose(payload))
        self._events[event_id] = delivery
        self._send(delivery, retried=True, delay=delay)
        return event_id

    def send_once(
        self, kind: str, name: str, payload: JsonObject, acked: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        """A slash command or an interaction: acknowledged with `acked(payload)`, or `failed(reason)`."""
        if not self._ready():
            failed("dispatch_failed")
            return
        self._send(Delivery(kind, name, payload, acked, failed), retried=False)

    def redeliver(self, event_id: str = "") -> str | None:
        """Send an event once more, the last one when none is named; its id, or None when there is no such event."""
        event_id = event_id or next(reversed(self._events), "")
        delivery = self._events.get(event_id)
        if delivery is None:
            return None
        self._put(delivery)
        return event_id

    def _lose(self, payload: JsonObject) -> Callable[[str], None]:
        event = payload["event"]

        def lose(reason: str) -> None:
            self.record.add("lost", event_id=payload["event_id"], type=event["type"], reason=reason)

        return lose

    def _send(self, delivery: Delivery, *, retried: bool, delay: float = 0.0) -> None:
        if not delay:
            # At once and not in the task: events leave in the order in which things happened.
            self._put(delivery)
        self._spawn(self._see_through(delivery, self.settings().retries if retried else (), delay))

    async def _see_through(self, delivery: Delivery, waits: tuple[float, ...], delay: float) -> None:
        if delay:
            await asyncio.sleep(delay)
            self._put(delivery)
        settings = self.settings()
        for wait in (*waits, None):
            try:
                async with asyncio.timeout(settings.ack * settings.scale):
                    await delivery.done.wait()
            except TimeoutError:
                if wait is None:
                    delivery.done.set()  # whatever comes now comes too late
                    delivery.failed("operation_timeout")
                    return
                await asyncio.sleep(wait * settings.scale)
            if delivery.done.is_set():
                return
            self._put(delivery)

    def _ready(self) -> list[Connection]:
        return [connection for connection in self._open.values() if not connection.leaving]

    def _put(self, delivery: Delivery) -> None:
        """One attempt, over one socket; a failed one when none is open."""
        ready = self._ready()
        connection = self.random.choice(ready) if ready else None
        attempt, delivery.attempts = delivery.attempts, delivery.attempts + 1
        envelope = {
            "envelope_id": secrets.token_hex(16),
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        record_id = self.record.add(
            "deliveries",
            envelope_id=envelope["envelope_id"],
            type=delivery.kind,
            name=delivery.name,
            event_id=delivery.payload.get("event_id", ""),
            attempt=attempt,
            connection=connection.number if connection else None,
            acked=None,
            answer=None,
        )
        if connection is None:
            return
        self._envelopes[str(envelope["envelope_id"])] = record_id, delivery
        connection.outbox.put_nowait(json.dumps(envelope))

    def frame(self, text: str) -> int:
        """Send every open socket this text as it is, JSON or not; how many there were."""
        for connection in self._open.values():
            connection.outbox.put_nowait(text)
        return len(self._open)

    def disconnect(self, reason: str) -> int:
        """Tell every open socket to go; how many there were. A "warning" only announces it."""
        told = list(self._open.values())
        for connection in told:
            connection.outbox.put_nowait(_disconnect(reason))
            connection.leaving = reason != "warning"
            self.record.amend(connection.record_id, reason=reason)
            self._spawn(self._close_later(connection))
        return len(told)

    async def _close_later(self, connection: Connection) -> None:
        await asyncio.sleep(LEAVE_SECONDS * self.settings().scale)
        await connection.socket.close()

    def drop(self) -> int:
        """Cut every open socket; how many there were."""
        for connection in self._open.values():
            self.record.amend(connection.record_id, reason="dropped")
            connection.drop()
        return len(self._open)

    def freeze(self) -> int:
        """Let every open socket die without a sign; how many there were. What is sent over them is gone."""
        for connection in self._open.values():
            self.record.amend(connection.record_id, reason="frozen")
            connection.frozen = True
        return len(self._open)

    @property
    def open(self) -> int:
        return len(self._open)

    def forget(self) -> None:
        """No event of the past is sent again. What is on a socket stays on its way."""
        for delivery in self._events.values():
            delivery.done.set()
        self._events.clear()

    def _spawn(self, work: Any) -> None:  # noqa: ANN401  # a coroutine
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End every socket and every delivery."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.drop()


async def _write(connection: Connection) -> None:
    while True:
        frame = await connection.outbox.get()
        if connection.frozen:
            continue
        try:
            await connection.socket.send_str(frame)
        except ConnectionError:
            return


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})


def _ignore(payload: object) -> None:
    """An event's acknowledgement says nothing more."""
