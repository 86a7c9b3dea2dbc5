"""Messages come to be, change and go: in the world, in the record and on the gateway. No I/O."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.discord import checks, wire
from playground.discord.config import BODY_BYTES, FILE_BYTES
from playground.discord.errors import Refused, invalid
from playground.discord.mentions import Pings, allowed, pings
from playground.discord.permissions import Can
from playground.discord.platform import Platform
from playground.discord.world import (
    BOT,
    COMPONENTS_V2,
    DEFAULT,
    DM,
    EPHEMERAL,
    FORUM,
    LOADING,
    REPLY,
    SILENT,
    SUPPRESS_EMBEDS,
    Attachment,
    Channel,
    Json,
    Message,
    Reference,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: `key` is what `attachments[].id` calls it."""

    key: str
    filename: str
    content: bytes
    elsewhere: str = ""


def create(here: Platform, channel: Channel, body: Mapping[str, Any], files: Sequence[Upload] = ()) -> Message:
    """The bot sends a message. Raises Refused. The same enforced nonce again gives the first message."""
    _may_send(here, channel, files)
    nonce = None if body.get("nonce") is None else str(body["nonce"])
    if nonce is not None and body.get("enforce_nonce") and (first := _sent_with(here, channel, nonce)):
        return first
    message = draft(here, channel, body, files, reference=_reference(here, channel, body))
    message.nonce = nonce
    publish(here, message, "message.create")
    if nonce is not None:
        here.nonces[channel.id, nonce] = (message.id, here.monotonic())
    return message


def _may_send(here: Platform, channel: Channel, files: Sequence[Upload]) -> None:
    here.world.need(channel, Can.SEND_MESSAGES_IN_THREADS if channel.is_thread else Can.SEND_MESSAGES)
    if channel.type == FORUM:
        raise Refused(50008)
    if files:
        here.world.need(channel, Can.ATTACH_FILES)
    if channel.type == DM and here.world.users[channel.recipients[0]].closed:
        raise Refused(50007)
    if is_locked(here, channel):
        raise Refused(160005)


def is_locked(here: Platform, channel: Channel) -> bool:
    """Whether the bot, as everybody but moderators, may neither write nor edit there."""
    return channel.locked and Can.MANAGE_THREADS not in here.world.may(channel)


def _sent_with(here: Platform, channel: Channel, nonce: str) -> Message | None:
    message, when = here.nonces.get((channel.id, nonce), (0, 0.0))
    fresh = here.monotonic() - when < here.config.nonce_seconds
    return channel.messages.get(message) if fresh else None


def _reference(here: Platform, channel: Channel, body: Mapping[str, Any]) -> Reference | None:
    """What it answers. A prompt that is gone refuses the message, or only the reference if the sender says so."""
    raw = body.get("message_reference")
    if not raw:
        return None
    if Can.READ_MESSAGE_HISTORY not in here.world.may(channel):
        raise Refused(160002)
    if int(raw.get("message_id") or 0) in channel.messages:
        return Reference(int(raw["message_id"]), channel.id)
    if raw.get("fail_if_not_exists", True):
        raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return None


def draft(
    here: Platform,
    channel: Channel,
    body: Mapping[str, Any],
    files: Sequence[Upload] = (),
    *,
    author: int = BOT,
    reference: Reference | None = None,
) -> Message:
    """A message that nobody has seen yet. Raises Refused when Discord would not take it."""
    checks.message(body)
    flags = int(body.get("flags") or 0) & (SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2 | EPHEMERAL)
    message = Message(here.world.new_id(), channel.id, author, here.clock(), flags=flags, reference=reference)
    message.type = REPLY if reference and reference.kind == 0 else DEFAULT
    message.attachments = attached(here, message, body, files)
    _fill(here, message, body)
    return message


def _fill(here: Platform, message: Message, body: Mapping[str, Any]) -> None:
    """Take over what the body names; what it does not name stays."""
    content = (body.get("content") or "").strip() if "content" in body else message.content
    embeds = tuple(body.get("embeds") or ()) if "embeds" in body else message.embeds
    components = tuple(body.get("components") or ()) if "components" in body else message.components
    shown = components if message.flags & COMPONENTS_V2 else ()
    checks.not_empty(content, embeds, message.attachments, shown)
    message.pings = _pings(here, message, content, body)
    message.content, message.embeds, message.components = content, embeds, components


