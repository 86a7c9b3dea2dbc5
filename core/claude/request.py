"""What is sent to the API for a prompt, at each of the calls that its answer takes. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core import content
from core.claude.models import Model, effort, thinking
from core.claude.remembering import is_compacted
from core.claude.seam import going_on
from core.content import Messages
from core.contract import Json
from core.dialogue import Prompt, Tool

COMPACTION: Final = "compact-2026-09-04"
MCP: Final = "mcp-client-2025-11-20"
_NEAR: Final = 15  # blocks; the API looks back over 20
_UNMARKED: Final = frozenset({"thinking", "redacted_thinking"})
_COUNTED: Final = frozenset({"model", "tools", "tool_choice", "mcp_servers", "system", "thinking", "messages"})


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One call for a prompt, as its model takes it: effort and thinking are sent only where it can.

    `messages` are the prompt's, or what became of them. System prompt and tools go as they are, to the byte: the prompt
    cache hangs on it. `mute`: no tool may be used any more. `compacts`: the API's own summary is asked for, and no
    answer. `container`: where the code of this answer runs at the API, which asks for it while that code waits for a
    tool.
    """

    prompt: Prompt
    model: Model
    messages: Messages
    cache_ttl: str
    mute: bool = False
    compacts: bool = False
    container: str = ""

    @property
    def max_tokens(self) -> int:
        most = self.prompt.max_tokens
        return min(most, self.model.longest) if self.model.longest else most

    @property
    def tools(self) -> tuple[Mapping[str, Json], ...]:
        return tuple(_spec(tool, self.model) for tool in self.prompt.tools)

    @property
    def servers(self) -> tuple[Mapping[str, Json], ...]:
        return tuple(tool.server for tool in self.prompt.tools if tool.server)

    @property
    def betas(self) -> tuple[str, ...]:
        """What of it is only there for who asks for it by name."""
        compaction = self.compacts or is_compacted(self.messages)
        return (*((COMPACTION,) if compaction else ()), *((MCP,) if self.servers else ()))

    def json(self) -> dict[str, Any]:
        """The body, by the API's names; what is not wished for is left out.

        For the cache, messages with another choice of tools are other messages. With the choice of none nothing was
        written there, and nothing will be read, so they have no mark. A summary of the API's own needs no such choice:
        nothing is said after it.
        """
        cache = _cache(self.cache_ttl)
        prompt, tools = self.prompt, self.tools
        chooses_none = bool(tools) and self.mute and not self.compacts
        mark = None if chooses_none else cache
        wishes = {
            "tools": list(tools),
            "tool_choice": {"type": "none"} if chooses_none else None,
            "mcp_servers": list(self.servers),
            "system": _for_all(prompt.system, cache),
            "thinking": thinking(prompt.thinking, self.model, self.max_tokens),
            "output_config": {"effort": wanted} if (wanted := effort(prompt.effort, self.model)) else None,
            "container": self.container,
            "compaction": {"type": "summarize"} if self.compacts else None,
            "metadata": {"user_id": prompt.user} if prompt.user else None,
        }
        sent = {name: wish for name, wish in wishes.items() if wish}
        told = {"model": self.model.id, "max_tokens": self.max_tokens, **sent}
        return {**told, "messages": _marked(self.messages, mark)}

    def counted(self) -> dict[str, Any]:
        """The body of the question how many tokens its prompt has."""
        return {name: value for name, value in self.json().items() if name in _COUNTED}


def asked(messages: Sequence[Mapping[str, Any]], text: str) -> Messages:
    """The conversation to send: when text of the answer stands already, with the question for the rest."""
    return going_on(messages, text) if text.strip() else tuple(messages)


def resumed(messages: Messages, paused: tuple[Mapping[str, Json], ...]) -> Messages:
    """A paused turn is sent back unchanged, at the end of what it answers."""
    return (*messages, {"role": "assistant", "content": list(paused)}) if paused else messages


def _for_all(system: str, cache: Mapping[str, str] | None) -> str | list[Mapping[str, Any]]:
    """With a mark of the cache: what stands before every conversation is known to it by itself, tools included."""
    if not cache or not system.strip():
        return system
    return [{"type": "text", "text": system, "cache_control": cache}]


def _cache(ttl: str) -> Mapping[str, str] | None:
    """The mark of the cache, None for none. Five minutes are what it means by itself; some gateways refuse a `ttl`."""
    if not ttl:
        return None
    return {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}


def _marked(messages: Messages, cache: Mapping[str, str] | None) -> list[Mapping[str, Any]]:
    """With a mark of the cache at the end, and at the newest question before the last message, if that is far away.

    Only a few blocks before a mark does the cache look for what it knows: an answer that used its tools often has more,
    and little of it is as the history keeps it. Where the whole request has a mark, the API sets that at the end by
    itself; but Claude on Bedrock or Vertex AI, behind a gateway, refuses such a request.

    All go as blocks, marked or not: thoughts are valid only after the very same messages.
    """
    found: list[Mapping[str, Any]] = [{**said, "content": content.blocks(said)} for said in messages]
    if not cache:
        return found
    *before, newest = found
    _mark(newest["content"], cache)
    after = len(newest["content"])
    for said in reversed(before):
        blocks = said["content"]
        if _is_question(said):
            if after > _NEAR and blocks[-1]["type"] == "text":
                _mark(blocks, cache)
            break
        after += len(blocks)
    return found


def _mark(blocks: list[Mapping[str, Any]], cache: Mapping[str, str]) -> None:
    """The last block that takes a mark."""
    last = max((place for place, block in enumerate(blocks) if block["type"] not in _UNMARKED), default=None)
    if last is not None:
        blocks[last] = {**blocks[last], "cache_control": cache}


def _is_question(said: Mapping[str, Any]) -> bool:
    blocks = said["content"]
    return said["role"] == "user" and bool(blocks) and all(block["type"] != "tool_result" for block in blocks)


def _spec(tool: Tool, model: Model) -> Mapping[str, Json]:
    return tool.basic if tool.basic and not model.programs else tool.spec
