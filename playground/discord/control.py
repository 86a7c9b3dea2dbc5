"""What a person or a test does in this Discord: the verbs of `/_control`, which the package's docstring lists. No I/O.

A verb takes the posted JSON and returns JSON. What cannot be done is a ValueError or a Refused.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from playground.discord import asking, interactions, posts, threads
from playground.discord import world as nouns
from playground.discord.permissions import Can, named
from playground.discord.platform import Asked, Platform
from playground.discord.posts import Upload
from playground.discord.wire import channel as channel_json
from playground.discord.wire import heard, snapshot
from playground.discord.world import (
    BOT,
    DM,
    FORUM,
    GENERAL,
    GROUP,
    GUILD,
    PRIVATE_THREAD,
    TEXT,
    THREAD,
    Channel,
    Json,
    Message,
    Reference,
    User,
)

Verb = Callable[[Platform, Json], Json]


def _user(here: Platform, body: Json) -> User:
    return here.world.user(body.get("user") or "ada")


def _place(here: Platform, body: Json) -> Channel:
    """`thread` or `channel`, else (`dm` or `private`) the person's direct messages, else #general."""
    if body.get("thread") or body.get("channel"):
        return here.world.channel(body.get("thread") or body["channel"])
    if body.get("dm") or body.get("private"):
        return here.world.direct(_user(here, body))
    return here.world.channel(GENERAL)


def _inside(here: Platform, channel: Channel, user: User) -> None:
    guild = here.world.guilds.get(channel.guild)
    if user.id not in (guild.members if guild else channel.recipients):
        raise ValueError("This person is not in this place.")
    if Can.VIEW_CHANNEL not in here.world.may(channel, user.id):
        raise ValueError("This person does not see this place.")


def say(here: Platform, body: Json) -> Json:
    channel, user = _place(here, body), _user(here, body)
    _inside(here, channel, user)
    if channel.type == FORUM:
        raise ValueError("In a forum people post: start a thread there, with a text.")
    text = _text(body)
    if body.get("forward"):
        message = _forwarded(here, channel, user, here.world.anywhere(body["forward"]))
        if text:  # a message of its own
            posts.publish(here, message)
    if text or not body.get("forward"):
        message = posts.draft(
            here, channel, _typed(text, body), _uploads(body), author=user.id, reference=_reply(here, body)
        )
    message.type = int(body.get("type", message.type))
    posts.publish(here, message)
    return {"id": str(message.id), "channel": str(channel.id)}


def _text(body: Json) -> str:
    text = str(body.get("text") or "")
    return f"<@{BOT}> {text}" if body.get("mention") else text


def _typed(text: str, body: Json) -> Json:
    mentions = {"parse": ["users", "roles", "everyone"], "replied_user": bool(body.get("ping", True))}
    return {"content": text, "allowed_mentions": mentions, "flags": body.get("flags", 0)}


def _reply(here: Platform, body: Json) -> Reference | None:
    if not body.get("reply_to"):
        return None
    found = here.world.anywhere(body["reply_to"])
    return Reference(found.id, found.channel)


def _forwarded(here: Platform, channel: Channel, user: User, original: Message) -> Message:
    reference = Reference(original.id, original.channel, kind=1)
    shown = snapshot(here.writer.message(original))
    return Message(here.world.new_id(), channel.id, user.id, here.clock(), reference=reference, snapshot=shown)


def _uploads(body: Json) -> tuple[Upload, ...]:
    return tuple(_upload(str(place), one) for place, one in enumerate(body.get("attachments") or ()))


def _upload(key: str, raw: Mapping[str, Any]) -> Upload:
    """`{"filename", "text"}` or `{"filename", "base64"}`; `elsewhere`: an address in the place of Discord's own."""
    content = base64.b64decode(raw["base64"]) if "base64" in raw else str(raw.get("text", "")).encode()
    return Upload(key, str(raw.get("filename") or "message.txt"), content, str(raw.get("elsewhere") or ""))


def edit(here: Platform, body: Json) -> Json:
    message = here.world.anywhere(body["message"])
    if message.author == BOT:
        raise ValueError("Nobody can edit what the bot wrote.")
    posts.edit(here, message, _typed(str(body.get("text") or ""), body))
    return {"id": str(message.id)}


def delete(here: Platform, body: Json) -> Json:
    posts.delete(here, here.world.anywhere(body["message"]))
    return {}


def react(here: Platform, body: Json) -> Json:
    message, user = here.world.anywhere(body["message"]), _user(here, body)
    _inside(here, here.world.channels[message.channel], user)
    posts.react(here, message, str(body.get("emoji") or "👍"), user.id, add=not body.get("remove"))
    return {}


def type_(here: Platform, body: Json) -> Json:
    channel, user = _place(here, body), _user(here, body)
    _inside(here, channel, user)
    posts.typing(here, channel, user.id)
    return {}