def _pings(here: Platform, message: Message, content: str, body: Mapping[str, Any]) -> Pings:
    channel = here.world.channels[message.channel]
    everyone = Can.MENTION_EVERYONE in here.world.may(channel, message.author)
    replied_to = _answered(here, message)
    return pings(content, allowed(body.get("allowed_mentions")), everyone=everyone, replied_to=replied_to)


def _answered(here: Platform, message: Message) -> int:
    """Whom a reply may ping: not oneself, and nobody for an answer to a command."""
    if message.reference is None or message.reference.kind != 0:
        return 0
    found = here.world.channels[message.reference.channel].messages.get(message.reference.message)
    if found is None or found.interaction is not None or found.author == message.author:
        return 0
    return found.author


def attached(
    here: Platform, message: Message, body: Mapping[str, Any], files: Sequence[Upload]
) -> tuple[Attachment, ...]:
    """The files of a message: those it keeps and those that come with it. Raises Refused 40005 for a large one."""
    if any(len(file.content) > FILE_BYTES for file in files) or sum(len(f.content) for f in files) > BODY_BYTES:
        raise Refused(40005)
    told = {str(one.get("id")): one for one in body.get("attachments") or ()}
    kept = tuple(a for a in message.attachments if "attachments" not in body or str(a.id) in told)
    fresh = tuple(_attachment(here, message, file, told.get(file.key, {})) for file in files)
    return kept + fresh


def _attachment(here: Platform, message: Message, file: Upload, told: Json) -> Attachment:
    name = str(told.get("filename") or file.filename).replace("/", "_").replace(" ", "_")
    ephemeral = bool(message.flags & EPHEMERAL)
    about = (media_type(name), file.content, told.get("description"), ephemeral, file.elsewhere)
    return keep(here, Attachment(here.world.new_id(), message.channel, name, *about))


def keep(here: Platform, file: Attachment) -> Attachment:
    """From now on its address can be fetched."""
    here.files[file.id] = file
    return file


def media_type(filename: str) -> str:
    """What Discord makes of a file's name."""
    found = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


def publish(here: Platform, message: Message, method: str = "") -> Message:
    """Show a new message to everybody who may see it."""
    channel = here.world.channels[message.channel]
    if channel.archived:
        set_archived(here, channel, archived=False)
    channel.messages[message.id] = message
    if channel.is_thread:
        channel.members |= {*message.pings.users, *(() if message.interaction else (message.author,))}
    note(here, message, method, notified=_notified(here, message))
    if not message.shown_to:
        here.gateway.tell("MESSAGE_CREATE", here.writer.event(message) | wire.nonce(message), channel=channel)
    return message


def _notified(here: Platform, message: Message) -> list[str]:
    """Whose phone rings because of a mention; an edit rings none."""
    guild = here.world.guilds.get(here.world.channels[message.channel].guild)
    found = dict.fromkeys(message.pings.users)
    for member in guild.members.values() if guild else ():
        if message.pings.everyone or set(member.roles) & set(message.pings.roles):
            found[member.user.id] = None
    silent = message.flags & SILENT
    people = [here.world.users[user] for user in found if user in here.world.users and user != message.author]
    return [str(user.id) for user in people if not user.bot and not silent]


def note(here: Platform, message: Message, method: str, *, notified: Sequence[str] = (), deleted: bool = False) -> None:
    """Record what a message looks like from now on."""
    files = [{"id": str(a.id), "filename": a.filename, "size": len(a.content)} for a in message.attachments]
    here.record.version(
        str(message.channel),
        str(message.id),
        author=str(message.author),
        text="" if deleted else message.content,
        method=method,
        deleted=deleted,
        type=message.type,
        flags=message.flags,
        nonce=message.nonce,
        pings=message.pings.as_json(),
        notified=list(notified),
        attachments=files,
        embeds=list(message.embeds),
        components=list(message.components),
        reply_to=str(message.reference.message) if message.reference else None,
        shown_to=str(message.shown_to) if message.shown_to else None,
        asked=_asked(message),
        reactions={emoji: [str(i) for i in who] for emoji, who in message.reactions.items()},
        edited=message.edited is not None,
    )


