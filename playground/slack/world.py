"""The workspace as it is now: who is in it, its channels, messages and files. No I/O."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

JsonObject = dict[str, Any]
Blocks = tuple[JsonObject, ...]

TEAM, OTHER_TEAM = "T0PLAY", "T0OTHER"
TEAM_NAME, TEAM_DOMAIN = "Playground", "playground"
APP = "A0PARLEY"


@dataclass(frozen=True, slots=True)
class Person:
    """A member, a guest, somebody of another team, or a bot (then `bot` is its id)."""

    id: str
    name: str
    real_name: str
    team: str = TEAM
    bot: str = ""
    app: str = ""
    admin: bool = False
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """`kind` is Slack's channel_type: channel, group (private), im or mpim. `shared`: with another team.

    `threadless`: its admins have switched threads off.
    """

    id: str
    name: str
    kind: str = "channel"
    members: frozenset[str] = frozenset()
    archived: bool = False
    shared: bool = False
    threadless: bool = False
    created: int = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Message:
    """`thread` is the root's ts, "" for what stands in the channel itself. `blocks` None: it has only a text."""

    channel: str
    ts: str
    user: str
    text: str
    bot: str = ""
    subtype: str = ""
    thread: str = ""
    blocks: Blocks | None = None
    attachments: Blocks | None = None
    metadata: JsonObject | None = None
    files: tuple[str, ...] = ()
    edited: str = ""
    client_msg_id: str = ""
    reactions: tuple[tuple[str, str], ...] = ()  # (name, user), as they came
    broadcast: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """`content` None: announced, but not yet uploaded. `veiled`: an event tells only its id (Slack Connect).

    `elsewhere`: it is not kept in Slack but at this address, as those of Google Drive.
    """

    id: str
    name: str
    user: str
    mimetype: str = "application/octet-stream"
    title: str = ""
    created: int = 0
    content: bytes | None = None
    veiled: bool = False
    elsewhere: str = ""


BOT = Person("U0PARLEY", "parley", "Parley", bot="B0PARLEY", app=APP)
PEOPLE = (
    BOT,
    Person("U0ADA", "ada", "Ada Lovelace", admin=True),
    Person("U0BEN", "ben", "Ben Okri"),
    Person("U0CLEO", "cleo", "Cleo Marchetti"),
    Person("U0GUEST", "gil", "Gil the Guest", guest=True),
    Person("U0OTHER", "olga", "Olga Elsewhere", team=OTHER_TEAM),
    Person("U0ROBOT", "robot", "Deploy Robot", bot="B0ROBOT", app="A0ROBOT"),
)
_ALL = frozenset(person.id for person in PEOPLE if person.team == TEAM)
CHANNELS = (
    Channel("C0GENERAL", "general", members=_ALL),
    Channel("C0RANDOM", "random", members=_ALL),
    Channel("G0SECRET", "secret", "group", frozenset((BOT.id, "U0ADA", "U0BEN"))),
    Channel("C0SHARED", "shared", members=_ALL | {"U0OTHER"}, shared=True),
    Channel("C0OUTSIDE", "outside", members=_ALL - {BOT.id}),
)


@dataclass(eq=False, slots=True)
class World:
    """All of it. `origin` is the address that links to files begin with."""

    origin: str = ""
    clock: Callable[[], float] = time.time
    people: dict[str, Person] = field(default_factory=lambda: {person.id: person for person in PEOPLE})
    channels: dict[str, Channel] = field(default_factory=lambda: {channel.id: channel for channel in CHANNELS})
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)  # channel -> ts -> message, in order
    ephemerals: dict[str, Message] = field(default_factory=dict)  # only for the eyes of one; by ts
    files: dict[str, File] = field(default_factory=dict)
    _replies: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)  # (channel, root) -> ts, in order
    _last: int = 0
    _count: int = 0

    def stamp(self, ago: float = 0) -> str:
        """A ts that no message had before, later than all of them; or of so many seconds ago."""
        at = int((self.clock() - ago) * 1_000_000)
        if not ago:
            self._last = at = max(self._last + 1, at)
        return f"{at // 1_000_000}.{at % 1_000_000:06d}"

    def fresh_id(self, letter: str) -> str:
        """An id like Slack's: F0000000001."""
        self._count += 1
        return f"{letter}{self._count:010d}"

    def message(self, channel: str, ts: str) -> Message | None:
        return self.messages.get(channel, {}).get(ts)

    def put(self, message: Message) -> None:
        """A new message, or a new version of one."""
        self.messages.setdefault(message.channel, {})[message.ts] = message
        if message.thread:
            self._replies.setdefault((message.channel, message.thread), {})[message.ts] = None

    def rename(self, channel: Channel, id_: str) -> Channel:
        """Another id, for good, and with it all that stands there."""
        fresh = replace(self.channels.pop(channel.id), id=id_)
        self.channels[id_] = fresh
        said = self.messages.pop(channel.id, {})
        for message in said.values():
            self._replies.pop((channel.id, message.thread), None)
        for message in said.values():
            self.put(replace(message, channel=id_))
        return fresh

    def remove(self, message: Message) -> None:
        del self.messages[message.channel][message.ts]
        self._replies.get((message.channel, message.thread), {}).pop(message.ts, None)

    def replies(self, channel: str, root: str) -> list[Message]:
        return [self.messages[channel][ts] for ts in self._replies.get((channel, root), ())]

    def top(self, channel: str) -> Iterator[Message]:
        """What stands in the channel itself, newest first."""
        for message in reversed(self.messages.get(channel, {}).values()):
            if not message.thread or message.broadcast:
                yield message

    def channel(self, name: str) -> Channel | None:
        """By its id or its name, with or without the #."""
        found = self.channels.get(name)
        return found or next((c for c in self.channels.values() if c.name and c.name == name.removeprefix("#")), None)

    def direct(self, *users: str) -> Channel:
        """The conversation of exactly these people and the bot; made when there is none."""
        members = frozenset((*users, BOT.id))
        kind = "im" if len(members) == 2 else "mpim"
        for channel in self.channels.values():
            if channel.kind == kind and channel.members == members:
                return channel
        name = "" if kind == "im" else "mpdm-" + "--".join(sorted(self.people[user].name for user in members)) + "-1"
        channel = Channel(self.fresh_id("D" if kind == "im" else "G"), name, kind, members, created=int(self.clock()))
        self.channels[channel.id] = channel
        return channel

    def forget(self) -> None:
        """Messages and files go, people and channels stay."""
        self.messages.clear()
        self._replies.clear()
        self.ephemerals.clear()
        self.files.clear()
