"""Threads come to be: from a message, on their own or as posts in a forum. No I/O."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from playground.discord import checks, posts, wire
from playground.discord.errors import Refused, invalid
from playground.discord.platform import Platform
from playground.discord.world import BOT, HAS_THREAD, STARTER, THREAD, Channel, Json, Message, Reference

THREAD_CREATED = 18
ARCHIVE_MINUTES = (60, 1440, 4320, 10080)


def start(here: Platform, parent: Channel, body: Mapping[str, Any], *, owner: int = BOT) -> Channel:
    """A thread without a message; its channel shows a line of the system."""
    thread = _open(here, parent, here.world.new_id(), int(body.get("type") or THREAD), body, owner)
    announced = Message(here.world.new_id(), parent.id, owner, here.clock(), thread.name, type=THREAD_CREATED)
    posts.publish(here, announced)
    return thread


def start_from(here: Platform, message: Message, body: Mapping[str, Any], *, owner: int = BOT) -> Channel:
    """A thread from a message has that message's id, and begins with a line of the system, again of that id."""
    if message.thread:
        raise Refused(160004)
    parent = here.world.channels[message.channel]
    thread = _open(here, parent, message.id, THREAD, body, owner)
    message.thread, message.flags = thread.id, message.flags | HAS_THREAD
    posts.changed(here, message, "thread.create")
    first = Message(thread.id, thread.id, owner, here.clock(), type=STARTER, reference=Reference(message.id, parent.id))
    posts.publish(here, first)
    return thread


def post(here: Platform, forum: Channel, body: Mapping[str, Any], said: Mapping[str, Any], *, owner: int) -> Channel:
    """A forum's post: a thread that begins with a message of its id."""
    first = posts.draft(here, forum, said, author=owner)
    thread = _open(here, forum, first.id, THREAD, body, owner)
    posts.publish(here, replace(first, channel=thread.id))
    return thread


def admit(here: Platform, thread: Channel, *, out: bool = False) -> None:
    """The bot is added to a thread, or taken out of it. Of other people Discord tells only who may know all members."""
    if (BOT in thread.members) is not out:
        return
    was_seen = here.world.sees(thread)
    (thread.members.discard if out else thread.members.add)(BOT)
    told: Json = {"id": str(thread.id), "guild_id": str(thread.guild), "member_count": min(len(thread.members), 50)}
    if out:
        told["removed_member_ids"] = [str(BOT)]
    else:
        fields = wire.channel(here.world, thread)
        if not was_seen:
            here.gateway.tell("THREAD_CREATE", fields, channel=thread)
        told["added_members"] = [fields["member"]]
    here.gateway.tell("THREAD_MEMBERS_UPDATE", told, guild=thread.guild)


def _open(here: Platform, parent: Channel, id_: int, kind: int, body: Mapping[str, Any], owner: int) -> Channel:
    if not parent.guild or parent.is_thread:
        raise Refused(50024)
    name, minutes = checks.thread_name(body.get("name")), int(body.get("auto_archive_duration") or 1440)
    if minutes not in ARCHIVE_MINUTES:
        raise invalid("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of (60, 1440, 4320, 10080).")
    thread = Channel(id_, kind, name, parent.guild, parent.id, owner, members={owner}, archive_minutes=minutes)
    here.world.add_channel(thread)
    here.record.add("threads", channel=str(parent.id), thread=str(thread.id), name=name, owner=str(owner))
    here.gateway.tell("THREAD_CREATE", wire.channel(here.world, thread) | {"newly_created": True}, channel=thread)
    return thread
