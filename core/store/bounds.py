"""How long things live in Redis and how many there may be. No I/O. keys.py says what they are."""

from collections.abc import Mapping

from core.allowance import NEAR

_DAY_MS = 86_400_000
LEASE_SECONDS = 10.0
RENEWAL_SECONDS = 3.0
"""A third of it: two renewals may fail before it runs out. What is kept for a call is renewed likewise."""
SILENCE_SECONDS = 6.0
"""Longer than a worker ever goes without a claim (5) or a renewal (3), shorter than what is left at a renewal (7)."""
LONGEST_SECONDS = 900.0
"""No call to Claude takes so long: what is set aside for it is not kept for longer."""
MAKING_SECONDS = 20.0
"""How long nobody else makes the memory of a place when whoever did so died."""
QUEUE = 20
"""Messages that may wait or run in one line."""
USAGE_DAYS = 400
"""For so long the sums of what was used are kept, of all together and of each model."""
PEOPLE_DAYS = 92
"""For so long those of each person and each place, of which there may be many: a quarter."""


def bounds(history_days: int) -> Mapping[str, int]:
    """Milliseconds and numbers, by the names that the scripts know them by.

    `most_work`: commands that wipe.lua may have used when it takes on one more key; 1,000 take about a millisecond.
    """
    return {
        "lease_ms": round(LEASE_SECONDS * 1000),
        "silence_ms": round(SILENCE_SECONDS * 1000),
        "root_ms": 1000,
        "unknown_ms": 60_000,
        "record_ms": 7 * _DAY_MS,
        "tombstone_ms": 2 * _DAY_MS,
        "passing_ms": 600_000,
        "quiet_ms": 3_600_000,
        "usage_ms": USAGE_DAYS * _DAY_MS,
        "people_ms": PEOPLE_DAYS * _DAY_MS,
        "hold_ms": round(LEASE_SECONDS * 1000),
        "most_hold_ms": round(LONGEST_SECONDS * 1000),
        "making_ms": round(MAKING_SECONDS * 1000),
        "failed_ms": 300_000,
        "near": NEAR,
        "retry_ms": 3_600_000,
        "seen_ms": 2 * _DAY_MS,
        "choices_ms": 90 * _DAY_MS,
        "history_ms": history_days * _DAY_MS,
        "place_ms": max(history_days, 7) * _DAY_MS,
        "forgotten_ms": max(history_days, 400) * _DAY_MS,
        "index_ms": (max(history_days, 90) + 14) * _DAY_MS,
        "most_pools": 100,
        "most_queued": QUEUE,
        "most_seen": 500,
        "most_lines": 500,
        "most_done": 50_000,
        "most_turns": 5_000,
        "most_places": 10_000,
        "most_shown": 5_000,
        "most_exchanges": 1000,
        "most_remembered": 10_000,
        "most_bytes": 1 << 20,
        "most_work": 5_000,
    }
