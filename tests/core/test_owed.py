"""Places that are yet to be read: what was found twice, what goes first, and what is left when one fails."""

import asyncio
from dataclasses import replace
from math import inf

import pytest

from core.contract import Place
from core.errors import Uncertain
from core.owed import Marks, Owed, Stretch, joined
from tests.bots.inboxes import Notebook
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import now

pytestmark = pytest.mark.anyio

NOW = 1_000_000.0
CHANNEL = Place("slack", "T1", "C1")
OTHER, THIRD = replace(CHANNEL, channel="C0RANDOM"), replace(CHANNEL, channel="D0ADA", private=True)


def test_what_fell_after_a_gap_does_not_hide_the_gap() -> None:
    fell = {THIRD: Stretch(NOW, NOW), CHANNEL: Stretch(NOW - 9, NOW - 9)}

    found = joined(fell, {CHANNEL: Stretch(NOW - 900, inf), OTHER: Stretch(NOW - 900, NOW - 5)})

    assert list(found) == [THIRD, CHANNEL, OTHER]
    assert found[CHANNEL] == Stretch(NOW - 900, NOW - 9)


async def test_what_is_owed_from_before_is_asked_for_once_in_a_gap_and_not_without_one() -> None:
    inbox = Notebook(seen={CHANNEL: "7"}, read_to={CHANNEL: NOW})
    marks = Marks(inbox, "slack")
    await marks.caught_up()
    without, first = await marks.look(is_gap=False), await marks.look()
    marks.behind()
    again = await marks.look()
    await marks.caught_up()
    await marks.caught_up()

    assert [unread for _, unread in (without, first, again)] == [{}, {CHANNEL: NOW}, {}]
    assert inbox.caught == 1


async def nothing_new() -> None:
    pass


async def test_what_could_not_be_read_is_read_the_next_time_and_what_was_read_is_not() -> None:
    owed, read, is_down = Owed[int](asyncio.Event(), at_once=9, pace=0), list[Place](), {OTHER}

    async def look(place: Place, _: Stretch[int]) -> None:
        if place in is_down:
            raise ConnectionError
        read.append(place)

    owed.behind_all(dict.fromkeys((CHANNEL, OTHER, THIRD), Stretch(1, 1)))
    with pytest.raises(ConnectionError):
        await owed.settle(nothing_new, look)
    is_down.clear()
    await owed.settle(nothing_new, look)

    assert read == [CHANNEL, OTHER, THIRD]


async def test_a_place_that_a_platform_has_trouble_with_goes_behind_the_others() -> None:
    owed, read = Owed[int](asyncio.Event(), at_once=9, pace=0), list[Place]()

    async def look(place: Place, _: Stretch[int]) -> None:
        read.append(place)
        if read.count(CHANNEL) == len(read):
            raise Uncertain

    owed.behind_all(dict.fromkeys((CHANNEL, OTHER, THIRD), Stretch(1, 1)))
    with pytest.raises(Uncertain):
        await owed.settle(nothing_new, look)
    await owed.settle(nothing_new, look)

    assert read == [CHANNEL, OTHER, THIRD, CHANNEL]
    assert not owed


async def test_what_is_left_of_a_place_is_read_behind_the_others_and_not_from_its_beginning() -> None:
    owed, read, trouble = Owed[int](asyncio.Event(), at_once=9, pace=0), list[tuple[Place, int]](), [Uncertain()]

    async def look(place: Place, stretch: Stretch[int]) -> Stretch[int] | None:
        if stretch.since == 2 and trouble:
            raise trouble.pop()
        read.append((place, stretch.since))
        return replace(stretch, since=stretch.since + 1) if place == CHANNEL and stretch.since < 3 else None

    owed.behind_all(dict.fromkeys((CHANNEL, OTHER), Stretch(1, 1)))
    with pytest.raises(Uncertain):
        await owed.settle(nothing_new, look)
    await owed.settle(nothing_new, look)

    assert read == [(CHANNEL, 1), (OTHER, 1), (CHANNEL, 2), (CHANNEL, 3)]
    assert not owed


async def test_each_call_counts_and_what_is_found_in_a_place_is_read_last() -> None:
    owed, read = Owed[int](asyncio.Event(), at_once=3, pace=10), list[tuple[Place, float]]()
    began = now()

    async def look(place: Place, _: Stretch[int]) -> None:
        if place == CHANNEL:
            await owed.pause()
            owed.behind_all({THIRD: Stretch(1, 1)})
        read.append((place, now() - began))

    owed.behind_all(dict.fromkeys((CHANNEL, OTHER), Stretch(1, 1)))
    await owed.settle(nothing_new, look)

    assert read == [(CHANNEL, 0), (OTHER, 0), (THIRD, pytest.approx(10))]


async def test_so_many_calls_at_once_are_free_again_when_all_is_read() -> None:
    news, read, began = asyncio.Event(), list[float](), now()
    owed = Owed[int](news, at_once=2, pace=10)

    async def look(place: Place, _: Stretch[int]) -> None:
        read.append(now() - began)

    for _gap in range(2):
        news.set()
        owed.behind_all(dict.fromkeys((CHANNEL, OTHER, THIRD), Stretch(1, 1)))
        await owed.settle(nothing_new, look)

    assert read == pytest.approx([0, 0, 10, 10, 10, 20])


async def test_what_falls_while_the_rest_waits_goes_first_and_at_once() -> None:
    news, read = asyncio.Event(), list[Place]()
    owed = Owed[int](news, at_once=1, pace=60)
    fallen = {THIRD: Stretch(1, 1)}

    async def find_out() -> None:
        if read == [CHANNEL]:
            owed.before_all(dict(fallen))
            fallen.clear()

    async def look(place: Place, _: Stretch[int]) -> None:
        read.append(place)
        asyncio.get_running_loop().call_later(0.01, news.set)

    owed.behind_all(dict.fromkeys((CHANNEL, OTHER), Stretch(1, 1)))
    async with asyncio.timeout(30):
        await owed.settle(find_out, look)

    assert read == [CHANNEL, THIRD, OTHER]


async def test_news_shortens_one_pause_of_a_place_and_is_looked_into_after_it_at_once() -> None:
    news, read, began = asyncio.Event(), list[tuple[Place, float]](), now()
    owed = Owed[int](news, at_once=1, pace=10)
    fallen = {THIRD: Stretch(1, 1)}

    async def find_out() -> None:
        if read:
            owed.before_all(dict(fallen))
            fallen.clear()

    async def look(place: Place, _: Stretch[int]) -> None:
        read.append((place, now() - began))
        for _call in range(2 if place == CHANNEL else 0):
            await owed.pause()
            read.append((place, now() - began))

    owed.behind_all(dict.fromkeys((CHANNEL, OTHER), Stretch(1, 1)))
    asyncio.get_running_loop().call_later(1, news.set)
    await owed.settle(find_out, look)

    assert [place for place, _ in read] == [CHANNEL] * 3 + [THIRD, OTHER]
    assert [at for _, at in read] == pytest.approx([0, 1, 11, 11, 21])
