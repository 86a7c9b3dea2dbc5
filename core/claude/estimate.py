"""What a call may use at the most, before it is made. No I/O."""

import json

from core import sizes
from core.claude.request import Request
from core.dialogue import Usage


def largest(body: Request, file_tokens: int = 0, *, us: bool = False) -> Usage:
    """All of its prompt goes into the cache, which is dearer than to read it, and its answer is as long as it may be.

    `file_tokens`: of its PDFs and images, whose bytes do not tell. `us`: it may be used in the US alone, where that is
    dearer.

    What the API's own tools (a search) bring into the prompt is not known before.
    """
    prompt = sum(map(sizes.of_message, body.messages)) + sizes.of_text(body.system) + file_tokens
    prompt += sizes.of_text(json.dumps(body.tools, ensure_ascii=False)) if body.tools else 0
    if body.cache_ttl == "1h":
        return Usage(output=body.max_tokens, cache_write_1h=prompt, us=us)
    return Usage(output=body.max_tokens, cache_write_5m=prompt, us=us)
