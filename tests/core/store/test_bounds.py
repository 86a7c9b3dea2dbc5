"""How long things live."""

import pytest

from core.store.bounds import LEASE_SECONDS, QUEUE, bounds

DAY = 86_400_000


@pytest.mark.parametrize("days", [0, 1, 30, 365])
def test_the_history_lives_as_long_as_was_set_and_what_follows_it_no_shorter(days: int) -> None:
    limits = bounds(days)

    assert limits["history_ms"] == days * DAY
    assert limits["place_ms"] >= max(limits["history_ms"], limits["record_ms"])
    assert limits["index_ms"] > max(limits["place_ms"], limits["choices_ms"])


def test_the_promised_numbers() -> None:
    limits = bounds(30)

    assert (LEASE_SECONDS, limits["lease_ms"]) == (10, 10_000)
    assert (limits["hold_ms"], limits["most_hold_ms"]) == (10_000, 900_000)
    assert (QUEUE, limits["most_queued"]) == (20, 20)
    assert limits["most_bytes"] == 1_048_576
    assert (limits["record_ms"], limits["tombstone_ms"]) == (7 * DAY, 2 * DAY)


def test_numbers_are_what_scripts_can_count_with() -> None:
    assert all(isinstance(number, int) for number in bounds(36500).values())
