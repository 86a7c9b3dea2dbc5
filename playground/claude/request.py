"""A request as this Claude understands it. No I/O."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.claude import tokens
from playground.claude.models import Model

Block = Mapping[str, Any]
THOUGHT = "toolu_01T"
"""How the id of a tool_use begins when thinking went before it, so that its loss is noticed."""


@dataclass(frozen=True, slots=True)
class Turn:
    """All that one side said in a row, as content blocks."""

    role: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(block["text"] for block in self.blocks if block["type"] == "text")

    @property
    def results(self) -> tuple[str, ...]:
        """What tools gave back."""
        return tuple(_said(block.get("content", "")) for block in self.blocks if block["type"] == "tool_result")


def open_turn(turns: Sequence[Turn]) -> int:
    """The place of what the assistant said last and is not done with, -1 for nothing.

    It is sent back at the end, or with the results of the client's tools and nothing else behind it.
    """
    place = len(turns) - 1
    if place > 0 and all(block["type"] == "tool_result" for block in turns[place].blocks):
        place -= 1
    return place if turns[place].role == "assistant" else -1


@dataclass(frozen=True, slots=True)
class Thinking:
    """`kind` as it was asked for, "" when nothing was said; `on`: the answer may begin with thinking."""

    kind: str = ""
    on: bool = False
    omitted: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the prompt in the cache's order: tools, system, messages. `mark` is its cache_control."""

    content: bytes
    tokens: int
    mark: Block | None = None
    cacheable: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was found valid. Turns alternate, those of the role system apart.

    `cache` is the cache_control of the whole request; `compact` the instructions of a compaction, "" for the API's own;
    `container` the id of the one that code is to run in.
    """

    model: Model
    turns: tuple[Turn, ...]
    system: tuple[Block, ...] = ()
    tools: tuple[Block, ...] = ()
    tool_choice: Block = field(default_factory=dict)
    max_tokens: int = 0
    stream: bool = False
    thinking: Thinking = Thinking()
    effort: str = ""
    stop_sequences: tuple[str, ...] = ()
    cache: Block | None = None
    compact: str | None = None
    container: str = ""

    @property
    def asked(self) -> str:
        """The newest user message: its text and what its tool results say."""
        newest = next((turn for turn in reversed(self.turns) if turn.role == "user"), None)
        return "" if newest is None else "\n".join([*filter(None, [newest.text]), *newest.results])

    @property
    def searching(self) -> list[str]:
        """The server's own tools that have no result yet, by id: of a paused turn, or used along with the client's."""
        place = open_turn(self.turns)
        blocks = self.turns[place].blocks if place >= 0 else ()
        done = {block.get("tool_use_id") for block in blocks}
        return [block["id"] for block in blocks if block["type"] == "server_tool_use" and block["id"] not in done]

    @property
    def tokens(self) -> int:
        """Of the whole prompt."""
        said = sum(tokens.of_blocks(turn.blocks) + tokens.PER_MESSAGE for turn in self.turns)
        return said + tokens.of_blocks(self.system) + sum(map(tokens.of_tool, self.tools))

    @property
    def settings(self) -> bytes:
        """What of a request is part of every prefix beside its content."""
        return f"{self.model.id}|{self.thinking.kind}|{self.effort}".encode()

    def marks(self) -> list[object]:
        """The cache_control of every part that has one, in the prompt's order, the whole request's last."""
        parts = (*self.tools, *self.system, *(block for turn in self.turns for block in turn.blocks))
        found = [part["cache_control"] for part in parts if part.get("cache_control") is not None]
        return found if self.cache is None else [*found, self.cache]

    def segments(self) -> Iterator[Segment]:
        """The prompt as the cache sees it."""
        for tool in self.tools:
            yield Segment(canonical(tool), tokens.of_tool(tool), tool.get("cache_control"))
        for block in self.system:
            yield Segment(canonical(block), tokens.of_block(block), block.get("cache_control"))
        for turn in self.turns:
            for place, block in enumerate(turn.blocks):
                size = tokens.of_block(block) + (0 if place else tokens.PER_MESSAGE)
                content = turn.role.encode() + canonical(block)
                yield Segment(content, size, block.get("cache_control"), block["type"] != "thinking")

    def prefix(self, turn: int, block: int) -> bytes:
        """A digest of all that stands before a block."""
        digest = hashlib.sha256(self.model.id.encode())
        for part in (*self.tools, *self.system):
            digest.update(canonical(part))
        for said in self.turns[:turn]:
            digest.update(said.role.encode())
            for part in said.blocks:
                digest.update(canonical(part))
        for part in self.turns[turn].blocks[:block] if turn < len(self.turns) else ():
            digest.update(canonical(part))
        return digest.digest()


def _said(content: str | list[Block]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")


def canonical(block: Block) -> bytes:
    """The same bytes for the same content, wherever the cache's marks stand."""
    content = {name: value for name, value in block.items() if name not in ("cache_control", "citations")}
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode(errors="surrogatepass")