def interact(here: Platform, body: Json) -> Json:
    channel, user = _place(here, body), _user(here, body)
    _inside(here, channel, user)
    by_guild, name, focused = body.get("install") != "user", str(body["command"]), str(body.get("focused") or "")
    if body.get("target"):
        target = here.world.message(channel, body["target"])
        data = asking.about_message(here, channel, name, target, by_guild=by_guild)
    else:
        values = _values(here, channel, body.get("options") or {})
        data = asking.command(here, channel, name, values, by_guild=by_guild, focused=focused)
    kind = interactions.AUTOCOMPLETE if focused else interactions.SLASH
    return _asked(asking.ask(here, kind, channel, user, data, by_guild=by_guild))


def _values(here: Platform, channel: Channel, options: Mapping[str, Any]) -> dict[str, Any]:
    """An option that is a file comes as `{"filename", "text"}`, as with `say`."""
    values = dict(options)
    for name, value in options.items():
        if isinstance(value, Mapping):
            file = _upload("0", value)
            about = (posts.media_type(file.filename), file.content)
            attachment = nouns.Attachment(here.world.new_id(), channel.id, file.filename, *about, ephemeral=True)
            values[name] = posts.keep(here, attachment)
    return values


def press(here: Platform, body: Json) -> Json:
    message, user = here.world.anywhere(body["message"]), _user(here, body)
    channel = here.world.channels[message.channel]
    _inside(here, channel, user)
    if message.shown_to not in (0, user.id):
        raise ValueError("This person does not see the message.")
    data = asking.press(message, str(body["custom_id"]), list(body.get("values") or ()))
    by_guild = "1" not in ((message.interaction or {}).get("authorizing_integration_owners") or {})
    kind = interactions.COMPONENT
    return _asked(asking.ask(here, kind, channel, user, data, message=message.id, by_guild=by_guild))


def submit(here: Platform, body: Json) -> Json:
    ref = str(body["interaction"])
    opener = next((one for one in here.asked.values() if str(one.id) == ref), None)
    if opener is None:
        raise ValueError("There was no such interaction.")
    data = asking.form(opener, body.get("values") or {})
    channel, user = here.world.channels[opener.channel], here.world.users[opener.user]
    kind = interactions.MODAL
    return _asked(asking.ask(here, kind, channel, user, data, message=opener.message, by_guild=opener.by_guild))


def _asked(asked: Asked) -> Json:
    return {"id": str(asked.id), "token": asked.token, "channel": str(asked.channel)}


def thread(here: Platform, body: Json) -> Json:
    user = _user(here, body)
    about = {"name": body.get("name") or "A thread", "type": PRIVATE_THREAD if body.get("private") else THREAD}
    if body.get("message"):
        made = threads.start_from(here, here.world.anywhere(body["message"]), about, owner=user.id)
        return {"id": str(made.id)}
    parent = here.world.channel(body.get("channel") or GENERAL)
    if parent.type == FORUM:
        made = threads.post(here, parent, about, _typed(_text(body), body), owner=user.id)
    else:
        made = threads.start(here, parent, about, owner=user.id)
    return {"id": str(made.id)}


def admit(here: Platform, body: Json) -> Json:
    """The bot is added to a thread, or taken `out` of it."""
    threads.admit(here, here.world.channel(body["thread"]), out=bool(body.get("out")))
    return {}


def archive(here: Platform, body: Json) -> Json:
    found = here.world.channel(body["thread"])
    posts.set_archived(here, found, archived=bool(body.get("archived", True)), locked=body.get("locked"))
    return {}


def deny(here: Platform, body: Json) -> Json:
    """What the bot may not do in a channel from now on; an empty list allows all again."""
    channel = here.world.channel(body["channel"])
    denied = named(list(body.get("permissions") or ()))
    channel.denied = denied
    told = heard(here.world, channel)
    here.gateway.tell("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", told, guild=channel.guild)
    return {}


def add_user(here: Platform, body: Json) -> Json:
    guild, name = here.world.guild(body.get("guild") or GUILD), str(body["name"])
    roles = tuple(role.id for role in guild.roles.values() if role.name in (body.get("roles") or ()))
    made = User(
        here.world.new_id(), name, str(body.get("display") or ""), bool(body.get("bot")), bool(body.get("closed"))
    )
    nouns.people(here.world, [made], guild, roles)
    return {"id": str(made.id)}


def add_guild(here: Platform, body: Json) -> Json:
    """A server with one channel, #general; `bot` false: the bot is not in it. `id` decides its shard."""
    id_ = int(body.get("id") or here.world.new_id())
    guild = nouns.new_guild(here.world, id_, str(body["name"]), _user(here, body).id, bot=bool(body.get("bot", True)))
    nouns.people(here.world, [_user(here, body)], guild)
    made = here.world.add_channel(Channel(here.world.new_id(), TEXT, "general", guild=guild.id))
    here.gateway.arrived(guild)
    return {"id": str(guild.id), "channel": str(made.id)}


