"""A conversation as a reader sees it: who said what, and what the chat program wrote around it. No I/O."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.claude.request import Request, Turn

# What a chat program puts before a person's words: blocks in tags, at the beginning of the message.
_FENCE = re.compile(r"\s*<([a-z_]+)>\n?(.*?)\n?</\1>\s*", re.DOTALL)
_SPEAKER = re.compile(r"^(?:speaking|from|name|user): *(.+)$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'¿¡])|\n+")
_LONG = 4_000


@dataclass(frozen=True, slots=True)
class Said:
    """A message: the person's own words, and what stood around them by its tag (context, others...)."""

    role: str
    words: str
    around: Mapping[str, str]
    attached: tuple[str, ...] = ()

    @property
    def speaker(self) -> str:
        """Who wrote it, as far as the chat program tells; "" when it does not."""
        found = _SPEAKER.search(self.around.get("context", ""))
        return found[1].strip() if found else ""

    @property
    def sentences(self) -> tuple[str, ...]:
        if "```" in self.words or len(self.words) > _LONG:
            return (self.words,)
        return tuple(part.strip() for part in _SENTENCE.split(self.words) if part.strip())


@dataclass(frozen=True, slots=True)
class Used:
    """A tool that was run for the question, and what it gave back."""

    name: str
    arguments: Mapping[str, Any]
    result: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """`said` ends with the question; `used` are the tools that were run for it since; `memory` a compaction's text, or
    what the chat program wrote in its place.

    `begun` is the text of an answer to it that was paused and is to be gone on with.
    """

    said: tuple[Said, ...]
    system: str = ""
    memory: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    must_use: str | None = None
    used: tuple[Used, ...] = ()
    begun: str = ""

    @property
    def question(self) -> Said:
        return self.said[-1]

    @property
    def before(self) -> tuple[Said, ...]:
        return self.said[:-1]

    @property
    def asked_before(self) -> tuple[Said, ...]:
        return tuple(said for said in self.before if said.role == "user")

    @property
    def speaker(self) -> str:
        return self.question.speaker

    @property
    def last_answer(self) -> str:
        return next((said.words for said in reversed(self.before) if said.role == "assistant"), "")


Rule = Callable[[str, Conversation], str | None]
"""What a rule says to a sentence of the question; None when it is not the rule's."""


def hear(request: Request) -> Conversation:
    """A request's conversation."""
    turns = [turn for turn in request.turns if turn.role != "system"]
    place = _question(turns)
    said = [_said(turn) for turn in turns[: place + 1] if turn.text or turn.role == "user"]
    first = turns[0].blocks[0]
    choice = request.tool_choice
    return Conversation(
        said=tuple(said) or (Said("user", "", {}),),
        system="\n\n".join(block["text"] for block in request.system),
        memory=_memory(first) or (said[0].around.get("memory", "") if said else ""),
        tools=() if choice.get("type") == "none" else request.tools,
        must_use={"tool": choice.get("name"), "any": ""}.get(choice.get("type", "")),
        used=_used(turns[place + 1 :]),
        begun=turns[-1].text if turns[-1].role == "assistant" else "",
    )


def _memory(block: Mapping[str, Any]) -> str:
    return str(block.get("content") or "") if block["type"] == "compaction" else ""


def words(text: str) -> tuple[str, dict[str, str]]:
    """A message's own words, and the blocks that the chat program put before them, by tag."""
    around: dict[str, str] = {}
    at = 0
    while found := _FENCE.match(text, at):
        around[found[1]] = found[2]
        at = found.end()
    return text[at:].strip(), around


def _question(turns: list[Turn]) -> int:
    """The place of the newest message of a person that is more than results of tools."""
    for place in range(len(turns) - 1, -1, -1):
        turn = turns[place]
        if turn.role == "user" and not turn.results:
            return place
    return len(turns) - 1


def _said(turn: Turn) -> Said:
    own, around = words(turn.text) if turn.role == "user" else (turn.text, {})
    return Said(turn.role, own, around, tuple(filter(None, map(_attached, turn.blocks))))


def _attached(block: Mapping[str, Any]) -> str:
    """What can be said of an image or a file without looking into it."""
    if block["type"] not in ("image", "document"):
        return ""
    source = block["source"]
    if source["type"] == "text":
        content = source.get("data", "")
        name = f"“{block['title']}”, " if block.get("title") else ""
        return f"a text file ({name}{len(content.splitlines())} lines, {len(content.split())} words)"
    size = len(source.get("data", "")) * 3 // 4
    about = f" of {max(1, size // 1024)} kB" if size else ""
    kind = source.get("media_type", "").rpartition("/")[2].upper()
    article = "an" if kind[:1] in "AEIOU" and kind else "a"
    return (
        f"{article} {kind} image{about}" if block["type"] == "image" and kind else f"a {kind or block['type']}{about}"
    )


def _used(turns: list[Turn]) -> tuple[Used, ...]:
    calls = {block["id"]: block for turn in turns for block in turn.blocks if block["type"] == "tool_use"}
    found = []
    for turn in turns:
        results = [block for block in turn.blocks if block["type"] == "tool_result"]
        for block, text in zip(results, turn.results, strict=True):
            call = calls.get(block["tool_use_id"], {"name": "tool", "input": {}})
            found.append(Used(call["name"], call["input"], text, bool(block.get("is_error"))))
    return tuple(found)
