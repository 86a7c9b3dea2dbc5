"""Who hears of each request to the API after its end, and what its response tells of limits. No I/O."""

from collections.abc import Callable, Mapping
from typing import Final

from core.dialogue import Call, Headroom

_KINDS: Final = ("requests", "tokens", "input-tokens", "output-tokens")


OnCall = Callable[[Call], None]


def headroom(headers: Mapping[str, str]) -> tuple[Headroom, ...]:
    """The `anthropic-ratelimit-*` headers of a response."""
    found = []
    for kind in _KINDS:
        limit = headers.get(f"anthropic-ratelimit-{kind}-limit", "")
        remaining = headers.get(f"anthropic-ratelimit-{kind}-remaining", "")
        if limit.isdecimal() and remaining.isdecimal():
            found.append(Headroom(kind, int(limit), int(remaining)))
    return tuple(found)
