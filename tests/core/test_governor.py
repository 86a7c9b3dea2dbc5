"""Waiting for one's turn, in virtual time."""

import asyncio
from collections.abc import Sequence

import pytest

from core.contract import Bucket
from core.errors import StoreDown, Throttled
from core.governor import OTHERS_SECONDS, Governor, Ticket
from core.precedence import Buckets, Need
from core.sharing import Account, News, WishedCall
from tests.virtual import START, now, run
from tests.virtual import anyio_backend as anyio_backend

pytestmark = pytest.mark.anyio


def one_a_second(call: str) -> tuple[Bucket, ...]:
    return (Bucket("any", "", 1, 1),) if call else ()


async def call(ticket: Ticket, need: Need = Need.END) -> float:
    """Make one call of no length; when."""
    turn = await ticket.turn("edit", need, since=START + now())
    assert turn is not None
    turn.returned()
    return now()


async def test_those_who_wait_go_one_after_the_other() -> None:
    governor = Governor()
    tickets = [governor.enter(one_a_second) for _ in range(4)]
    times = await asyncio.gather(*(call(ticket) for ticket in tickets))
    for ticket in tickets:
        ticket.close()

    assert [round(at, 2) for at in times] == [0, 1, 2, 3]


async def test_who_withdraws_gets_nothing_and_takes_nothing() -> None:
    governor = Governor()
    first, second, third = (governor.enter(one_a_second) for _ in range(3))
    await call(first)
    waiting = asyncio.create_task(second.turn("edit", Need.END, since=START))
    last = asyncio.create_task(call(third))
    await asyncio.sleep(0.5)
    second.withdraw()

    assert (await waiting, round(await last, 2)) == (None, 1)


async def test_nobody_waits_longer_than_he_likes() -> None:
    governor = Governor()
    first, second = governor.enter(one_a_second), governor.enter(one_a_second)
    await call(first)

    assert (await second.turn("edit", Need.END, since=START, until=START + 0.3), round(now(), 3)) == (None, 0.3)


async def test_a_refused_call_makes_all_wait_and_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    governor = Governor()
    first, second = governor.enter(one_a_second), governor.enter(one_a_second)
    turn = await first.turn("edit", Need.END, since=START)
    assert turn is not None
    turn.returned(Throttled("any", retry_after=30))

    assert await call(second) == 30
    assert caplog.messages == ["limited bucket=any seconds=30"]


async def test_a_call_that_no_bucket_limits_goes_when_it_likes() -> None:
    ticket = Governor().enter(one_a_second)
    turn = await ticket.turn("", Need.END, since=START, after=START + 2)
    assert turn is not None
    turn.unused()

    assert now() == 2


async def test_a_task_that_is_cancelled_while_it_waits_leaves_its_turn_to_others() -> None:
    governor = Governor()
    first, second, third = (governor.enter(one_a_second) for _ in range(3))
    await call(first)
    waiting = asyncio.create_task(call(second))
    await asyncio.sleep(0.1)
    waiting.cancel()

    assert round(await call(third), 2) == 1


# Together with other processes


class Crew:
    """The other processes, who have so many calls left to give. It remembers what it was told."""

    def __init__(self, calls: int, *, trip: float = 0.001) -> None:
        self.left = calls
        self.trip = trip
        self.is_down = False
        self.letters: list[tuple[Sequence[Account], Sequence[WishedCall]]] = []
        self.news = News()

    async def take(
        self, accounts: Sequence[Account], asked: Sequence[WishedCall]
    ) -> tuple[Sequence[bool], Sequence[News]]:
        await asyncio.sleep(self.trip)
        if self.is_down:
            raise StoreDown
        self.letters.append((accounts, asked))
        passed = []
        for _ in asked:
            passed.append(self.left > 0)
            self.left -= passed[-1]
        return passed, [self.news for _ in accounts]

    @property
    def asked(self) -> int:
        return sum(len(asked) for _, asked in self.letters)


def many(call: str) -> tuple[Bucket, ...]:
    return (Bucket("any", "", 50, 60),) if call else ()


async def walk_on(ticket: Ticket) -> float:
    """A call, and the end of the reply."""
    at = await call(ticket)
    ticket.close()
    return round(at, 3)


