"""The playground's record, followed while it grows, in one shape for all platforms."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import scene
from tests.chaos.scene import Question
from tests.end_to_end.driver import Playground, Server

BOTS = {"slack": "U0PARLEY", "discord": "1400000000000000010"}
_ACTION = re.compile(r"\b(stop|regenerate|continue|retry):([^\"]+)")


@dataclass(frozen=True, slots=True)
class Version:
    """What one message of the bot looked like from `at` on. `buttons` and the turn that they are about."""

    platform: str
    message: str
    at: float
    text: str
    buttons: frozenset[str]
    turn: str
    deleted: bool

    @property
    def is_final(self) -> bool:
        return bool(self.buttons) and "stop" not in self.buttons


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Claude: what it asks about, and what was said before as (question, answer) pairs.

    `roles` in their order; `history` holds None for a question that is no known one.
    """

    number: int
    at: float
    roles: tuple[str, ...]
    history: tuple[tuple[int | None, str], ...]


@dataclass
class Tail:
    """One server's records by kind and id, as of the last look."""

    server: Server
    records: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    since: int = 0

    async def look(self) -> list[dict[str, Any]]:
        """The versions of messages that are new."""
        async with self.server.session.get(f"{self.server.addresses['control']}/state?since={self.since}") as it:
            state = await it.json()
        self.since = state.pop("next")
        for kind, found in state.items():
            if isinstance(found, list):
                self.records.setdefault(kind, {}).update((one["id"], one) for one in found)
        fresh: list[dict[str, Any]] = state.get("versions", [])
        return fresh

    def all(self, kind: str) -> Iterable[dict[str, Any]]:
        return sorted(self.records.get(kind, {}).values(), key=lambda one: int(one["id"]))


class Watch:
    """All three servers."""

    def __init__(self, place: Playground) -> None:
        self.slack, self.discord, self.claude = Tail(place.slack), Tail(place.discord), Tail(place.claude)

        self._versions: dict[tuple[str, str], list[Version]] = {}
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        async with self._looking:
            await self.claude.look()
            for platform, tail in (("slack", self.slack), ("discord", self.discord)):
                for raw in await tail.look():
                    self._note(platform, raw)

    def _note(self, platform: str, raw: Mapping[str, Any]) -> None:
        if raw["author"] == BOTS[platform] and not raw.get("shown_to"):
            self._versions.setdefault((platform, raw["message"]), []).append(version(platform, raw))

    def versions(self) -> dict[tuple[str, str], list[Version]]:
        """What each message of the bot looked like, by platform and id."""
        return self._versions

    def requests(self) -> list[Request]:
        return [request(raw) for raw in self.claude.all("calls") if raw["method"] == "messages.create"]

    def finished(self, questions: Iterable[Question] = ()) -> set[int]:
        """The questions whose answers stand on the screen, or an apology for them.

        Of `questions` also those whose apology names nothing: its buttons do.
        """
        found, by_id = set(), {(one.place.platform, one.id): one.number for one in questions}
        for versions in self.versions().values():
            last = versions[-1]
            if last.is_final and not last.deleted:
                found |= set(scene.numbers(" ".join(one.text for one in versions)))
                found |= {by_id[key] for key in [(last.platform, last.turn)] if key in by_id}
        return found

    def unacknowledged(self) -> set[str]:
        """The Slack events that were never acknowledged, however often they were sent."""
        acked: dict[str, bool] = {}
        for raw in self.slack.all("deliveries"):
            if raw["event_id"]:
                acked[raw["event_id"]] = acked.get(raw["event_id"], False) or raw["acked"] is not None
        return {event for event, done in acked.items() if not done}


def version(platform: str, raw: Mapping[str, Any]) -> Version:
    text = raw["shown"] if platform == "slack" else raw["text"]
    drawn = json.dumps(raw["blocks"] if platform == "slack" else raw["components"])
    buttons = dict(_ACTION.findall(drawn))
    turn = next(iter(buttons.values()), "")
    return Version(
        platform, raw["message"], raw["monotonic"], text, frozenset(buttons), turn, deleted=bool(raw["deleted"])
    )


def request(raw: Mapping[str, Any]) -> Request:
    messages = raw["arguments"].get("messages", [])
    said = [_text(message["content"]) for message in messages]
    asked = [scene.numbers(text) for text in said[::2]]
    # What somebody else said in a thread before stands in front of the question, so the last one counts.
    about = [found[-1] if found else None for found in asked]
    history = tuple(zip(about[:-1], said[1::2], strict=False))
    newest = about[-1] if about and about[-1] is not None else -1
    return Request(newest, raw["arrived"], tuple(message["role"] for message in messages), history)


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    assert isinstance(content, list)
    return "".join(block.get("text", "") for block in content)
