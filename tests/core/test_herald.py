"""Who is told that everybody's budget goes to its end."""

import asyncio

import pytest

from core import herald
from core.contract import Platform
from core.errors import Closed, ScreenError, Throttled
from core.events import BudgetReached, Connected
from core.herald import Herald
from core.telling import Slug, emit, heard_by
from tests.core.office import Desk
from tests.core.stand_in import Platform as Service
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


class Mailbox(Desk):
    """A platform that writes to people, when it does not fail."""

    def __init__(self, *failures: ScreenError) -> None:
        super().__init__(Service())
        self.failures = list(failures)
        self.letters: list[tuple[str, str]] = []
        self.tries = 0

    async def write_to(self, person: str, text: str) -> None:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        self.letters.append((person, text))


async def tell(*platforms: Platform, admins: tuple[str, ...] = ("U1",), percent: int = 80) -> None:
    one = Herald(platforms, admins, lambda: 7_200.0)
    with heard_by(one.hear):
        emit(Connected(platform=Slug("slack")))
        emit(BudgetReached(percent=percent))
    await one.told()


async def test_every_admin_is_told_on_every_platform_that_can() -> None:
    first, second = Mailbox(), Mailbox()

    await tell(first, Desk(Service()), second, admins=("U2", "U1"))

    told = "You are an admin here: 80 % of today's budget for everybody is used up."
    assert first.letters == second.letters == [("U1", told), ("U2", told)]


async def test_at_the_end_it_is_said_when_it_begins_anew() -> None:
    box = Mailbox()

    await tell(box, percent=100)

    assert [text for _, text in box.letters] == [
        "You are an admin here: today's budget for everybody here is used up. It begins anew in 2 hours. "
        "Until then nobody is answered."
    ]


async def test_where_no_admin_is_named_nobody_is_told() -> None:
    box = Mailbox()

    await tell(box, admins=())

    assert box.tries == 0


async def test_who_is_busy_is_asked_again_and_who_refuses_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(herald, "TRIES", (0.001, 0.001))
    busy, closed = Mailbox(Throttled("busy", retry_after=0.001)), Mailbox(Closed("no"))

    await tell(busy, closed)

    assert ([person for person, _ in busy.letters], busy.tries) == (["U1"], 2)
    assert (closed.letters, closed.tries) == ([], 1)


async def test_trouble_without_end_is_left_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(herald, "TRIES", (0.001, 0.001))
    box = Mailbox(*[Throttled("busy", retry_after=0)] * 9)

    await tell(box)

    assert box.tries == 3


async def test_at_the_end_of_the_process_nobody_is_waited_for() -> None:
    box = Mailbox(Throttled("busy", retry_after=600))
    one = Herald([box], ["U1"], lambda: 1.0)
    one.hear(BudgetReached(percent=80))
    await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE):
        await one.close()

    assert box.letters == []
