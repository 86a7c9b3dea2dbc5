"""The gateway: sessions that identify, resume and hear of what their intents and their shard let through."""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from playground.discord import snowflakes, wire
from playground.discord.config import Config
from playground.discord.intents import FLAGS, KNOWN, Intent, forbidden, readable, wanted
from playground.discord.sockets import Socket
from playground.discord.world import Channel, Guild, Json, World
from playground.record import Record

UNKNOWN_OP, NOT_JSON, NOT_IDENTIFIED, BAD_TOKEN, ALREADY, BAD_SEQ, FLOOD, TIMED_OUT = (
    *range(4001, 4006),
    4007,
    4008,
    4009,
)
BAD_SHARD, BAD_VERSION, BAD_INTENTS, FORBIDDEN_INTENTS = 4010, 4012, 4013, 4014
PAST = 1000


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it was told; `channel` None: it belongs to no channel."""

    name: str
    data: Json
    guild: int
    channel: Channel | None


@dataclass(eq=False, slots=True)
class Session:
    id: str
    intents: int
    shard: tuple[int, int]
    log: deque[tuple[int, str]]
    seq: int = 0
    socket: Socket | None = None
    lost: float = 0.0  # when its connection ended

    def hears(self, event: str, guild: int) -> bool:
        mine = snowflakes.shard(guild, self.shard[1]) == self.shard[0]
        return mine and wanted(event, self.intents, guild)

    def tell(self, event: str, data: str) -> None:
        """Send an event, whose data is JSON already, and keep it for a RESUME."""
        self.seq += 1
        text = f'{{"t":"{event}","s":{self.seq},"op":0,"d":{data}}}'
        self.log.append((self.seq, text))
        if self.socket is not None:
            self.socket.put(text)


@dataclass(eq=False, slots=True)
class Gateway:
    """All connections and sessions. A session outlives its connection, unless the client said goodbye (1000, 1001)."""

    world: World
    record: Record
    config: Callable[[], Config]
    address: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    sockets: set[Socket] = field(default_factory=set)
    past: deque[Happening] = field(default_factory=lambda: deque(maxlen=PAST))
    refusals: int = 0
    """How many more IDENTIFYs are answered with op 9, as those are that come too soon after one another."""

    def tell(self, name: str, data: Json, *, guild: int = 0, channel: Channel | None = None) -> None:
        """Let every session know that may; what happens in a channel only if the bot sees it."""
        if channel is not None and not self.world.sees(channel):
            return
        guild = channel.guild if channel is not None else guild
        happening = Happening(name, data, guild, channel)
        self.past.append(happening)
        self._dispatch(happening)

    def again(self, ref: str = "") -> int:
        """Tell of this message or interaction, or the last one, once more; to how many sessions it went."""
        events = [e for e in self.past if e.name in ("MESSAGE_CREATE", "INTERACTION_CREATE")]
        found = [e for e in events if not ref or e.data["id"] == ref]
        return self._dispatch(found[-1]) if found else 0

    def _dispatch(self, event: Happening) -> int:
        self._forget_sessions()
        texts: dict[bool, str] = {}
        told = 0
        for session in self.sessions.values():
            if not session.hears(event.name, event.guild):
                continue
            whole = bool(session.intents & Intent.MESSAGE_CONTENT) or event.name not in (
                "MESSAGE_CREATE",
                "MESSAGE_UPDATE",
            )
            if whole not in texts:
                data = event.data if whole else readable(event.data, in_guild=event.guild != 0)
                texts[whole] = json.dumps(data)
            session.tell(event.name, texts[whole])
            told += 1
        return told

    def _forget_sessions(self) -> None:
        """Nobody has resumed them for long."""
        since = time.monotonic() - self.config().resume_seconds
        for session in list(self.sessions.values()):
            if session.socket is None and session.lost <= since:
                del self.sessions[session.id]

    def frame(self, text: str) -> int:
        """Send this text as it is, JSON or not, to all."""
        return self._to_all(lambda socket: socket.put(text))

    def reconnect(self) -> int:
        """op 7 to all: connect again and resume."""
        return self._to_all(lambda socket: socket.op(7))

    def invalidate(self, *, resumable: bool) -> int:
        """op 9 to all; their sessions are gone unless resumable."""
        if not resumable:
            for session in list(self.sessions.values()):
                if session.socket is not None:
                    del self.sessions[session.id]
        return self._to_all(lambda socket: socket.op(9, resumable))

    def drop(self) -> int:
        """Cut all connections; the sessions stay."""
        return self._to_all(lambda socket: socket.drop())

    def close(self, code: int) -> int:
        return self._to_all(lambda socket: socket.close(code))

    def _to_all(self, act: Callable[[Socket], None]) -> int:
        sockets = list(self.sockets)
        for socket in sockets:
            act(socket)
        return len(sockets)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from hello to its end."""
        ws = web.WebSocketResponse(compress=False, autoclose=True)
        await ws.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)  # noqa: S101  # a TCP server has nothing else
        zipped = request.query.get("compress") == "zlib-stream"
        socket = Socket(ws, request.transport, zipped, asyncio.get_running_loop().time())
        self.sockets.add(socket)
        writer = asyncio.create_task(socket.write())
        try:
            if request.query.get("v", "10") not in ("9", "10"):
                socket.close(BAD_VERSION)
            socket.op(10, {"heartbeat_interval": int(self.config().heartbeat_seconds * 1000), "_trace": []})
            await self._listen(socket)
        finally:
            self._gone(socket)
            writer.cancel()
            await asyncio.wait([writer])
        return ws

    def _gone(self, socket: Socket) -> None:
        self.sockets.discard(socket)
        session = self._session_of(socket)
        if session is None:
            return
        session.socket, session.lost = None, time.monotonic()
        self._note("closed", session, code=socket.ws.close_code)
        if socket.ws.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
            self.sessions.pop(session.id, None)

    def _session_of(self, socket: Socket) -> Session | None:
        return next((s for s in self.sessions.values() if s.socket is socket), None)

    def _note(self, event: str, session: Session, **more: object) -> None:
        self.record.add(
            "connections",
            event=event,
            session=session.id,
            shard=list(session.shard),
            intents=session.intents,
            **more,
        )

    async def _listen(self, socket: Socket) -> None:
        """Until the client has gone, or has not sent a heartbeat for one and a half intervals."""
        loop = asyncio.get_running_loop()
        while True:
            patience = socket.heard + 1.5 * self.config().heartbeat_seconds - loop.time()
            try:
                message = await socket.ws.receive(timeout=max(patience, 0.001))
            except TimeoutError:
                socket.close(TIMED_OUT)
                await socket.ws.receive()
                return
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if socket.floods(loop.time()):
                socket.close(FLOOD)
                continue
            self._hear(socket, message.data, loop.time())

    def _hear(self, socket: Socket, raw: str | bytes, now: float) -> None:
        frame = _frame(raw)
        if frame is None:
            socket.close(NOT_JSON)
            return
        op, data = frame
        session = self._session_of(socket)
        if op == 1:
            socket.heard = now
            socket.op(11)
        elif op in (2, 6) and session is not None:
            socket.close(ALREADY)
        elif op == 2:
            self._identify(socket, data)
        elif op == 6:
            self._resume(socket, data)
        elif session is None:
            socket.close(NOT_IDENTIFIED)
        elif op == 8:
            self._members(session, data)
        elif op not in (3, 4):  # a presence and a voice state change nothing here
            socket.close(UNKNOWN_OP)

    def _identify(self, socket: Socket, data: Json) -> None:
        config = self.config()
        intents, shard = data.get("intents", -1), tuple(data.get("shard") or (0, 1))
        refused = (
            (data.get("token") != config.token, BAD_TOKEN),
            (not isinstance(intents, int) or intents & ~KNOWN, BAD_INTENTS),
            (len(shard) != 2 or not 0 <= shard[0] < shard[1], BAD_SHARD),
        )
        for wrong, code in refused:
            if wrong:
                socket.close(code)
                return
        if forbidden(intents, config.privileged):
            socket.close(FORBIDDEN_INTENTS)
            return
        if self.refusals > 0:
            self.refusals -= 1
            self.record.add("connections", event="refused", shard=list(shard), intents=intents)
            socket.op(9, data=False)
            return
        session = Session(
            secrets.token_hex(16), intents, (shard[0], shard[1]), deque(maxlen=int(config.replay)), 0, socket
        )
        self.sessions[session.id] = session
        self._note("identify", session)
        self._welcome(session)

    def _welcome(self, session: Session) -> None:
        """READY, then every server of this shard."""
        mine = [g for g in self.world.guilds.values() if g.has_bot and session.hears("READY", g.id)]
        ready = {"v": 10, "user": wire.myself(self.world), "session_id": session.id, "session_type": "normal"}
        ready |= {"guilds": [{"id": str(g.id), "unavailable": True} for g in mine], "private_channels": []}
        flags = sum(FLAGS[name] for name in self.config().privileged)
        ready |= {"application": {"id": str(self.world.bot.id), "flags": flags}, "shard": list(session.shard)}
        session.tell("READY", json.dumps(ready | {"resume_gateway_url": self.address, "_trace": []}))
        if not session.intents & Intent.GUILDS:
            return
        for guild in mine:
            if not guild.is_away:
                self._introduce(session, guild)

    def _introduce(self, session: Session, guild: Guild) -> None:
        members = bool(session.intents & Intent.MEMBERS)
        session.tell("GUILD_CREATE", json.dumps(wire.guild_create(self.world, guild, members=members)))

    def arrived(self, guild: Guild) -> None:
        """The bot has come into a server while it is connected."""
        for session in self.sessions.values():
            if guild.has_bot and session.hears("GUILD_CREATE", guild.id):
                self._introduce(session, guild)

    def _resume(self, socket: Socket, data: Json) -> None:
        if data.get("token") != self.config().token:
            socket.close(BAD_TOKEN)
            return
        session, seq = self.sessions.get(str(data.get("session_id"))), data.get("seq") or 0
        if session is None or (session.log and seq < session.log[0][0] - 1):
            socket.op(9, data=False)
            return
        if seq > session.seq:
            socket.close(BAD_SEQ)
            return
        if session.socket is not None:
            session.socket.drop()
        session.socket = socket
        missed = [text for number, text in session.log if number > seq]
        for text in missed:
            socket.put(text)
        self._note("resume", session, replayed=len(missed))
        session.tell("RESUMED", "{}")

    def _members(self, session: Session, data: Json) -> None:
        """op 8: the members of a server, 1,000 a chunk."""
        guild = self.world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted_ids = [int(i) for i in data.get("user_ids") or ()]
        prefix, limit = str(data.get("query") or "").lower(), int(data.get("limit") or 0)
        found = [m for m in guild.members.values() if m.user.name.lower().startswith(prefix)]
        if wanted_ids:
            found = [guild.members[i] for i in wanted_ids if i in guild.members]
        found = found[:limit] if limit else found
        missing = [str(i) for i in wanted_ids if i not in guild.members]
        chunks = [found[i : i + 1000] for i in range(0, len(found), 1000)] or [[]]
        for number, part in enumerate(chunks):
            chunk: Json = {"guild_id": str(guild.id), "members": [wire.member(self.world, m) for m in part]}
            chunk |= {"chunk_index": number, "chunk_count": len(chunks), "not_found": missing, "presences": []}
            chunk |= {"nonce": data["nonce"]} if data.get("nonce") else {}
            session.tell("GUILD_MEMBERS_CHUNK", json.dumps(chunk))


def _frame(raw: str | bytes) -> tuple[int, Json] | None:
    """The number and the data of what a client sent; None when it makes no sense."""
    try:
        frame = json.loads(raw)
        op, data = int(frame["op"]), frame.get("d")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if isinstance(data, dict):
        return op, data
    return None if op in (2, 6, 8) else (op, {})
