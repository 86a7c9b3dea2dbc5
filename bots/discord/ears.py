"""The gateway's websockets: discord.py connects, beats, resumes; what is heard goes on as it came."""

import asyncio
import json
import re
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, TypeAlias

import discord
from discord.gateway import KeepAliveHandler

from bots.discord.parts import NAME
from bots.discord.rest import note
from bots.discord.shards import ALONE, Shards
from core.events import Connected, Disconnected
from core.outside import Payload, text_in
from core.telling import Slug, emit
from core.trouble import Note, noting

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we have no voice

UNNOTICED_SECONDS = 90.0
"""How long a connection may have been dead before that was noticed."""
IDENTIFY_SECONDS = 5.0
"""Between two new sessions: Discord takes no more."""
BRIEF_SECONDS = 100.0
"""Sessions that end sooner, one after the other, are more than the 1,000 a day that Discord bears with."""

HEARD = frozenset(
    (
        *("READY", "RESUMED", "INTERACTION_CREATE"),
        *("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
        *("GUILD_DELETE", "CHANNEL_DELETE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE"),
    )
)
_EVENT = re.compile(rf'"t": ?"(?:{"|".join(HEARD)})"')

Heard: TypeAlias = Callable[[str, Payload], Awaitable[None]]
"""Gets all that is not about the connection."""
NewSession: TypeAlias = Callable[[float], None]
"""Is told at each when the one before it may have been lost (s since 1970), infinity at the first."""
Parse: TypeAlias = Callable[[Any], None]

SENSELESS = (ValueError, LookupError, TypeError, AttributeError)
"""What discord.py raises over what it cannot read; the last also when a first connection fails."""


def _at_best(parse: Parse, failed: Note) -> Parse:
    """What discord.py makes of an event, if it can: one that it cannot read would end the connection, for everybody."""

    def parsed(payload: Any) -> None:  # noqa: ANN401  # JSON
        try:
            parse(payload)
        except SENSELESS as error:
            failed(error)

    return parsed


class Ears(discord.Client):
    """One connection. The frames are taken as they came: an event of ours is made of what Discord sent.

    `lost`: when each shard that this process listened to was lost.
    """

    def __init__(
        self,
        heard: Heard,
        new_session: NewSession,
        lost: dict[int, float],
        **more: Any,  # noqa: ANN401  # options of the library's
    ) -> None:
        super().__init__(
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            enable_debug_events=True,  # which is what gives us the frames
            **more,
        )
        parsers = self._connection.parsers
        failed = noting(NAME, "event")  # of a kind that it cannot read many may come
        parsers.update({kind: _at_best(parse, failed) for kind, parse in parsers.items()})
        self._heard = heard
        self._new_session = new_session
        self.lost = lost
        self._began = defaultdict[int | None, deque[float]](deque)
        """When each shard last asked for sessions, in monotonic seconds: as `often` as it may."""
        self._live: set[int] = set()
        self.frame_at = 0.0
        self.hangs_up = False
        """Whether we are about to leave: then it is no trouble that the connection ends."""
        self.has_identified = False
        """Whether a new session was asked for, of which Discord counts each."""

    @property
    def wanted(self) -> int:
        """How many shards there should be."""
        return 1

    @property
    def often(self) -> int:
        """How many sessions in as many BRIEF_SECONDS a shard may begin: one more where others would be deaf meanwhile.

        The client's end ends them all.
        """
        return 2 if self.wanted > 1 else 1

    @property
    def apart(self) -> float:
        """Seconds between two clients that begin their sessions: so all shards together begin less than 1,000 a day."""
        return BRIEF_SECONDS * (self.shard_count or 1) * self.often

    @property
    def is_connected(self) -> bool:
        return len(self._live) >= self.wanted

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Raises ClientException, which ends the client, when those before were brief: discord.py counts none."""
        if not initial:
            await asyncio.sleep(IDENTIFY_SECONDS)
        now, began = time.monotonic(), self._began[shard_id]
        if len(began) >= self.often:
            if now - began[-self.often] < self.often * BRIEF_SECONDS:
                raise discord.ClientException
            began.popleft()
        began.append(now)
        self.has_identified = True

    async def on_socket_raw_receive(self, frame: str) -> None:
        self.frame_at = time.time()
        if not _EVENT.search(frame):
            return
        told = json.loads(frame)
        kind, payload = told.get("t"), told["d"]
        if kind == "READY":
            shard = int((payload.get("shard") or (0,))[0])
            self._new_session(self.lost.get(shard, inf) - UNNOTICED_SECONDS)
            self._came(shard)
        elif kind == "RESUMED":
            self._resumed()
        elif kind == "THREAD_MEMBERS_UPDATE":
            await self._heard(kind, {**payload, **self._thread(payload)})
        elif kind in HEARD:
            await self._heard(kind, payload)

    def _thread(self, payload: Payload) -> Payload:
        """What the gateway told of this thread before: of whom it lets in or out it tells by the thread's id alone."""
        id = text_in(payload, "id")
        found = self.get_channel(int(id)) if id.isdecimal() else None
        if not isinstance(found, discord.Thread):
            return {}
        return {"type": found.type.value, "parent_id": str(found.parent_id)}

    def _resumed(self) -> None:
        self._came(0)

    async def on_disconnect(self) -> None:
        self._went(0)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        error = sys.exception()
        if error is not None:
            note(error, "event")

    async def hang_up(self) -> None:
        """End what a client forgets that ends as it connects, too: a connection, and the thread that beats for it."""
        hearts = (one for one in threading.enumerate() if isinstance(one, KeepAliveHandler))
        for heart in hearts:
            if heart.ws._connection is self._connection:
                await heart.ws.close()

    def went(self) -> None:
        """All of it is gone."""
        for shard in tuple(self._live):
            self._went(shard)

    def _came(self, shard: int) -> None:
        was_connected = self.is_connected
        self.lost.pop(shard, None)
        self._live.add(shard)
        if self.is_connected and not was_connected:
            emit(Connected(platform=Slug(NAME)))

    def _went(self, shard: int) -> None:
        if shard not in self._live:
            return
        if self.is_connected and not self.hangs_up:
            emit(Disconnected(platform=Slug(NAME), code=Slug("gateway")))
        self._live.discard(shard)
        self.lost[shard] = time.time()

    def listens_to(self, guild: str) -> bool:
        """Whether the gateway tells this process of a server, should the bot be in it."""
        return guild.isdecimal()


class ShardedEars(Ears, discord.AutoShardedClient):
    """Several connections, each for its part of the servers."""

    @property
    def wanted(self) -> int:
        return len(self.shard_ids or ()) or self.shard_count or 1

    def listens_to(self, guild: str) -> bool:
        shard = (int(guild) >> 22) % (self.shard_count or 1)
        return shard in (self.shard_ids or range(self.shard_count or 1))

    def _resumed(self) -> None:
        """Which one it was is told by `on_shard_resumed`."""

    async def on_shard_resumed(self, shard_id: int) -> None:
        self._came(shard_id)

    async def on_disconnect(self) -> None:
        """Which one it was is told by `on_shard_disconnect`."""

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self._went(shard_id)


def listener(
    heard: Heard,
    new_session: NewSession,
    shards: Shards,
    lost: dict[int, float],
    *,
    wants_content: bool,
    proxy: str | None,
) -> Ears:
    """Ears for these shards."""
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=wants_content)
    if shards == ALONE:
        return Ears(heard, new_session, lost, intents=intents, proxy=proxy)
    ids = list(shards.ids) or None
    return ShardedEars(heard, new_session, lost, intents=intents, proxy=proxy, shard_ids=ids, shard_count=shards.count)
