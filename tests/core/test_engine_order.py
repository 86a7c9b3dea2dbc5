"""Two things that people do in one place at nearly the same time, with an answer under way."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.contract import Action, Change, Left, Outcome, Person, Place, Press, Reply, Verdict
from core.dialogue import Answer, Choices, Prompt
from core.errors import ChatError, Closed, Declined, StoreDown
from core.limits import Limits, Window
from core.refusals import NO_EDIT
from core.store import Claim, Lease
from tests.core.office import ANA, BEN, CHANNEL, OPTIONS, Office, Speaker, office, thread
from tests.waits import until

pytestmark = pytest.mark.anyio


def press(action: Action, turn: str, id: str = "p1") -> Press:
    return Press(id=id, place=CHANNEL, author=ANA, at=2e9, action=action, turn=turn)


def deletion(id: str) -> Change:
    return Change(id=id, place=CHANNEL, author=Person(""), at=1e9, text=None)


async def asked(here: Office, times: int = 1) -> None:
    """Until the model was."""

    await until(lambda: len(here.speaker.prompts) >= times)


async def idle(here: Office) -> None:
    await until(lambda: here.worker.busy == 0)


async def after(here: Office) -> str:
    """What the next question, somebody else's, is asked with."""
    here.speaker.pause = 0
    await here.ask("and now?", author=BEN)
    return str(here.speaker.prompts[-1].messages[:-1])


async def test_a_stop_before_anything_is_shown_ends_the_answer(valkey: Path) -> None:
    async with office(valkey, pause=3600, says=lambda _: " word") as here:
        message = await here.asked()
        await asked(here)
        shown = here.desk.screens[message.id].shown
        verdict = await here.tell(press(Action.STOP, message.id))

        assert (shown, verdict.outcome) == ([], Outcome.ACCEPTED)
        assert await here.answer(message) == "*Stopped.*"


