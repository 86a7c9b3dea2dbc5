"""A Slack and a Claude that cost next to nothing, on one port: for measuring what the bot costs and how fast it can be.

They speak the real wire formats (HTTP, server-sent events, Socket Mode) but decide nothing: every call is answered at
once, no limit is kept. Slack tells a mention as two events, and the bot's own messages and edits as events too.
"""

import asyncio
import base64
import hashlib
import itertools
import json
import re
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

TEAM, BOT_USER, BOT, APP = "T0MILL", "U0BOT", "B0BOT", "A0MILL"
PERSON = "U0PERSON"
MODEL = "claude-sonnet-5-5"
WORD = "tok"

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"\r\nsec-websocket-key: *(\S+)", re.IGNORECASE)
_ASKED = re.compile(rb"question (\d{6})\.")
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_FIRST_TS = 1_700_000_000

Json = Mapping[str, Any]


def text(number: int, tokens: int) -> str:
    """An answer of so many tokens that tells which question it belongs to."""
    return " ".join([str(100_000 + number), *[WORD] * (tokens - 1)])


@dataclass(slots=True)
class _Asked:
    """A question: the answer that shall stand below it, and whoever waits for that."""

    text: str
    standing: asyncio.Future[float]
    at: float
    has_sign: bool = False


class Mill:
    """`async with Mill() as mill`. `speed`: tokens a second, 0 for all at once; the first comes after `first_token`."""

    def __init__(self, *, tokens: int, speed: float = 0, first_token: float = 0) -> None:
        self.tokens, self.speed, self.first_token = tokens, speed, first_token
        self.address = ""
        self.edits = 0
        self.signs: list[float] = []
        """Seconds from each question to the first status below it."""
        self._numbers = itertools.count()
        self._asked: dict[str, _Asked] = {}
        self._sockets: list[_Connection] = []
        self._envelopes = itertools.count(1)
        self._server: asyncio.Server | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a bot needs to find us."""
        return {
            "ANTHROPIC_API_KEY": "sk-ant-test",
            "ANTHROPIC_BASE_URL": self.address,
            "SLACK_API_URL": f"{self.address}/api/",
            "SLACK_BOT_TOKEN": "xoxb-mill",
            "SLACK_APP_TOKEN": "xapp-mill",
        }

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def ask(self, channel: str) -> float:
        """Mention the bot in a channel; seconds until the whole answer stands below, without its Stop button."""
        number = next(self._numbers)
        ts = f"{_FIRST_TS + number}.000100"
        begun, standing = time.monotonic(), asyncio.get_running_loop().create_future()
        asked = self._asked[ts] = _Asked(text(number, self.tokens), standing, begun)
        said = _message(ts, f"<@{BOT_USER}> question {100_000 + number}.") | {"channel": channel, "event_ts": ts}
        self.tell(said | {"channel_type": "channel"})
        self.tell(said | {"type": "app_mention"})
        try:
            return await asked.standing - begun
        finally:
            del self._asked[ts]

    def tell(self, event: Json) -> None:
        """Send an event over one of the sockets."""
        number = next(self._envelopes)
        payload = {
            "token": "mill",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number:012}",
            "event_time": _FIRST_TS,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }
        envelope = {
            "envelope_id": f"{number:032x}",
            "type": "events_api",
            "payload": payload,
            "accepts_response_payload": False,
            "retry_attempt": 0,
            "retry_reason": "",
        }
        live = [socket for socket in self._sockets if socket.is_open]
        live[number % len(live)].send(json.dumps(envelope))

    # Slack

    def greet(self, socket: "_Connection") -> int:
        """A websocket is open; how many were so far."""
        self._sockets.append(socket)
        return len(self._sockets)

    def slack(self, method: str, body: Json) -> Json:
        match method:
            case "auth.test":
                return {"user_id": BOT_USER, "bot_id": BOT, "team_id": TEAM, "user": "parley", "url": self.address}
            case "apps.connections.open":
                return {"url": f"{self.address.replace('http', 'ws', 1)}/link"}
            case "users.list":
                return {"members": [_PERSON]}
            case "chat.postMessage":
                return self._posted(body)
            case "chat.update":
                return self._updated(body)
            case "assistant.threads.setStatus":
                self._signed(str(body["thread_ts"]))
        return {"messages": []}

    def _posted(self, body: Json) -> Json:
        thread = str(body["thread_ts"])
        shown = _message(f"{thread[:-6]}000200", str(body["text"])) | _BY_US | {"thread_ts": thread}
        shown["blocks"] = body["blocks"]
        self.tell(shown | {"channel": body["channel"], "channel_type": "channel", "event_ts": shown["ts"]})
        self._see(thread, body)
        return {"channel": body["channel"], "ts": shown["ts"], "message": shown}

    def _updated(self, body: Json) -> Json:
        self.edits += 1
        ts = str(body["ts"])
        thread = f"{ts[:-6]}000100"
        shown = _message(ts, str(body["text"])) | _BY_US | {"thread_ts": thread, "blocks": body["blocks"]}
        change = {"type": "message", "subtype": "message_changed", "message": shown, "previous_message": shown}
        place = {"channel": body["channel"], "channel_type": "channel", "ts": ts, "event_ts": ts, "hidden": True}
        self.tell(change | place)
        self._see(thread, body)
        return {"channel": body["channel"], "ts": ts, "text": body["text"], "message": shown}

    def _signed(self, thread: str) -> None:
        asked = self._asked.get(thread)
        if asked and not asked.has_sign:
            asked.has_sign = True
            self.signs.append(time.monotonic() - asked.at)

    def _see(self, thread: str, body: Json) -> None:
        markdown, *rest = body["blocks"]
        asked, buttons = self._asked.get(thread), str(rest)
        if asked and markdown["text"] == asked.text and "stop:" not in buttons and not asked.standing.done():
            asked.standing.set_result(time.monotonic())

    # Claude

    async def answer(self, body: bytes, send: Callable[[bytes], None]) -> None:
        """The newest question's answer as a stream."""
        number = int(_ASKED.findall(body)[-1]) - 100_000
        frames = [*_frames(text(number, self.tokens))]
        if not self.speed:
            send(b"".join(frames))
            return
        loop = asyncio.get_running_loop()
        send(frames[0])
        due = loop.time() + self.first_token
        for frame in frames[1:-1]:
            await asyncio.sleep(max(0.0, due - loop.time()))
            send(frame)
            due += 1 / self.speed
        send(frames[-1])


