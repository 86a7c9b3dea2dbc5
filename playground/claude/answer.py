"""An answer as content blocks cut into the pieces that are streamed, and what cuts it short. No I/O."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground.claude import tokens
from playground.claude.request import Request, Turn
from playground.claude.seals import sign


@dataclass(frozen=True, slots=True)
class Part:
    """One content block.

    `pieces` are its text, its thinking or its input's JSON: a delta and a token each; `fields` what else it has.
    `silent`: its pieces take their time but are not sent (thinking whose display is omitted).
    """

    kind: str
    pieces: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    silent: bool = False

    @property
    def tokens(self) -> int:
        said = str(self.fields.get("content") or "") if self.kind == "compaction" else ""
        return len(self.pieces) or tokens.count(said) or 1

    @property
    def content(self) -> str:
        return "".join(self.pieces)

    def whole(self) -> dict[str, Any]:
        """The block as an answer that is not streamed holds it."""
        if self.kind == "text":
            return {"type": "text", "text": self.content, **self.fields}
        if self.kind == "thinking":
            return {"type": "thinking", "thinking": "" if self.silent else self.content, **self.fields}
        if self.kind in ("tool_use", "server_tool_use") and self.pieces:
            return {"type": self.kind, **self.fields, "input": json.loads(self.content)}
        return {"type": self.kind, **self.fields}


@dataclass(frozen=True, slots=True)
class Answer:
    """What this Claude says to a request, and why it stops there. `searches`: of the web, by the server's own tool.

    `container` is where its code runs, None when it has none.
    """

    parts: tuple[Part, ...]
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    stop_details: Mapping[str, Any] | None = None
    searches: int = 0
    container: Mapping[str, str] | None = None

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)

    @property
    def thinking_tokens(self) -> int:
        return sum(part.tokens for part in self.parts if part.kind == "thinking")

    @property
    def text(self) -> str:
        return "".join(part.content for part in self.parts if part.kind == "text")


def text(said: str) -> Part:
    return Part("text", tuple(tokens.pieces(said)))


def thinking(thought: str) -> Part:
    return Part("thinking", tuple(tokens.pieces(thought)))


def tool_use(name: str, arguments: Mapping[str, Any], id_: str, *, kind: str = "tool_use") -> Part:
    written = json.dumps(arguments, ensure_ascii=False)
    pieces = tuple(written[at : at + 12] for at in range(0, len(written), 12))
    caller = {"caller": {"type": "direct"}} if kind == "tool_use" else {}
    return Part(kind, pieces, {"id": id_, "name": name, **caller})


def search_failed(id_: str) -> Part:
    """The result of a search of the web: it never works here, and says so as the API does."""
    failed = {"type": "web_search_tool_result_error", "error_code": "unavailable"}
    return Part("web_search_tool_result", (), {"tool_use_id": id_, "content": failed})


def paused(answer: Answer, id_: str) -> Answer:
    """A turn is paused only in the middle of work on the server: here a search that is still to come."""
    if any(part.kind == "server_tool_use" for part in answer.parts):
        return answer
    search = tool_use("web_search", {"query": "parley"}, id_, kind="server_tool_use")
    return replace(answer, parts=(*answer.parts, search))


def sealed(answer: Answer, request: Request) -> Answer:
    """The answer, its thinking signed for just this prompt and shown as far as the request wants it shown."""
    if not answer.thinking_tokens:
        return answer
    *earlier, last = request.turns
    paused = last.role == "assistant"  # it is gone on with: the client joins the two
    said = list(last.blocks) if paused else []
    before = tuple(earlier) if paused else request.turns
    parts = []
    for part in answer.parts:
        if part.kind == "thinking":
            now = replace(request, turns=(*before, Turn("assistant", tuple(said))))
            silent = request.thinking.omitted
            signature = sign(now.prefix(len(before), len(said)), "" if silent else part.content)
            part = replace(part, fields={"signature": signature}, silent=silent)
        parts.append(part)
        said.append(part.whole())
    return replace(answer, parts=tuple(parts))


def cut(answer: Answer, most: int, reason: str) -> Answer:
    """The answer's first `most` tokens; `reason` is its stop reason if there were more."""
    if answer.tokens <= most:
        return answer
    parts: list[Part] = []
    left = most
    for part in answer.parts:
        if left < part.tokens:
            parts += _begun(part, left)
            break
        parts.append(part)
        left -= part.tokens
    return Answer(tuple(parts), reason, searches=answer.searches)


def _begun(part: Part, most: int) -> list[Part]:
    if part.kind not in ("text", "thinking") or most < 1:  # half a tool call is none
        return []
    return [replace(part, pieces=part.pieces[:most])]


def after_text(answer: Answer, pieces: int, reason: str, details: Mapping[str, Any] | None = None) -> Answer:
    """The answer up to so many pieces of its text, whatever would follow, stopped for this reason."""
    parts: list[Part] = []
    left = pieces
    for part in answer.parts:
        if left <= 0:
            break
        if part.kind != "text":
            parts.append(part)
            continue
        parts.append(replace(part, pieces=part.pieces[:left]))
        left -= len(part.pieces)
    return replace(answer, parts=tuple(parts), stop_reason=reason, stop_details=details)


def until(answer: Answer, words: Iterable[str]) -> Answer:
    """The answer up to the first of these stop sequences in its text."""
    for place, part in enumerate(answer.parts):
        found = [(part.content.find(word), word) for word in words if word in part.content]
        if part.kind != "text" or not found:
            continue
        at, word = min(found)
        kept = (text(part.content[:at]),) if at else ()
        return replace(answer, parts=(*answer.parts[:place], *kept), stop_reason="stop_sequence", stop_sequence=word)
    return answer
