"""The sign for who waits in a line."""

import asyncio

import pytest

from core.contract import Bucket, Message, Page
from core.errors import Closed, StoreDown, Throttled
from core.governor import Governor, Permit, Ticket
from core.precedence import Need
from core.waiting import Waiting
from tests import virtual
from tests.core.office import Desk
from tests.core.stand_in import Platform, StandIn, turn
from tests.virtual import anyio_backend as anyio_backend

pytestmark = pytest.mark.anyio
SIGNS = Bucket("status", "T1", 1, 2)


async def yes(message: Message) -> bool:
    return True


async def ended(waiting: Waiting) -> None:
    """Once no sign is under way any more."""
    await waiting._signs.ended()


async def test_who_waits_sees_how_many_are_ahead() -> None:
    desk, waiting, message = Desk(Platform(latency=0)), Waiting(Governor(), yes), turn().message

    waiting.tell(desk, message, 2)
    await ended(waiting)

    assert desk.screens[message.id].sign == "Answering earlier questions first: 2 ahead…"


async def test_a_sign_that_lasts_is_left_to_who_answers() -> None:
    desk, waiting, message = Desk(Platform(latency=0)), Waiting(Governor(), yes), turn().message
    desk.screens[message.id] = StandIn(Platform(latency=0), lasts=True)

    waiting.tell(desk, message, 2)
    await ended(waiting)

    assert not desk.screens[message.id].made


@pytest.mark.parametrize("error", [Closed("is_archived"), Throttled("status", retry_after=1)])
async def test_trouble_with_the_sign_is_nobodys_trouble(error: Closed) -> None:
    desk, waiting, message = Desk(Platform(latency=0)), Waiting(Governor(), yes), turn().message
    desk.screen(turn()).fail("status", error)

    waiting.tell(desk, message, 1)
    await ended(waiting)

    assert desk.screens[message.id].sign == ""


@pytest.mark.parametrize(("seconds", "sign"), [(1.0, ""), (3.0, "Answering earlier questions first: 1 ahead…")])
async def test_a_sign_that_finds_room_only_after_the_answer_has_begun_is_left_out(seconds: float, sign: str) -> None:
    desk, message, governor = Desk(Platform()), turn().message, Governor()
    screen = desk.screens[message.id] = StandIn(Platform(latency=0), statuses=(SIGNS,))

    async def waits(asked: Message) -> bool:
        return asked is message and virtual.now() < seconds

    first, waiting = governor.enter(screen.buckets), Waiting(governor, waits)
    (await room(first)).returned()
    waiting.tell(desk, message, 1)
    if seconds < 2:
        await asyncio.sleep(seconds)
        await screen.post(Page("Because"), "n1")
    await ended(waiting)

    assert screen.sign == sign


@pytest.mark.parametrize("answer", [False, StoreDown("gone")])
async def test_a_sign_that_is_left_out_costs_no_call(answer: bool | StoreDown) -> None:
    desk, message, governor = Desk(Platform()), turn().message, Governor()
    screen = desk.screens[message.id] = StandIn(Platform(latency=0), statuses=(SIGNS,))

    async def waits(asked: Message) -> bool:
        if isinstance(answer, StoreDown):
            raise answer
        return answer

    waiting = Waiting(governor, waits)
    waiting.tell(desk, message, 1)
    await ended(waiting)
    (await room(governor.enter(screen.buckets))).unused()

    assert virtual.now() == 0


async def room(ticket: Ticket) -> Permit:
    """The one call that `SIGNS` has room for in two seconds."""
    call = await ticket.turn("status", Need.STATUS, since=asyncio.get_running_loop().time())
    assert call is not None
    return call
