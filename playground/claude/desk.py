"""What this Claude knows between requests, and what it answers to one. No I/O."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from random import Random
from string import ascii_letters, digits
from typing import Any

from playground.claude import answer, compaction, container, mind
from playground.claude.answer import Answer
from playground.claude.budget import PUBLISHED, Budget
from playground.claude.cache import Cache
from playground.claude.config import Config, changed
from playground.claude.errors import Refused
from playground.claude.models import CATALOGUE, Catalogue
from playground.claude.pour import Pace
from playground.claude.request import THOUGHT, Request
from playground.claude.script import Entry, Script
from playground.claude.trouble import WORDS, stopped
from playground.faults import Fault, Plan
from playground.record import Record

ALPHABET = digits + ascii_letters
REMEMBERED = 200
"""Whole texts that are kept so that one which was cut can be gone on with."""


@dataclass(eq=False, slots=True)
class Desk:
    """All that lasts longer than a request."""

    config: Config = field(default_factory=Config)
    record: Record = field(default_factory=Record)
    faults: Plan = field(default_factory=lambda: Plan(WORDS))
    script: Script = field(default_factory=Script)
    cache: Cache = field(default_factory=Cache)
    budget: Budget = field(default_factory=Budget)
    catalogue: Catalogue = field(default_factory=Catalogue)
    clock: Callable[[], float] = time.monotonic
    _told: list[str] = field(default_factory=list)
    _dice: Random = field(default_factory=Random)

    def now(self) -> float:
        """The clock of the cache and of the limits."""
        return self.clock() + self.config.ahead

    def configure(self, raw: Mapping[str, Any]) -> None:
        """Change settings. Raises ValueError with a sentence for whoever posted them."""
        self.config = changed(self.config, raw)
        self.catalogue = Catalogue(CATALOGUE).resized(self.config.context, self.config.output)
        if "limits" in raw:
            limits = self.config.limits
            self.budget = Budget(limits or dict(PUBLISHED), enforced=bool(limits))

    def reset(self) -> None:
        """Forget what was recorded, cached and used up, the faults and the script; settings stay."""
        for memory in (self.record, self.cache, self.budget, self.faults, self.script, self._told):
            memory.clear()

    def id(self, kind: str) -> str:
        """A new identifier as the API makes them: req, msg, toolu, srvtoolu, container."""
        return f"{kind}_01{''.join(self._dice.choices(ALPHABET, k=22))}"

    def pace(self, entry: Entry | None = None) -> Pace:
        """How fast to answer."""
        first, rate = self.config.first_token, self.config.tokens_per_second
        if entry is not None:
            first = first if entry.first_token is None else entry.first_token
            rate = rate if entry.tokens_per_second is None else entry.tokens_per_second
        return Pace(first, rate, self.config.ping)

    def check_key(self, key: str) -> None:
        if not self.config.accepts(key):
            raise Refused(401)

    def admit(self) -> None:
        """Let one more message in. Raises Refused when a limit is used up."""
        kind, wait = self.budget.wait(self.now())
        if wait:
            limit = f"{self.budget.limits[kind]:,} {kind.replace('_', ' ')} per minute"
            raise Refused(
                429, f"This request would exceed your organization's rate limit of {limit}.", retry_after=ceil(wait)
            )
        self.budget.spend("requests", 1, self.now())

    def answer(self, request: Request, entry: Entry | None, fault: Fault | None) -> Answer:
        """What is said to a request: what the script wants, a compaction, or what comes to mind; then what stops it."""
        said = entry.answer(self._tool_id) if entry is not None else None
        if request.compact is not None:
            said = compaction.compact(request)
        said = said or self._think(request)
        self._told = [*self._told[1 - REMEMBERED :], said.text]
        said = stopped(said, fault) if fault is not None else said
        if said.stop_reason == "pause_turn":
            said = answer.paused(said, self.id("srvtoolu"))
        said = answer.until(said, request.stop_sequences)
        room = request.model.context - request.tokens
        if request.compact is None and room < request.max_tokens:
            said = answer.cut(said, room, "model_context_window_exceeded")
        elif request.compact is None:
            said = answer.cut(said, request.max_tokens, "max_tokens")
        if container.is_used(said):
            said = replace(said, container=container.told(request.container or self.id("container"), time.time()))
        return answer.sealed(said, request)

    def _think(self, request: Request) -> Answer:
        thought = mind.answer(mind.hear(request), tuple(self._told))
        parts = [answer.search_failed(id_) for id_ in request.searching]
        parts += [answer.thinking(thought.thinking)] if thought.thinking and request.thinking.on else []
        for query in thought.searches:
            id_ = self.id("srvtoolu")
            parts.append(answer.tool_use("web_search", {"query": query}, id_, kind="server_tool_use"))
            parts.append(answer.search_failed(id_))
        if thought.text:
            parts.append(answer.text(thought.text))
        begun = Answer(tuple(parts))
        for name, arguments in thought.tools:
            parts.append(answer.tool_use(name, arguments, self._tool_id(begun.thinking_tokens > 0)))
        stop = "tool_use" if thought.tools else "end_turn"
        return replace(begun, parts=tuple(parts), stop_reason=stop, searches=len(thought.searches))

    def _tool_id(self, thought: object) -> str:
        return self.id("toolu").replace("toolu_01", THOUGHT if thought else "toolu_01P", 1)
