"""What the log tells of a turn: the same pseudonym from the door to the end, and nothing that anybody wrote."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from core.contract import Action, Press
from core.events import Accepted, Claimed, Pressed, Refused, TurnDone, TurnEnded, TurnLost
from core.limits import Limits, Window
from core.telling import LogEvent
from tests.core.office import ANA, CHANNEL, OPTIONS, office
from tests.waits import until

pytestmark = pytest.mark.anyio


def events(caplog: pytest.LogCaptureFixture) -> list[LogEvent]:
    return [record.msg for record in caplog.records if isinstance(record.msg, LogEvent)]


async def test_a_turn_can_be_followed_by_its_pseudonym(valkey: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley")
    async with office(valkey) as here:
        await here.ask("a secret of Zaphod's")

    lines = [one for one in events(caplog) if isinstance(one, Accepted | Claimed | TurnEnded | TurnDone)]
    assert [type(one).__name__ for one in lines] == ["Accepted", "Claimed", "TurnEnded", "TurnDone"]
    assert len({one.turn for one in lines}) == 1
    assert not any(word in str(one) for one in lines for word in ("secret", "Zaphod", "Ana", "C1"))


async def test_a_turn_that_was_lost_has_the_same_pseudonym(valkey: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley")

    async with office(valkey, pause=0.05, says=lambda _: "word " * 8) as here:
        await here.tell(here.message())
        await until(lambda: _is_claimed(caplog))
        with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
            for line in redis.keys("*:l:*"):
                redis.hset(line, "fence", 1 << 52)
        await until(lambda: any(isinstance(one, TurnLost) for one in events(caplog)))

    lines = [one for one in events(caplog) if isinstance(one, Accepted | Claimed | TurnLost)]
    assert len({one.turn for one in lines}) == 1


def _is_claimed(caplog: pytest.LogCaptureFixture) -> bool:
    return any(isinstance(one, Claimed) for one in events(caplog))


async def test_a_turn_that_a_button_makes_is_followed_from_the_one_before(
    valkey: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "parley")
    async with office(valkey) as here:
        asked = await here.asked("hello")
        await here.answer(asked)
        press = Press(id="p1", place=CHANNEL, author=ANA, at=1e9, action=Action.REGENERATE, turn=asked.id)
        await here.tell(press)
        await until(lambda: _are_done(caplog, 2))

    [pressed] = [one for one in events(caplog) if isinstance(one, Pressed)]
    first, second = [one.turn for one in events(caplog) if isinstance(one, TurnDone)]
    assert (pressed.of, pressed.turn, pressed.action) == (first, second, Action.REGENERATE)


def _are_done(caplog: pytest.LogCaptureFixture, count: int) -> bool:
    return sum(isinstance(one, TurnDone) for one in events(caplog)) >= count


async def test_the_end_tells_what_the_answer_cost(valkey: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley")
    async with office(valkey) as here:
        await here.ask("hello")

    [end] = [one for one in events(caplog) if isinstance(one, TurnEnded)]
    assert (end.model, end.stop, end.error, end.input, end.output) == ("claude-sonnet-5-5", "end_turn", "-", 1, 1)
    assert end.length == len("You said: hello")


async def test_a_refusal_names_its_reason(valkey: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley")
    async with office(valkey, options=replace(OPTIONS, limits=Limits((Window(1, 3600),)))) as here:
        await here.ask("one")
        await here.tell(here.message("two"))

    [refused] = [one for one in events(caplog) if isinstance(one, Refused)]
    assert refused.reason == "rate"
    assert 3500 < refused.retry_after <= 3600