class _Connection(asyncio.Protocol):
    """One connection of the bot's: requests one after the other, or a websocket."""

    def __init__(self, mill: Mill) -> None:
        self._mill = mill
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._streaming: asyncio.Task[None] | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._streaming:
            self._streaming.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._hears() if self.is_open else self._takes():
            pass

    def send(self, text: str) -> None:
        """A text frame of a websocket."""
        self._frame(_TEXT, text.encode())

    # Requests

    def _takes(self) -> bool:
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        if len(body) < length:
            return False
        del self._buffer[: end + 4 + length]
        self._handle(head, body)
        return True

    def _handle(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
        if path.startswith("/api/"):
            given = json.loads(body) if body.startswith(b"{") else {}
            self._respond({"ok": True, **self._mill.slack(path.removeprefix("/api/"), given)})
        elif path == "/v1/messages":
            self._write(_STREAM_HEAD)
            self._streaming = asyncio.create_task(self._stream(body))
        elif path == "/link":
            key = _KEY.search(head)
            self._upgrade(key[1] if key else b"")
        else:
            self._respond(_MODELS)

    async def _stream(self, body: bytes) -> None:
        await self._mill.answer(body, lambda data: self._write(b"%x\r\n%b\r\n" % (len(data), data)))
        self._write(b"0\r\n\r\n")

    def _respond(self, answer: Json) -> None:
        body = json.dumps(answer).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        self._write(head % len(body) + body)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    # Websockets

    def _upgrade(self, key: bytes) -> None:
        accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._write(head + b"Sec-WebSocket-Accept: " + accept + _HEAD_END)
        self.is_open = True
        self._mill._sockets.append(self)  # its own connection
        self.send(
            json.dumps({"type": "hello", "num_connections": len(self._mill._sockets), "connection_info": {}})
        )  # as above

    def _hears(self) -> bool:
        """Take one frame: acknowledgements need no thought, pings an answer."""
        if len(self._buffer) < 2:
            return False
        kind, length, start = self._buffer[0] & 15, self._buffer[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(self._buffer[2:4], "big"), 4
        if len(self._buffer) < start + 4 + length:
            return False
        mask, masked = self._buffer[start : start + 4], self._buffer[start + 4 : start + 4 + length]
        del self._buffer[: start + 4 + length]
        if kind in (_PING, _CLOSE):
            said = bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))
            self._frame(_PONG if kind == _PING else _CLOSE, said)
        return True

    def _frame(self, kind: int, said: bytes) -> None:
        size = len(said)
        head = struct.pack("!BB", 128 | kind, size) if size < 126 else struct.pack("!BBH", 128 | kind, 126, size)
        self._write(head + said)


def _message(ts: str, said: str) -> dict[str, Any]:
    return {
        "user": PERSON,
        "type": "message",
        "ts": ts,
        "team": TEAM,
        "client_msg_id": "5d2c1f0a-0000-4000-8000-000000000000",
        "text": said,
        "blocks": [{"type": "rich_text", "block_id": "b", "elements": [{"type": "text", "text": said}]}],
    }


def _frames(said: str) -> Iterator[bytes]:
    usage = {"input_tokens": 60, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1}
    opening = {"id": "msg_mill", "type": "message", "role": "assistant", "model": MODEL, "content": [], "usage": usage}
    begun = _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield _event("message_start", message=opening) + begun + _event("ping")
    words = said.split(" ")
    for place, word in enumerate(words):
        delta = {"type": "text_delta", "text": word if place == 0 else f" {word}"}
        yield _event("content_block_delta", index=0, delta=delta)
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    closing = _event("message_delta", delta=ended, usage={**usage, "output_tokens": len(words)})
    yield _event("content_block_stop", index=0) + closing + _event("message_stop")


def _event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


_PERSON = {
    "id": PERSON,
    "team_id": TEAM,
    "name": "ada",
    "profile": {"display_name": "ada", "real_name": "Ada"},
    "is_restricted": False,
    "is_bot": False,
}
_BY_US = {"user": BOT_USER, "bot_id": BOT, "app_id": APP, "bot_profile": {"id": BOT, "name": "Parley", "app_id": APP}}
_MODELS: Json = {
    "data": [
        {
            "id": MODEL,
            "type": "model",
            "display_name": "Claude Sonnet 5.5",
            "created_at": "2026-01-01T00:00:00Z",
            "max_input_tokens": 1_000_000,
            "max_tokens": 128_000,
        }
    ],
    "has_more": False,
}
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nrequest-id: req_mill\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


async def crowd(mill: Mill, turns: int, *, at_once: int, channels: Sequence[str]) -> float:
    """So many people who each ask, wait for the answer, and ask again, somewhere else; seconds that it took."""
    left, places = iter(range(turns)), itertools.cycle(channels)

    async def person() -> None:
        for _ in left:
            await mill.ask(next(places))

    begun = time.monotonic()
    await asyncio.gather(*(person() for _ in range(at_once)))
    return time.monotonic() - begun
