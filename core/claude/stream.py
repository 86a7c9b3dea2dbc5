"""One message of the model as its events come in: its text, its blocks, why it ended, its tokens. No I/O.

Everything is chosen by `type`; what is of no known type is skipped, so a newer API cannot break an answer.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from core.dialogue import Usage
from core.sizes import of_text

Raw = Mapping[str, Any]

EVENTS: Final = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"}
    | {"message_stop", "error"}
)
"""The names of the events that mean something to us; `ping` does not."""

_FOUND: Final = "web_search_tool_result"
_TOOLS: Final = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


def _mapping(value: object) -> Raw:
    """JSON's objects are dicts; to ask for a Mapping would take longer than all else that is done to a delta."""
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


class _Block:
    """A block of the content: what came with its start, and what its deltas added."""

    __slots__ = ("citations", "parts", "signature", "start", "type")

    def __init__(self, start: Raw) -> None:
        self.start = start
        self.type = _word(start.get("type"))
        self.parts: list[str] = []
        self.citations: list[Any] = []
        self.signature = ""

    @property
    def added(self) -> str:
        """What came after its start."""
        return "".join(self.parts)

    def whole(self) -> dict[str, Any]:
        """The block as it goes back to the API, unchanged but for what came after its start."""
        block = dict(self.start)
        grown = self.added
        if self.type in _TOOLS and grown:
            block["input"] = _parsed(grown)
        if self.type in ("text", "thinking"):
            block[self.type] = _word(block.get(self.type)) + grown
        if self.signature:
            block["signature"] = self.signature
        if self.citations:
            block["citations"] = [*(block.get("citations") or ()), *self.citations]
        return block


def _grown(block: _Block, delta: Raw) -> str:
    """The text of the answer that a delta adds to its block."""
    kind = delta.get("type")
    if kind == "text_delta":
        part = _word(delta.get("text"))
        block.parts.append(part)
        return part if block.type == "text" else ""
    if kind == "thinking_delta" or kind == "input_json_delta":  # noqa: PLR1714  # a set would hash what may be no text
        block.parts.append(_word(delta.get("thinking" if kind == "thinking_delta" else "partial_json")))
    elif kind == "signature_delta":
        block.signature = _word(delta.get("signature"))
    elif kind == "citations_delta" and "citation" in delta:
        block.citations.append(delta["citation"])
    return ""


def _parsed(text: str) -> object:
    """A tool's input; none where that cannot be sent back: Python reads NaN and half a character, JSON has neither."""
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return found


