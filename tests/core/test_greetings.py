"""Nobody's answer is begun before everybody's question was greeted; not for long."""

import asyncio
from collections.abc import Sequence

import pytest

from core.greetings import CROWD, GREETING, SENDING, Greetings
from tests.core.office import Office
from tests.launcher import PATIENCE
from tests.virtual import now, run
from tests.waits import until


async def crowded(greetings: Greetings, seconds: float) -> Sequence[asyncio.Task[None]]:
    """The answers to a crowd, each waiting until it may begin: all signs are given after so many seconds."""
    many = range(CROWD + 1)
    for one in many:
        greetings.owe(one)
    begun = [asyncio.create_task(greetings.given(one)) for one in many]
    await asyncio.sleep(seconds)
    for one in many:
        greetings.give(one)
    return begun


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


def test_the_last_signs_of_a_crowd_get_the_time_to_be_sent() -> None:
    async def play() -> None:
        greetings = Greetings()
        begun = await crowded(greetings, 0.05)
        await asyncio.wait(begun)
        assert now() == pytest.approx(0.05 + SENDING)

    run(play())


def test_who_comes_while_the_signs_of_a_crowd_are_sent_is_waited_for_too() -> None:
    async def play() -> None:
        greetings = Greetings()
        begun = await crowded(greetings, 0.01)
        await asyncio.sleep(SENDING / 2)
        greetings.owe("late")
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in begun)
        greetings.give("late")
        await asyncio.wait(begun)
        assert now() == pytest.approx(0.01 + SENDING / 2 + 0.05 + SENDING)

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


@pytest.mark.anyio
async def test_the_model_is_asked_once_everybody_has_a_sign(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.greetings.GREETING", PATIENCE)
    message, somebody = here.message(), object()
    here.governor.greetings.owe(somebody)
    await here.tell(message)

    await until(lambda: message.id in here.desk.screens and bool(here.desk.screens[message.id].sign))
    assert here.speaker.prompts == []

    here.governor.greetings.give(somebody)
    assert await here.answer(message) == "You said: hello"
