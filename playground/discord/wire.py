"""The world as Discord writes it: users, channels, servers and messages as JSON. No I/O."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playground.discord import snowflakes
from playground.discord.permissions import NOTHING, Can
from playground.discord.world import BOT, DM, GROUP, Attachment, Channel, Guild, Json, Member, Message, World

OBFUSCATED = 1 << 17
"""A channel's flag: the bot may not see it."""


def stamp(seconds: float | None) -> str | None:
    """ISO 8601 with microseconds, as Discord writes times."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user(world: World, id_: int) -> Json:
    one = world.users[id_]
    fields: Json = {"id": str(one.id), "username": one.name, "discriminator": "0", "global_name": one.display or None}
    return fields | {"avatar": None, "public_flags": 0, "flags": 0} | ({"bot": True} if one.bot else {})


def myself(world: World) -> Json:
    return user(world, BOT) | {"verified": True, "mfa_enabled": True, "email": None, "locale": "en-US"}


def member(world: World, one: Member, *, with_user: bool = True) -> Json:
    fields: Json = {"nick": one.nick, "avatar": None, "roles": [str(r) for r in one.roles], "flags": 0}
    fields |= {"joined_at": stamp(one.joined), "premium_since": None, "deaf": False, "mute": False, "pending": False}
    return fields | {"communication_disabled_until": None} | ({"user": user(world, one.user.id)} if with_user else {})


def channel(world: World, one: Channel) -> Json:
    last = next(reversed(one.messages), None)
    fields: Json = {"id": str(one.id), "type": one.type, "flags": 0, "last_message_id": str(last) if last else None}
    if one.type in (DM, GROUP):
        people = [user(world, i) for i in one.recipients]
        group = {"name": one.name, "icon": None, "owner_id": str(one.owner)} if one.type == GROUP else {}
        return fields | {"recipients": people} | group
    fields |= {"guild_id": str(one.guild), "name": one.name, "nsfw": False, "rate_limit_per_user": 0}
    if one.is_thread:
        return fields | _thread(one)
    return fields | {"position": 0, "topic": None, "parent_id": None, "permission_overwrites": _overwrites(one)}


def heard(world: World, one: Channel) -> Json:
    """As the gateway tells it: of a server's channel that the bot may not see hardly more than that there is one.

    Discord's documents call it obfuscated (Channel Object, "Obfuscated Channels"), from 16 November 2026 on. REST
    leaves such channels out; interactions tell all of them.
    """
    fields = channel(world, one)
    if not one.guild or one.is_thread or Can.VIEW_CHANNEL in world.may(one):
        return fields
    rule = {"id": str(one.guild), "type": 0, "allow": "0", "deny": str(int(Can.VIEW_CHANNEL))}
    return fields | {
        "name": "___hidden___",
        "flags": OBFUSCATED,
        "last_message_id": None,
        "permission_overwrites": [rule],
    }


def _overwrites(one: Channel) -> list[Json]:
    """What differs here for @everyone, whose role has the server's id, and for the bot."""
    hidden = Can.VIEW_CHANNEL if one.hidden else NOTHING
    rules = ((one.guild, 0, NOTHING, hidden), (BOT, 1, hidden & ~one.denied, one.denied))
    return [
        {"id": str(whose), "type": kind, "allow": str(int(allow)), "deny": str(int(deny))}
        for whose, kind, allow, deny in rules
        if allow or deny
    ]


def _thread(one: Channel) -> Json:
    begun = stamp(snowflakes.seconds(one.id))
    about = {"archived": one.archived, "locked": one.locked, "auto_archive_duration": one.archive_minutes}
    fields: Json = {"parent_id": str(one.parent), "owner_id": str(one.owner), "member_count": len(one.members)}
    count = max(len(one.messages) - 1, 0)
    if BOT in one.members:
        fields["member"] = {"id": str(one.id), "user_id": str(BOT), "join_timestamp": begun, "flags": 1}
    times = {"archive_timestamp": begun, "create_timestamp": begun}
    return fields | {"message_count": count, "total_message_sent": count, "thread_metadata": about | times}


