"""chat.*: messages that the app writes, and where it may. No I/O."""

from dataclasses import replace

from playground.slack import content, shapes
from playground.slack.arguments import Arguments
from playground.slack.desk import Desk
from playground.slack.errors import Refused
from playground.slack.workspace import SYSTEM
from playground.slack.world import BOT, JsonObject, Message


def post_message(desk: Desk, given: Arguments) -> JsonObject:
    """A post. Is its thread's root gone, Slack puts it into the channel and says so only by a missing thread_ts."""
    (name,) = given.required("channel")
    if name in desk.world.people and name != BOT.id:
        name = desk.world.direct(name).id
    channel = desk.writable(name)
    said = content.read(given)
    thread = given.text("thread_ts")
    if thread and channel.threadless:
        raise Refused("restricted_action_non_threadable_channel")
    root = desk.world.message(channel.id, thread) if thread else None
    if root and root.subtype in SYSTEM[:-1]:
        raise Refused("cannot_reply_to_message")
    message = Message(
        channel.id,
        desk.world.stamp(),
        BOT.id,
        said.text or "",
        bot=BOT.bot,
        thread=thread,
        blocks=said.blocks or None,
        attachments=said.attachments or None,
        metadata=said.metadata or None,
        broadcast=given.flag("reply_broadcast"),
    )
    message, _ = desk.workspace.post(message, method="chat.postMessage")
    clear_status(desk, message)
    body = shapes.message(desk.world, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": body}


def update(desk: Desk, given: Arguments) -> JsonObject:
    """An edit. What the call does not name (blocks, metadata) the message keeps; an empty list or object removes it."""
    name, ts = given.required("channel", "ts")
    channel = desk.writable(name, archived="is_inactive")
    message = desk.message(channel, ts)
    if message.user != BOT.id:
        raise Refused("cant_update_message")
    said = content.read(given, update=True)
    fresh = replace(
        message,
        text=message.text if said.text is None else said.text,
        blocks=message.blocks if said.blocks is None else said.blocks or None,
        attachments=message.attachments if said.attachments is None else said.attachments or None,
        metadata=message.metadata if said.metadata is None else said.metadata or None,
    )
    desk.workspace.edit(fresh, method="chat.update")
    now = desk.message(channel, ts)
    body = shapes.message(desk.world, now, metadata=True)
    return {"channel": channel.id, "ts": ts, "text": now.text, "message": body}


def delete(desk: Desk, given: Arguments) -> JsonObject:
    name, ts = given.required("channel", "ts")
    channel = desk.joined(name)
    message = desk.message(channel, ts)
    if message.user != BOT.id:
        raise Refused("cant_delete_message")
    desk.workspace.delete(message, method="chat.delete")
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(desk: Desk, given: Arguments) -> JsonObject:
    name, user = given.required("channel", "user")
    channel = desk.writable(name)
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    said = content.read(given)
    ts = desk.world.stamp()
    message = Message(
        channel.id, ts, BOT.id, said.text or "", bot=BOT.bot, thread=given.text("thread_ts"), blocks=said.blocks or None
    )
    desk.workspace.whisper(message, user, method="chat.postEphemeral")
    return {"message_ts": ts}


def get_permalink(desk: Desk, given: Arguments) -> JsonObject:
    name, ts = given.required("channel", "message_ts")
    channel = desk.channel(name)
    desk.message(channel, ts)
    permalink = f"{desk.world.origin}/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": permalink}


def clear_status(desk: Desk, message: Message) -> None:
    """The app's next message in a thread takes its status away."""
    root = message.thread or message.ts
    if desk.workspace.statuses.pop((message.channel, root), None):
        desk.record.add("statuses", channel=message.channel, thread=root, status="", loading=[], until=None)
