"""People, channels, messages and files as Slack writes them in JSON. No I/O."""

import html
import re
from collections.abc import Iterator

from playground.slack.world import (
    APP,
    BOT,
    OTHER_TEAM,
    TEAM,
    TEAM_DOMAIN,
    TEAM_NAME,
    Channel,
    File,
    JsonObject,
    Message,
    Person,
    World,
)

ANGLED = re.compile(r"<([^<>\n]+)>")
FILE_TYPES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "text/plain": "text",
}


def team() -> JsonObject:
    return {"id": TEAM, "name": TEAM_NAME, "domain": TEAM_DOMAIN}


def person(person: Person) -> JsonObject:
    """The user object of users.info."""
    profile = {
        "real_name": person.real_name,
        "display_name": person.name,
        "real_name_normalized": person.real_name,
        "display_name_normalized": person.name,
        "team": person.team,
    }
    if person.bot:
        profile |= {"bot_id": person.bot, "api_app_id": person.app}
    found = {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "deleted": False,
        "real_name": person.real_name,
        "tz": "Europe/London",
        "tz_label": "Greenwich Mean Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": person.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "is_bot": bool(person.bot),
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    return found | ({"is_stranger": True} if person.team == OTHER_TEAM else {})


def bot(person: Person) -> JsonObject:
    """The bot object of bots.info, and most of a message's bot_profile."""
    return {
        "id": person.bot,
        "deleted": False,
        "name": person.real_name,
        "updated": 1_700_000_000,
        "app_id": person.app,
        "user_id": person.id,
        "icons": {},
    }


def channel(channel: Channel) -> JsonObject:
    """The channel object, as the app sees it."""
    shared = [TEAM, OTHER_TEAM] if channel.shared else [TEAM]
    found: JsonObject = {
        "id": channel.id,
        "created": channel.created,
        "creator": "U0ADA",
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": TEAM,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        user = min(channel.members - {BOT.id}, default=BOT.id)
        return found | {"user": user, "is_user_deleted": False, "priority": 0}
    return found | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_general": channel.name == "general",
        "is_member": BOT.id in channel.members,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": False,
        "shared_team_ids": shared,
        "unlinked": 0,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def file(file: File, origin: str) -> JsonObject:
    """The file object. A veiled one shows nothing before files.info is asked."""
    if file.veiled:
        return {"id": file.id, "mode": "file_access", "file_access": "check_file_info", "created": 0, "user": file.user}
    return full_file(file, origin)


def full_file(file: File, origin: str) -> JsonObject:
    kind = FILE_TYPES.get(file.mimetype, file.name.rpartition(".")[2])
    address = f"{origin}/files-pri/{TEAM}-{file.id}"
    told: JsonObject = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user": file.user,
        "user_team": TEAM,
        "editable": False,
        "size": len(file.content or b""),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": True,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "media_display_type": "unknown",
        "permalink": f"{origin}/files/{file.user}/{file.id}/{file.name}",
        "has_rich_preview": False,
        "file_access": "visible",
    }
    if file.elsewhere:
        told |= {"mode": "external", "is_external": True, "external_type": "gdrive", "url_private": file.elsewhere}
        del told["url_private_download"]
    return told


def message(world: World, message: Message, *, metadata: bool = False) -> JsonObject:
    """A message as conversations.history, an event's body or chat.postMessage's answer shows it."""
    if message.subtype == "tombstone":
        return _tombstone(world, message)
    found = _author(world.people[message.user], message) | _content(world, message)
    if message.subtype:
        found["subtype"] = message.subtype
    if message.edited:
        found["edited"] = {"user": message.user, "ts": message.edited}
    if message.reactions:
        found["reactions"] = _reactions(message)
    if metadata and message.metadata:
        found["metadata"] = message.metadata
    return found | _thread(world, message)


def _author(author: Person, message: Message) -> JsonObject:
    found: JsonObject = {"user": author.id, "type": "message", "ts": message.ts, "team": author.team}
    if message.client_msg_id:
        found["client_msg_id"] = message.client_msg_id
    if message.bot:
        found |= {"bot_id": message.bot, "app_id": author.app, "bot_profile": bot(author) | {"team_id": TEAM}}
    if author.team != TEAM:
        found |= {"user_team": author.team, "source_team": author.team}
    return found


def _content(world: World, message: Message) -> JsonObject:
    found: JsonObject = {"text": message.text}
    if message.blocks:
        found["blocks"] = list(message.blocks)
    elif message.text and not message.subtype:
        found["blocks"] = [rich_text(message.text)]
    if message.attachments:
        found["attachments"] = [{"id": number} | item for number, item in enumerate(message.attachments, 1)]
    if message.files:
        found |= {"files": [file(world.files[id_], world.origin) for id_ in message.files], "upload": False}
    return found


def _reactions(message: Message) -> list[JsonObject]:
    names = dict.fromkeys(name for name, _ in message.reactions)
    users = {name: [user for other, user in message.reactions if other == name] for name in names}
    return [{"name": name, "users": users[name], "count": len(users[name])} for name in names]


def _thread(world: World, message: Message) -> JsonObject:
    if message.thread:
        root = world.message(message.channel, message.thread)
        return {"thread_ts": message.thread, "parent_user_id": root.user if root else "USLACKBOT"}
    replies = world.replies(message.channel, message.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users,
        "is_locked": False,
        "subscribed": False,
    }


def _tombstone(world: World, message: Message) -> JsonObject:
    return {
        "user": "USLACKBOT",
        "type": "message",
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "hidden": True,
        "ts": message.ts,
    } | _thread(world, message)


def rich_text(text: str) -> JsonObject:
    """The block that Slack makes of a plain text."""
    section = {"type": "rich_text_section", "elements": list(_elements(text))}
    return {"type": "rich_text", "block_id": "rt", "elements": [section]}


def _elements(text: str) -> Iterator[JsonObject]:
    for place, part in enumerate(ANGLED.split(text)):
        target, _, label = part.partition("|")
        if place % 2 == 0:
            if part:
                yield {"type": "text", "text": html.unescape(part)}
        elif target.startswith("@"):
            yield {"type": "user", "user_id": target[1:]}
        elif target.startswith("#"):
            yield {"type": "channel", "channel_id": target[1:]}
        elif target.startswith("!"):
            yield {"type": "broadcast", "range": target[1:]}
        else:
            yield {"type": "link", "url": html.unescape(target)} | ({"text": html.unescape(label)} if label else {})


def authorization() -> JsonObject:
    return {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }


def envelope_payload(event: JsonObject, event_id: str, at: float, *, shared: bool) -> JsonObject:
    """The payload of an events_api envelope."""
    return {
        "token": "playground-verification-token",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [authorization()],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{event_id}",
    }
