"""A command or a press is answered within three seconds, and by its token after that."""

import asyncio
from typing import Any

import pytest

from bots.discord import door as doors
from bots.discord.app import Discord
from core.contract import Change, Command, Event, Outcome, Press, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN
from playground.discord import TOKEN
from tests.bots.discord.desk import ADA, GENERAL, House, ask, at_work
from tests.bots.inboxes import ACCEPTED, Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio
TOLD = Verdict(Outcome.TOLD, "Not now, @everyone.")
SEEN = Verdict(Outcome.SEEN)


async def test_a_question_by_command_is_acknowledged_with_thinking_after_it_was_accepted(
    here: House, inbox: Notebook
) -> None:
    await ask(here)
    await until(lambda: here.acks)

    assert here.acks == [5]
    assert [(one.name, one.argument) for one in inbox.commands] == [("ask", "why?")]
    assert here.versions()[0]["shown_to"] is None


async def test_a_commands_answer_is_for_its_person_alone(here: House) -> None:
    inbox = Notebook(TOLD)
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: here.whispers)

    assert here.acks == [4]
    assert here.whispers == ["Not now, @\u200beveryone."]


@pytest.mark.parametrize("troubles", [[], [503], [429]])
async def test_a_long_answer_to_a_command_goes_on_for_its_person_alone(
    here: House, quick: None, troubles: list[int]
) -> None:
    for trouble in troubles:
        here.fail("followup.create", trouble, retry_after=0.01)
    inbox = Notebook(Verdict(Outcome.TOLD, "word " * 700, file=b"all"))
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: len(here.whispers) == 2)

    assert " ".join(here.whispers).split() == ["word"] * 700
    assert here.versions()[0]["attachments"]


async def test_who_gave_a_command_that_takes_its_time_sees_that_we_think(here: House, quick: None) -> None:
    file = b"{" + b" " * 200_000 + b"}"
    inbox = Notebook(Verdict(Outcome.TOLD, "\n\n".join(["It comes as a file."] * 150), file=file), delay=0.2)
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="privacy", options={"wish": "export"})
        await until(lambda: here.whispers[-1:] != [""] and len(here.calls("followup.create")) == 1)

    assert here.acks == [5]
    assert {version["shown_to"] for version in here.versions()} == {ADA}
    [last] = [one for one in here.versions() if one["attachments"]]
    assert last["text"].startswith("It comes as a file.")


async def test_a_large_file_does_not_hold_up_the_acknowledgement_and_is_there_once(here: House, quick: None) -> None:
    here.fail("original.edit", "lost")
    inbox = Notebook(Verdict(Outcome.TOLD, "It comes as a file.", file=b" " * 200_000))
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="privacy", options={"wish": "export"})
        await until(lambda: len(here.calls("original.edit")) == 2)
    await here.platform.close()

    assert here.acks == [5]
    assert here.shown == ["It comes as a file."]
    assert [one["filename"] for one in here.versions()[-1]["attachments"]] == ["parley.json"]


@pytest.mark.parametrize("delay", [0.0, 0.2])
async def test_a_command_that_fails_is_asked_for_again(here: House, quick: None, delay: float) -> None:
    inbox = Notebook(StoreDown(), delay=delay)
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="usage")
        await until(lambda: here.whispers[-1:] == [ASK_AGAIN])


async def test_what_another_session_has_taken_is_acknowledged_there(here: House) -> None:
    inbox = Notebook(SEEN)
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: inbox.events)

    assert here.acks == []


async def test_where_the_bot_is_no_member_thinking_shows_to_its_person_alone(here: House, inbox: Notebook) -> None:
    await ask(here, install="user")
    await until(lambda: here.acks)

    assert here.versions()[0]["shown_to"]
    assert not inbox.events[0].author.trusted


@pytest.mark.parametrize(
    ("failure", "refusals", "delay"),
    [(StoreDown(), 1, 0.0), (StoreDown(), 3, 0.0), (Verdict(Outcome.ACCEPTED), 1, 0.3)],
)
async def test_what_the_inbox_cannot_take_in_time_is_asked_for_again_and_withdrawn(
    here: House, quick: None, failure: Any, refusals: int, delay: float
) -> None:
    inbox = Notebook(failure, delay=delay, refusals=refusals)

    def changes() -> list[Change]:
        return [event for event in inbox.events if isinstance(event, Change)]

    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: len(changes()) == refusals)

    assert here.whispers == [ASK_AGAIN]
    assert {change.text for change in changes()} == {None}


