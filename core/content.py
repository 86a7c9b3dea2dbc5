"""What is in a message of a conversation as the model's API takes it: a text, or a list of blocks. No I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.contract import Json

Block = Mapping[str, Json]
Messages = tuple[Mapping[str, Any], ...]

CUT_BY_CONTEXT: Final = "model_context_window_exceeded"
"""The stop reason of an answer for which nothing of the model's context was left."""
WORDLESS: Final = "[Nothing was said after that.]"
"""Stands in the history where no words came after what tools gave: an exchange ends with the assistant's."""
INSIST: Final = "<note>\nYour tools have given their results. Answer the question now.\n</note>"
"""Asks for them. Asking the same again brings the same, says the API."""
_TAGS: Final = r"\s*(?:context|others|memory|note|tool_results|last_words)(?![\w.-])"
"""What our fences are called."""
_FENCE: Final = re.compile(rf"<(?=\s*/{_TAGS})|(?<!\w)<(?={_TAGS})", re.IGNORECASE)
LONGEST_RESULT: Final = 40_000
"""Characters that one result of a tool may have; the end of a longer one is cut off. Tools may leave out less useful
parts themselves before that."""


def blocks(said: Mapping[str, Json]) -> list[Block]:
    """The blocks of a message; a text counts as one block, and what is no block is left out."""
    content = said["content"]
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, Mapping)] if isinstance(content, Sequence) else []


def texts(said: Mapping[str, Json]) -> list[str]:
    """The texts of a message, one for each block of them."""
    return [str(block["text"]) for block in blocks(said) if block.get("type") == "text"]


def used(messages: Sequence[Mapping[str, Json]]) -> set[str]:
    """The names of our own tools that the model asked for in these messages."""
    found = (block for said in messages for block in blocks(said))
    return {str(block.get("name")) for block in found if block.get("type") == "tool_use"}


def words(said: Mapping[str, Json]) -> str:
    """The texts of a message as one."""
    return "".join(texts(said))


def unfenced(text: str) -> str:
    """A text of others, which neither ends a fence of ours nor begins one.

    All else is as they wrote it: of code and addresses with `&lt;` and `&amp;` in them, answers would have those, too.
    """
    return _FENCE.sub("&lt;", text)
