"""The budgets that all processes spend together: never more than there is, whoever asks, dies or is asked twice."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract import Bucket
from core.errors import StoreDown
from core.sharing import Account, News, WishedCall
from core.store import Store
from core.store.sharing import CREW_SECONDS, FLIGHT_SECONDS, LEARNT_WINDOWS
from playground.limits import Level, Window
from tests.core.store.world import World

pytestmark = pytest.mark.anyio

EDITS, POSTS, ALL = Bucket("edit", "T1", 3, 10), Bucket("post", "C1", 1, 1), Bucket("global", "", 50, 1)


async def take(store: Store, id: int, bucket: Bucket = EDITS, **told: object) -> bool:
    """Whether one call of one bucket may be made."""
    passed, _ = await store.sharing.take([Account(bucket, **told)], [WishedCall(id, (0,))])  # type: ignore[arg-type]  # by name
    return passed[0]


async def news(store: Store, bucket: Bucket = EDITS, **told: object) -> News:
    _, [found] = await store.sharing.take([Account(bucket, **told)], [])  # type: ignore[arg-type]  # by name
    return found


async def test_processes_spend_together_what_there_is(world: World) -> None:
    one, other = await world.store(), await world.store()

    assert [await take(one, 1), await take(other, 1), await take(one, 2), await take(other, 2)] == [True] * 3 + [False]


async def test_a_call_counts_until_its_window_after_its_answer_has_passed(world: World) -> None:
    one, other = await world.store(), await world.store()
    assert [await take(one, id) for id in (1, 2, 3)] == [True] * 3
    world.sleep(2)

    await news(one, ended=((1, 1.0), (2, 0.0)))

    assert (await news(other)).used == (9.001, 10.001, 14.0)
    world.sleep(9.001)
    assert (await take(other, 1), await take(other, 2)) == (True, False)


async def test_a_call_whose_process_died_counts_as_long_as_it_may_still_be_on_its_way(world: World) -> None:
    one, other = await world.store(), await world.store()
    assert [await take(one, id) for id in (1, 2, 3)] == [True] * 3

    world.sleep(FLIGHT_SECONDS + EDITS.seconds - 0.01)
    before = await take(other, 1)
    world.sleep(0.01)

    assert (before, await take(other, 2)) == (False, True)


async def test_a_call_that_was_not_made_is_free_again(world: World) -> None:
    one, other = await world.store(), await world.store()
    assert [await take(one, id) for id in (1, 2, 3)] == [True] * 3

    await news(one, unused=(2,))

    assert [await take(other, 1), await take(other, 2)] == [True, False]


async def test_a_call_made_while_redis_was_away_is_told_afterwards(world: World) -> None:
    one, other = await world.store(), await world.store()
    await news(one, ended=((1, 0.5), (2, 4.0), (3, 100.0)))

    assert (await news(other)).used == (6.001, 9.501)


async def test_a_call_whose_end_is_told_only_after_its_window_does_not_fly_any_more(world: World) -> None:
    one, other = await world.store(), await world.store()
    assert await take(one, 1, POSTS)
    world.sleep(3)

    await news(one, POSTS, ended=((1, 2.0),))

    assert (await news(other, POSTS)).used == ()
    assert await take(other, 1, POSTS)


async def test_a_call_is_paid_by_all_its_buckets_or_by_none(world: World, store: Store) -> None:
    accounts = [Account(EDITS), Account(ALL)]
    passed, _ = await store.sharing.take(accounts, [WishedCall(id, (0, 1)) for id in range(1, 6)])
    other = await world.store()
    _, [edits, everywhere] = await other.sharing.take(accounts, [])

    assert passed == [True, True, True, False, False]
    assert (len(edits.used), len(everywhere.used)) == (3, 3)


async def test_what_is_held_for_ends_is_spared_by_all(world: World) -> None:
    one, other = await world.store(), await world.store()
    await news(one, held=2)

    passed, _ = await other.sharing.take([Account(EDITS)], [WishedCall(1, (0,), (0,)), WishedCall(2, (0,), (0,))])

    assert passed == [True, False]
    assert await take(other, 3)  # an end takes what is held


async def test_who_opens_a_message_holds_an_edit_from_then_on(world: World) -> None:
    one, other = await world.store(), await world.store()
    posts = [WishedCall(id, (0,), (1,), opens=True) for id in (1, 2, 3, 4)]

    passed, _ = await one.sharing.take([Account(Bucket("post", "C1", 10, 1)), Account(EDITS)], posts)

    assert passed == [True, True, True, False]
    assert (await news(other)).held == 3


async def test_in_a_short_window_less_is_held(world: World) -> None:
    one, other = await world.store(), await world.store()
    await news(one, held=6)

    passed, _ = await other.sharing.take(
        [Account(EDITS, weight=0.16)], [WishedCall(1, (0,), (0,)), WishedCall(2, (0,), (0,))]
    )

    assert passed == [True, True]


async def test_what_a_process_holds_is_believed_until_it_has_been_silent_for_long(world: World) -> None:
    one, other = await world.store(), await world.store()
    await news(one, held=2, live=2, left=5.5, rate=0.25)

    world.sleep(CREW_SECONDS)
    believed = await news(other)
    world.sleep(0.001)

    assert (believed.held, believed.live, believed.left, believed.rate) == (2, 2, 5.5, 0.25)
    assert await news(other) == News()


async def test_a_refusal_stops_the_bucket_for_everybody(world: World) -> None:
    one, other = await world.store(), await world.store()
    assert await take(one, 1)

    await news(one, ended=((1, 0),), refused=((1, 5.0),))

    assert (await news(other)).frozen == 5
    assert not await take(other, 1)
    world.sleep(5)
    assert [await take(other, 2), await take(other, 3)] == [True, False]


async def test_after_a_refusal_all_believe_that_the_bucket_refills(world: World) -> None:
    one, other = await world.store(), await world.store()
    bucket = Bucket("edit", "T2", 50, 60)
    await news(one, bucket, burst=8.5, refused=((1, 1.0),))
    world.sleep(1 + 60 / 50 * 3)

    assert [await take(store, id, bucket, burst=8.5) for id in (2, 3) for store in (one, other)] == [True] * 4
    assert not await take(one, 4, bucket, burst=8.5)
    await news(one, bucket, burst=8.5, unused=(3,))
    assert (await news(other, bucket, burst=8.5)).level == 1
    world.sleep(3600)
    assert (await news(other, bucket, burst=8.5)).level == 8.5
    await news(one, bucket, burst=8.5, ended=((5, 0.0),))  # made while Redis was away
    assert (await news(other, bucket, burst=8.5)).level == 7.5


async def test_that_a_bucket_refills_is_forgotten_after_a_long_time(world: World) -> None:
    one, other = await world.store(), await world.store()
    await news(one, refused=((1, 1.0),))
    world.sleep(LEARNT_WINDOWS * EDITS.seconds)
    before = await news(other)
    world.sleep(0.001)

    assert before.level == 1
    assert await news(other) == News()


async def test_a_refusal_is_told_once(world: World, store: Store) -> None:
    bucket = Bucket("edit", "T2", 50, 60)
    await news(store, bucket, burst=8.5, refused=((7, 1.0),))
    world.sleep(100)
    await news(store, bucket, burst=8.5, refused=((7, 1.0),))

    assert (await news(store, bucket, burst=8.5)).level == 8.5


async def test_a_full_server_says_so(world: World, store: Store) -> None:
    world.redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreDown):
            await take(store, 1)
    finally:
        world.redis.config_set("maxmemory", "0")


async def test_nothing_is_in_clear_and_nothing_stays(world: World, store: Store) -> None:
    await take(store, 1, Bucket("slack.chat.update", "T0SECRET", 50, 60))
    await news(store, Bucket("slack.chat.update", "T0SECRET", 50, 60), refused=((1, 5.0),))

    found = world.keys("*:u:*") + world.keys("*:b:*")
    assert len(found) == 2
    assert "SECRET" not in str(found)
    assert "slack" not in str(found)
    assert all(world.redis.pttl(key) > 0 for key in found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 4), st.floats(0, 0.9)), min_size=30, max_size=30))
async def test_three_who_keep_to_it_are_never_refused_wherever_the_window_begins(
    world: World, calls: list[tuple[int, float, float]]
) -> None:
    world.redis.flushall()
    world.jump(0)
    rule, level = Window(3, 10), None
    kept: Level | None = level
    stores = [await world.store() for _ in range(3)]
    ended: list[list[tuple[int, float]]] = [[], [], []]
    for id, (who, pause, took) in enumerate(calls, 1):
        world.sleep(round(pause, 3))
        told = tuple((old, world.now / 1000 - at) for old, at in ended[who])
        ended[who].clear()
        if await take(stores[who], id, ended=told):
            kept, taken = rule.take(kept, world.now / 1000 + took / 2)
            assert taken.passed
            world.sleep(round(took, 3))
            ended[who].append((id, world.now / 1000))


async def test_what_only_another_release_tells_of_itself_counts_for_nobody(world: World) -> None:
    one, other = await world.store(), await world.store()
    await news(one, held=2)
    [key] = world.keys("*:b:*")
    world.redis.hset(key, mapping={"by:later": '{"held": 9}', "by:other": "soon,1,2"})

    assert (await news(other)).held == 2
