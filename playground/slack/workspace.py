"""What changes in the workspace, whoever changes it: put it into the world, write it down, tell the app. No I/O."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from playground.record import Record
from playground.slack import content, shapes
from playground.slack.settings import Settings
from playground.slack.world import BOT, Channel, JsonObject, Message, World

SYSTEM = ("channel_join", "channel_leave", "channel_archive", "channel_unarchive", "tombstone")
Told = list[str]  # event ids


@dataclass(eq=False, slots=True)
class Workspace:
    """The world, its record and the way to the app.

    `tell(event, delay, channel)` hands an event to Socket Mode after `delay` seconds and returns its id.
    """

    world: World
    record: Record
    tell: Callable[[JsonObject, float, Channel], str]
    settings: Callable[[], Settings]
    random: Random
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)  # (channel, thread) -> what the app is doing
    sessions: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # ... -> (state, title)

    def post(self, message: Message, *, method: str = "", delay: float = 0.0) -> tuple[Message, Told]:
        """A new message. `thread` may be a reply's ts; when the root is gone it lands in the channel, as on Slack."""
        parent = self.world.message(message.channel, message.thread) if message.thread else None
        thread = "" if parent is None else parent.thread or parent.ts
        message = replace(message, thread=thread, broadcast=message.broadcast and bool(thread))
        if not self.world.people[message.user].bot and message.subtype in ("", "file_share"):
            message = replace(message, client_msg_id=message.client_msg_id or str(self._uuid()))
        self.world.put(message)
        self._note(message, method)
        events = [self._located(shapes.message(self.world, message), message)]
        if self._mentions_bot(message):
            events.append(self._mention(message))
        return message, self._tell(message, events, delay)

    def edit(self, fresh: Message, *, method: str = "", delay: float = 0.0) -> Told:
        """Put a message in the place of the one with its ts. A changed text or changed blocks are marked as edited.

        A mention is told once more, whether it was there before or not.
        """
        before = self.world.messages[fresh.channel][fresh.ts]
        old = shapes.message(self.world, before)
        if (fresh.text, fresh.blocks) != (before.text, before.blocks):
            fresh = replace(fresh, edited=self.world.stamp())
        self.world.put(fresh)
        self._note(fresh, method)
        return self._tell_change(fresh, old, delay)

    def delete(self, message: Message, *, method: str = "", delay: float = 0.0) -> Told:
        """Take a message away. A root with replies stays as a tombstone."""
        old = shapes.message(self.world, message)
        self._note(message, method, deleted=True)
        if not message.thread and self.world.replies(message.channel, message.ts):
            tombstone = Message(message.channel, message.ts, message.user, "", subtype="tombstone")
            self.world.put(tombstone)
            return self._tell_change(tombstone, old, delay)
        self.world.remove(message)
        ts = self.world.stamp()
        event: JsonObject = {"type": "message", "subtype": "message_deleted", "previous_message": old, "hidden": True}
        event |= {"deleted_ts": message.ts, "ts": ts, "event_ts": ts}
        return self._tell(message, [event | self._place(message)], delay)

    def whisper(self, message: Message, to: str, *, method: str) -> None:
        """A message for one person only. It is in nobody's history and no event tells of it."""
        self.world.ephemerals[message.ts] = message
        self.record.add(
            "ephemerals",
            channel=message.channel,
            message=message.ts,
            user=to,
            thread=message.thread,
            text=message.text,
            shown=content.shown(message.text, message.blocks),
            blocks=list(message.blocks or ()),
            method=method,
        )

    def react(self, message: Message, reactions: tuple[tuple[str, str], ...]) -> None:
        self.world.put(replace(message, reactions=reactions))
        found = [list(reaction) for reaction in reactions]
        self.record.add("reactions", channel=message.channel, message=message.ts, reactions=found)

    def _note(self, message: Message, method: str, *, deleted: bool = False) -> None:
        self.record.version(
            message.channel,
            message.ts,
            author=message.user,
            text=message.text,
            method=method,
            deleted=deleted,
            shown=content.shown(message.text, message.blocks),
            thread=message.thread,
            bot=message.bot,
            subtype=message.subtype,
            blocks=list(message.blocks or ()),
            metadata=message.metadata,
            files=[self.world.files[id_].name for id_ in message.files],
            pings=content.pings(message),
        )

    def _mentions_bot(self, message: Message) -> bool:
        direct = self.world.channels[message.channel].kind == "im"
        return f"<@{BOT.id}>" in message.text and not direct and message.user != BOT.id

    def _mention(self, message: Message) -> JsonObject:
        """app_mention: the same ts and client_msg_id as the message event, but no subtype and no channel_type."""
        event = shapes.message(self.world, message) | {"type": "app_mention"}
        event.pop("subtype", None)
        return event | {"channel": message.channel, "event_ts": message.ts}

    def _located(self, body: JsonObject, message: Message) -> JsonObject:
        return body | {"event_ts": message.ts} | self._place(message)

    def _place(self, message: Message) -> JsonObject:
        return {"channel": message.channel, "channel_type": self.world.channels[message.channel].kind}

    def _tell_change(self, fresh: Message, old: JsonObject, delay: float) -> Told:
        ts = self.world.stamp()
        event: JsonObject = {
            "type": "message",
            "subtype": "message_changed",
            "message": shapes.message(self.world, fresh),
        }
        event |= {"previous_message": old, "hidden": True, "ts": ts, "event_ts": ts}
        events = [event | self._place(fresh)]
        if fresh.text != old["text"] and self._mentions_bot(fresh):
            events.append(self._mention(fresh))
        return self._tell(fresh, events, delay)

    def _tell(self, message: Message, events: list[JsonObject], delay: float) -> Told:
        channel = self.world.channels[message.channel]
        if BOT.id not in channel.members:
            return []
        pair = self.settings().pair
        if pair == "mention" or (pair == "random" and self.random.random() < 0.5):
            events = events[::-1]
        gap = self.settings().pair_gap
        return [self.tell(event, delay + place * gap, channel) for place, event in enumerate(events)]

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)
