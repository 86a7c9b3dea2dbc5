"""How long things live, and what their bounds may cost."""

from dataclasses import replace

import pytest

from core.store import store as module
from core.store.bounds import LEASE_SECONDS, QUEUE, bounds
from tests.core.store.test_holdings import DIRECT, opened
from tests.core.store.world import ANN, CHANNEL, World, answer, claimed

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


@pytest.mark.anyio
async def test_a_question_that_waits_is_answered_however_many_are_too_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_turns": 2})
    store = await world.store()
    asked = [world.message(place=replace(CHANNEL, channel=f"C{number}")) for number in range(5)]
    for message in asked:
        await store.accept(message)
        world.sleep(1)

    assert [(await claimed(store)).turn.message.id for _ in asked] == [message.id for message in asked]


@pytest.mark.anyio
async def test_direct_messages_that_are_too_many_keep_what_was_said_in_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "bounds", lambda days: {**bounds(days), "most_places": 2})
    store = await world.store()
    for number in range(5):
        author, place = replace(ANN, id=f"U{number}"), replace(DIRECT, channel=f"D{number}")
        await answer(store, world.message(f"question {number}", author=author, place=place))
        world.sleep(1)
    world.redis.delete(*world.keys("{parley}:x:*"))
    said = opened(world.redis)

    assert [b"question %d" % number in said for number in range(5)] == [True] * 5
