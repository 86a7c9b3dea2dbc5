"""What the gateway has told of servers: whoever hears an event need not ask Discord for it again."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import discord

from bots.discord.gateway import Gateway
from bots.discord.parts import NAME
from bots.discord.words import Bot
from core.called import fit
from core.contract import Place

READY_SECONDS = 10.0
"""How long a new session waits for the servers that it was promised; some may be down."""

Room: TypeAlias = discord.abc.GuildChannel | discord.Thread
Spots: TypeAlias = Sequence[tuple[Place, int]]
"""Places, each with the id of a message there."""


class Servers:
    """Those that this process listens to. Before the gateway was listened to nothing is known of any."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def parent(self, channel: str) -> str | None:
        """The channel of a thread, "" for a channel, None for what the gateway did not tell of."""
        found = self._channel(channel)
        if isinstance(found, discord.Thread):
            return str(found.parent_id)
        return None if found is None else ""

    def title(self, thread: str) -> tuple[str, str] | None:
        """What a thread is called, and who began it; None of what the gateway did not tell of."""
        found = self._channel(thread)
        return (found.name, str(found.owner_id)) if isinstance(found, discord.Thread) else None

    def bot_in(self, guild: str, room: str, bot: Bot) -> Bot:
        """Who we are in a server, "" for none, with what is known there to those who read a channel or thread."""
        return replace(bot, role=self._role(guild), called=partial(self._called, guild, room))

    def _role(self, guild: str) -> str:
        """The role that Discord made for the bot in a server, "" when there is none."""
        found = self._server(guild)
        return str(found.self_role.id) if found and found.self_role else ""

    def _called(self, guild: str, at: str, id: str) -> str:
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

        That is so while the server is away or was not read to its end, where another process listens to it, and of a
        channel that it may not see.
        """
        here, ears = self._server(guild), self._gateway.ears
        if here is None:
            return False if ears and ears.is_connected and ears.listens_to(guild) else None
        if here.unavailable or here.me is None:
            return None
        found = here.get_channel(int(channel)) if channel else None
        return not channel if found is None else _sees(found) or None

    def may_write(self, guild: str, room: str) -> bool | None:
        """Whether the bot may in a channel or thread; None of what the gateway did not tell of.

        In a locked thread only moderators may.
        """
        here = self._server(guild)
        found = here.get_channel_or_thread(int(room)) if here and here.me else None
        if here is None or found is None or (isinstance(found, discord.Thread) and found.parent is None):
            return None
        may = found.permissions_for(here.me)
        if not isinstance(found, discord.Thread):
            return may.send_messages
        return may.send_messages_in_threads and (may.manage_threads or not found.locked)

    def joined(self, guild: str) -> float:
        """When the bot came into a server, in s since 1970; 0 when that is not known."""
        here = self._server(guild)
        came = here.me.joined_at if here and not here.unavailable and here.me else None
        return came.timestamp() if came else 0.0

    def busy(self, after: int) -> Spots:
        """Where something was said after this id, and the id of the newest, the newest first."""
        found = [
            room
            for guild in self._all
            for room in (*guild.channels, *guild.threads)
            if isinstance(room, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread)
            and (room.last_message_id or 0) > after
        ]
        newest = sorted(found, key=lambda room: room.last_message_id or 0, reverse=True)
        return [(_place(room.guild, room), room.last_message_id or 0) for room in newest if _sees(room)]

    async def all_told(self) -> None:
        """Until the gateway has told of all servers and their threads, or as much as it will."""
        end = time.monotonic() + READY_SECONDS
        while any(guild.unavailable for guild in self._all) and time.monotonic() < end:  # noqa: ASYNC110  # discord.py tells of it only after the first READY
            await asyncio.sleep(0.1)

    @property
    def _all(self) -> Sequence[discord.Guild]:
        return self._gateway.ears.guilds if self._gateway.ears else ()

    def _server(self, id: str) -> discord.Guild | None:
        """One of them, as far as the gateway told of it; "" is none."""
        return self._gateway.ears.get_guild(int(id)) if self._gateway.ears and id.isdecimal() else None

    def _channel(self, id: str) -> object:
        return self._gateway.ears.get_channel(int(id)) if self._gateway.ears else None


def _sees(room: Room) -> bool:
    """Whether the bot does. Of a channel that it does not see Discord tells a name that is none, and one rule alone."""
    if isinstance(room, discord.Thread) and room.parent is None:
        return False
    me = room.guild.me  # none where discord.py could not read all of the server
    return bool(me) and room.permissions_for(me).view_channel


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
