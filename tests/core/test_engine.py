"""The walk of a message, on a real Valkey."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.contract import Action, Change, Message, Outcome
from core.errors import BadKey, Busy, Closed, ScreenError, Vanished
from core.refusals import BARRED
from tests.core.office import ANA, BEN, CHANNEL, OPTIONS, Office, office, thread
from tests.core.stand_in import Platform as Service
from tests.core.stand_in import StandIn
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_a_question_is_answered_and_the_next_one_knows_it(here: Office) -> None:
    assert await here.ask("my name is Ana") == "You said: my name is Ana"
    await here.ask("what is my name?")

    roles = [said["role"] for said in here.speaker.prompts[-1].messages]
    assert roles == ["user", "assistant", "user"]
    assert "my name is Ana" in str(here.speaker.prompts[-1].messages[0]["content"])


async def test_what_was_said_is_still_known_after_a_restart(valkey: Path) -> None:
    async with office(valkey) as here:
        await here.ask("my name is Ana")
    async with office(valkey, keep=True) as here:
        await here.ask("what is my name?", id="later", at=2e9)

    assert len(here.speaker.prompts[0].messages) == 3


async def test_two_messages_at_once_in_one_thread_are_answered_in_turn(valkey: Path) -> None:
    async with office(valkey, pause=0.01) as here:
        root = await here.answered("root")
        first, second = (here.message(text, place=thread(root)) for text in ("first", "second"))
        await asyncio.gather(here.tell(first), here.tell(second))
        await here.settled(second)

    asked = [str(prompt.messages[-1]["content"]).rpartition("\n\n")[2] for prompt in here.speaker.prompts]
    assert asked == ["root", "first", "second"]
    assert [said["role"] for said in here.speaker.prompts[-1].messages] == ["user", "assistant"] * 2 + ["user"]


async def test_a_thread_begins_with_the_exchange_at_its_root_and_two_threads_do_not_mix(here: Office) -> None:
    one, two = here.message("apples"), here.message("pears", author=BEN)
    for root in (one, two):
        await here.tell(root)
        await here.settled(root)
    await here.ask("and now?", place=thread(one))

    sent = str(here.speaker.prompts[-1].messages)
    assert "apples" in sent
    assert "pears" not in sent


async def test_what_others_said_in_a_thread_is_fenced_when_the_bot_is_called_into_it(here: Office) -> None:
    root = here.message("shall we deploy on Friday?", author=BEN)
    here.desk.earlier = [root]
    await here.ask("what do you think?", place=thread(root))

    asked = str(here.speaker.prompts[0].messages[0]["content"])
    assert "<others>\nBen: shall we deploy on Friday?\n</others>" in asked


@pytest.mark.parametrize("error", [Busy(), BadKey()])
async def test_a_failure_is_told_in_words_with_retry_and_leaves_no_trace_in_the_history(
    valkey: Path, error: Busy
) -> None:
    async with office(valkey, failures=[error]) as here:
        message = await here.asked("hello")
        shown = await here.answer(message)
        page = next(iter(here.desk.screens[message.id].messages.values()))
        await here.ask("again")

    assert error.advice in shown
    assert page.buttons == (Action.RETRY,)
    assert len(here.speaker.prompts[-1].messages) == 1


async def test_a_fault_of_ours_is_an_apology_and_not_a_trace(valkey: Path) -> None:
    async with office(valkey, failures=[KeyError("secret")]) as here:
        shown = await here.ask("hello")

    assert "my side" in shown
    assert "secret" not in shown


async def test_stop_ends_the_answer_and_keeps_what_was_written(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        message = await here.begin("tell me everything")
        verdict = await here.tell(here.press(Action.STOP, message.id))
        shown = await here.answer(message)
        here.speaker.says = str
        await here.ask("and?")

    assert verdict.outcome is Outcome.ACCEPTED
    assert "Stopped." in shown
    assert len(here.speaker.prompts[-1].messages) == 3


async def test_another_person_cannot_stop_it(valkey: Path) -> None:
    async with office(valkey, pause=0.01, says=lambda _: "word " * 40) as here:
        message = await here.begin()
        press = here.press(Action.STOP, message.id, author=BEN)

        assert (await here.tell(press)).outcome is Outcome.TOLD
        assert "Stopped" not in await here.answer(message)


async def test_who_slept_through_its_lease_asks_for_nothing(valkey: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with office(valkey) as here:
        before = here.desk.before

        async def slept(message: Message, since: float = 0) -> Sequence[Message]:
            for live in here.worker._live:
                live.claim.lease.deadline = 0
            here.desk.before = before  # type: ignore[method-assign]  # the next attempt is awake
            return ()

        here.desk.before = slept  # type: ignore[method-assign]  # its process is stopped at this moment
        root = here.message()
        message = await here.asked("and?", place=thread(root))
        said = await here.answer(message)

    assert said == "You said: and?"
    assert len(here.speaker.prompts) == 1
    assert "turn lost" in caplog.text


async def test_regenerate_replaces_the_answer_in_its_place_and_in_the_history(here: Office) -> None:
    message = await here.answered("a joke")
    here.speaker.says = lambda _: "A better one."
    press = here.press(Action.REGENERATE, message.id)
    assert (await here.tell(press)).outcome is Outcome.ACCEPTED
    await until(lambda: _shows(here, message.id, "A better one."))
    await here.ask("next")

    assert len(here.desk.screens[message.id].messages) == 1
    said = [str(one["content"]) for one in here.speaker.prompts[-1].messages]
    assert said[1] == "A better one."
    assert len(said) == 3


def _shows(here: Office, id: str, text: str) -> bool:
    return here.desk.screens[id].shown == [text] and here.worker.busy == 0


async def test_reset_forgets(here: Office) -> None:
    await here.ask("my name is Ana")
    assert "forgotten" in (await here.tell(here.command("reset"))).text
    await here.ask("what is my name?")

    assert len(here.speaker.prompts[-1].messages) == 1


@pytest.mark.parametrize("wish", [("reset", ""), ("privacy", "delete place yes")])
async def test_what_was_said_in_a_thread_before_it_was_reset_is_not_read_again(
    here: Office, wish: tuple[str, str]
) -> None:
    """The platform still tells it."""
    there = replace(CHANNEL, thread="C1:1")
    here.desk.earlier = [here.message("the old plan", place=there)]
    await here.ask("what is the plan?", place=there)
    await here.tell(here.command(*wish, place=there))
    here.desk.earlier += [here.message("the new plan", place=there, at=time.time() + 1)]
    await here.ask("and now?", place=there)

    before, after = (str(prompt.messages) for prompt in here.speaker.prompts)
    assert "the old plan" in before
    assert "the old plan" not in after
    assert "the new plan" in after


async def test_the_choices_of_a_place_reach_the_model(here: Office) -> None:
    await here.tell(here.command("model", "claude-haiku-5-5"))
    await here.tell(here.command("persona", "a pirate"))
    await here.ask("hello")

    assert here.speaker.prompts[0].model == "claude-haiku-5-5"
    assert here.speaker.prompts[0].system.endswith("a pirate")


async def test_a_deleted_question_leaves_the_history(here: Office) -> None:
    message = await here.answered("my name is Ana")
    await here.tell(Change(id=message.id, place=CHANNEL, author=ANA, at=message.at, text=None))
    await here.ask("what is my name?")

    assert len(here.speaker.prompts[-1].messages) == 1


@pytest.mark.parametrize(
    ("error", "letters"), [(Closed("is_archived"), [(ANA.id, BARRED)]), (Vanished("thread_not_found"), [])]
)
async def test_who_cannot_be_shown_the_answer_is_told_so_unless_the_question_is_gone(
    here: Office, error: ScreenError, letters: list[tuple[str, str]]
) -> None:
    message = here.message("hello")
    screen = StandIn(Service(), edits=())
    screen.fail("post", error, times=9)
    here.desk.screens[message.id] = screen
    await here.tell(message)

    await until(lambda: bool(screen.made) and here.worker.busy == 0)
    assert here.desk.letters == letters
    assert await here.ask("and now?") == "You said: and now?"


async def test_where_nothing_is_kept_no_button_stands_below_a_whole_answer(valkey: Path) -> None:
    async with office(valkey, options=replace(OPTIONS, history_days=0)) as here:
        message = await here.asked()
        await here.answer(message)

    assert [page.buttons for page in here.desk.screens[message.id].messages.values()] == [()]


async def test_where_nothing_is_kept_a_stopped_answer_can_be_continued(valkey: Path) -> None:
    async with office(valkey, options=replace(OPTIONS, history_days=0), pause=0.05) as here:
        message = await here.begin("one two three four five six seven")
        await here.tell(here.press(Action.STOP, message.id))
        await here.answer(message)
        here.speaker.says = lambda _: "and on."
        verdict = await here.tell(here.press(Action.CONTINUE, message.id))
        await until(lambda: len(here.speaker.prompts) == 2)
        shown = await here.answer(message)

    assert verdict.outcome is Outcome.ACCEPTED
    assert here.speaker.prompts[-1].begun.startswith("You")
    assert shown == f"{here.speaker.prompts[-1].begun} and on."
