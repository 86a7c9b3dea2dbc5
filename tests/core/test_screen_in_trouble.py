"""A live reply when calls fail, messages are deleted, the turn is lost or the writer leaves."""

import asyncio
import logging
from itertools import pairwise
from random import Random

import pytest

from core.contract import Bucket, Page
from core.errors import Closed, StaleLease, Throttled, TooBig, Uncertain, Vanished
from core.events import PlatformTrouble
from core.governor import Governor
from core.telling import LogEvent, heard_by
from playground.limits import Window
from tests.core.desk import ANSWER, Desk, desk_with, played
from tests.core.desk import desk as desk
from tests.core.stand_in import EDITS, Platform, StandIn, turn
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import now, run

pytestmark = pytest.mark.anyio

# Trouble


async def test_a_post_whose_answer_is_lost_is_not_made_twice(desk: Desk) -> None:
    desk.screen.fail("post", Uncertain("timeout"), lost=True)
    await desk.answer()

    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 1
    assert len(desk.screen.calls("find")) == 1
    assert desk.journal.bound == [("m1",)]


async def test_a_post_that_never_arrived_is_made_again(desk: Desk) -> None:
    desk.screen.fail("post", Uncertain("http_503"), times=3)
    await desk.answer()

    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("find")) == 3


async def test_failing_progress_never_fails_the_answer(desk: Desk) -> None:
    desk.screen.fail("edit", Uncertain("http_500"), times=4)
    await desk.answer()

    assert desk.screen.shown == [ANSWER]
    failed = [made.at for made in desk.screen.made if made.error]
    gaps = [later - earlier for earlier, later in pairwise(failed)]
    assert gaps == sorted(gaps)  # it is asked more and more seldom


