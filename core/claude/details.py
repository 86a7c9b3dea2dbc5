"""What is known of one request to the API after its end, for logs, meters and the usage line. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.dialogue import Usage

_KINDS: Final = ("requests", "tokens", "input-tokens", "output-tokens")


@dataclass(frozen=True, slots=True)
class Headroom:
    """What the API said is left of one of the account's limits: `kind` is requests, tokens, input- or output-tokens."""

    kind: str
    limit: int
    remaining: int


@dataclass(frozen=True, slots=True)
class CallDetails:
    """One request: numbers and slugs only, never a text.

    `cost` in dollars, None when the price is not known. Times in seconds; `first_token` 0 when there was no text.
    `attempts`: which request of its answer this was, from 1. `error`: what went wrong, "" when nothing did,
    "cancelled" when nobody wanted the answer any more. `user` and `place` are the prompt's pseudonyms, `hold` the id
    under which the purse kept what it might have cost, "" when there is none.
    """

    model: str
    usage: Usage
    cost: float | None
    seconds: float
    first_token: float
    stop: str
    attempts: int
    request_id: str
    error: str
    user: str
    place: str = ""
    hold: str = ""
    headroom: tuple[Headroom, ...] = ()


OnCall = Callable[[CallDetails], None]


def headroom(headers: Mapping[str, str]) -> tuple[Headroom, ...]:
    """The `anthropic-ratelimit-*` headers of a response."""
    found = []
    for kind in _KINDS:
        limit = headers.get(f"anthropic-ratelimit-{kind}-limit", "")
        remaining = headers.get(f"anthropic-ratelimit-{kind}-remaining", "")
        if limit.isdecimal() and remaining.isdecimal():
            found.append(Headroom(kind, int(limit), int(remaining)))
    return tuple(found)
