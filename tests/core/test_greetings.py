"""Nobody's answer is begun before everybody's question was greeted; not for long."""

import asyncio

import pytest

from core.greetings import GREETING, Greetings
from tests.virtual import now, run


def test_nothing_is_waited_for_where_nobody_is_owed_a_sign() -> None:
    async def play() -> None:
        await Greetings().given("me")
        assert now() == 0

    run(play())


def test_one_waits_for_the_signs_of_the_others() -> None:
    async def play() -> None:
        greetings = Greetings()
        for one in ("me", "you"):
            greetings.owe(one)
        begun = asyncio.create_task(greetings.given("me"))
        greetings.give("me")
        await asyncio.sleep(0.05)
        assert not begun.done()
        greetings.give("you")
        await begun
        assert now() == pytest.approx(0.05)

    run(play())


def test_a_sign_that_does_not_come_holds_nobody_up_for_long_and_nobody_who_comes_later() -> None:
    async def play() -> None:
        greetings = Greetings()
        greetings.owe("me")
        await greetings.given("me")
        assert now() == pytest.approx(GREETING)
        await greetings.given("you")
        assert now() == pytest.approx(GREETING)

    run(play())
