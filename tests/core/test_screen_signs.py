"""How long a sign of life stands, and who gets his first where many wait, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from core.contract import Bucket, Final
from core.errors import Closed, Throttled
from core.governor import Governor
from core.screen import SIGN_SECONDS, THINKING, WRITING
from tests.core.desk import Desk, desk_with, played
from tests.core.desk import desk as desk
from tests.core.stand_in import Platform, StandIn, turn
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import now, run

pytestmark = pytest.mark.anyio

MINUTE = 60.0
SIGNS = Bucket("signs", "C1", 10, 10)


def first_signs(people: int, every: float, *, seconds: float, thinking: float = 45.0) -> list[float]:
    """How long each waits for his first sign where so many ask in one channel, one after the other."""

    async def main() -> list[float]:
        platform, governor = Platform(), Governor()

        async def ask(number: int) -> float:
            await asyncio.sleep(number * every)
            asked = now()
            desk = Desk(StandIn(platform, statuses=(SIGNS,), status_seconds=seconds), governor)
            async with desk.reply(turn(f"t{number}")) as reply:
                await asyncio.sleep(thinking)
                reply.write("Hello.")
                await reply.end()
            return desk.screen.calls("status")[0].at - asked

        return list(await asyncio.gather(*(ask(number) for number in range(people))))

    return run(main())


def test_in_a_busy_channel_a_new_question_is_greeted_at_once_where_a_status_stands_long() -> None:
    assert max(first_signs(30, 2.0, seconds=MINUTE)) < 0.1


def test_a_first_sign_goes_before_all_that_are_only_given_again() -> None:
    waits = first_signs(30, 2.0, seconds=8.0)

    assert max(waits) < 2.5


def test_first_signs_that_find_no_room_go_in_the_order_of_their_questions() -> None:
    every = SIGN_SECONDS - 0.1
    waits = first_signs(20, every, seconds=MINUTE)

    at = [number * every + wait for number, wait in enumerate(waits)]
    assert max(waits) > 2 * SIGN_SECONDS
    assert at == sorted(at)


async def test_a_status_is_given_again_while_a_tool_runs_below_a_text_that_stands() -> None:
    desk = desk_with(status_seconds=MINUTE)
    async with desk.reply(turn()) as reply:
        reply.write("Let me look.")
        await asyncio.sleep(1)
        reply.status("Running code…")
        await asyncio.sleep(200)
        assert desk.screen.sign
        reply.write("Let me look. Done.")
        await asyncio.sleep(1)
        assert not desk.screen.sign
        await asyncio.sleep(200)
        await reply.end()

    signs = desk.screen.calls("status")
    assert [(round(made.at), made.text) for made in signs] == [
        *((at, "Running code…") for at in (1, 61, 121, 181)),
        (201, ""),
    ]


async def test_a_sign_that_is_on_its_way_when_the_answer_ends_does_not_stay(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("Let me look.")
        await asyncio.sleep(1)
        delays = iter([0.25])
        desk.screen.platform.jitter = lambda: next(delays, 0.0)
        reply.status("Running code…")
        await asyncio.sleep(0.01)
        await reply.end()
    await asyncio.sleep(1)
    assert not desk.screen.sign

    assert [made.text for made in desk.screen.calls("status")] == ["Running code…", ""]


async def test_a_sign_that_was_refused_does_not_stay_away_for_as_long_as_it_would_have_stood() -> None:
    desk = desk_with(status_seconds=MINUTE, statuses=(SIGNS,))
    desk.screen.fail("status", Throttled("signs", retry_after=3))
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(30)
        assert desk.screen.sign == THINKING
        await reply.end("Sorry.")

    assert [round(made.at) for made in desk.screen.calls("status")] == [8]


async def test_a_tool_is_spoken_of_while_the_text_before_it_has_no_room_yet() -> None:
    desk = desk_with(posts=(Bucket("posts", "T1", 1, 30),), status_seconds=MINUTE)
    async with desk.reply(turn("t2")) as other, desk.reply(turn()) as reply:
        other.write("Hello.")
        await asyncio.sleep(1)
        reply.write("Let me look.")
        await asyncio.sleep(1)
        assert desk.screen.sign == WRITING
        reply.status("Running code…")
        await asyncio.sleep(0.2)
        assert desk.screen.sign == "Running code…"
        await asyncio.gather(other.end(), reply.end())


@pytest.mark.parametrize("stream", ["edit", "final", "off"])
@pytest.mark.parametrize("hanging", [0.0, 20.0])
async def test_nothing_turns_round_while_an_old_sign_is_not_to_be_given_again(
    desk: Desk, stream: str, hanging: float
) -> None:
    delays = iter([hanging])
    desk.screen.platform.jitter = lambda: next(delays, 0.0)
    async with desk.reply(turn(), stream) as reply:
        await asyncio.sleep(12 if hanging else 1)
        reply.write("Hello.")
        await asyncio.sleep(30)
        await reply.end()

    assert desk.screen.shown == ["Hello."]


# One that lasts: no post takes it away


def lasting(play: Callable[[Desk], Coroutine[Any, Any, None]]) -> list[str]:
    """What was said, "" when it was taken away."""
    return [made.text for made in played(play, lasts=True, speaks=False).screen.calls("status")]


def test_a_sign_that_lasts_is_taken_away_when_the_last_text_stands() -> None:
    async def play(desk: Desk) -> None:
        await desk.answer()
        assert [made.call for made in desk.screen.made[-2:]] == ["edit", "status"]

    assert lasting(play) == [THINKING, ""]


def test_a_sign_that_lasts_is_not_given_again_when_a_text_was_posted() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await asyncio.sleep(1)
            reply.write("Let me look.")
            await asyncio.sleep(1)
            reply.status("Searching the web…")
            await asyncio.sleep(1)
            reply.write("Let me look. It is so.")
            await reply.end()

    assert lasting(play) == [THINKING, ""]


def test_a_sign_that_lasts_is_taken_away_where_no_text_can_stand() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("post", Closed("is_archived"))
        with pytest.raises(Closed):
            await desk.answer()

    assert lasting(play) == [THINKING, ""]


def test_a_sign_that_lasts_is_taken_away_by_who_has_only_the_end_to_show() -> None:
    async def play(desk: Desk) -> None:
        owed = replace(turn(attempt=2), final=Final("It is so."))
        async with desk.reply(owed) as reply:
            reply.write("It is so.")
            await reply.end()

    assert lasting(play) == [""]


def test_a_sign_that_lasts_stays_for_whoever_goes_on() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()):
            await asyncio.sleep(1)

    assert lasting(play) == [THINKING]
