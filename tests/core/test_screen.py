"""A live reply on a platform in memory, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from core.contract import Action, Bucket, Draft, Turn
from core.errors import Closed, StaleLease, Throttled, TooBig, Uncertain, Vanished
from core.governor import Governor
from core.screen import THINKING, WRITING, LiveReply
from core.sign import REFRESH
from core.text import REST_IN_FILE
from playground.limits import Rule, Window
from tests.core.stand_in import EDITS, Notebook, Platform, StandIn, turn
from tests.virtual import now, run

SLACK: dict[str, Rule] = {"slack.chat.update": Window(50, 60)}
ANSWER = "word " * 399 + "end."


class Desk:
    """What a reply needs, and a model that writes at 80 tokens a second."""

    def __init__(self, screen: StandIn | None = None, governor: Governor | None = None) -> None:
        self.screen = screen or StandIn(Platform(SLACK))
        self.governor = governor or Governor()
        self.journal = Notebook()
        self.arrived: list[float] = []
        self.ended = 0.0

    def reply(self, turn: Turn, stream: str = "edit") -> LiveReply:
        return LiveReply(self.screen, self.governor, self.journal, turn, stream=stream)

    async def write(self, reply: LiveReply, text: str = ANSWER, *, token: int = 5) -> None:
        draft = Draft()
        for start in range(0, len(text), token):
            draft.append(text[start : start + token])
            self.arrived.append(now())
            reply.write(draft)
            await asyncio.sleep(1 / 80)

    async def answer(self, of: Turn | None = None, text: str = ANSWER, *, stream: str = "edit") -> None:
        """The whole of it, after half a second of thinking."""
        async with self.reply(of or turn(), stream) as reply:
            await asyncio.sleep(0.5)
            await self.write(reply, text)
            self.ended = now()
            await reply.end()


def answered(*, text: str = ANSWER, of: Turn | None = None, stream: str = "edit", **screen: Any) -> Desk:
    async def main() -> Desk:
        desk = Desk(StandIn(Platform(SLACK), **screen))
        await desk.answer(of, text, stream=stream)
        return desk

    return run(main())


def played(play: Callable[[Desk], Coroutine[Any, Any, None]], **screen: Any) -> Desk:
    async def main() -> Desk:
        desk = Desk(StandIn(Platform(SLACK), **screen))
        await play(desk)
        return desk

    return run(main())


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


def test_no_progress_is_painted_when_there_is_nothing_new() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            reply.write("Hello.")
            await asyncio.sleep(30)
            assert len(desk.screen.calls("post", "edit")) == 1
            await reply.end()

    assert played(play).screen.shown == ["Hello."]


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


def test_note_and_buttons_are_on_the_last_message() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            reply.write("Hello.")
            await reply.end("Stopped.", (Action.REGENERATE,))

    page = next(iter(played(play).screen.messages.values()))
    assert page.text == "Hello.\n\n*Stopped.*"
    assert page.buttons == (Action.REGENERATE,)


def test_a_turn_that_failed_without_a_word_shows_the_note_alone() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await asyncio.sleep(1)
            await reply.end("Claude is very busy.", (Action.RETRY,))

    desk = played(play)
    assert desk.screen.shown == ["*Claude is very busy.*"]
    assert len(desk.screen.calls("post", "edit")) == 1


def test_an_end_without_anything_to_show_shows_nothing() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await reply.end()

    assert played(play).screen.calls("post", "edit") == []


def test_what_was_withdrawn_leaves_the_screen_at_once() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await desk.write(reply, "word " * 200)
            reply.write("")
            await asyncio.sleep(1)
            assert desk.screen.shown == ["…"]
            reply.write("Another answer.")
            await reply.end()

    assert played(play, size=300).screen.shown == ["Another answer."]


def test_what_was_withdrawn_for_good_is_taken_away() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await desk.write(reply, "word " * 20)
            reply.write("")
            await reply.end()

    desk = played(play)
    assert desk.screen.shown == []
    assert desk.journal.bound[-1] == ()


def test_the_writer_never_waits() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.platform.latency = 4
        async with desk.reply(turn()) as reply:
            began = now()
            for number in range(1000):
                reply.write("x" * (number + 1))
                reply.status("Searching…")
            assert now() == began
            await reply.end()

    assert played(play).screen.shown == ["x" * 1000]


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
    for desk in waiting:
        assert desk.screen.shown == [ANSWER]
        assert [made.text for made in desk.screen.calls("status")] == [THINKING, WRITING]
        assert desk.screen.calls("post")[0].at - desk.ended <= 0.3


def test_the_same_seed_makes_the_same_calls() -> None:
    def calls(seed: int) -> list[list[float]]:
        return [[made.at for made in desk.screen.made] for desk in crowd(12, seed=seed)[0]]

    assert calls(7) == calls(7)


def test_a_refusal_makes_progress_wait_and_loses_no_end() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("edit", Throttled("slack.chat.update", retry_after=3), skip=2)
        await desk.answer()

    made = played(play).screen.made
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


def test_the_sign_is_shown_again_until_text_comes() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await asyncio.sleep(3 * REFRESH + 1)
            reply.status("Searching the web…")
            await asyncio.sleep(1)
            await reply.end("Sorry.")

    signs = [made.text for made in played(play).screen.calls("status")]
    assert signs == [THINKING] * 4 + ["Searching the web…"]


def test_a_tool_in_the_middle_of_a_text_shows_and_its_sign_is_taken_away() -> None:
    async def play(desk: Desk) -> None:
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

    played(play)


def test_a_sign_that_hangs_holds_no_text_up_and_is_taken_away_when_it_lands_late() -> None:
    async def play(desk: Desk) -> None:
        delays = iter([3.0])
        desk.screen.platform.jitter = lambda: next(delays, 0.0)
        async with desk.reply(turn()) as reply:
            await asyncio.sleep(0.5)
            reply.write("Hello.")
            await asyncio.sleep(5)
            assert desk.screen.sign == ""
            await reply.end()

    desk = played(play)
    assert desk.screen.calls("post")[0].at <= 0.5 + 0.02 + 0.3 + 0.06
    assert [made.text for made in desk.screen.calls("status")] == [THINKING, ""]


def test_trouble_with_signs_is_nobodys_trouble() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("status", Closed("missing_scope"), times=100)
        await desk.answer()

    assert played(play).screen.shown == [ANSWER]


def test_signs_that_are_held_up_hold_no_text_up() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("status", Throttled("signs", retry_after=60))
        async with desk.reply(turn()) as reply:
            await asyncio.sleep(0.5)
            reply.status("Searching the web…")
            await asyncio.sleep(0.2)
            reply.write("Hello.")
            await asyncio.sleep(0.1)
            assert desk.screen.shown == ["Hello."]
            await reply.end()

    played(play, statuses=(Bucket("signs", "", 10, 10),))


@pytest.mark.parametrize(("stream", "signs"), [("final", [THINKING, "Searching…", WRITING]), ("off", [THINKING])])
def test_who_wants_no_stream_gets_a_sign_and_one_message(stream: str, signs: list[str]) -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn(), stream) as reply:
            await asyncio.sleep(0.5)
            reply.status("Searching…")
            await asyncio.sleep(0.5)
            await desk.write(reply)
            await reply.end()

    desk = played(play)
    assert [made.text for made in desk.screen.calls("status")] == signs
    assert len(desk.screen.calls("post", "edit")) == 1
    assert desk.screen.shown == [ANSWER]


# Trouble


def test_a_post_whose_answer_is_lost_is_not_made_twice() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("post", Uncertain("timeout"), lost=True)
        await desk.answer()

    desk = played(play)
    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 1
    assert len(desk.screen.calls("find")) == 1
    assert desk.journal.bound == [("m1",)]


def test_a_post_that_never_arrived_is_made_again() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("post", Uncertain("http_503"), times=3)
        await desk.answer()

    desk = played(play)
    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("find")) == 3


def test_failing_progress_never_fails_the_answer() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("edit", Uncertain("http_500"), times=4)
        await desk.answer()

    desk = played(play)
    assert desk.screen.shown == [ANSWER]
    failed = [made.at for made in desk.screen.made if made.error]
    gaps = [later - earlier for earlier, later in pairwise(failed)]
    assert gaps == sorted(gaps)  # it is asked more and more seldom


def test_the_last_text_is_tried_until_it_stands() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            reply.write("Hello.")
            await asyncio.sleep(1)
            desk.screen.fail("edit", Uncertain("http_500"), times=8)
            desk.screen.fail("edit", Throttled("slack.chat.update", retry_after=9), times=2)
            await reply.end("Stopped.")

    assert played(play).screen.shown == ["Hello.\n\n*Stopped.*"]


@pytest.mark.parametrize("lost", [True, False])
def test_a_last_edit_of_unknown_fate_is_made_again(lost: bool) -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            reply.write("Hello.")
            await asyncio.sleep(1)
            desk.screen.fail("edit", Uncertain("timeout"), lost=lost)
            await reply.end("Stopped.")

    assert played(play).screen.shown == ["Hello.\n\n*Stopped.*"]


def test_a_message_that_somebody_deleted_is_posted_anew() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            writing = asyncio.create_task(desk.write(reply))
            await asyncio.sleep(2)
            desk.screen.messages.clear()
            await writing
            await reply.end()

    desk = played(play)
    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 2
    assert len(set(desk.screen.nonces)) == 2
    assert desk.journal.bound == [("m1",), (), ("m2",)]


def test_what_stood_below_a_deleted_message_is_posted_anew_below_it() -> None:
    text = "\n\n".join(f"Paragraph {number} with some words." for number in range(30))

    async def play(desk: Desk) -> None:
        async with desk.reply(turn(shown=("m1", "m2"))) as reply:
            desk.screen.fail("edit", Vanished("message_not_found"))
            reply.write(text)
            await reply.end()

    desk = played(play, size=1_000)
    assert "\n\n".join(desk.screen.shown) == text
    assert [made.id for made in desk.screen.made if made.call == "remove"] == ["m2"]


def test_a_message_that_somebody_deletes_again_and_again_comes_back_only_with_the_last_text() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            writing = asyncio.create_task(desk.write(reply, "word " * 1200))
            for _ in range(14):
                await asyncio.sleep(1)
                desk.screen.messages.clear()
            await writing
            await reply.end()

    desk = played(play)
    assert desk.screen.shown == ["word " * 1200]
    assert len(desk.screen.calls("post")) == 4


def test_what_a_platform_finds_too_big_comes_in_smaller_pages() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.enforced_size = 1_200
        await desk.answer(text="\n\n".join(f"Paragraph {number} with some words." for number in range(100)))

    desk = played(play, size=4_000)
    assert "\n\n".join(desk.screen.shown) == "\n\n".join(
        f"Paragraph {number} with some words." for number in range(100)
    )
    assert max(map(len, desk.screen.shown)) <= 1_200


def test_what_is_too_big_however_small_is_said_to_be() -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("post", TooBig("msg_too_long"), times=100)
        with pytest.raises(TooBig):
            await desk.answer()

    played(play)


@pytest.mark.parametrize("skip", [0, 3])
def test_where_no_call_will_help_none_is_made_and_the_end_says_so(skip: int) -> None:
    async def play(desk: Desk) -> None:
        desk.screen.fail("edit" if skip else "post", Closed("is_archived"), times=100, skip=skip)
        with pytest.raises(Closed):
            await desk.answer()

    desk = played(play)
    assert len([made for made in desk.screen.made if made.error]) == 1


# Who holds the turn


def test_without_the_lease_the_screen_is_not_touched() -> None:
    async def play(desk: Desk) -> None:
        desk.journal.is_ours = False
        with pytest.raises(StaleLease):
            await desk.answer()

    assert played(play).screen.made == []


def test_who_loses_the_turn_in_the_middle_touches_nothing_more() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            writing = asyncio.create_task(desk.write(reply))
            await asyncio.sleep(2)
            desk.journal.is_ours = False
            before = len(desk.screen.made) + desk.screen.in_flight
            await writing
            with pytest.raises(StaleLease):
                await reply.end()
            assert len(desk.screen.made) == before

    played(play)


def test_while_redis_is_down_the_reply_goes_on_and_is_noted_afterwards() -> None:
    async def play(desk: Desk) -> None:
        desk.journal.is_down = True
        async with desk.reply(turn()) as reply:
            writing = asyncio.create_task(desk.write(reply))
            await asyncio.sleep(2)
            assert desk.screen.shown
            desk.journal.is_down = False
            await writing
            await reply.end()

    desk = played(play)
    assert desk.screen.shown == [ANSWER]
    assert desk.journal.bound == [("m1",)]


def test_who_takes_a_turn_over_finishes_in_the_same_messages() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await desk.write(reply, ANSWER[:1000])
        await desk.answer(turn(attempt=2, shown=desk.journal.bound[-1]))

    desk = played(play, size=700)
    assert "".join(desk.screen.shown).replace(" ", "") == ANSWER.replace(" ", "")
    assert len(desk.screen.calls("post")) == 3
    assert desk.screen.most_in_flight == 1


def test_what_was_posted_and_never_noted_is_found_again() -> None:
    async def play(desk: Desk) -> None:
        desk.journal.is_down = True
        async with desk.reply(turn()) as reply:
            await desk.write(reply, ANSWER[:1000])
        desk.journal.is_down = False
        await desk.answer(turn(attempt=2))

    desk = played(play)
    assert desk.screen.shown == [ANSWER]
    assert len(desk.screen.calls("post")) == 1
    assert desk.journal.bound == [("m1",)]


def test_messages_that_a_shorter_answer_does_not_need_are_taken_away() -> None:
    async def play(desk: Desk) -> None:
        await desk.answer()
        await desk.answer(turn("again", shown=desk.journal.bound[-1]), "Short.")

    desk = played(play, size=700)
    assert desk.screen.shown == ["Short."]
    assert desk.journal.bound[-1] == ("m1",)


def test_messages_that_may_not_be_removed_are_emptied() -> None:
    async def play(desk: Desk) -> None:
        await desk.answer()
        desk.screen.fail("remove", Closed("cant_delete_message"), times=100)
        await desk.answer(turn("again", shown=desk.journal.bound[-1]), "Short.")

    assert played(play, size=700).screen.shown == ["Short.", "…", "…"]


# Leaving


def test_no_call_is_cut_off_however_often_the_writer_is_told_to_leave() -> None:
    async def play(desk: Desk) -> None:
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

    desk = played(play)
    assert len(desk.screen.calls("post")) == 1
    assert desk.journal.bound == [("m1",)]


def test_who_leaves_without_an_end_leaves_the_screen_as_it_is() -> None:
    async def play(desk: Desk) -> None:
        async with desk.reply(turn()) as reply:
            await desk.write(reply, "word " * 100)
        made = len(desk.screen.made)
        await asyncio.sleep(100)
        assert len(desk.screen.made) == made

    played(play)


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
def test_whatever_goes_wrong_the_whole_text_stands_in_the_end_once(seed: int) -> None:
    random = Random(seed)

    async def play(desk: Desk) -> None:
        for _ in range(12):
            call = random.choice(["post", "edit", "edit", "status", "find", "remove"])
            error = random.choice(
                [Uncertain("http_500"), Throttled("slack.chat.update", retry_after=random.randint(0, 5))]
            )
            lost = isinstance(error, Uncertain) and random.random() < 0.5
            desk.screen.fail(call, error, lost=lost, skip=random.randint(0, 3))
        desk.screen.platform.jitter = lambda: random.random() * 0.3
        await desk.answer(text="\n\n".join(f"Paragraph {number} of it." for number in range(60)))

    desk = played(play, size=600)
    assert "\n\n".join(desk.screen.shown) == "\n\n".join(f"Paragraph {number} of it." for number in range(60))
    assert desk.journal.bound[-1] == tuple(desk.screen.messages)
    assert EDITS in desk.screen.buckets("edit")
