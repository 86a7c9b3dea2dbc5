"""A turn that is answered here: stopped, cancelled, lost."""

import asyncio

import pytest

from core.errors import StaleLease
from core.live import Live, StoreJournal
from core.store import Lease, Store
from core.store.sealing import Sealer
from core.store.vault import Vault
from tests.core.store.world import KEYS, NAMES
from tests.core.test_prompts import Untouched, claim, message

pytestmark = pytest.mark.anyio


async def forever(ended: list[bool]) -> str:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(True)
    return "never"


async def word() -> str:
    return "done"


async def test_what_is_not_stopped_comes_to_its_end() -> None:
    assert await Live(claim(message())).unless_stopped(word()) == "done"


async def test_a_stop_ends_the_work_that_is_under_way_and_all_that_follows() -> None:
    live, ended = Live(claim(message())), list[bool]()
    working = asyncio.create_task(live.unless_stopped(forever(ended)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    live.stop()

    assert await working is None
    assert ended == [True]
    assert await live.unless_stopped(word()) is None


async def test_a_stop_that_the_lease_heard_of_counts() -> None:
    asked = claim(message())
    asked.lease.stopped = True

    assert await Live(asked).unless_stopped(word()) is None


async def test_who_is_cancelled_ends_the_work_first() -> None:
    ended = list[bool]()
    working = asyncio.create_task(Live(claim(message())).unless_stopped(forever(ended)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    working.cancel()
    await asyncio.wait([working])

    assert working.cancelled()
    assert ended == [True]


def test_a_lost_lease_lets_nothing_be_painted() -> None:
    lease = Lease(1, lambda: 0.0, 10, "t", "l", "p", "t", "slack", turn="t")
    journal = StoreJournal(Store(Untouched(), NAMES, Vault(NAMES, Sealer(KEYS))), lease)
    assert journal.held(5)
    assert not journal.held(15)

    lease.lost = True
    with pytest.raises(StaleLease):
        journal.held(5)