async def test_asking_about_a_message_is_a_question(here: House) -> None:
    inbox = Notebook()
    said = here.say("the build is red", user="grace")
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="Ask Claude about this", target=said)
        await until(lambda: here.acks)

    assert here.acks == [5]
    assert inbox.commands[0].argument.endswith("> the build is red")


async def test_a_question_of_blanks_is_none(here: House, inbox: Notebook) -> None:
    await ask(here, "   ")
    await until(lambda: here.whispers)

    assert (here.whispers, inbox.events) == ([doors.NOTHING_TO_READ], [])


async def test_a_message_with_nothing_to_read_is_not_asked_about(here: House) -> None:
    inbox = Notebook()
    said = here.say("", forward=here.say("far away"))
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.ground.world.anywhere(said).snapshot = {"content": ""}
        here.do("interact", command="Ask Claude about this", target=said)
        await until(lambda: here.whispers)

    assert here.whispers == [doors.NOTHING_TO_READ]
    assert inbox.events == []


async def test_of_two_sessions_with_one_token_one_answers(here: House) -> None:
    inbox = _Once()
    other = Discord(TOKEN, here.api, here.ground.gateway.address)
    await other.open()
    async with at_work(here, inbox), at_work(House(here.ground, other, here.api), inbox):
        here.say("/help", dm=True)
        await ask(here)
        await until(lambda: len(inbox.events) == 4)
        await until(lambda: here.acks and here.shown)
    await other.close()

    assert len(here.calls("interaction.callback")) == 1
    assert len(here.calls("message.create")) == 1


class _Once(Notebook):
    """Accepts or tells each event once, as the engine does; it has been seen then."""

    async def accept(self, event: Event) -> Verdict:
        is_new = event.id not in {one.id for one in self.events}
        self.events.append(event)
        if not is_new:
            return SEEN
        return TOLD if isinstance(event, Command) and event.name == "help" else ACCEPTED


async def test_what_was_accepted_is_acknowledged_also_when_the_bot_is_told_to_stop(here: House) -> None:
    inbox = Notebook(delay=0.1)
    async with at_work(here, inbox):
        await ask(here)
        await asyncio.sleep(0.05)
    await here.platform.close()

    assert here.acks == [5]


async def test_a_button_leaves_its_message_as_it_is(here: House) -> None:
    inbox = Notebook()
    message = await _button(here, "regenerate:1")
    async with at_work(here, inbox):
        here.do("press", message=message, custom_id="Press")
        await until(lambda: here.acks)

    assert here.acks == [6]
    assert isinstance(inbox.events[0], Press)


async def test_a_refused_button_is_told_to_who_pressed_it_alone(here: House) -> None:
    inbox = Notebook(TOLD)
    message = await _button(here, "stop:1")
    async with at_work(here, inbox):
        here.do("press", message=message, custom_id="Press")
        await until(lambda: here.whispers)

    assert here.acks == [4]


async def test_a_button_of_an_older_version_does_nothing(here: House) -> None:
    inbox = Notebook()
    message = await _button(here, "vote:1")
    async with at_work(here, inbox):
        here.do("press", message=message, custom_id="Press")
        await until(lambda: here.acks)

    assert here.acks == [6]
    assert inbox.events == []


async def _button(here: House, custom_id: str) -> str:
    button = {"type": 2, "style": 2, "label": "Press", "custom_id": custom_id}
    body: Any = {"content": "It is.", "components": [{"type": 1, "components": [button]}]}
    posted = await here.platform.rest.call("POST", f"/channels/{GENERAL}/messages", body)
    return str(posted["id"])


@pytest.mark.parametrize("fault", ["lost", "reset", 500])
async def test_an_acknowledgement_is_tried_until_discord_has_it(here: House, quick: None, fault: object) -> None:
    inbox = Notebook()
    here.fail("interaction.callback", fault)
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: len(here.calls("interaction.callback")) == 2)
        await until(lambda: here.acks)

    assert here.acks == [5]
    assert [isinstance(event, Command) for event in inbox.events] == [True]


async def test_an_acknowledgement_that_comes_too_late_is_not_tried_for_ever(here: House, quick: None) -> None:
    inbox = Notebook()
    here.fail("interaction.callback", 500, times=None)
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: len(here.calls("interaction.callback")) > 1)
        here.say("still there?", dm=True)
        await until(lambda: "still there?" in inbox.texts)

    assert here.acks == []
