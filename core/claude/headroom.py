"""What a response tells of the account's limits. No I/O."""

from collections.abc import Mapping
from typing import Final

from core.dialogue import Headroom

_KINDS: Final = ("requests", "tokens", "input-tokens", "output-tokens")


def headroom(headers: Mapping[str, str]) -> tuple[Headroom, ...]:
    """The `anthropic-ratelimit-*` headers of a response."""
    found = []
    for kind in _KINDS:
        limit = headers.get(f"anthropic-ratelimit-{kind}-limit", "")
        remaining = headers.get(f"anthropic-ratelimit-{kind}-remaining", "")
        if limit.isdecimal() and remaining.isdecimal():
            found.append(Headroom(kind, int(limit), int(remaining)))
    return tuple(found)