def guild(world: World, one: Guild) -> Json:
    """As REST gives it."""
    roles = [
        {"id": str(r.id), "name": r.name, "permissions": str(int(r.permissions)), "position": place, "color": 0}
        | {"colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False}
        | {"managed": r.is_bots, "mentionable": False, "flags": 0}
        | ({"tags": {"bot_id": str(BOT)}} if r.is_bots else {})
        for place, r in enumerate(one.roles.values())
    ]
    fields: Json = {"id": str(one.id), "name": one.name, "icon": None, "owner_id": str(one.owner), "roles": roles}
    fields |= {"emojis": [], "stickers": [], "features": [], "verification_level": 0, "mfa_level": 0, "nsfw_level": 0}
    fields |= {"default_message_notifications": 0, "explicit_content_filter": 0, "preferred_locale": "en-US"}
    return fields | {"premium_tier": 0, "afk_timeout": 300, "system_channel_flags": 0, "description": None}


def guild_create(world: World, one: Guild, *, members: bool) -> Json:
    """As GUILD_CREATE gives it; without the intent for members only the bot itself is among them."""
    inside = [m for m in one.members.values() if members or m.user.id == BOT]
    threads = [c for c in world.channels_of(one.id, threads=True) if world.sees(c) and not c.archived]
    fields: Json = {"joined_at": stamp(one.members[BOT].joined), "large": False, "unavailable": False}
    fields |= {"member_count": len(one.members), "members": [member(world, m) for m in inside]}
    fields |= {"channels": [heard(world, c) for c in world.channels_of(one.id)]}
    fields |= {"threads": [channel(world, c) for c in threads]}
    fields |= {"presences": [], "voice_states": [], "stage_instances": [], "guild_scheduled_events": []}
    return guild(world, one) | fields | {"soundboard_sounds": []}


@dataclass(eq=False, slots=True)
class Links:
    """Signed addresses of files, as Discord's CDN has them: `ex` is the hexadecimal time when they end."""

    origin: str = ""
    life: float = 86400.0
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def url(self, one: Attachment, now: float) -> str:
        end = f"{int(now + self.life):x}"
        path = f"{one.channel}/{one.id}/{one.filename}"
        return f"{self.origin}/attachments/{path}?ex={end}&is={int(now):x}&hm={self._sign(path, end)}&"

    def holds(self, path: str, end: str, sign: str, now: float) -> bool:
        try:
            over = int(end, 16) <= now
        except ValueError:
            return False
        return not over and hmac.compare_digest(self._sign(path, end), sign)

    def _sign(self, path: str, end: str) -> str:
        return hmac.new(self._key, f"{path}?{end}".encode(), hashlib.sha256).hexdigest()


@dataclass(eq=False, slots=True)
class Writer:
    """Writes messages: they need the signed addresses of their files."""

    world: World
    links: Links

    def attachment(self, one: Attachment) -> Json:
        url = one.elsewhere or self.links.url(one, self.world.clock())
        fields: Json = {"id": str(one.id), "filename": one.filename, "size": len(one.content), "url": url}
        fields |= {"proxy_url": url, "content_type": one.content_type, "flags": 0}
        if one.description:
            fields["description"] = one.description
        return fields | ({"ephemeral": True} if one.ephemeral else {})

    def message(self, one: Message, *, depth: int = 1) -> Json:
        """As REST gives it; `depth`: how many messages that it answers are told with it."""
        world = self.world
        fields: Json = {"id": str(one.id), "channel_id": str(one.channel), "author": user(world, one.author)}
        fields |= {"content": one.content, "timestamp": stamp(one.at), "edited_timestamp": stamp(one.edited)}
        fields |= {"type": one.type, "flags": one.flags, "tts": False, "pinned": False}
        fields |= {"mention_everyone": one.pings.everyone, "mention_roles": [str(r) for r in one.pings.roles]}
        fields |= {"mentions": [user(world, i) for i in one.pings.users if i in world.users]}
        fields |= {"attachments": [self.attachment(a) for a in one.attachments]}
        fields |= {"embeds": list(one.embeds), "components": list(one.components)}
        if one.thread:
            fields["thread"] = channel(world, world.channels[one.thread])
        if one.reactions:
            fields["reactions"] = [_reaction(emoji, who) for emoji, who in one.reactions.items()]
        return fields | self._interaction(one) | self._reference(one, depth)

    def event(self, one: Message) -> Json:
        """As MESSAGE_CREATE and MESSAGE_UPDATE give it: with the server and the author's membership."""
        place = self.world.channels[one.channel]
        fields = self.message(one) | {"channel_type": place.type}
        guild_of = self.world.guilds.get(place.guild)
        if guild_of is None:
            return fields
        fields["guild_id"] = str(guild_of.id)
        if one.author in guild_of.members and one.interaction is None:
            fields["member"] = member(self.world, guild_of.members[one.author], with_user=False)
        for told in fields["mentions"]:
            if int(told["id"]) in guild_of.members:
                told["member"] = member(self.world, guild_of.members[int(told["id"])], with_user=False)
        return fields

    def _interaction(self, one: Message) -> Json:
        if one.interaction is None:
            return {}
        return {"application_id": str(BOT), "webhook_id": str(BOT), "interaction_metadata": one.interaction}

    def _reference(self, one: Message, depth: int) -> Json:
        if one.reference is None:
            return {}
        place = self.world.channels[one.reference.channel]
        about: Json = {"type": one.reference.kind, "channel_id": str(place.id)}
        about |= {"message_id": str(one.reference.message)} | ({"guild_id": str(place.guild)} if place.guild else {})
        if one.snapshot is not None:
            return {"message_reference": about, "message_snapshots": [{"message": one.snapshot}]}
        found = place.messages.get(one.reference.message)
        if depth <= 0:
            return {"message_reference": about}
        told = None if found is None else self.message(found, depth=depth - 1)
        return {"message_reference": about, "referenced_message": told}


def nonce(one: Message) -> Json:
    """What only whoever hears of a new message is told: Discord does not keep it for long."""
    return {} if one.nonce is None else {"nonce": one.nonce}


def _reaction(emoji: str, who: set[int]) -> Json:
    fields: Json = {"emoji": {"id": None, "name": emoji}, "count": len(who), "me": BOT in who, "me_burst": False}
    return fields | {"count_details": {"normal": len(who), "burst": 0}, "burst_colors": []}


def snapshot(fields: Json) -> Json:
    """What a forwarded message shows of the original, which is told as REST gives it."""
    kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "components")
    return {key: fields[key] for key in (*kept, "mentions", "mention_roles")}


def application(world: World, flags: int) -> Json:
    owner: Any = user(world, next(iter(world.guilds.values())).owner)
    fields: Json = {"id": str(BOT), "name": world.bot.name, "icon": None, "description": "", "summary": ""}
    fields |= {"bot_public": False, "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": flags}
    return fields | {"owner": owner, "team": None, "bot": user(world, BOT), "interactions_endpoint_url": None}
