"""The gateway's websockets: discord.py connects, beats, resumes; what is heard goes on as it came."""

import asyncio
import json
import re
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Any, TypeAlias

import discord
from discord.gateway import KeepAliveHandler

from bots.discord.missed import Spots
from bots.discord.parse import NAME
from bots.discord.rest import note
from bots.discord.shards import ALONE, Shards
from core.called import fit
from core.contract import Place
from core.events import Connected, Disconnected, Slug, emit
from core.outside import Payload, text_in

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we have no voice

READY_SECONDS = 10.0
"""How long a new session waits for the servers that it was promised; some may be down."""
UNNOTICED_SECONDS = 90.0
"""How long a connection may have been dead before that was noticed."""
IDENTIFY_SECONDS = 5.0
"""Between two new sessions: Discord takes no more."""
BRIEF_SECONDS = 100.0
"""Whose sessions do not last so long, one after the other, begins more than the 1,000 a day that Discord bears with."""

HEARD = frozenset(
    (
        *("READY", "RESUMED", "INTERACTION_CREATE"),
        *("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
        *("GUILD_DELETE", "CHANNEL_DELETE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE"),
    )
)
_EVENT = re.compile(rf'"t": ?"(?:{"|".join(HEARD)})"')

Room: TypeAlias = discord.abc.GuildChannel | discord.Thread
Heard: TypeAlias = Callable[[str, Payload], Awaitable[None]]
"""Gets all that is not about the connection."""
NewSession: TypeAlias = Callable[[float], None]
"""Hears of one: when the one before it may have been lost (s since 1970), infinity at the first."""


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

    # What it knows of servers

    def parent(self, channel: str) -> str | None:
        """The channel of a thread, "" for a channel, None for what the gateway did not tell of."""
        found = self.get_channel(int(channel))
        if isinstance(found, discord.Thread):
            return str(found.parent_id)
        return None if found is None else ""

    def title(self, thread: str) -> tuple[str, str] | None:
        """What a thread is called, and who began it; None of what the gateway did not tell of."""
        found = self.get_channel(int(thread))
        return (found.name, str(found.owner_id)) if isinstance(found, discord.Thread) else None

    def _server(self, id: str) -> discord.Guild | None:
        """One that this process listens to, as far as the gateway told of it; "" is none."""
        return self.get_guild(int(id)) if id.isdecimal() else None

    def role(self, guild: str) -> str:
        """The role that Discord made for the bot in a server, "" when there is none."""
        found = self._server(guild)
        return str(found.self_role.id) if found and found.self_role else ""

    def called(self, guild: str, at: str, id: str) -> str:
        """What an id is in a server: "#billing", "@Support"; "" of what is unknown, or not all know who read `at`."""
        here = self._server(guild)
        if here is None:
            return ""
        if role := here.get_role(int(id)):
            return f"@{fit(role.name).removeprefix('@')}"
        rooms = (here.get_channel_or_thread(int(one)) if one.isdecimal() else None for one in (id, at))
        room, read = (one if one and _sees(one) else None for one in rooms)
        return f"#{fit(room.name)}" if room and _is_open(room, read) else ""

    def has(self, guild: str, channel: str = "") -> bool | None:
        """Whether the bot is in a server, and that has such a channel; None when nobody can tell now.

        That is so while the server is away, where another process listens to it, and of a channel that it may not see.
        """
        here = self._server(guild)
        if here is None:
            return False if self.is_connected and self._listens_to(guild) else None
        if here.unavailable:
            return None
        found = here.get_channel(int(channel)) if channel else None
        return not channel if found is None else _sees(found) or None

    def _listens_to(self, guild: str) -> bool:
        return guild.isdecimal()

    def may_write(self, guild: str, room: str) -> bool | None:
        """Whether the bot may in a channel or thread; None of what the gateway did not tell of."""
        here = self._server(guild)
        found = here.get_channel_or_thread(int(room)) if here and here.me else None
        if here is None or found is None or (isinstance(found, discord.Thread) and found.parent is None):
            return None
        may = found.permissions_for(here.me)
        return may.send_messages_in_threads if isinstance(found, discord.Thread) else may.send_messages

    def joined(self, guild: str) -> float:
        """When the bot came into a server, in s since 1970; 0 when that is not known."""
        here = self._server(guild)
        came = here.me.joined_at if here and not here.unavailable and here.me else None
        return came.timestamp() if came else 0.0

    def busy(self, after: int) -> Spots:
        """Where something was said after this id, and the id of the newest, the newest first."""
        found = [
            room
            for guild in self.guilds
            for room in (*guild.channels, *guild.threads)
            if isinstance(room, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread)
            and (room.last_message_id or 0) > after
        ]
        newest = sorted(found, key=lambda room: room.last_message_id or 0, reverse=True)
        return [(_place(room.guild, room), room.last_message_id or 0) for room in newest if _sees(room)]

    async def all_told(self) -> None:
        """Until the gateway has told of all servers and their threads, or as much as it will."""
        end = time.monotonic() + READY_SECONDS
        while any(guild.unavailable for guild in self.guilds) and time.monotonic() < end:  # noqa: ASYNC110  # discord.py tells of it only after the first READY
            await asyncio.sleep(0.1)


class ShardedEars(Ears, discord.AutoShardedClient):
    """Several connections, each for its part of the servers."""

    @property
    def wanted(self) -> int:
        return len(self.shard_ids or ()) or self.shard_count or 1

    def _listens_to(self, guild: str) -> bool:
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
    proxy: str | None = None,
) -> Ears:
    """Ears for these shards."""
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=wants_content)
    if shards == ALONE:
        return Ears(heard, new_session, lost, intents=intents, proxy=proxy)
    ids = list(shards.ids) or None
    return ShardedEars(heard, new_session, lost, intents=intents, proxy=proxy, shard_ids=ids, shard_count=shards.count)


def _sees(room: Room) -> bool:
    """Whether the bot does. Of a channel that it does not see Discord tells a name that is none, and one rule alone."""
    if isinstance(room, discord.Thread) and room.parent is None:
        return False
    return room.permissions_for(room.guild.me).view_channel


def _is_open(room: Room, read: Room | None) -> bool:
    """Whether everybody may know of it who reads there: in the server, or wherever the same people see both.

    Where nobody sees a thing before somebody lets them in, no channel is everybody's.
    """
    if room == read:
        return True
    if isinstance(room, discord.Thread) and (room.is_private() or room.parent is None):
        return False
    is_everybodys = room.permissions_for(room.guild.default_role).view_channel
    return is_everybodys or (read is not None and _seen_by(room) == _seen_by(read))


def _seen_by(room: Room) -> Mapping[int, bool] | None:
    """Of whom it is said for this channel whether they see it; None of a thread whose channel is not known."""
    channel = room.parent if isinstance(room, discord.Thread) else room
    if channel is None:
        return None
    said = ((whom.id, may.view_channel) for whom, may in channel.overwrites.items())
    return {id: sees for id, sees in said if sees is not None}


def _place(guild: discord.Guild, room: discord.abc.Snowflake) -> Place:
    if isinstance(room, discord.Thread):
        return Place(NAME, str(guild.id), str(room.parent_id), str(room.id))
    return Place(NAME, str(guild.id), str(room.id))
