"""How many tokens a prompt has, and where a text is cut into them: an estimate. No I/O."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from playground.claude import pictures

PER_IMAGE = 1_600  # about a photograph of 1,100 by 1,100 pixels, where they cannot be read
PER_MESSAGE = 4
BYTES_PER_TOKEN = 4
PDF_BYTES_PER_TOKEN = 40

_SAYS = {"text": "text", "thinking": "thinking", "compaction": "content", "tool_result": "content"}
_PIECE = re.compile(r"\s*(?:[^\W_]{1,7}|[^\w\s]{1,3}|_+)|\s+")


def pieces(text: str) -> list[str]:
    """A text as it is streamed: one piece a token, nothing lost."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Tokens of a text in a prompt; cheap also for long ones."""
    size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    return -(-size // BYTES_PER_TOKEN)


def of_block(block: Mapping[str, Any]) -> int:
    """Tokens of a content block in a prompt."""
    kind = block.get("type")
    if kind == "image":
        return pictures.tokens(block.get("source") or {}) or PER_IMAGE
    if kind == "document":
        return _of_document(block)
    said = block.get(_SAYS[kind]) if kind in _SAYS else json.dumps(block, ensure_ascii=False)
    return count(said) if isinstance(said, str) else of_blocks(said or ())


def of_blocks(blocks: Iterable[Mapping[str, Any]]) -> int:
    return sum(map(of_block, blocks))


def of_tool(tool: Mapping[str, Any]) -> int:
    return count(json.dumps(tool, ensure_ascii=False)) + PER_MESSAGE


def _of_document(block: Mapping[str, Any]) -> int:
    source = block["source"]
    if source.get("type") == "text":
        return count(source.get("data", ""))
    if source.get("type") == "base64":
        return max(PER_IMAGE, len(source.get("data", "")) * 3 // 4 // PDF_BYTES_PER_TOKEN)
    return PER_IMAGE
