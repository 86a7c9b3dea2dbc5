"""Long conversations: a memory is made in time, of the right part, once; and nothing is lost when none can be made."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import history, memory, sizes
from core.contract import Message, Person, Place, Reply
from core.dialogue import Answer, Exchange, Prompt, Usage
from core.errors import Busy, StoreDown, TooLarge
from core.memory import SUMMING, Talk, oldest, shortened
from tests.core.office import BEN, Office, office, thread
from tests.waits import until

pytestmark = pytest.mark.anyio

PLACE = Place("fake", "T1", "C1")
ASKED = Message(id="m", place=PLACE, author=Person("U1"), at=0, text="?")
PROMPT = Prompt("m1", "", (), 500)
SMALL = 4_000
"""Tokens of a context that leaves 2,666 to the messages: 1,866 of them make a memory due."""


def past(id: str, size: int = 300, *, memory: bool = False) -> Exchange:
    return Exchange(
        id, 0, ({"role": "user", "content": "q" * size}, {"role": "assistant", "content": "a"}), memory=memory
    )


def talk(*exchanges: Exchange, room: int = 3_000) -> Talk:
    return Talk(ASKED, PROMPT, exchanges, room, list[str]().append)


# What a memory stands for


@given(st.lists(st.integers(1, 9_000), max_size=20), st.integers(0, 3_000), st.integers(0, 2))
def test_the_oldest_that_one_request_takes_go_and_the_newest_stay(lengths: list[int], keep: int, least: int) -> None:
    exchanges = tuple(past(str(number), length) for number, length in enumerate(lengths))

    gone = oldest(talk(*exchanges), keep, least=least)

    found = [min(size, 1_500) for size in sizes.of_exchanges(exchanges)]
    assert gone == exchanges[: len(gone)]
    assert sum(found[: len(gone)]) <= 3_000
    assert len(exchanges) - len(gone) >= min(least, len(exchanges)) or not gone
    assert not gone or sum(found[: len(gone)]) >= keep * memory.WORTH


def test_a_memory_alone_is_not_summed_up_again() -> None:
    assert oldest(talk(past("memory:1", 3_000, memory=True), past("1")), 100) == ()


def test_what_is_too_long_for_any_request_is_cut_in_its_middle_for_the_summary() -> None:
    long = "beginning " + "x" * 30_000 + " end"

    for content in (long, [{"type": "text", "text": long}]):
        words = str(shortened({"role": "user", "content": content}, 1_000)["content"])
        assert "beginning" in words
        assert " end" in words
        assert sizes.of_text(words) <= 1_000
    assert shortened({"role": "user", "content": "short"}, 1_000)["content"] == "short"


def test_a_conversation_is_too_long_before_the_models_room_is_used_up_and_never_very_long() -> None:
    assert talk(room=1_000).limit == 700
    assert talk(room=900_000).limit == memory.LIMIT


def test_of_many_short_exchanges_half_go() -> None:
    many = talk(*(past(str(number), 10) for number in range(memory.MOST)), room=150_000)

    assert memory.MOST * 0.4 < len(oldest(many, many.keep)) < memory.MOST * 0.6


# In the house


async def fill(here: Office, count: int, *, first: int = 0, size: int = 450) -> None:
    for number in range(first, first + count):
        await here.ask(f"fact {number} " + "x" * size)


async def summed(here: Office, count: int = 1) -> None:
    await until(lambda: len(here.speaker.summed) >= count and not here.worker._chores)


def known(here: Office) -> str:
    return str(here.speaker.prompts[-1].messages)


async def test_a_memory_is_made_in_the_background_before_the_room_is_used_up(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        await fill(here, 6)
        await summed(here)
        await here.ask("And now?")

        (asked,) = here.speaker.summed
        sent = here.speaker.prompts[-1].messages

    assert "fact 0" in str(asked.messages)
    assert "fact 5" not in str(asked.messages)
    assert sent[:2] == history.remembered(f"{len(asked.messages)} messages")
    assert "fact 0" not in str(sent)
    assert "fact 5" in str(sent)
    assert SUMMING not in str([screen.made for screen in here.desk.screens.values()])


async def test_the_right_to_make_a_memory_ends_with_it_and_costs_no_trip_of_its_own(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(valkey, context=SMALL) as here:
        memories, ran = here.store.memories, []
        run = memories._run

        async def noted(script: str, *args: bytes, **asked: Any) -> Any:
            ran.append(script)
            return await run(script, *args, **asked)

        monkeypatch.setattr(memories, "_run", noted)
        await fill(here, 6)
        await summed(here)

    assert ran.count("compact") == 1


async def test_of_very_many_short_exchanges_one_is_made_however_short_they_are(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST", 4)
    await fill(here, 3, size=10)
    await summed(here, 0)
    assert here.speaker.summed == []

    await fill(here, 1, first=3, size=10)
    await summed(here)

    assert "fact 0" in str(here.speaker.summed[0].messages)


async def test_what_the_api_counted_says_when(valkey: Path) -> None:
    async with office(valkey, context=SMALL, tokens=1_000) as here:
        await fill(here, 6)
        await summed(here, 0)
        assert here.speaker.summed == []

        here.speaker.tokens = 1_900
        await fill(here, 1, first=6)
        await summed(here)


async def test_what_was_searched_for_and_is_not_kept_makes_no_memory(valkey: Path) -> None:
    async with office(valkey, context=SMALL, tokens=1_900) as here:
        await fill(here, 2)
        await summed(here, 0)

        assert here.speaker.summed == []


async def test_what_is_long_only_with_what_is_not_kept_makes_no_memory_until_the_words_are(valkey: Path) -> None:
    async with office(valkey, context=SMALL, tokens=1_900) as here:
        here.speaker.counted = 1_800
        await fill(here, 6)
        await summed(here, 0)
        assert here.speaker.summed == []

        here.speaker.counted = 1_900
        await fill(here, 1, first=6)
        await summed(here)


async def test_the_next_memory_is_made_of_the_one_before(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        await fill(here, 6)
        await summed(here)
        await fill(here, 6, first=6)
        await summed(here, 2)

        first, second = here.speaker.summed[:2]

    assert second.messages[:2] == history.remembered(f"{len(first.messages)} messages")


async def test_two_answers_at_once_make_one_memory(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        await fill(here, 5)
        here.speaker.pause = here.speaker.summing = 0.05
        one, two = here.message("fact 5 " + "x" * 450), here.message("fact 6 " + "x" * 450, author=BEN)
        await asyncio.gather(here.tell(one), here.tell(two))
        await asyncio.gather(here.settled(one), here.settled(two))
        await summed(here)
        here.speaker.pause = 0
        await here.ask("And now?")

        assert len(here.speaker.summed) == 1
        assert "fact 5" in known(here)
        assert "fact 6" in known(here)


async def test_what_was_asked_meanwhile_is_not_lost(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        await fill(here, 5)
        here.speaker.summing = 0.2
        await fill(here, 1, first=5)
        await here.ask("meanwhile")
        assert "fact 0" in known(here)
        await summed(here)
        await here.ask("And now?")

        assert "meanwhile" in known(here)
        assert "<memory>" in known(here)


async def test_a_summary_that_fails_leaves_the_oldest_out_with_a_note_and_is_not_tried_again_at_once(
    valkey: Path,
) -> None:
    async with office(valkey, context=SMALL, trouble=Busy()) as here:
        await fill(here, 12)

        assert len(here.speaker.summed) == 1
        assert str(history.LEFT_OUT[0]["content"]) in str(here.speaker.prompts[-1].messages[0]["content"])
        assert "fact 0" not in known(here)
        assert "fact 10" in known(here)


async def test_a_fault_while_a_memory_is_made_is_logged_and_breaks_nothing(
    valkey: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(valkey, context=SMALL, trouble=ValueError("fact 0")) as here:
        await fill(here, 6)
        await summed(here)
        assert await here.ask("And now?") == "You said: And now?"

    assert "memory failed" in caplog.text


async def test_of_an_answer_that_failed_nothing_is_to_be_remembered(
    valkey: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(valkey, context=SMALL, failures=[Busy()]) as here:
        await here.ask()

    assert "memory failed" not in caplog.text


async def test_a_question_that_would_not_fit_waits_for_a_memory_and_is_told_so(here: Office) -> None:
    await fill(here, 8)
    here.speaker.context, here.speaker.summing = SMALL, 0.1
    message = await here.answered("And now?")

    statuses = [made.text for made in here.desk.screens[message.id].made if made.call == "status"]
    assert "fact 0" in str(here.speaker.summed[0].messages)
    assert known(here).startswith("({'role': 'user', 'content': '<memory>")
    assert SUMMING in statuses


class Strict:
    """Takes no more than so many messages, as an API that counts otherwise than we do."""

    def __init__(self, here: Office, most: int) -> None:
        self._answer = here.speaker.answer
        self._most = most
        self.asked: list[int] = []

    async def __call__(self, prompt: Prompt, reply: Reply) -> Answer:
        self.asked.append(len(prompt.messages))
        if len(prompt.messages) > self._most:
            raise TooLarge
        return await self._answer(prompt, reply)


async def test_what_the_service_finds_too_long_is_summed_up_and_asked_again_within_the_turn(here: Office) -> None:
    await fill(here, 5, size=20)
    strict = Strict(here, 9)
    here.speaker.answer = strict  # type: ignore[method-assign]  # it has become strict

    assert await here.ask("And now?") == "You said: And now?"

    assert strict.asked == [11, 9]
    assert "<memory>" in known(here)
    assert len(here.speaker.summed) == 1


async def test_without_a_summary_it_is_asked_again_with_ever_less(valkey: Path) -> None:
    async with office(valkey, trouble=Busy()) as here:
        await fill(here, 8, size=20)
        strict = Strict(here, 1)
        here.speaker.answer = strict  # type: ignore[method-assign]  # it has become strict

        assert await here.ask("And now?") == "You said: And now?"

    assert strict.asked == sorted(strict.asked, reverse=True)
    assert (strict.asked[0], strict.asked[-1]) == (17, 1)


async def test_what_is_very_long_is_cut_for_the_summary_alone(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        await fill(here, 1, size=5_000)
        assert "left out" not in known(here)
        await fill(here, 3, first=1)
        await summed(here)

    assert "[… left out …]" in str(here.speaker.summed[0].messages)


async def test_where_redis_makes_no_memory_the_answer_goes_without_the_oldest(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise StoreDown("gone")

    await fill(here, 8)
    here.speaker.context = SMALL
    monkeypatch.setattr(here.store.memories, "begin", away)

    assert await here.ask("And now?") == "You said: And now?"

    assert here.speaker.prompts[-1].messages[0] == history.LEFT_OUT[0]


async def test_a_question_that_is_too_long_by_itself_is_told_so(here: Office) -> None:
    here.speaker.answer = Strict(here, 0)  # type: ignore[method-assign]  # it takes nothing

    shown = await here.ask("And now?")

    assert TooLarge.advice in shown


async def test_an_answer_that_the_end_of_the_context_cut_goes_on_after_a_memory(here: Office) -> None:
    await fill(here, 5, size=20)
    whole, asked = here.speaker.answer, []

    async def cut(prompt: Prompt, reply: Reply) -> Answer:
        asked.append(prompt)
        if len(asked) > 1:
            return await whole(prompt, reply)
        reply.write("Half of")
        said = ({"role": "assistant", "content": "Half of"},)
        return Answer("Half of", "model_context_window_exceeded", said, Usage(), "m1", "It is full.")

    here.speaker.answer = cut  # type: ignore[method-assign]  # it is cut
    shown = await here.ask("And now?")

    assert shown == "Half of You said: And now?"
    assert asked[1].begun == "Half of"
    assert "<memory>" in str(asked[1].messages)


async def test_who_stops_while_a_memory_is_made_waits_no_longer(here: Office) -> None:
    await fill(here, 8)
    here.speaker.context, here.speaker.summing = SMALL, 30
    message = await here.asked("And now?")
    await until(lambda: _is_summed(here))
    await here.tell(here.command("stop"))
    shown = await here.answer(message)
    here.speaker.summing = 0
    again = await here.ask("And then?")

    assert shown == "*Stopped.*"
    assert again == "You said: And then?"
    assert "<memory>" in known(here)


def _is_summed(here: Office) -> bool:
    return bool(here.speaker.summed)


async def test_what_others_said_before_what_is_summed_up_is_heard_with_the_next_question_to_the_bot(
    valkey: Path,
) -> None:
    async with office(valkey, context=SMALL) as here:
        root = await here.answered("fact root " + "x" * 450)
        here.desk.earlier = [here.message("it failed", author=BEN, place=thread(root))]
        for number in range(5):
            await here.ask(f"fact {number} " + "x" * 450, place=thread(root), direct=False)
        await summed(here)
        await here.ask("why?", place=thread(root))

        assert "<memory>" in known(here)
        assert known(here).count("it failed") == 1


async def test_a_drain_waits_for_no_memory(valkey: Path) -> None:
    async with office(valkey, context=SMALL) as here:
        here.speaker.summing = 30
        await fill(here, 6)
        assert here.worker._chores
        before = asyncio.get_running_loop().time()

    assert asyncio.get_running_loop().time() - before < 4