def add_channel(here: Platform, body: Json) -> Json:
    """A text channel or a `forum` of a server, perhaps `hidden` from @everyone.

    Or with `people` a group of direct messages, where the bot cannot be.
    """
    id_, name = here.world.new_id(), str(body["name"])
    if body.get("people"):
        inside = tuple(here.world.user(one).id for one in body["people"])
        made = here.world.add_channel(Channel(id_, GROUP, name, owner=inside[0], recipients=inside))
        return {"id": str(made.id)}
    kind = FORUM if body.get("forum") else TEXT
    guild, hidden = here.world.guild(body.get("guild") or GUILD).id, bool(body.get("hidden"))
    made = here.world.add_channel(Channel(id_, kind, name, guild=guild, hidden=hidden))
    here.gateway.tell("CHANNEL_CREATE", channel_json(here.world, made), channel=made)
    return {"id": str(made.id)}


def remove_channel(here: Platform, body: Json) -> Json:
    """A channel with its threads, or a thread, is deleted. Only its id tells who is gone of the threads in it."""
    found = here.world.channel(body["channel"])
    for one in [found, *(c for c in here.world.channels.values() if c.parent == found.id)]:
        del here.world.channels[one.id]
    told = channel_json(here.world, found)
    if found.is_thread:
        told = {key: told[key] for key in ("id", "guild_id", "parent_id", "type")}
    here.gateway.tell("THREAD_DELETE" if found.is_thread else "CHANNEL_DELETE", told, guild=found.guild)
    return {}


def kick(here: Platform, body: Json) -> Json:
    """The bot is removed from a server; `unavailable`: it is only away for a while."""
    guild = here.world.guild(body.get("guild") or GUILD)
    away: Json = {"unavailable": True} if body.get("unavailable") else {}
    guild.is_away = bool(away)
    if not away:
        guild.members.pop(BOT, None)
    here.gateway.tell("GUILD_DELETE", {"id": str(guild.id), **away}, guild=guild.id)
    return {}


def welcome(here: Platform, body: Json) -> Json:
    """The bot comes back into a server, or that is back from an outage."""
    guild = here.world.guild(body.get("guild") or GUILD)
    guild.is_away = False
    if not guild.has_bot:
        nouns.people(here.world, [here.world.bot], guild)
    here.gateway.arrived(guild)
    return {}


def op7(here: Platform, _: Json) -> Json:
    return {"connections": here.gateway.reconnect()}


def op9(here: Platform, body: Json) -> Json:
    if "identifies" in body:
        here.gateway.refusals = int(body["identifies"])
        return {}
    return {"connections": here.gateway.invalidate(resumable=bool(body.get("resumable")))}


def drop(here: Platform, _: Json) -> Json:
    return {"connections": here.gateway.drop()}


def close(here: Platform, body: Json) -> Json:
    return {"connections": here.gateway.close(int(body.get("code") or 4000))}


def frame(here: Platform, body: Json) -> Json:
    return {"connections": here.gateway.frame(str(body.get("text") or ""))}


def redeliver(here: Platform, body: Json) -> Json:
    ref = str(body.get("id") or "")
    return {"sessions": here.gateway.again("" if ref == "last" else ref)}


VERBS: Mapping[str, Verb] = {
    "say": say,
    "edit": edit,
    "delete": delete,
    "react": react,
    "type": type_,
    "interact": interact,
    "press": press,
    "submit": submit,
    "thread": thread,
    "admit": admit,
    "archive": archive,
    "deny": deny,
    "add_user": add_user,
    "add_guild": add_guild,
    "add_channel": add_channel,
    "remove_channel": remove_channel,
    "kick": kick,
    "welcome": welcome,
    "op7": op7,
    "op9": op9,
    "drop": drop,
    "close": close,
    "frame": frame,
    "redeliver": redeliver,
}


def overview(here: Platform) -> Json:
    """Who and what there is, for whoever looks around."""
    world = here.world
    people = [
        {"id": str(u.id), "name": u.name, "display": u.display or u.name, "bot": u.bot} for u in world.users.values()
    ]
    places = [_overview(here, c) for c in world.channels.values()]
    guilds = [{"id": str(g.id), "name": g.name, "bot": g.has_bot} for g in world.guilds.values()]
    commands = {str(guild): found for guild, found in world.commands.items()}
    online = any(session.socket is not None for session in here.gateway.sessions.values())
    about = {"bot": str(BOT), "online": online, "content": "message_content" in here.config.privileged}
    return {"guilds": guilds, "channels": places, "users": people, "commands": commands} | about


def _overview(here: Platform, one: Channel) -> Json:
    kind = {TEXT: "text", FORUM: "text", DM: "dm", GROUP: "group"}.get(one.type, "thread")
    told: Json = {"id": str(one.id), "name": one.name, "kind": kind, "guild": str(one.guild), "archived": one.archived}
    return told | {"parent": str(one.parent), "people": [str(i) for i in one.recipients]}
