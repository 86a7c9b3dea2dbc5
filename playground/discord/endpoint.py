"""What a call of the REST API is: what was asked, and which act of ours answers it. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from playground.discord.platform import Platform
from playground.discord.posts import Upload
from playground.discord.world import Channel, Json, Message


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as it came: parameters of the path, of the query, the body and its files."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    files: tuple[Upload, ...] = field(default=())

    def channel(self, here: Platform) -> Channel:
        return here.world.channel(self.path["channel"])

    def message(self, here: Platform) -> Message:
        """The message of the path, if the bot can see it."""
        channel = self.channel(here)
        here.world.need(channel)
        return here.world.message(channel, self.path["message"])

    def number(self, name: str, default: int = 0) -> int:
        raw = self.query.get(name, "")
        return int(raw) if raw.isdecimal() else default


Act = Callable[[Platform, Ask], object]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`act` returns what is sent as JSON, or None for 204; it raises Refused.

    `bucket`: which limit counts it, per channel, server or token of its path. `signed`: it needs the bot's token; the
    others carry a token of their own in the path, and do not count for the bot's global limit.
    """

    method: str
    path: str
    name: str
    act: Act
    bucket: str = ""
    signed: bool = True

    def key(self, path: Mapping[str, str]) -> tuple[str, str]:
        """Whose window counts this call."""
        major = path.get("channel") or path.get("token") or path.get("guild") or ""
        return self.bucket, major