async def test_trouble_that_was_over_does_not_hold_up_the_end_of_the_next(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("Hello.")
        await asyncio.sleep(1)
        desk.screen.fail("edit", Uncertain("http_500"), times=4)
        reply.write("Hello you.")
        await asyncio.sleep(20)
        assert desk.screen.shown == ["Hello you."]
        desk.screen.fail("edit", Uncertain("http_500"))
        desk.ended = now()
        await reply.end("Stopped.")

    assert desk.screen.made[-1].at - desk.ended < 1


def test_who_takes_a_turn_over_keeps_an_edit_for_the_end_of_what_stands_there() -> None:
    three = (Bucket(EDITS.name, EDITS.scope, 3, 60),)

    async def main() -> float:
        platform, governor = Platform({EDITS.name: Window(3, 60)}), Governor()
        old, new = (Desk(StandIn(platform, edits=three), governor) for _ in range(2))
        old.screen.messages["m1"] = Page("wor")
        async with old.reply(turn("t1", shown=("m1",), attempt=2)) as reply:
            for id in ("t2", "t3", "t4"):
                await new.answer(turn(id))
            reply.write("word")
            began = now()
            await reply.end()
            return now() - began

    assert run(main()) < 1


async def test_the_last_text_is_tried_until_it_stands(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("Hello.")
        await asyncio.sleep(1)
        desk.screen.fail("edit", Uncertain("http_500"), times=8)
        desk.screen.fail("edit", Throttled("slack.chat.update", retry_after=9), times=2)
        desk.ended = now()
        await reply.end("Stopped.")

    assert desk.screen.shown == ["Hello.\n\n*Stopped.*"]
    assert desk.screen.made[-1].at - desk.ended < 100  # from one try to the next it is a quarter of a minute at most


@pytest.mark.parametrize(("times", "lines"), [(2, 0), (10, 2)])
def test_trouble_that_lasts_is_a_line_a_minute_and_counted_each_time(
    caplog: pytest.LogCaptureFixture, times: int, lines: int
) -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("post", Uncertain("token_revoked"), times=times)
        await desk.answer()

    heard = list[LogEvent]()
    with caplog.at_level(logging.WARNING), heard_by(heard.append):
        played(play)

    assert {event.code for event in heard if isinstance(event, PlatformTrouble)} == {"token_revoked"}
    assert (len(heard), len(caplog.records)) == (times, lines)


@pytest.mark.parametrize("lost", [True, False])
async def test_a_last_edit_of_unknown_fate_is_made_again(desk: Desk, lost: bool) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("Hello.")
        await asyncio.sleep(1)
        desk.screen.fail("edit", Uncertain("timeout"), lost=lost)
        await reply.end("Stopped.")

    assert desk.screen.shown == ["Hello.\n\n*Stopped.*"]


async def test_a_message_that_somebody_deleted_is_posted_anew(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        writing = asyncio.create_task(desk.write(reply))
        await asyncio.sleep(2)
        desk.screen.messages.clear()
        await writing
        await reply.end()

    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 2
    assert len(set(desk.screen.nonces)) == 2
    assert desk.journal.bound == [("m1",), (), ("m2",)]


async def test_what_stood_below_a_deleted_message_is_posted_anew_below_it() -> None:
    text = "\n\n".join(f"Paragraph {number} with some words." for number in range(30))

    desk = desk_with(size=1_000)
    async with desk.reply(turn(shown=("m1", "m2"))) as reply:
        desk.screen.fail("edit", Vanished("message_not_found"))
        reply.write(text)
        await reply.end()

    assert "\n\n".join(desk.screen.shown) == text
    assert [made.id for made in desk.screen.made if made.call == "remove"] == ["m2"]


async def test_a_message_that_somebody_deletes_again_and_again_comes_back_only_with_the_last_text(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        writing = asyncio.create_task(desk.write(reply, "word " * 1200))
        for _ in range(14):
            await asyncio.sleep(1)
            desk.screen.messages.clear()
        await writing
        await reply.end()

    assert desk.screen.shown == ["word " * 1200]
    assert len(desk.screen.calls("post")) == 4


async def test_what_a_platform_finds_too_big_comes_in_smaller_pages() -> None:
    desk = desk_with(size=4_000)
    desk.screen.enforced_size = 1_200
    await desk.answer(text="\n\n".join(f"Paragraph {number} with some words." for number in range(100)))

    assert "\n\n".join(desk.screen.shown) == "\n\n".join(
        f"Paragraph {number} with some words." for number in range(100)
    )
    assert max(map(len, desk.screen.shown)) <= 1_200


async def test_what_is_too_big_however_small_is_said_to_be(desk: Desk) -> None:
    desk.screen.fail("post", TooBig("msg_too_long"), times=100)
    with pytest.raises(TooBig):
        await desk.answer()


@pytest.mark.parametrize("skip", [0, 3])
async def test_where_no_call_will_help_none_is_made_and_the_end_says_so(desk: Desk, skip: int) -> None:
    desk.screen.fail("edit" if skip else "post", Closed("is_archived"), times=100, skip=skip)
    with pytest.raises(Closed):
        await desk.answer()

    assert len([made for made in desk.screen.made if made.error]) == 1


# Who holds the turn


async def test_without_the_lease_the_screen_is_not_touched(desk: Desk) -> None:
    desk.journal.is_ours = False
    with pytest.raises(StaleLease):
        await desk.answer()

    assert desk.screen.made == []


async def test_who_loses_the_turn_in_the_middle_touches_nothing_more(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        writing = asyncio.create_task(desk.write(reply))
        await asyncio.sleep(2)
        desk.journal.is_ours = False
        before = len(desk.screen.made) + desk.screen.in_flight
        await writing
        with pytest.raises(StaleLease):
            await reply.end()
        assert len(desk.screen.made) == before


async def test_a_lease_that_is_only_late_is_waited_for(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        writing = asyncio.create_task(desk.write(reply))
        await asyncio.sleep(2)
        desk.journal.is_late = True
        await asyncio.sleep(0.2)  # a call may be in flight
        before = len(desk.screen.made)
        await writing
        ending = asyncio.create_task(reply.end())
        await asyncio.sleep(60)
        assert len(desk.screen.made) == before
        desk.journal.is_late = False
        await ending

    assert desk.screen.shown == [ANSWER]


async def test_calls_that_were_not_made_for_a_late_lease_use_up_nothing() -> None:
    desk = desk_with(posts=(EDITS,))
    async with desk.reply(turn()) as reply:
        desk.journal.is_late = True
        reply.write("Hello.")
        ending = asyncio.create_task(reply.end())
        await asyncio.sleep(30)
        desk.journal.is_late = False
        begun = now()
        await ending
        assert now() - begun < 1


async def test_who_waits_for_a_late_lease_can_leave(desk: Desk) -> None:
    desk.journal.is_late = True
    async with desk.reply(turn()) as reply:
        reply.status("Thinking…")
        reply.write(ANSWER)
        await asyncio.sleep(30)
    assert desk.screen.made == []


async def test_while_redis_is_down_the_reply_goes_on_and_is_noted_afterwards(desk: Desk) -> None:
    desk.journal.is_down = True
    async with desk.reply(turn()) as reply:
        writing = asyncio.create_task(desk.write(reply))
        await asyncio.sleep(2)
        assert desk.screen.shown
        desk.journal.is_down = False
        await writing
        await reply.end()

    assert desk.screen.shown == [ANSWER]
    assert desk.journal.bound == [("m1",)]


async def test_who_takes_a_turn_over_takes_away_what_the_shorter_answer_does_not_need() -> None:
    desk = desk_with(size=600)
    desk.journal.is_down = True  # none of its messages is noted
    async with desk.reply(turn()) as reply:
        await desk.write(reply)
        await asyncio.sleep(5)
    assert len(desk.screen.shown) > 1
    desk.journal.is_down = False
    await desk.answer(turn(attempt=2), "A short one.")

    assert desk.screen.shown == ["A short one."]


async def test_who_takes_a_turn_over_finishes_in_the_same_messages() -> None:
    desk = desk_with(size=700)
    async with desk.reply(turn()) as reply:
        await desk.write(reply, ANSWER[:1000])
    await desk.answer(turn(attempt=2, shown=desk.journal.bound[-1]))

    assert "".join(desk.screen.shown).replace(" ", "") == ANSWER.replace(" ", "")
    assert len(desk.screen.calls("post")) == 3
    assert desk.screen.most_in_flight == 1


async def test_what_was_posted_and_never_noted_is_found_again(desk: Desk) -> None:
    desk.journal.is_down = True
    async with desk.reply(turn()) as reply:
        await desk.write(reply, ANSWER[:1000])
    desk.journal.is_down = False
    await desk.answer(turn(attempt=2))

    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 1
    assert desk.journal.bound == [("m1",)]


async def test_an_end_that_comes_while_a_look_is_put_off_stands(desk: Desk) -> None:
    desk.screen.fail("find", Throttled("slack.conversations.replies", retry_after=5))
    async with desk.reply(turn(attempt=2)) as reply:
        reply.write("Hello.")
        await asyncio.sleep(1)
        await reply.end("Stopped.")

    assert desk.screen.shown == ["Hello.\n\n*Stopped.*"]
    assert len(desk.screen.calls("post")) == 1


async def test_messages_that_a_shorter_answer_does_not_need_are_taken_away() -> None:
    desk = desk_with(size=700)
    await desk.answer()
    await desk.answer(turn("again", shown=desk.journal.bound[-1]), "Short.")

    assert desk.screen.shown == ["Short."]
    assert desk.journal.bound[-1] == ("m1",)


async def test_messages_that_may_not_be_removed_are_emptied() -> None:
    desk = desk_with(size=700)
    await desk.answer()
    desk.screen.fail("remove", Closed("cant_delete_message"), times=100)
    await desk.answer(turn("again", shown=desk.journal.bound[-1]), "Short.")

    assert desk.screen.shown == ["Short.", "…", "…"]


# Leaving


async def test_no_call_is_cut_off_however_often_the_writer_is_told_to_leave(desk: Desk) -> None:
    desk.screen.platform.latency = 2
    task = asyncio.create_task(desk.answer())
    await asyncio.sleep(2.3)  # in the middle of the post
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.1)
    assert desk.screen.in_flight == 1
    with pytest.raises(asyncio.CancelledError):
        await task
    assert desk.screen.in_flight == 0

    assert len(desk.screen.calls("post")) == 1
    assert desk.journal.bound == [("m1",)]


async def test_who_leaves_without_an_end_leaves_the_screen_as_it_is(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        await desk.write(reply, "word " * 100)
    made = len(desk.screen.made)
    await asyncio.sleep(100)
    assert len(desk.screen.made) == made


async def test_who_leaves_waits_for_no_turn(desk: Desk) -> None:
    desk.screen.fail("edit", Throttled("slack.chat.update", retry_after=9))
    async with desk.reply(turn()) as reply:
        reply.write("Hello.")
        await asyncio.sleep(1)
        reply.write("Hello you.")
        await asyncio.sleep(1)
        left = now()
    assert now() - left < 0.1

    assert desk.screen.shown == ["Hello."]


def test_what_no_platform_may_raise_is_not_swallowed() -> None:
    class Broken(StandIn):
        async def post(self, page: object, nonce: str) -> str:
            raise ZeroDivisionError

    async def main() -> None:
        desk = Desk(Broken(Platform()))
        with pytest.raises(ZeroDivisionError):
            await desk.answer()

    run(main())


@pytest.mark.parametrize("seed", range(30))
async def test_whatever_goes_wrong_the_whole_text_stands_in_the_end_once(seed: int) -> None:
    random = Random(seed)

    desk = desk_with(size=600)
    for _ in range(12):
        call = random.choice(["post", "edit", "edit", "status", "find", "remove"])
        error = random.choice([Uncertain("http_500"), Throttled("slack.chat.update", retry_after=random.randint(0, 5))])
        lost = isinstance(error, Uncertain) and random.random() < 0.5
        desk.screen.fail(call, error, lost=lost, skip=random.randint(0, 3))
    desk.screen.platform.jitter = lambda: random.random() * 0.3
    await desk.answer(text="\n\n".join(f"Paragraph {number} of it." for number in range(60)))

    assert "\n\n".join(desk.screen.shown) == "\n\n".join(f"Paragraph {number} of it." for number in range(60))
    assert desk.journal.bound[-1] == tuple(desk.screen.messages)
    assert EDITS in desk.screen.buckets("edit")