async def test_a_call_costs_one_trip_and_waits_no_longer() -> None:
    crew = Crew(50)
    governor = Governor(crew)
    ticket = governor.enter(many)
    await asyncio.sleep(0.1)
    begun, at = now(), await call(ticket)

    assert (round(at - begun, 6), crew.asked) == (0.001, 1)


async def test_all_who_ask_in_one_moment_share_a_trip() -> None:
    crew = Crew(50)
    governor = Governor(crew)
    tickets = [governor.enter(many) for _ in range(20)]
    await asyncio.gather(*(call(ticket) for ticket in tickets))

    assert [len(asked) for _, asked in crew.letters if asked] == [20]


@pytest.mark.parametrize("buckets", [many, one_a_second])
def test_who_is_denied_waits_until_there_is_room_and_has_used_up_none(buckets: Buckets) -> None:
    async def main() -> float:
        crew = Crew(0)
        ticket = Governor(crew).enter(buckets)
        asyncio.get_running_loop().call_later(0.6, setattr, crew, "left", 1)
        async with asyncio.timeout(5):
            return await call(ticket)

    assert 0.6 <= run(main()) <= 0.7


async def test_who_no_longer_wants_what_he_was_given_gives_it_back() -> None:
    crew = Crew(50, trip=0.05)
    governor = Governor(crew)
    ticket = governor.enter(many)
    await asyncio.sleep(1)
    asyncio.get_running_loop().call_later(0.02, ticket.withdraw)
    got = await ticket.turn("edit", Need.PROGRESS, since=START)
    await asyncio.sleep(3)

    assert got is None
    assert [unused for accounts, _ in crew.letters for account in accounts for unused in account.unused] == [1]


async def test_an_old_answer_is_not_taken_for_a_new_wish() -> None:
    governor = Governor(Crew(50, trip=0.05))
    ticket = governor.enter(many)
    await asyncio.sleep(1)
    asyncio.get_running_loop().call_later(0.02, ticket.withdraw)
    assert await ticket.turn("edit", Need.PROGRESS, since=START) is None
    got = await ticket.turn("post", Need.END, since=START)
    assert got is not None

    assert got.grant.wish.call == "post"


async def test_without_redis_a_process_goes_on() -> None:
    crew = Crew(50)
    crew.is_down = True
    governor = Governor(crew)

    assert [await walk_on(governor.enter(many)) for _ in range(3)] == [0.001, 0.001, 0.001]


async def test_redis_that_does_not_answer_is_waited_for_once() -> None:
    governor = Governor(Crew(50, trip=10))

    assert [await walk_on(governor.enter(many)) for _ in range(3)] == [OTHERS_SECONDS] * 3


async def test_without_redis_a_process_spends_its_own_part_only() -> None:
    crew = Crew(50)
    crew.news = News(live=3, left=18)
    governor = Governor(crew)
    ticket = governor.enter(many)
    await call(ticket)
    crew.is_down = True
    await asyncio.sleep(5)

    assert sum([await call(ticket) < 30 for _ in range(20)]) == 12


async def test_what_was_done_without_redis_is_told_when_it_is_back() -> None:
    crew = Crew(50)
    crew.is_down = True
    governor = Governor(crew)
    ticket = governor.enter(many)
    for _ in range(3):
        await call(ticket)
    crew.is_down = False
    await asyncio.sleep(5)
    ticket.close()
    await governor.close()

    assert [id for accounts, _ in crew.letters for account in accounts for id, _ in account.ended] == [1, 2, 3]


async def test_who_leaves_tells_that_nothing_is_held_any_more() -> None:
    crew = Crew(50)
    governor = Governor(crew)
    ticket = governor.enter(many)
    ticket.hold(1)
    await call(ticket)
    ticket.close()
    await governor.close()

    assert [(account.held, account.live) for accounts, _ in crew.letters for account in accounts] == [(1, 1), (0, 0)]


async def test_where_nothing_happens_nobody_is_told_anything() -> None:
    crew = Crew(50)
    governor = Governor(crew)
    await walk_on(governor.enter(many))
    await asyncio.sleep(10)
    told = len(crew.letters)
    await asyncio.sleep(1000)

    assert len(crew.letters) == told