def _asked(message: Message) -> Json | None:
    """Whose command, by its name, a message answers."""
    about = message.interaction or {}
    return {"user": about["user"]["id"], "name": about["name"]} if "name" in about else None


def edit(
    here: Platform, message: Message, body: Mapping[str, Any], files: Sequence[Upload] = (), method: str = ""
) -> Message:
    """Change what the body names. Raises Refused and then changes nothing."""
    checks.message(body)
    fresh = replace(message)
    if "flags" in body:
        changeable = SUPPRESS_EMBEDS | COMPONENTS_V2
        asked = int(body["flags"] or 0) & changeable
        fresh.flags = message.flags & ~SUPPRESS_EMBEDS | asked  # components V2 can be set, never taken away
    fresh.attachments = attached(here, message, body, files)
    _fill(here, fresh, body)
    if fresh.flags & LOADING:  # the first answer in a deferred one's place is no edit
        fresh.flags &= ~LOADING
    else:
        fresh.edited = here.clock()
    here.world.channels[message.channel].messages[message.id] = fresh
    changed(here, fresh, method)
    return fresh


def edit_own(here: Platform, message: Message, body: Mapping[str, Any], files: Sequence[Upload] = ()) -> Message:
    """The bot edits a message through its channel."""
    channel = here.world.channels[message.channel]
    here.world.need(channel)
    if message.shown_to:
        raise Refused(10008)
    if message.author != BOT:
        raise Refused(50005)
    if channel.archived:
        raise Refused(50083)
    if is_locked(here, channel):
        raise Refused(160005)
    return edit(here, message, body, files, "message.edit")


def changed(here: Platform, message: Message, method: str = "") -> None:
    note(here, message, method)
    if not message.shown_to:
        channel = here.world.channels[message.channel]
        here.gateway.tell("MESSAGE_UPDATE", here.writer.event(message), channel=channel)


def delete(here: Platform, message: Message, method: str = "") -> None:
    channel = here.world.channels[message.channel]
    del channel.messages[message.id]
    note(here, message, method, deleted=True)
    if message.shown_to:
        return
    gone: Json = {"id": str(message.id), "channel_id": str(channel.id)}
    gone |= {"guild_id": str(channel.guild)} if channel.guild else {}
    here.gateway.tell("MESSAGE_DELETE", gone, channel=channel)


def react(here: Platform, message: Message, emoji: str, user: int, *, add: bool = True) -> None:
    who = message.reactions.setdefault(emoji, set())
    (who.add if add else who.discard)(user)
    if not who:
        del message.reactions[emoji]
    channel = here.world.channels[message.channel]
    told: Json = {"user_id": str(user), "channel_id": str(channel.id), "message_id": str(message.id), "type": 0}
    told |= {"emoji": {"id": None, "name": emoji}, "burst": False, "message_author_id": str(message.author)}
    guild = here.world.guilds.get(channel.guild)
    if guild is not None:
        told["guild_id"] = str(guild.id)
        if add:
            told["member"] = wire.member(here.world, guild.members[user])
    note(here, message, "reaction.add" if add else "reaction.remove")
    here.gateway.tell("MESSAGE_REACTION_ADD" if add else "MESSAGE_REACTION_REMOVE", told, channel=channel)


def typing(here: Platform, channel: Channel, user: int) -> None:
    here.record.add("typing", channel=str(channel.id), user=str(user))
    told: Json = {"channel_id": str(channel.id), "user_id": str(user), "timestamp": int(here.clock())}
    guild = here.world.guilds.get(channel.guild)
    if guild is not None:
        told |= {"guild_id": str(guild.id), "member": wire.member(here.world, guild.members[user])}
    here.gateway.tell("TYPING_START", told, channel=channel)


def set_archived(here: Platform, thread: Channel, *, archived: bool, locked: bool | None = None) -> None:
    thread.archived = archived
    thread.locked = thread.locked if locked is None else locked
    here.gateway.tell("THREAD_UPDATE", wire.channel(here.world, thread), channel=thread)
