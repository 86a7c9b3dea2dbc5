"""The status line of a reply."""

import asyncio

import pytest

from core.errors import Closed, Throttled, Uncertain
from core.governor import Governor, Permit
from core.precedence import Need
from core.sign import AGAIN, Sign
from tests.core.stand_in import Platform, StandIn
from tests.virtual import START, now
from tests.virtual import anyio_backend as anyio_backend

pytestmark = pytest.mark.anyio


async def call(screen: StandIn) -> Permit:
    turn = await Governor().enter(screen.buckets).turn("status", Need.SIGN, since=START)
    assert turn is not None
    return turn


async def test_a_sign_is_shown_and_landing_is_told() -> None:
    screen, landed = StandIn(Platform()), asyncio.Event()
    sign = Sign(screen, landed.set)
    sign.show("Thinking…", await call(screen))
    flying = sign.in_flight
    await landed.wait()
    await sign.settle()

    assert (screen.sign, sign.shown, flying, sign.in_flight) == ("Thinking…", "Thinking…", True, False)


async def test_a_sign_in_flight_is_waited_for_only_so_long_and_never_cancelled() -> None:
    screen = StandIn(Platform(latency=4))
    sign = Sign(screen, lambda: None)
    sign.show("Thinking…", await call(screen))
    await sign.settle(0.3)
    waited = now()
    await sign.settle()

    assert (round(waited, 2), screen.sign) == (0.3, "Thinking…")


async def test_a_sign_that_lands_behind_a_message_stands_there_still() -> None:
    screen = StandIn(Platform())
    sign = Sign(screen, lambda: None)
    sign.show("Thinking…", await call(screen))
    sign.gone()
    meanwhile = sign.shown
    await sign.settle()

    assert (meanwhile, sign.shown) == ("", "Thinking…")


async def test_trouble_is_swallowed() -> None:
    screen = StandIn(Platform())
    sign = Sign(screen, lambda: None)
    for error in (Closed("missing_scope"), Throttled("signs", retry_after=5)):
        screen.fail("status", error)
        sign.show("Thinking…", await call(screen))
        await sign.settle()

    assert [made.error for made in screen.made] == ["Closed", "Throttled"]


@pytest.mark.parametrize("seconds", [8, 60])
async def test_a_sign_gets_old_when_its_platform_takes_it_away(seconds: float) -> None:
    screen = StandIn(Platform(), status_seconds=seconds)
    sign = Sign(screen, lambda: None)
    sign.show("Thinking…", await call(screen))
    await sign.settle()
    await asyncio.sleep(seconds - now() - 0.1)
    young = sign.is_old(START + now())
    await asyncio.sleep(0.1)

    assert [young, sign.is_old(START + now())] == [False, True]


async def test_a_sign_that_was_not_taken_is_soon_tried_again_however_long_it_would_have_stood() -> None:
    screen = StandIn(Platform(), status_seconds=60)
    screen.fail("status", Uncertain("timed_out"))
    sign = Sign(screen, lambda: None)
    sign.show("Thinking…", await call(screen))
    await sign.settle()
    at_once = sign.is_old(START + now())
    await asyncio.sleep(AGAIN)

    assert [at_once, sign.is_old(START + now())] == [False, True]
