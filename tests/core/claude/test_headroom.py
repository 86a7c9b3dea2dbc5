"""What the API says is left of its limits."""

from core.claude.headroom import headroom
from core.dialogue import Headroom


def test_the_limits_are_read_from_the_headers() -> None:
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-input-tokens-limit": "30000",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-limit": "many",
        "anthropic-ratelimit-output-tokens-remaining": "1",
        "anthropic-ratelimit-tokens-limit": "7",
    }

    assert headroom(headers) == (Headroom("requests", 50, 49), Headroom("input-tokens", 30_000, 0))


def test_without_headers_nothing_is_known() -> None:
    assert headroom({}) == ()