class Incoming:
    """A message that comes in. Feed it the events in their order, then look.

    `phase` is what the model does right now: "" (nothing to tell), "text", "thinking", or "tool:" and the tool's name.
    `container` is where its code runs at the API, "" for nowhere.
    `ended` is True after `message_stop` and only then: a stream that stops without it was cut.
    """

    __slots__ = ("_blocks", "_counted", "_usage", "container", "ended", "model", "phase", "started", "stop")

    def __init__(self) -> None:
        self.started = self.ended = False
        self.model = self.stop = self.container = self.phase = ""
        self._blocks: dict[int, _Block] = {}
        self._usage: dict[str, Any] = {}
        self._counted = False

    def grown(self, event: object) -> str:
        """The same as `feed` for what nearly all events are, a word more of the text; "" when it is anything else."""
        if type(event) is not dict or event.get("type") != "content_block_delta":
            return ""
        index, delta = event.get("index"), event.get("delta")
        block = self._blocks.get(index) if type(index) is int else None
        if block is None or block.type != "text" or type(delta) is not dict or delta.get("type") != "text_delta":
            return ""
        text = delta.get("text")
        if type(text) is not str:
            return ""
        block.parts.append(text)
        return text

    def feed(self, event: Raw) -> str:
        """Take in one event; the text that it adds, "" for none."""
        kind = event.get("type")
        if kind == "content_block_delta":
            index, delta = event.get("index"), _mapping(event.get("delta"))
            block = self._blocks.get(index) if isinstance(index, int) else None
            return "" if block is None else _grown(block, delta)
        if kind == "content_block_start":
            return self._begin(event.get("index"), _mapping(event.get("content_block")))
        if kind == "content_block_stop":
            self.phase = ""
        elif kind == "message_start":
            self._start(_mapping(event.get("message")))
        elif kind == "message_delta":
            self._end(event)
        elif kind == "message_stop":
            self.ended = True
        return ""

    def _start(self, message: Raw) -> None:
        self.started = True
        self.model = _word(message.get("model"))
        self._usage.update(_mapping(message.get("usage")))

    def _begin(self, index: object, content: Raw) -> str:
        if not isinstance(index, int):
            return ""
        self._blocks[index] = block = _Block(content)
        self.phase = block.type if block.type in ("text", "thinking") else ""
        if block.type == "redacted_thinking":
            self.phase = "thinking"
        if block.type in _TOOLS:
            self.phase = f"tool:{_word(content.get('name'))}"
        return _word(content.get("text")) if block.type == "text" else ""

    def _end(self, event: Raw) -> None:
        delta = _mapping(event.get("delta"))
        self.stop = _word(delta.get("stop_reason")) or self.stop
        self.container = _word(_mapping(delta.get("container")).get("id")) or self.container
        usage = _mapping(event.get("usage"))
        self._counted = self._counted or bool(usage)
        self._usage.update((name, value) for name, value in usage.items() if value is not None)

    def content(self) -> tuple[dict[str, Any], ...]:
        """All blocks, as they go back to the API when it asks to be called again (a paused turn, a tool's round)."""
        return tuple(self._blocks[index].whole() for index in sorted(self._blocks))

    def sources(self) -> list[object]:
        """All that its texts cite, in their order, then the pages that it read."""
        cited: list[object] = []
        read: list[object] = []
        for _, block in sorted(self._blocks.items()):
            begun, held = block.start.get("citations"), _mapping(block.start.get("content"))
            cited += [*(begun if isinstance(begun, list) else ()), *block.citations]
            read += [held] if held.get("type") == "web_fetch_result" else []
        return [*cited, *read]

    @property
    def wrote_file(self) -> bool:
        """Whether code that ran at the API has left a file there, which nobody sees."""
        results = (
            _mapping(block.start.get("content")).get("content")
            for block in self._blocks.values()
            if block.type.endswith("code_execution_tool_result")
        )
        return any(_mapping(one).get("file_id") for found in results if isinstance(found, list) for one in found)

    def usage(self, ttl: str = "5m") -> Usage:
        """The tokens of this message. `estimated` when the stream was cut before it told the output's.

        Then its searches are those that found something: only these are paid.

        `ttl` was asked of the cache: at its end a message tells how much it wrote there in all, and not for how long.
        """
        usage = _usage(self._usage, ttl)
        if not self._counted:
            blocks = self._blocks.values()
            output = max(usage.output, sum(of_text(block.added) for block in blocks))
            found = [block for block in blocks if block.type == _FOUND and isinstance(block.start.get("content"), list)]
            return replace(usage, output=output, searches=max(usage.searches, len(found)), estimated=True)
        # What a summary took stands in a list of its own, and not in the sums.
        parts = self._usage.get("iterations")
        apart = [
            part for part in map(_mapping, parts if isinstance(parts, list) else ()) if part.get("type") == "compaction"
        ]
        return total((usage, *(_usage(part, ttl) for part in apart)))


def whole(message: Raw) -> Incoming:
    """A message that came in one piece."""
    incoming, content = Incoming(), message.get("content")
    incoming.feed({"type": "message_start", "message": message})
    for index, block in enumerate(content if isinstance(content, list) else ()):
        incoming.feed({"type": "content_block_start", "index": index, "content_block": _mapping(block)})
    incoming.feed({"type": "message_delta", "delta": message, "usage": message.get("usage")})
    incoming.feed({"type": "message_stop"})
    return incoming


def _usage(counts: Raw, ttl: str) -> Usage:
    split = _mapping(counts.get("cache_creation"))
    short, hour = (_count(split.get(f"ephemeral_{kept}_input_tokens")) for kept in ("5m", "1h"))
    rest = max(_count(counts.get("cache_creation_input_tokens")) - short - hour, 0)
    return Usage(
        input=_count(counts.get("input_tokens")),
        output=_count(counts.get("output_tokens")),
        cache_read=_count(counts.get("cache_read_input_tokens")),
        cache_write_5m=short + (0 if ttl == "1h" else rest),
        cache_write_1h=hour + (rest if ttl == "1h" else 0),
        thinking=_count(_mapping(counts.get("output_tokens_details")).get("thinking_tokens")),
        searches=_count(_mapping(counts.get("server_tool_use")).get("web_search_requests")),
        us=counts.get("inference_geo") == "us",
    )


def total(parts: tuple[Usage, ...]) -> Usage:
    """The tokens of several calls together."""
    return Usage(
        input=sum(part.input for part in parts),
        output=sum(part.output for part in parts),
        cache_read=sum(part.cache_read for part in parts),
        cache_write_5m=sum(part.cache_write_5m for part in parts),
        cache_write_1h=sum(part.cache_write_1h for part in parts),
        thinking=sum(part.thinking for part in parts),
        searches=sum(part.searches for part in parts),
        estimated=any(part.estimated for part in parts),
        us=any(part.us for part in parts),
    )


def context(last: Usage) -> int:
    """Tokens of the conversation after its last call; its thinking is not kept."""
    return last.prompt + max(last.output - last.thinking, 0)
