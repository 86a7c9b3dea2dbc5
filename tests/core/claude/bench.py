"""What a test needs to ask the playground's Claude through the real client library."""

import asyncio
import http.client
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from core.claude import Claude
from core.contract import Action
from core.dialogue import Call, Prompt
from core.draft import Draft
from tests.launcher import PATIENCE

KEY = "sk-ant-made-up"


def unmarked(messages: Any) -> Any:
    """What was said, without the marks of the cache: a text alone as a text."""
    return [{**said, "content": _plain(said["content"])} for said in messages]


def _plain(content: Any) -> Any:
    if isinstance(content, str):
        return content
    blocks = [{name: value for name, value in block.items() if name != "cache_control"} for block in content]
    return blocks[0]["text"] if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} else blocks


class Standin:
    """The playground's Claude, seen from its control API."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.api = addresses["api"]
        control = urlsplit(addresses["control"])
        self._path = control.path
        self._connection = http.client.HTTPConnection(control.netloc, timeout=PATIENCE)
        self._since = 0

    def reset(self) -> None:
        self._ask("POST", "/reset", {})
        self.config(first_token=0, tokens_per_second=0, ping=15, latency=0, keys=[], context={}, output={}, us=False)

    def close(self) -> None:
        self._connection.close()

    def config(self, **settings: Any) -> None:
        self._ask("POST", "/config", settings)

    def faults(self, *faults: dict[str, Any]) -> None:
        self._ask("POST", "/faults", [{"method": "messages.create", **fault} for fault in faults])

    def script(self, *entries: dict[str, Any]) -> None:
        self._ask("POST", "/script", list(entries))

    def calls(self, method: str = "messages.create") -> list[dict[str, Any]]:
        """Each with `said`: its messages without the marks of the cache."""
        found = [call for call in self._ask("GET", "/state").get("calls", []) if call["method"] == method]
        return [{**call, "said": unmarked(call["arguments"].get("messages", []))} for call in found]

    def _ask(self, verb: str, path: str, body: object = None) -> Any:
        self._connection.request(verb, self._path + path, None if body is None else json.dumps(body))
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer


class Screenless:
    """A reply that remembers what it was told, in order; a status in brackets."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.texts: list[str] = []
        self.statuses: list[str] = []

    def write(self, text: Draft | str) -> None:
        self.texts.append(str(text))
        self.told.append(str(text))

    def status(self, text: str) -> None:
        self.statuses.append(text)
        self.told.append(f"({text})")

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def end(self, note: str = "", buttons: tuple[Action, ...] = ()) -> None:
        raise AssertionError("the engine ends a reply, not Claude")


@dataclass
class Time:
    """A clock on which sleeping takes no time; `slept` are the sleeps, in seconds."""

    skipped: float = 0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return time.monotonic() + self.skipped

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.skipped += seconds
        await asyncio.sleep(0)


@dataclass
class Bench:
    """A stand-in, and what is needed to ask it through our Claude."""

    standin: Standin
    time: Time = field(default_factory=Time)
    reply: Screenless = field(default_factory=Screenless)
    details: list[Call] = field(default_factory=list)

    @asynccontextmanager
    async def claude(self, **arguments: Any) -> AsyncIterator[Claude]:
        usual: dict[str, Any] = {"clock": self.time.clock, "sleep": self.time.sleep, "dice": lambda: 0.5}
        usual |= {"base_url": self.standin.api, "on_call": self.details.append}
        claude = Claude(KEY, **(usual | arguments))
        try:
            yield claude
        finally:
            await claude.close()

    @property
    def errors(self) -> list[str]:
        return [call.error for call in self.details]


def prompt(question: str = "Say it.", **fields: Any) -> Prompt:
    messages: Sequence[Any] = fields.pop("messages", [{"role": "user", "content": question}])
    usual: dict[str, Any] = {"model": "claude-sonnet-5-5", "system": "Be kind.", "max_tokens": 16_000}
    return Prompt(messages=tuple(messages), **(usual | fields))
