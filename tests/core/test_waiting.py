"""The sign for who waits in a line."""

import pytest

from core.errors import Closed, Throttled
from core.governor import Governor
from core.waiting import Waiting
from tests.core.office import Desk
from tests.core.stand_in import Platform, turn

pytestmark = pytest.mark.anyio


async def test_who_waits_sees_how_many_are_ahead() -> None:
    desk, waiting, message = Desk(Platform(latency=0)), Waiting(Governor()), turn().message

    waiting.tell(desk, message, 2)
    await waiting.ended()

    assert desk.screens[message.id].sign == "Queued, 2 ahead…"


@pytest.mark.parametrize("error", [Closed("is_archived"), Throttled("status", retry_after=1)])
async def test_trouble_with_the_sign_is_nobodys_trouble(error: Closed) -> None:
    desk, waiting, message = Desk(Platform(latency=0)), Waiting(Governor()), turn().message
    desk.screen(turn()).fail("status", error)

    waiting.tell(desk, message, 1)
    await waiting.ended()

    assert desk.screens[message.id].sign == ""
