"""What Discord does not take at once is told it again, and what the inbox does not take is held, both not for ever."""

import pytest

from bots.discord import door as doors
from bots.discord import interaction
from bots.discord.missed import Missed
from core.contract import Message, Outcome, Verdict
from core.errors import StoreDown
from core.refusals import LATER
from tests.bots.discord.desk import House, at_work, house
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What will have to be looked up, of what is held for a moment at most."""
    found = list[Message]()
    monkeypatch.setattr(Missed, "fell", lambda _, message: found.append(message))
    monkeypatch.setattr(doors, "DOOR_PAUSES", (0.01,))
    monkeypatch.setattr(doors, "LONGEST_DOOR_PAUSE", 0.01)
    return found


async def test_a_first_answer_that_discord_has_too_many_of_waits_as_long_as_it_says(here: House) -> None:
    here.fail("interaction.callback", 429, retry_after=0.2)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="ask", options={"question": "why?"})
        await until(lambda: here.acks)

    refused, taken = [call["monotonic"] for call in here.calls("interaction.callback")]
    assert taken - refused >= 0.2


async def test_a_first_answer_is_tried_for_as_long_as_it_is_waited_for(here: House) -> None:
    here.fail("interaction.callback", 429, times=5, retry_after=0.2)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="ask", options={"question": "why?"})
        await until(lambda: here.acks)


async def test_who_is_late_tries_no_first_answer_any_more(
    here: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(interaction, "ANSWER_SECONDS", 0.3)
    here.fail("interaction.callback", 500, times=None)
    async with at_work(here, Notebook()):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="ask", options={"question": "why?"})
        await until(lambda: "call=callback" in caplog.text)

    assert len(here.calls("interaction.callback")) <= 2


async def test_a_first_answer_that_was_taken_though_nobody_heard_so_goes_on(here: House) -> None:
    here.fail("interaction.callback", "lost")
    async with at_work(here, Notebook(Verdict(Outcome.TOLD, "word " * 700))):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="usage")
        await until(lambda: len(here.whispers) == 2)

    assert " ".join(here.whispers).split() == ["word"] * 700


async def test_a_question_that_is_held_too_long_is_looked_up(
    here: House, fallen: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "HOLD_SECONDS", 0.03)
    async with at_work(here, Notebook(StoreDown())):
        asked = here.say("why?", mention=True)
        await until(lambda: fallen)

    assert [message.id for message in fallen] == [asked]


async def test_of_very_many_questions_those_that_have_no_room_are_looked_up(
    here: House, fallen: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "MOST_HELD", 1)
    inbox = Notebook(StoreDown())
    async with at_work(here, inbox):
        here.say("held", mention=True)
        await until(lambda: len(inbox.events) > 1)
        here.say("why?", dm=True)
        await until(lambda: fallen)

    assert {"held", "why?"} == {*inbox.texts}


async def test_who_did_not_speak_to_the_bot_is_told_of_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "TOLD_SECONDS", 0.03)
    async with house(content=True) as here:
        inbox = Notebook(StoreDown())
        thread = here.do("thread", message=here.say("a topic"))["id"]
        async with at_work(here, inbox):
            here.say("among us", thread=thread)
            await until(lambda: inbox.events)
            here.say("why?", dm=True)
            await until(lambda: here.shown)

        assert [LATER in text for text in here.shown] == [True]
        assert "among us" in inbox.texts


async def test_a_message_of_files_alone_may_be_asked_about(here: House) -> None:
    inbox = Notebook()
    said = here.say("", attachments=[{"filename": "build.log", "text": "red"}], user="grace")
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="Ask Claude about this", target=said)
        await until(lambda: here.acks)

    assert here.acks == [5]
    assert [file.name for file in inbox.commands[0].files] == ["build.log"]