async def test_a_stop_before_it_is_begun_asks_the_model_nothing(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        first = await here.asked(place=thread(here.message()))
        await asked(here)
        queued = await here.asked("queued", place=first.place)
        await here.tell(here.press(Action.STOP, queued.id, place=first.place))
        await here.tell(here.press(Action.STOP, first.id, place=first.place))
        await here.settled(queued)

        assert here.desk.screens[queued.id].shown == ["*Stopped.*"]
        assert here.speaker.questions == ["hello"]


async def test_a_stop_that_is_heard_while_the_answer_is_taken_up_ends_it(
    valkey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(valkey, says=lambda _: "word " * 20) as here:
        claim, message = here.store.claim, here.message()

        async def stopped() -> Claim | None:
            found = await claim()
            if found is not None:

                async def is_heard() -> bool:
                    await here.store.stop(CHANNEL, ANA)  # again: nobody may be listening yet to the first
                    return found.lease.stopped

                await until(is_heard)
            return found

        monkeypatch.setattr(here.store, "claim", stopped)
        await here.tell(message)

        assert await here.answer(message) == "*Stopped.*"


@pytest.mark.parametrize("wish", ["delete yes", "delete place yes"])
async def test_what_is_erased_while_it_is_answered_is_stopped_and_forgotten(valkey: Path, wish: str) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        message = await here.begin("my name is Ana")
        await here.tell(here.command("privacy", wish))
        shown = await here.answer(message)
        await idle(here)

        assert "Stopped." in shown
        assert await after(here) == "()"


async def test_a_reset_while_it_is_answered_lets_it_finish_and_the_next_one_not_know_it(valkey: Path) -> None:
    async with office(valkey, pause=0.01, says=lambda _: "word " * 20) as here:
        message = await here.begin("my name is Ana")
        await here.tell(here.command("reset"))
        shown = await here.answer(message)

        assert shown == ("word " * 20).strip()
        assert await after(here) == "()"


async def test_a_reset_before_a_question_that_waits_is_begun_keeps_that_one(valkey: Path) -> None:
    async with office(valkey, pause=0.01, says=lambda _: "word " * 20) as here:
        await here.begin("first")
        second = await here.asked("second")
        await here.tell(here.command("reset"))
        await here.settled(second)
        known = await after(here)

        assert len(here.speaker.prompts[1].messages) == 1
        assert "first" not in known
        assert "second" in known


async def test_of_two_presses_while_one_is_answered_the_second_is_refused(here: Office) -> None:
    message = await here.answered("a joke")
    here.speaker.pause, here.speaker.says = 0.02, lambda _: "word " * 20
    first = await here.tell(press(Action.REGENERATE, message.id))
    await asked(here, 2)
    second = await here.tell(press(Action.REGENERATE, message.id, "p2"))
    await here.settled(message)

    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.TOLD)
    assert len(here.speaker.prompts) == 2


async def test_an_answer_that_was_made_anew_is_forgotten_when_it_is_deleted(here: Office) -> None:
    message = await here.answered("my name is Ana")
    [shown] = here.desk.screens[message.id].messages
    await here.tell(press(Action.REGENERATE, message.id))
    await here.settled(message)

    await here.tell(deletion(shown))

    assert await after(here) == "()"


async def test_a_question_deleted_while_its_answer_is_made_anew_is_forgotten(here: Office) -> None:
    message = await here.answered("my name is Ana")
    here.speaker.pause, here.speaker.says = 0.02, lambda _: "word " * 500
    await here.tell(press(Action.REGENERATE, message.id))
    await asked(here, 2)
    await here.tell(deletion(message.id))
    await here.settled(message)

    assert await after(here) == "()"


async def test_a_thread_deleted_while_it_is_answered_ends_the_answer_without_a_letter(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        there = thread(here.message("root"))
        message = await here.begin("my name is Ana", place=there)
        here.desk.screens[message.id].fail("edit", Closed("10003"), times=99)
        await here.tell(Left(id="gone", place=there, author=Person(""), at=0))
        await idle(here)

        assert here.desk.letters == []
        here.speaker.pause = 0
        await here.ask("and now?", place=there)
        assert len(here.speaker.prompts[-1].messages) == 1


async def test_an_answer_deleted_as_soon_as_it_is_seen_is_forgotten(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the store knows that it stands there."""
    done, seen = here.store.done, asyncio.Event()

    async def late(lease: Lease, *, leaves: bool = False) -> None:
        await seen.wait()
        await done(lease, leaves=leaves)

    monkeypatch.setattr(here.store, "done", late)
    message = await here.asked("my name is Ana")

    async def is_final() -> bool:
        screen = here.desk.screens.get(message.id)
        return screen is not None and any(page.final for page in screen.messages.values())

    await until(is_final)
    [shown] = here.desk.screens[message.id].messages
    await here.tell(deletion(shown))
    seen.set()
    await here.ask("who am I?")

    assert len(here.speaker.prompts[-1].messages) == 1


async def test_a_follow_up_that_interrupts_the_answer_at_its_threads_root_is_answered(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        await here.tell(here.command("mode", "interrupt"))
        root = await here.begin("first")
        here.speaker.says = str
        second = await here.answered("second", place=thread(root))

        assert "Stopped." in "\n".join(here.desk.screens[root.id].shown)
        assert here.desk.screens[second.id].shown == ["second"]


async def test_of_three_questions_the_last_one_interrupts_both_others(valkey: Path) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 500) as here:
        await here.tell(here.command("mode", "interrupt"))
        first, second, third = (here.message(text) for text in ("first", "second", "third"))
        await here.tell(first)
        await here.begun(first.id)
        here.speaker.says = lambda text: "word " * 500 if text == "second" else text
        await asyncio.gather(here.tell(second), here.tell(third))
        await here.settled(third)

        assert all("Stopped." in "\n".join(here.desk.screens[one.id].shown) for one in (first, second))
        assert here.desk.screens[third.id].shown == ["third"]


async def test_a_question_never_interrupts_its_own_answer(valkey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(valkey, pause=0.02, says=lambda _: "word " * 10) as here:
        await here.tell(here.command("mode", "interrupt"))
        first, second = here.message("first"), here.message("second")
        choices = here.store.choices

        async def late(place: Place) -> Choices:
            await asked(here, 2)  # what was ahead is over
            return await choices(place)

        monkeypatch.setattr(here.store, "choices", late)
        await here.tell(first)
        await asked(here)
        await here.tell(second)
        await here.settled(second)

        assert here.desk.screens[second.id].shown == [("word " * 10).strip()]


async def test_nobody_interrupts_what_somebody_else_asked(valkey: Path) -> None:
    async with office(valkey, pause=0.01, says=lambda _: "word " * 20) as here:
        place = thread(here.message())
        await here.tell(here.command("mode", "interrupt", place=place))
        first = await here.begin("first", place=place)
        second = await here.asked("second", place=place, author=BEN)
        await here.settled(second)

        assert here.desk.screens[first.id].shown == [("word " * 20).strip()]
        assert "1 ahead" in next(made.text for made in here.desk.screens[second.id].calls("status"))


async def tried(here: Office, action: Action, turn: str, id: str = "p1") -> None:
    """Until what was pressed has ended, well or not."""
    asked_before = len(here.speaker.prompts)
    await here.tell(press(action, turn, id))
    await asked(here, asked_before + 1)
    await idle(here)


@pytest.mark.parametrize("action", [Action.REGENERATE, Action.CONTINUE])
@pytest.mark.parametrize("failure", [Declined(), KeyError()])
async def test_an_answer_that_could_not_be_made_anew_stands_as_it_was(
    here: Office, action: Action, failure: Exception
) -> None:
    """As it does in the history."""
    message = await here.answered("a joke")
    here.speaker.failures = [failure]
    await tried(here, action, message.id)
    advice = getattr(failure, "advice", ChatError.advice)

    assert here.desk.screens[message.id].shown == [f"You said: a joke\n\n*{advice}*"]
    assert "You said: a joke" in await after(here)


async def test_it_stands_also_when_the_new_one_is_tried_again(here: Office) -> None:
    message = await here.answered("a joke")
    here.speaker.failures = [Declined(), Declined()]
    await tried(here, Action.REGENERATE, message.id)
    await tried(here, Action.RETRY, "p1", "p2")
    failed = here.desk.screens[message.id].shown
    here.speaker.says = lambda _: "A better one."
    await tried(here, Action.RETRY, "p2", "p3")

    assert failed == [f"You said: a joke\n\n*{Declined.advice}*"]
    assert here.desk.screens[message.id].shown == ["A better one."]


@pytest.mark.parametrize("action", [Action.REGENERATE, Action.CONTINUE])
async def test_an_answer_stands_as_it_was_when_a_new_one_is_stopped_before_its_first_word(
    here: Office, action: Action
) -> None:
    message = await here.answered("a joke")
    here.speaker.says, here.speaker.pause = (lambda _: ""), 3600
    await here.tell(press(action, message.id))
    await asked(here, 2)
    await here.tell(press(Action.STOP, "p1", "p2"))
    await idle(here)
    here.speaker.says = str

    assert here.desk.screens[message.id].shown == ["You said: a joke\n\n*Stopped.*"]
    assert "You said: a joke" in await after(here)


class Blank(Speaker):
    """Begins with a blank line, and gets no further while it pauses."""

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        if self.pause:
            self.prompts.append(prompt)
            reply.write("\n\n")
            await asyncio.sleep(self.pause)
        return await super().answer(prompt, reply)


async def test_an_answer_stopped_before_its_first_word_is_none(valkey: Path) -> None:
    """The API takes no message of white space: it would refuse every question after this one."""
    async with office(valkey, model=Blank, pause=3600) as here:
        message = await here.asked()
        await asked(here)
        await here.tell(press(Action.STOP, message.id))
        await here.settled(message)

        assert await after(here) == "()"


async def test_a_reset_whose_reply_was_lost_forgets_nothing_that_was_said_since(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.ask("my name is Ana")
    command, reset = here.command("reset"), here.store.reset

    async def deaf(*asked: Any) -> None:
        await reset(*asked)
        raise StoreDown("cut")

    with monkeypatch.context() as patched:
        patched.setattr(here.store, "reset", deaf)
        with pytest.raises(StoreDown):
            await here.tell(command)
    await here.ask("my name is Eve")

    assert "forgotten" in (await here.tell(command)).text
    await here.ask("what is my name?")

    assert len(here.speaker.prompts[-1].messages) == 3


async def test_who_edits_a_question_into_a_command_is_told_that_it_is_not_done(here: Office) -> None:
    message = await here.answered("a joke")

    verdict = await here.tell(here.command("reset", id=message.id))

    assert verdict == Verdict(Outcome.TOLD, NO_EDIT)
    assert "You said: a joke" in await after(here)


async def test_who_edits_a_question_that_was_refused_into_a_command_is_told_so_too(valkey: Path) -> None:
    async with office(valkey, options=replace(OPTIONS, limits=Limits((Window(1, 3600),)))) as here:
        await here.ask()
        refused = here.message()
        assert (await here.tell(refused)).outcome is Outcome.TOLD

        assert await here.tell(here.command("limits", id=refused.id)) == Verdict(Outcome.TOLD, NO_EDIT)


async def test_who_edits_a_command_that_was_done_is_told_once_that_it_is_not_done_anew(here: Office) -> None:
    command = here.command("persona", "be breif")
    await here.tell(command)
    edited = replace(command, argument="be brief", edited="2026-11-22T10:00:00+00:00")

    assert await here.tell(edited) == Verdict(Outcome.TOLD, NO_EDIT)
    assert await here.tell(edited) == Verdict(Outcome.SEEN)  # as when its link is unfolded
    assert await here.tell(replace(edited, edited="2026-11-22T10:00:09+00:00")) == Verdict(Outcome.TOLD, NO_EDIT)


async def test_a_command_that_was_edited_before_it_was_heard_of_is_done_once(here: Office) -> None:
    command = replace(here.command("persona", "be brief"), edited="2026-11-22T10:00:00+00:00")

    assert (await here.tell(command)).text == "The persona is set."
    assert await here.tell(command) == Verdict(Outcome.SEEN)


async def test_a_command_that_is_delivered_again_is_not_spoken_of(here: Office) -> None:
    command = here.command("reset")
    await here.tell(command)

    assert await here.tell(command) == Verdict(Outcome.SEEN)
