"""The REST API's channels: messages, threads, reactions, typing, direct messages. No I/O."""

from urllib.parse import unquote

from playground.discord import posts, threads, wire
from playground.discord.endpoint import Ask, Endpoint
from playground.discord.errors import Refused
from playground.discord.intents import readable
from playground.discord.permissions import Can
from playground.discord.platform import Platform
from playground.discord.world import BOT, Json, Message


def told(here: Platform, message: Message) -> Json:
    """A message as REST tells it to this app: without the portal's content intent, blank like on the gateway."""
    is_fresh = here.clock() - message.at < here.config.nonce_told_seconds
    fields = here.writer.message(message) | (wire.nonce(message) if is_fresh else {})
    if "message_content" in here.config.privileged:
        return fields
    return readable(fields, in_guild=here.world.channels[message.channel].guild != 0)


def create(here: Platform, ask: Ask) -> object:
    message = posts.create(here, ask.channel(here), ask.body, ask.files)
    return here.writer.message(message) | wire.nonce(message)


def edit(here: Platform, ask: Ask) -> object:
    return here.writer.message(posts.edit_own(here, ask.message(here), ask.body, ask.files))


def delete(here: Platform, ask: Ask) -> None:
    message = ask.message(here)
    if message.shown_to:
        raise Refused(10008)
    channel = ask.channel(here)
    if message.author != BOT:
        here.world.need(channel, Can.MANAGE_MESSAGES)
    if channel.archived and posts.is_locked(here, channel):
        raise Refused(50083)
    posts.delete(here, message, "message.delete")


def get(here: Platform, ask: Ask) -> object:
    here.world.need(ask.channel(here), Can.READ_MESSAGE_HISTORY)
    message = ask.message(here)
    if message.shown_to:
        raise Refused(10008)
    return told(here, message)


def history(here: Platform, ask: Ask) -> object:
    """Newest first; `after` gives those next to it, still newest first. None where the bot may not read them."""
    channel = ask.channel(here)
    here.world.need(channel)
    may_read = Can.READ_MESSAGE_HISTORY in here.world.may(channel)
    found = [m for m in channel.messages.values() if may_read and not m.shown_to]
    limit = min(max(ask.number("limit", 50), 1), 100)
    if before := ask.number("before"):
        found = [m for m in found if m.id < before][-limit:]
    elif after := ask.number("after"):
        found = [m for m in found if m.id > after][:limit]
    elif around := ask.number("around"):
        older = [m for m in found if m.id <= around][-(limit // 2 + 1) :]
        found = older + [m for m in found if m.id > around][: limit - len(older)]
    return [told(here, m) for m in reversed(found[-limit:])]


def typing(here: Platform, ask: Ask) -> None:
    channel = ask.channel(here)
    here.world.need(channel, Can.SEND_MESSAGES_IN_THREADS if channel.is_thread else Can.SEND_MESSAGES)
    posts.typing(here, channel, BOT)


def react(here: Platform, ask: Ask) -> None:
    here.world.need(ask.channel(here), Can.ADD_REACTIONS, Can.READ_MESSAGE_HISTORY)
    posts.react(here, ask.message(here), unquote(ask.path["emoji"]), BOT)


def unreact(here: Platform, ask: Ask) -> None:
    whom = BOT if ask.path["user"] == "@me" else int(ask.path["user"])
    if whom != BOT:
        here.world.need(ask.channel(here), Can.MANAGE_MESSAGES)
    posts.react(here, ask.message(here), unquote(ask.path["emoji"]), whom, add=False)


def thread_from(here: Platform, ask: Ask) -> object:
    here.world.need(ask.channel(here), Can.CREATE_PUBLIC_THREADS)
    return wire.channel(here.world, threads.start_from(here, ask.message(here), ask.body))


def thread(here: Platform, ask: Ask) -> object:
    here.world.need(ask.channel(here), Can.CREATE_PUBLIC_THREADS)
    return wire.channel(here.world, threads.start(here, ask.channel(here), ask.body))


def get_channel(here: Platform, ask: Ask) -> object:
    channel = ask.channel(here)
    here.world.need(channel)
    return wire.channel(here.world, channel)


def edit_channel(here: Platform, ask: Ask) -> object:
    """A thread's name, whether it is archived or locked; the bot may do so to its own ones."""
    channel = ask.channel(here)
    if channel.owner != BOT:
        here.world.need(channel, Can.MANAGE_THREADS)
    channel.name = str(ask.body.get("name") or channel.name)
    archived, locked = ask.body.get("archived", channel.archived), ask.body.get("locked", channel.locked)
    posts.set_archived(here, channel, archived=bool(archived), locked=bool(locked))
    return wire.channel(here.world, channel)


def join(here: Platform, ask: Ask) -> None:
    channel = ask.channel(here)
    here.world.need(channel)
    threads.admit(here, channel)


def leave(here: Platform, ask: Ask) -> None:
    threads.admit(here, ask.channel(here), out=True)


def active_threads(here: Platform, ask: Ask) -> object:
    guild = here.world.guild(ask.path["guild"])
    found = [c for c in here.world.channels_of(guild.id, threads=True) if here.world.sees(c) and not c.archived]
    return {"threads": [wire.channel(here.world, c) for c in found], "members": [], "has_more": False}


def open_direct(here: Platform, ask: Ask) -> object:
    user = here.world.user(str(ask.body.get("recipient_id") or ""))
    if user.bot:
        raise Refused(50007)
    return wire.channel(here.world, here.world.direct(user))


MESSAGES = "/channels/{channel}/messages"
ONE = MESSAGES + "/{message}"
REACTION = ONE + "/reactions/{emoji}"

ENDPOINTS = (
    Endpoint("POST", MESSAGES, "message.create", create, "message.create"),
    Endpoint("GET", MESSAGES, "message.list", history),
    Endpoint("PATCH", ONE, "message.edit", edit, "message.edit"),
    Endpoint("DELETE", ONE, "message.delete", delete, "message.delete"),
    Endpoint("GET", ONE, "message.get", get),
    Endpoint("POST", "/channels/{channel}/typing", "typing", typing, "typing"),
    Endpoint("PUT", REACTION + "/@me", "reaction.add", react),
    Endpoint("DELETE", REACTION + "/{user}", "reaction.remove", unreact),
    Endpoint("POST", ONE + "/threads", "thread.create", thread_from),
    Endpoint("POST", "/channels/{channel}/threads", "thread.start", thread),
    Endpoint("PUT", "/channels/{channel}/thread-members/@me", "thread.join", join),
    Endpoint("DELETE", "/channels/{channel}/thread-members/@me", "thread.leave", leave),
    Endpoint("GET", "/channels/{channel}", "channel.get", get_channel),
    Endpoint("PATCH", "/channels/{channel}", "channel.edit", edit_channel, "channel.edit"),
    Endpoint("GET", "/guilds/{guild}/threads/active", "thread.list", active_threads),
    Endpoint("POST", "/users/@me/channels", "dm.open", open_direct),
)
