"""What people do in the workspace: write, edit, press, type a command, throw the app out. No I/O.

Each verb takes a JSON object and answers with one. A person is named by id or name (default: ada), a channel by id or
name (default: general) or as "im", the person's own conversation with the app. Raises Nonsense.
"""

import base64
import html
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from playground.slack import content, shapes
from playground.slack.arguments import Arguments
from playground.slack.errors import Nonsense, Refused
from playground.slack.hooks import Hooks
from playground.slack.sockets import Sockets
from playground.slack.workspace import Workspace
from playground.slack.world import (
    APP,
    BOT,
    OTHER_TEAM,
    TEAM,
    TEAM_DOMAIN,
    Channel,
    File,
    JsonObject,
    Message,
    Person,
    World,
)

BUTTON_KEYS = ("action_id", "text", "value", "style", "type", "url")
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hands:
    workspace: Workspace
    sockets: Sockets
    hooks: Hooks

    @property
    def world(self) -> World:
        return self.workspace.world

    def say(self, raw: Raw) -> JsonObject:
        """text; channel?, user?, thread_ts?, mention? (puts <@bot> in front), files? ([{"name", "text" | "base64",
        "mimetype"?, "veiled"?, "elsewhere"? (an address)}]), blocks?, attachments?, subtype?, broadcast?, delay? (s, of
        its events), ago? (s: it was said then, of which nobody is told any more)."""
        person, channel = self._person(raw), self._channel(raw)
        text = f"<@{BOT.id}> " * bool(raw.get("mention")) + str(raw.get("text", ""))
        files, ago = [self._file(person, item) for item in raw.get("files", ())], float(raw.get("ago", 0))
        self.world.files |= {file.id: file for file in files}
        self._join(channel, person)
        message = Message(
            channel.id,
            self.world.stamp(ago),
            person.id,
            text,
            bot="" if files else person.bot,
            subtype=str(raw.get("subtype", "file_share" if files else "")),
            thread=str(raw.get("thread_ts") or ""),
            blocks=tuple(raw["blocks"]) if raw.get("blocks") else None,
            attachments=tuple(raw["attachments"]) if raw.get("attachments") else None,
            files=tuple(file.id for file in files),
            broadcast=bool(raw.get("broadcast")),
        )
        if ago:
            self.world.put(message)
            return {"channel": channel.id, "ts": message.ts, "thread_ts": message.thread, "events": 0}
        message, told = self.workspace.post(message, delay=float(raw.get("delay", 0)))
        return {"channel": channel.id, "ts": message.ts, "thread_ts": message.thread, "events": told}

    def edit(self, raw: Raw) -> JsonObject:
        """channel, ts, text."""
        message = self._message(raw)
        fresh = replace(message, text=str(raw.get("text", "")), blocks=None)
        return {"events": self.workspace.edit(fresh, delay=float(raw.get("delay", 0)))}

    def delete(self, raw: Raw) -> JsonObject:
        """channel, ts: anybody's message, by its author or by a moderator."""
        return {"events": self.workspace.delete(self._message(raw), delay=float(raw.get("delay", 0)))}

    def slash(self, raw: Raw) -> JsonObject:
        """command ("/claude"), text? (as it is typed: the manifest has it escaped), channel?, user?."""
        person, channel = self._person(raw), self._channel(raw)
        command = str(raw.get("command", "/claude"))
        payload = {
            **self._common(),
            "team_id": TEAM,
            "team_domain": TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": self._escaped(str(raw.get("text", ""))),
            "is_enterprise_install": "false",
            "response_url": self.hooks.open("commands", channel.id, person.id),
        }

        def acked(answer: Any) -> None:  # noqa: ANN401  # JSON from outside
            self._answer_command(channel, person, answer)

        self.sockets.send_once("slash_commands", command, payload, acked, self._fail(person, channel, command))
        return {"trigger_id": payload["trigger_id"]}

    def press(self, raw: Raw) -> JsonObject:
        """channel, ts, user?, action? (action_id, value or label of the button; default: the first)."""
        message, person = self._message(raw, seen_by_one=True), self._person(raw)
        block_id, button = _button(message, str(raw.get("action", "")))
        body = shapes.message(self.world, message)
        action: JsonObject = {key: button[key] for key in BUTTON_KEYS if key in button}
        action |= {"block_id": block_id, "action_ts": self.world.stamp()}
        thread = {"thread_ts": body["thread_ts"]} if "thread_ts" in body else {}
        payload = self._interaction("block_actions", message, person) | {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": message.ts in self.world.ephemerals,
                **thread,
            },
            "state": {"values": {}},
            "actions": [action],
        }
        payload |= {} if message.ts in self.world.ephemerals else {"message": body}
        self._interact(payload, person, message)
        return {"action_id": button.get("action_id", ""), "value": button.get("value", "")}

    def shortcut(self, raw: Raw) -> JsonObject:
        """callback_id, channel, ts, user?: a message shortcut."""
        message, person = self._message(raw), self._person(raw)
        payload = self._interaction("message_action", message, person) | {
            "callback_id": str(raw.get("callback_id", "")),
            "action_ts": self.world.stamp(),
            "message_ts": message.ts,
            "message": shapes.message(self.world, message),
        }
        self._interact(payload, person, message)
        return {"trigger_id": payload["trigger_id"]}

    def stop_session(self, raw: Raw) -> JsonObject:
        """channel, thread_ts, user?: Slack's own Stop button."""
        channel, person = self._channel(raw), self._person(raw)
        thread = str(raw.get("thread_ts", ""))
        event: JsonObject = {"type": "agent_session_stopped", "channel": channel.id, "thread_ts": thread}
        event |= {"user": person.id, "streaming_message_ts": [], "event_ts": self.world.stamp()}
        return {"event_id": self.sockets.send_event(event, channel=channel)}

    def event(self, raw: Raw) -> JsonObject:
        """event: any event at all, delay?."""
        event = raw.get("event")
        if not isinstance(event, dict) or "type" not in event:
            raise Nonsense("an event is an object with a type")
        return {"event_id": self.sockets.send_event(event, float(raw.get("delay", 0)))}

    def frame(self, raw: Raw) -> JsonObject:
        """text: a frame for every open socket, as it is, JSON or not."""
        return {"sockets": self.sockets.frame(str(raw.get("text", "")))}

    def redeliver(self, raw: Raw) -> JsonObject:
        """event_id? (default: the last event), times?."""
        for _ in range(int(raw.get("times", 1))):
            event_id = self.sockets.redeliver(str(raw.get("event_id", "")))
            if event_id is None:
                raise Nonsense("there is no such event")
        return {"event_id": event_id}

    def disconnect(self, raw: Raw) -> JsonObject:
        """reason? (refresh_requested, warning, link_disabled, too_many_websockets): a frame to every open socket."""
        return {"sockets": self.sockets.disconnect(str(raw.get("reason", "refresh_requested")))}

    def drop(self, raw: Raw) -> JsonObject:
        """Every socket is cut, without a close frame."""
        return {"sockets": self.sockets.drop()}

    def freeze(self, raw: Raw) -> JsonObject:
        """Every open socket falls silent: it answers no ping and swallows what is sent."""
        return {"sockets": self.sockets.freeze()}

    def archive(self, raw: Raw) -> JsonObject:
        """channel; archived? (true)."""
        channel, archived = self._channel(raw), bool(raw.get("archived", True))
        word = "archived" if archived else "un-archived"
        self._system(channel, self._person(raw), "channel_archive" if archived else "channel_unarchive", f"{word} #")
        return self._keep(replace(channel, archived=archived))

    def kick(self, raw: Raw) -> JsonObject:
        """channel; user? (default: the app)."""
        channel, person = self._channel(raw), self._person({"user": BOT.id} | dict(raw))
        channel = replace(channel, members=channel.members - {person.id})
        answer = self._keep(channel)
        self._system(channel, person, "channel_leave", f"<@{person.id}> has left the channel")
        if person.id == BOT.id:
            self._tell_gone(channel, "left")
        return answer

    def remove_channel(self, raw: Raw) -> JsonObject:
        """channel: deleted for good."""
        channel = self._channel(raw)
        del self.world.channels[channel.id]
        return {"event_id": self._tell_gone(channel, "deleted")}

    def share(self, raw: Raw) -> JsonObject:
        """channel: with another company. A private one (G…) gets another id (C…), of which the app is told."""
        channel = replace(self._channel(raw), shared=True)
        answer = self._keep(channel)
        if not channel.id.startswith("G"):
            return answer
        fresh = self.world.rename(channel, self.world.fresh_id("C"))
        event: JsonObject = {"type": "channel_id_changed", "old_channel_id": channel.id, "new_channel_id": fresh.id}
        self.sockets.send_event(event | {"event_ts": self.world.stamp()}, channel=fresh)
        return {**answer, "channel": fresh.id}

    def invite(self, raw: Raw) -> JsonObject:
        """channel; user? (default: the app)."""
        channel, person = self._channel(raw), self._person({"user": BOT.id} | dict(raw))
        channel = replace(channel, members=channel.members | {person.id})
        answer = self._keep(channel)
        self._system(channel, person, "channel_join", f"<@{person.id}> has joined the channel")
        return answer

    def add_user(self, raw: Raw) -> JsonObject:
        """name; id?, real_name?, guest?, admin?, bot?, other_team? (booleans), channels? (default: all public ones)."""
        name = str(raw.get("name", "")) or f"user{len(self.world.people)}"
        id_ = str(raw.get("id") or self.world.fresh_id("U"))
        bot = self.world.fresh_id("B") if raw.get("bot") else ""
        person = Person(
            id_,
            name,
            str(raw.get("real_name", name.title())),
            team=OTHER_TEAM if raw.get("other_team") else TEAM,
            bot=bot,
            app=self.world.fresh_id("A") if bot else "",
            admin=bool(raw.get("admin")),
            guest=bool(raw.get("guest")),
        )
        self.world.people[id_] = person
        public = [channel.id for channel in self.world.channels.values() if channel.kind == "channel"]
        for channel in raw.get("channels", public):
            self._join(self._channel({"channel": channel}), person)
        return {"user": id_, "bot_id": bot}

    def add_channel(self, raw: Raw) -> JsonObject:
        """name; id?, private?, shared?, threadless?, members? (default: everybody of the team, and the app)."""
        private = bool(raw.get("private"))
        everybody = [person.id for person in self.world.people.values() if person.team == TEAM]
        members = frozenset(self._person({"user": user}).id for user in raw.get("members", everybody))
        id_ = str(raw.get("id") or self.world.fresh_id("G" if private else "C"))
        kind, shared = "group" if private else "channel", bool(raw.get("shared"))
        channel = Channel(id_, str(raw.get("name", id_.lower())), kind, members, shared=shared)
        channel = replace(channel, threadless=bool(raw.get("threadless")))
        return self._keep(channel)

    def _keep(self, channel: Channel) -> JsonObject:
        self.world.channels[channel.id] = channel
        return {"channel": channel.id, "members": sorted(channel.members)}

    def _tell_gone(self, channel: Channel, how: str) -> str:
        """Only the app itself is told: channel_left and channel_deleted, group_... of what is private."""
        kind = "group" if channel.kind == "group" else "channel"
        event: JsonObject = {"type": f"{kind}_{how}", "channel": channel.id, "actor_id": "U0ADA"}
        return self.sockets.send_event(event | {"event_ts": self.world.stamp()}, channel=channel)

    def _join(self, channel: Channel, person: Person) -> None:
        self.world.channels[channel.id] = replace(channel, members=channel.members | {person.id})

    def _system(self, channel: Channel, person: Person, subtype: str, text: str) -> None:
        self.workspace.post(Message(channel.id, self.world.stamp(), person.id, text, subtype=subtype))

    def _escaped(self, typed: str) -> str:
        """What `should_escape` makes of a command's text: names that Slack knows carry their ids."""
        known = {f"@{word}": f"<!{word}>" for word in ("channel", "here", "everyone")}
        known |= {f"@{person.name}": f"<@{person.id}|{person.name}>" for person in self.world.people.values()}
        known |= {f"#{channel.name}": f"<#{channel.id}|{channel.name}>" for channel in self.world.channels.values()}
        named = re.compile(r"(?<![\w&])[@#][\w.-]*\w")
        return named.sub(lambda match: known.get(match[0], match[0]), html.escape(typed, quote=False))

    def _person(self, raw: Raw) -> Person:
        name = str(raw.get("user", "U0ADA"))
        found = self.world.people.get(name)
        found = found or next((person for person in self.world.people.values() if person.name == name), None)
        if found is None:
            raise Nonsense("there is no such person")
        return found

    def _channel(self, raw: Raw) -> Channel:
        name = str(raw.get("channel", "general"))
        found = self.world.direct(self._person(raw).id) if name == "im" else self.world.channel(name)
        if found is None:
            raise Nonsense("there is no such channel")
        return found

    def _message(self, raw: Raw, *, seen_by_one: bool = False) -> Message:
        ts = str(raw.get("ts", ""))
        found = self.world.message(self._channel(raw).id, ts)
        found = found or (self.world.ephemerals.get(ts) if seen_by_one else None)
        if found is None or found.subtype == "tombstone":
            raise Nonsense("there is no such message")
        return found

    def _file(self, person: Person, raw: Raw) -> File:
        name = str(raw.get("name", "file.txt"))
        data = base64.b64decode(raw["base64"]) if "base64" in raw else str(raw.get("text", "")).encode()
        kind = str(raw.get("mimetype") or mimetypes.guess_type(name)[0] or "application/octet-stream")
        id_, created = self.world.fresh_id("F"), int(self.world.clock())
        file = File(id_, name, person.id, kind, created=created, content=data, veiled=bool(raw.get("veiled")))
        return replace(file, elsewhere=str(raw.get("elsewhere") or ""))

    def _common(self) -> JsonObject:
        trigger = f"{self.world.stamp()}.{TEAM}"
        return {"token": "playground-verification-token", "api_app_id": APP, "trigger_id": trigger}

    def _interaction(self, kind: str, message: Message, person: Person) -> JsonObject:
        channel = self.world.channels[message.channel]
        name = {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)
        return self._common() | {
            "type": kind,
            "team": {"id": TEAM, "domain": TEAM_DOMAIN},
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
            "channel": {"id": channel.id, "name": name},
            "enterprise": None,
            "is_enterprise_install": False,
            "response_url": self.hooks.open("actions", channel.id, person.id, message.ts),
        }

    def _interact(self, payload: JsonObject, person: Person, message: Message) -> None:
        channel, kind = self.world.channels[message.channel], payload["type"]
        self.sockets.send_once("interactive", kind, payload, lambda _: None, self._fail(person, channel, kind))

    def _fail(self, person: Person, channel: Channel, what: str) -> "_Failure":
        return _Failure(self.workspace, person.id, channel.id, what)

    def _answer_command(self, channel: Channel, person: Person, answer: Any) -> None:  # noqa: ANN401  # JSON from outside
        """What came with the acknowledgement of a command: nothing, a text or a message."""
        if not isinstance(answer, dict) or not answer:
            return
        given = Arguments(answer)
        try:
            self.hooks.say(channel.id, person.id, content.read(given), given, method="ack")
        except Refused as refusal:
            _Failure(self.workspace, person.id, channel.id, "ack")(refusal.code)


@dataclass(frozen=True, slots=True)
class _Failure:
    """The error that a person sees when the app did not acknowledge."""

    workspace: Workspace
    user: str
    channel: str
    what: str

    def __call__(self, reason: str) -> None:
        self.workspace.record.add("failures", user=self.user, channel=self.channel, what=self.what, reason=reason)


def _button(message: Message, wanted: str) -> tuple[str, JsonObject]:
    for block_id, button in content.buttons(message.blocks):
        label = button.get("text", {}).get("text", "")
        if wanted in ("", button.get("action_id"), button.get("value"), label):
            return block_id, button
    raise Nonsense("the message has no such button")
