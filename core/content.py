"""Messages of a conversation as the model's API takes them: a text, or blocks. And its words for them. No I/O."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.contract import Json

Block = Mapping[str, Json]
Messages = tuple[Mapping[str, Any], ...]

CUT_BY_CONTEXT: Final = "model_context_window_exceeded"
"""The stop reason of an answer for which nothing of the model's context was left."""
LONGEST_RESULT: Final = 40_000
"""Characters of what one tool gave back: the end of more is cut off. A tool that can leave out something else does."""


def blocks(said: Mapping[str, Json]) -> list[Block]:
    """Of a message, its text being one; what is none is left out."""
    content = said["content"]
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, Mapping)] if isinstance(content, Sequence) else []


def texts(said: Mapping[str, Json]) -> list[str]:
    """The texts of a message, one for each block of them."""
    return [str(block["text"]) for block in blocks(said) if block.get("type") == "text"]


def used(messages: Sequence[Mapping[str, Json]]) -> set[str]:
    """The names of the tools of ours that are asked for in messages."""
    found = (block for said in messages for block in blocks(said))
    return {str(block.get("name")) for block in found if block.get("type") == "tool_use"}


def words(said: Mapping[str, Json]) -> str:
    """The texts of a message as one."""
    return "".join(texts(said))
