"""What a call may use at the most, before it is made. No I/O."""

import json
from collections.abc import Mapping
from dataclasses import replace

from core import sizes
from core.claude.request import Request
from core.contract import Json
from core.dialogue import Usage


def largest(body: Request, *, us: bool = False) -> Usage:
    """All of its prompt goes into the cache, which is dearer than to read it, and its answer is as long as it may be.

    `us`: it may be used in the US alone, where that is dearer.

    Its web searches are as many as they may be. What they, and pages that the API fetches, bring into the prompt is not
    known before.
    """
    prompt = sum(map(sizes.of_message, body.messages)) + sizes.of_text(body.prompt.system)
    prompt += body.prompt.file_tokens  # of its PDFs and images, whose bytes do not tell
    prompt += sizes.of_text(json.dumps(body.tools, ensure_ascii=False)) if body.tools else 0
    searches = 0 if body.mute else sum(map(_searches, body.tools))
    most = Usage(output=body.max_tokens, searches=searches, us=us)
    return replace(most, cache_write_1h=prompt) if body.cache_ttl == "1h" else replace(most, cache_write_5m=prompt)


def _searches(tool: Mapping[str, Json]) -> int:
    most = tool.get("max_uses")
    return most if tool.get("name") == "web_search" and isinstance(most, int) else 0
