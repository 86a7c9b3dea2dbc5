"""Small signs beside the messages: statuses, agent sessions, reactions. No I/O."""

import re

from playground.slack.arguments import Arguments
from playground.slack.desk import Desk
from playground.slack.errors import Refused
from playground.slack.world import BOT, Channel, JsonObject

STATUS_SECONDS = 120
SESSION_STATES = ("active", "processing", "suspended", "closed")
EMOJI = re.compile(r"[a-z0-9_+'-]+(?:::[a-z0-9-]+)?")


def set_status(desk: Desk, given: Arguments) -> JsonObject:
    """A line in a thread that goes with the app's next message there, or after two minutes; "" takes it away."""
    channel, thread = _thread(desk, given)
    loading = given.json("loading_messages", "invalid_arguments") or []
    if not isinstance(loading, list) or len(loading) > 10 or any(not 1 <= len(str(line)) <= 50 for line in loading):
        raise Refused(
            "invalid_arguments", "[ERROR] up to 10 texts of up to 50 characters [json-pointer:/loading_messages]"
        )
    status = given.text("status")
    until = desk.record.wall() + STATUS_SECONDS if status else None
    desk.workspace.statuses[channel.id, thread] = status
    desk.record.add("statuses", channel=channel.id, thread=thread, status=status, loading=loading, until=until)
    return {}


def set_title(desk: Desk, given: Arguments) -> JsonObject:
    channel, thread = _thread(desk, given)
    (title,) = given.required("title")
    desk.record.add("titles", channel=channel.id, thread=thread, title=title)
    return {}


def set_suggested_prompts(desk: Desk, given: Arguments) -> JsonObject:
    (name,) = given.required("channel_id")
    prompts = given.json("prompts", "invalid_arguments")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise Refused("invalid_arguments", "[ERROR] one to four prompts [json-pointer:/prompts]")
    # Under agent_view a thread_ts makes the call succeed and show nothing.
    visible = not given.text("thread_ts")
    desk.record.add("prompts", channel=desk.joined(name).id, prompts=prompts, visible=visible)
    return {}


def set_session(desk: Desk, given: Arguments) -> JsonObject:
    channel = desk.joined(*given.required("channel_id"))
    thread, status = given.text("thread_ts"), given.text("status")
    if not thread:
        raise Refused("thread_ts_required")
    if status not in SESSION_STATES:
        raise Refused("invalid_arguments", "[ERROR] must be a valid enum value [json-pointer:/status]")
    title = given.text("title")
    if len(title) > 200:
        raise Refused("invalid_arguments", "[ERROR] must be less than 201 characters [json-pointer:/title]")
    title = desk.workspace.sessions.get((channel.id, thread), ("", title))[1]
    desk.workspace.sessions[channel.id, thread] = status, title
    desk.record.add("sessions", channel=channel.id, thread=thread, status=status, title=title)
    return {"status": status, "agent_status": status, "title": title}


def rename_session(desk: Desk, given: Arguments) -> JsonObject:
    name, thread, title = given.required("channel_id", "thread_ts", "title")
    channel = desk.joined(name)
    if (channel.id, thread) not in desk.workspace.sessions:
        raise Refused("session_not_found")
    status, _ = desk.workspace.sessions[channel.id, thread]
    desk.workspace.sessions[channel.id, thread] = status, title[:200]
    desk.record.add("sessions", channel=channel.id, thread=thread, status=status, title=title[:200])
    return {"title": title[:200]}


def _thread(desk: Desk, given: Arguments) -> tuple[Channel, str]:
    name, thread = given.required("channel_id", "thread_ts")
    channel = desk.channel(name)
    if desk.world.message(channel.id, thread) is None:
        raise Refused("invalid_thread_ts")
    return channel, thread


def add_reaction(desk: Desk, given: Arguments) -> JsonObject:
    name, ts, emoji = given.required("channel", "timestamp", "name")
    message = desk.message(desk.writable(name), ts)
    if not EMOJI.fullmatch(emoji):
        raise Refused("invalid_name")
    if (emoji, BOT.id) in message.reactions:
        raise Refused("already_reacted")
    desk.workspace.react(message, (*message.reactions, (emoji, BOT.id)))
    return {}


def remove_reaction(desk: Desk, given: Arguments) -> JsonObject:
    name, ts, emoji = given.required("channel", "timestamp", "name")
    message = desk.message(desk.joined(name), ts)
    if (emoji, BOT.id) not in message.reactions:
        raise Refused("no_reaction")
    desk.workspace.react(message, tuple(r for r in message.reactions if r != (emoji, BOT.id)))
    return {}
