"""Waiting for one's turn, in virtual time."""

import asyncio

from core.contract import Bucket
from core.errors import Throttled
from core.governor import Governor, Ticket
from core.precedence import Need
from tests.virtual import START, now, run


def one_a_second(call: str) -> tuple[Bucket, ...]:
    return (Bucket("any", "", 1, 1),) if call else ()


async def call(ticket: Ticket, need: Need = Need.END) -> float:
    """Make one call of no length; when."""
    turn = await ticket.turn("edit", need, since=START + now())
    assert turn is not None
    turn.returned()
    return now()


def test_those_who_wait_go_one_after_the_other() -> None:
    async def main() -> list[float]:
        governor = Governor()
        tickets = [governor.enter(one_a_second) for _ in range(4)]
        times = await asyncio.gather(*(call(ticket) for ticket in tickets))
        for ticket in tickets:
            ticket.close()
        return [round(at, 2) for at in times]

    assert run(main()) == [0, 1, 2, 3]


def test_who_withdraws_gets_nothing_and_takes_nothing() -> None:
    async def main() -> tuple[object, float]:
        governor = Governor()
        first, second, third = (governor.enter(one_a_second) for _ in range(3))
        await call(first)
        waiting = asyncio.create_task(second.turn("edit", Need.END, since=START))
        last = asyncio.create_task(call(third))
        await asyncio.sleep(0.5)
        second.withdraw()
        return await waiting, round(await last, 2)

    assert run(main()) == (None, 1)


def test_nobody_waits_longer_than_he_likes() -> None:
    async def main() -> tuple[object, float]:
        governor = Governor()
        first, second = governor.enter(one_a_second), governor.enter(one_a_second)
        await call(first)
        return await second.turn("edit", Need.END, since=START, until=START + 0.3), round(now(), 3)

    assert run(main()) == (None, 0.3)


def test_a_refused_call_makes_all_wait() -> None:
    async def main() -> float:
        governor = Governor()
        first, second = governor.enter(one_a_second), governor.enter(one_a_second)
        turn = await first.turn("edit", Need.END, since=START)
        assert turn is not None
        turn.returned(Throttled("any", retry_after=30))
        return await call(second)

    assert run(main()) == 30


def test_a_call_that_no_bucket_limits_goes_when_it_likes() -> None:
    async def main() -> float:
        ticket = Governor().enter(one_a_second)
        turn = await ticket.turn("", Need.END, since=START, after=START + 2)
        assert turn is not None
        turn.unused()
        return now()

    assert run(main()) == 2


def test_a_task_that_is_cancelled_while_it_waits_leaves_its_turn_to_others() -> None:
    async def main() -> float:
        governor = Governor()
        first, second, third = (governor.enter(one_a_second) for _ in range(3))
        await call(first)
        waiting = asyncio.create_task(call(second))
        await asyncio.sleep(0.1)
        waiting.cancel()
        return round(await call(third), 2)

    assert run(main()) == 1
