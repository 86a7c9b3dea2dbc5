"""A live reply on a platform in memory, in virtual time: how it grows, its sign of life, one budget for all."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from core.contract import Action, Bucket, Final, Page
from core.errors import Closed, Throttled
from core.governor import Governor
from core.screen import NEWEST, THINKING, WRITING
from core.text import REST_IN_FILE
from tests.core.desk import ANSWER, SLACK, Desk, answered, desk_with
from tests.core.desk import desk as desk
from tests.core.stand_in import STATUS_SECONDS, Platform, StandIn, turn
from tests.virtual import anyio_backend as anyio_backend
from tests.virtual import now, run

pytestmark = pytest.mark.anyio

# While it grows


def test_an_answer_grows_in_one_message_until_it_is_exact() -> None:
    desk = answered()

    versions = [made.page.text for made in desk.screen.calls("post", "edit") if made.page]
    assert len(versions) > 10
    assert all(later.startswith(earlier) and later != earlier for earlier, later in pairwise(versions))
    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 1
    assert desk.journal.bound == [("m1",)]


def test_the_first_text_is_there_at_once_and_the_last_one_too() -> None:
    desk = answered()

    painted = desk.screen.calls("post", "edit")
    assert painted[0].at - desk.arrived[0] <= 0.075
    assert painted[-1].at - desk.ended <= 0.16
    assert painted[-1].page is not None
    assert painted[-1].page.final


def test_only_one_call_of_a_reply_is_in_flight() -> None:
    assert answered().screen.most_in_flight == 1


async def test_no_progress_is_painted_when_there_is_nothing_new(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("Hello.")
        await asyncio.sleep(30)
        assert len(desk.screen.calls("post", "edit")) == 1
        await reply.end()

    assert desk.screen.shown == ["Hello."]


def test_a_long_answer_goes_on_in_a_second_message_and_the_first_stays() -> None:
    text = "\n\n".join(f"Paragraph {number} with some words." for number in range(80))
    desk = answered(text=text, size=2_000)

    first, second = desk.screen.shown
    assert f"{first}\n\n{second}" == text
    assert [made.id for made in desk.screen.calls("post")] == ["m1", "m2"]
    assert [made.page.final for made in desk.screen.calls("edit") if made.page and made.id == "m1"][-1]
    assert desk.journal.bound == [("m1",), ("m1", "m2")]


def test_what_is_too_long_for_five_messages_ends_in_a_file() -> None:
    desk = answered(text="\n\n".join(f"Paragraph {number} with words." for number in range(400)), size=2_000)

    assert len(desk.screen.shown) == 5
    assert desk.screen.shown[-1].endswith(REST_IN_FILE)
    assert list(desk.screen.messages.values())[-1].file.endswith(b"Paragraph 399 with words.")


async def test_note_and_buttons_are_on_the_last_message(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("Hello.")
        await reply.end("Stopped.", (Action.REGENERATE,))

    page = next(iter(desk.screen.messages.values()))
    assert page.text == "Hello.\n\n*Stopped.*"
    assert page.buttons == (Action.REGENERATE,)


async def test_a_turn_that_failed_without_a_word_shows_the_note_alone(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(1)
        await reply.end("Claude is very busy.", (Action.RETRY,))

    assert desk.screen.shown == ["*Claude is very busy.*"]
    assert len(desk.screen.calls("post", "edit")) == 1


async def test_an_end_without_anything_to_show_shows_nothing(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        await reply.end()

    assert desk.screen.calls("post", "edit") == []


async def test_what_was_withdrawn_leaves_the_screen_at_once() -> None:
    desk = desk_with(size=300)
    async with desk.reply(turn()) as reply:
        await desk.write(reply, "word " * 200)
        reply.write("")
        await asyncio.sleep(1)
        assert desk.screen.shown == ["…"]
        reply.write("Another answer.")
        await reply.end()

    assert desk.screen.shown == ["Another answer."]


async def test_what_was_withdrawn_for_good_is_taken_away(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        await desk.write(reply, "word " * 20)
        reply.write("")
        await reply.end()

    assert desk.screen.shown == []
    assert desk.journal.bound[-1] == ()


async def test_the_writer_never_waits(desk: Desk) -> None:
    desk.screen.platform.latency = 4
    async with desk.reply(turn()) as reply:
        began = now()
        for number in range(1000):
            reply.write("x" * (number + 1))
            reply.status("Searching…")
        assert now() == began
        await reply.end()

    assert desk.screen.shown == ["x" * 1000]


# One budget for all


def crowd(count: int, *, seed: int = 0) -> tuple[list[Desk], Platform]:
    async def main() -> tuple[list[Desk], Platform]:
        platform, governor = Platform(SLACK), Governor()
        desks = [Desk(StandIn(platform), governor) for _ in range(count)]
        await asyncio.gather(*(desk.answer(turn(f"t{number}")) for number, desk in enumerate(desks)))
        return desks, platform

    return run(main(), seed=seed)


@pytest.mark.parametrize("count", [5, 50])
def test_however_many_write_at_once_nothing_is_refused_and_every_end_is_on_time(count: int) -> None:
    desks, platform = crowd(count)

    assert platform.refused == 0
    assert all(desk.screen.shown == [ANSWER] for desk in desks)
    assert max(desk.screen.calls("post", "edit")[-1].at - desk.ended for desk in desks) <= 0.3
    assert all(len(desk.screen.calls("edit")) >= 1 for desk in desks)


def test_who_cannot_be_promised_an_end_shows_a_sign_and_then_the_whole_text() -> None:
    desks, platform = crowd(60)

    waiting = [desk for desk in desks if not desk.screen.calls("edit")]
    assert platform.refused == 0
    assert len(waiting) == 10
    for one in waiting:
        assert one.screen.shown == [ANSWER]
        assert [made.text for made in one.screen.calls("status")] == [THINKING, WRITING]
        assert one.screen.calls("post")[0].at - one.ended <= 0.3


def test_the_same_seed_makes_the_same_calls() -> None:
    def calls(seed: int) -> list[list[float]]:
        return [[made.at for made in desk.screen.made] for desk in crowd(12, seed=seed)[0]]

    assert calls(7) == calls(7)


async def test_a_refusal_makes_progress_wait_and_loses_no_end(desk: Desk) -> None:
    desk.screen.fail("edit", Throttled("slack.chat.update", retry_after=3), skip=2)
    await desk.answer()

    made = desk.screen.made
    refused = next(at for at, one in enumerate(made) if one.error)
    assert made[refused + 1].at - made[refused].at >= 3
    assert made[-1].page is not None
    assert made[-1].page.text == ANSWER


def test_an_ungoverned_platform_is_painted_as_fast_as_it_goes() -> None:
    desk = answered(edits=())

    assert len(desk.screen.calls("edit")) > 30


# The sign of life


def test_the_first_sign_is_there_at_once_and_goes_when_the_text_comes() -> None:
    desk = answered()

    signs = desk.screen.calls("status")
    assert [made.text for made in signs] == [THINKING]
    assert signs[0].at <= 0.15
    assert desk.screen.sign == ""


async def test_the_sign_is_shown_again_until_text_comes(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(3 * STATUS_SECONDS + 1)
        reply.status("Searching the web…")
        await asyncio.sleep(1)
        await reply.end("Sorry.")

    signs = [made.text for made in desk.screen.calls("status")]
    assert signs == [THINKING] * 4 + ["Searching the web…"]


async def test_a_sign_without_words_is_not_given_again_because_the_words_are_others() -> None:
    desk = desk_with(speaks=False)
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(1)
        reply.status("Searching the web…")
        await asyncio.sleep(1)
        await reply.end("Sorry.")

    assert len(desk.screen.calls("status")) == 1


async def test_a_sign_without_words_goes_by_itself_and_is_given_again_as_long_as_tools_run() -> None:
    desk = desk_with(speaks=False)
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(1)
        reply.write("I will look it up.")
        await asyncio.sleep(1)
        reply.status("Searching the web…")
        await asyncio.sleep(2 * STATUS_SECONDS + 1)
        reply.write("I will look it up. It is so.")
        await asyncio.sleep(2 * STATUS_SECONDS)
        await reply.end()

    assert [made.text for made in desk.screen.calls("status")] == [THINKING] * 4


async def test_a_sign_without_words_is_given_again_in_time_where_the_text_has_no_room_yet() -> None:
    desk = desk_with(speaks=False, posts=(Bucket("posts", "T1", 1, 60),))
    async with desk.reply(turn()) as first, desk.reply(turn("t2")) as second:
        first.write("It is so.")
        await asyncio.sleep(STATUS_SECONDS - 1)
        second.write("It is so, too.")
        await asyncio.sleep(STATUS_SECONDS)
        await asyncio.gather(first.end(), second.end())

    found = desk.screen.calls("status")
    assert [round(made.at) for made in found if made.at > 1][:1] == [STATUS_SECONDS]


async def test_a_tool_in_the_middle_of_a_text_shows_and_its_sign_is_taken_away(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("I will look it up.")
        await asyncio.sleep(1)
        reply.status("Searching the web…")
        await asyncio.sleep(1)
        assert desk.screen.sign == "Searching the web…"
        reply.write("I will look it up. It is so.")
        await asyncio.sleep(1)
        assert desk.screen.sign == ""
        await reply.end()


async def test_a_tools_sign_goes_when_the_answer_ends_as_it_stands(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("I will look it up.")
        await asyncio.sleep(3)
        reply.status("Searching the web…")
        await asyncio.sleep(1)
        assert desk.screen.sign == "Searching the web…"
        await reply.end()
        assert desk.screen.sign == ""


async def test_a_sign_that_hangs_holds_no_text_up_and_is_taken_away_when_it_lands_late(desk: Desk) -> None:
    delays = iter([3.0])
    desk.screen.platform.jitter = lambda: next(delays, 0.0)
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(0.5)
        reply.write("Hello.")
        await asyncio.sleep(5)
        assert desk.screen.sign == ""
        await reply.end()

    assert desk.screen.calls("post")[0].at <= 0.5 + 0.02 + 0.3 + 0.06
    assert [made.text for made in desk.screen.calls("status")] == [THINKING, ""]


async def test_trouble_with_signs_is_nobodys_trouble(desk: Desk) -> None:
    desk.screen.fail("status", Closed("missing_scope"), times=100)
    await desk.answer()

    assert desk.screen.shown == [ANSWER]


async def test_signs_that_are_held_up_hold_no_text_up() -> None:
    desk = desk_with(statuses=(Bucket("signs", "", 10, 10),))
    desk.screen.fail("status", Throttled("signs", retry_after=60))
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(0.5)
        reply.status("Searching the web…")
        await asyncio.sleep(0.2)
        reply.write("Hello.")
        await asyncio.sleep(0.1)
        assert desk.screen.shown == ["Hello."]
        await reply.end()


async def test_an_answer_that_is_made_anew_takes_the_old_pages_away_while_it_grows(desk: Desk) -> None:
    desk.screen.messages |= {"old1": Page("old"), "old2": Page("old"), "old3": Page("old")}
    async with desk.reply(turn(shown=("old1", "old2", "old3"))) as reply:
        reply.write("A new ")
        await asyncio.sleep(5)
        assert desk.screen.shown == ["A new"]
        reply.write("A new answer.")
        await asyncio.sleep(5)
        await reply.end()

    assert desk.screen.shown == ["A new answer."]


async def test_a_sign_that_may_not_be_refreshed_for_long_is_not_asked_for_all_the_time() -> None:
    desk = desk_with(statuses=(Bucket("signs", "", 1, 600),))
    async with desk.reply(turn()) as reply:
        await asyncio.sleep(30)
        reply.write("Hello.")
        await reply.end()

    assert desk.screen.shown == ["Hello."]
    assert len(desk.screen.calls("status")) == 1


@pytest.mark.parametrize(("stream", "signs"), [("final", [THINKING, "Searching…", WRITING]), ("off", [THINKING])])
async def test_who_wants_no_stream_gets_a_sign_and_one_message(desk: Desk, stream: str, signs: list[str]) -> None:
    async with desk.reply(turn(), stream) as reply:
        await asyncio.sleep(0.5)
        reply.status("Searching…")
        await asyncio.sleep(0.5)
        await desk.write(reply)
        await reply.end()

    assert [made.text for made in desk.screen.calls("status")] == signs
    assert len(desk.screen.calls("post", "edit")) == 1
    assert desk.screen.shown == [ANSWER]


async def test_who_is_about_to_ask_the_model_waits_for_the_sign_to_be_under_way_and_not_for_long(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        begun = now()
        await reply.greeted()
        assert now() - begun < 0.01
        assert desk.screen.platform.calls == 1
    async with desk.reply(replace(turn(), final=Final("Done."))) as reply:  # there is nothing to give a sign of
        begun = now()
        await reply.greeted()
        assert now() == begun


async def test_of_many_questions_each_gets_its_sign_before_the_model_is_asked_about_the_first(desk: Desk) -> None:
    asked: list[int] = []

    async def answer() -> None:
        async with desk.reply(turn()) as reply:
            await reply.greeted()
            asked.append(desk.screen.platform.calls)

    await asyncio.gather(*(answer() for _ in range(10)))
    assert asked == [10] * 10


async def test_who_has_ended_slows_nobody_down(desk: Desk) -> None:
    edits: list[int] = []

    for id in ("t1", "t2"):
        await desk.answer(turn(id))
        edits.append(len(desk.screen.calls("edit")))
        await asyncio.sleep(120)

    assert edits[1] >= 2 * edits[0]


async def test_a_paint_takes_the_newest_words_of_whoever_reads_them_only_now_and_then(desk: Desk) -> None:
    async with desk.reply(turn()) as reply:
        reply.write("One.")
        await asyncio.sleep(1)
        reply.write("One. Two.")
        await reply.rest(10)  # until this is to be painted
        await asyncio.sleep(NEWEST / 2)
        reply.write("One. Two. Three.")
        await reply.rest(0.2)
        assert [made.page.text for made in desk.screen.calls("edit") if made.page] == ["One. Two. Three."]
        await reply.end()
