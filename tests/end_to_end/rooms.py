"""A channel of a test's own, on either platform alike: what people do in it, and what they see of the bot."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol, Self

from tests.end_to_end.driver import Server
from tests.waits import until

BOTS = {"slack": "U0PARLEY", "discord": "1400000000000000010"}
_ACTION = re.compile(r"\b((?:stop|regenerate|continue|retry)):[^\"]+")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Version:
    """What one message of the bot looked like from `at` on. `buttons`: what a press sends, by action."""

    message: str
    at: float
    text: str
    buttons: Mapping[str, str]
    deleted: bool
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def is_final(self) -> bool:
        return bool(self.buttons) and "stop" not in self.buttons


Versions = list[Version]


class Room(Protocol):
    """Where one test talks to the bot."""

    channel: str

    async def ask(self, text: str = "hello", user: str = "ada", **more: Any) -> str:
        """Somebody speaks to the bot; the id of it."""

    async def press(self, version: Version, action: str, user: str = "ada") -> None: ...

    def read(self, record: Iterable[Mapping[str, Any]]) -> list[Versions]:
        """What the bot showed in this channel, of all versions on record: each message, in all its versions."""

    async def messages(self) -> list[Versions]:
        """All that the bot showed in this channel."""

    async def whispers(self) -> list[str]:
        """What single people were told in this channel."""

    async def delete(self, version: Version) -> None:
        """A moderator does."""

    async def files(self) -> list[str]:
        """The names of those that the bot attached here."""


async def shown(room: Room) -> list[Version]:
    """The bot's messages as they stand now."""
    return [found[-1] for found in await room.messages() if not found[-1].deleted]


async def answered(room: Room, times: int = 1, text: str = "") -> Versions:
    """Wait for so many finished answers; all versions of the newest that has this text."""

    async def look() -> Versions | None:
        done = [found for found in await room.messages() if found[-1].is_final and not found[-1].deleted]
        fitting = [found for found in done if text in found[-1].text]
        return fitting[-1] if len(done) >= times and fitting else None

    found: Versions = await until(look, f"{times} answers, one with {text!r}")
    return found


async def running(room: Room, text: str = "") -> Version:
    """Wait for an answer that is being written and shows this text."""

    async def look() -> Version | None:
        live = [one for one in await shown(room) if "stop" in one.buttons and text in one.text]
        return live[-1] if live else None

    found: Version = await until(look, f"an answer under way with {text!r}")
    return found


async def whispered(room: Room, text: str) -> None:
    """Wait until somebody alone was told this."""

    async def look() -> bool:
        return any(text in told for told in await room.whispers())

    await until(look, f"a whisper with {text!r}")


@dataclass
class Slack:
    server: Server
    channel: str

    @classmethod
    async def opened(cls, server: Server) -> Self:
        made = await server.do("add_channel", name=f"room-{next(_numbers)}")
        return cls(server, made["channel"])

    async def ask(self, text: str = "hello", user: str = "ada", **more: Any) -> str:
        said = await self.server.do("say", **{"text": text, "user": user, "mention": True, **self._where(), **more})
        return str(said["ts"])

    async def press(self, version: Version, action: str, user: str = "ada") -> None:
        await self.server.do("press", ts=version.message, action=version.buttons[action], user=user, **self._where())

    def read(self, record: Iterable[Mapping[str, Any]]) -> list[Versions]:
        found: dict[str, Versions] = {}
        for raw in record:
            if raw["author"] == BOTS["slack"] and raw["channel"] == self.channel:
                found.setdefault(raw["message"], []).append(_version(raw, raw["shown"], raw["blocks"]))
        return list(found.values())

    async def messages(self) -> list[Versions]:
        return self.read(await self.server.state("versions"))

    async def whispers(self) -> list[str]:
        told = await self.server.state("ephemerals")
        return [str(raw["shown"]) for raw in told if raw["channel"] == self.channel]

    async def delete(self, version: Version) -> None:
        await self.server.do("delete", ts=version.message, **self._where())

    async def files(self) -> list[str]:
        return [str(file) for found in await self.messages() for file in found[-1].raw.get("files", ())]

    def _where(self) -> Mapping[str, str]:
        return {"channel": self.channel}


@dataclass
class Discord:
    server: Server
    channel: str

    @classmethod
    async def opened(cls, server: Server) -> Self:
        made = await server.do("add_channel", name=f"room-{next(_numbers)}")
        return cls(server, made["id"])

    async def ask(self, text: str = "hello", user: str = "ada", **more: Any) -> str:
        where = {"channel": self.channel}
        said = await self.server.do("say", **{"text": text, "user": user, "mention": True, **where, **more})
        return str(said["id"])

    async def press(self, version: Version, action: str, user: str = "ada") -> None:
        await self.server.do("press", message=version.message, custom_id=version.buttons[action], user=user)

    def read(self, record: Iterable[Mapping[str, Any]]) -> list[Versions]:
        found: dict[str, Versions] = {}
        for raw in record:
            if self._is_ours(raw) and not raw["shown_to"]:
                found.setdefault(raw["message"], []).append(_version(raw, raw["text"], raw["components"]))
        return list(found.values())

    async def messages(self) -> list[Versions]:
        return self.read(await self.server.state("versions"))

    async def whispers(self) -> list[str]:
        return [
            str(raw["text"]) for raw in await self.server.state("versions") if self._is_ours(raw) and raw["shown_to"]
        ]

    async def delete(self, version: Version) -> None:
        await self.server.do("delete", message=version.message)

    async def files(self) -> list[str]:
        return [str(file) for found in await self.messages() for file in found[-1].raw["attachments"]]

    def _is_ours(self, raw: Mapping[str, Any]) -> bool:
        return bool(raw["author"] == BOTS["discord"] and raw["channel"] == self.channel)


def _version(raw: Mapping[str, Any], text: str, drawn: object) -> Version:
    buttons = {match[1]: match[0] for match in _ACTION.finditer(json.dumps(drawn))}
    return Version(raw["message"], raw["monotonic"], text.strip(), buttons, bool(raw["deleted"]), raw)
