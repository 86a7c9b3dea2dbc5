"""What Discord tells is handed in; what people are told at once."""

import asyncio
from typing import Any

import pytest

from bots.discord import door as doors
from bots.discord.app import Discord
from core.contract import Change, Command, Event, Message, Outcome, Place, Press, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN, LATER
from playground.discord import TOKEN
from tests.bots.discord.desk import ACCEPTED, ADA, GENERAL, GUILD, House, Notebook, at_work, house, until
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio
TOLD = Verdict(Outcome.TOLD, "Not now, @everyone.")
SEEN = Verdict(Outcome.SEEN)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "DOOR_PAUSES", (0.01,))
    monkeypatch.setattr(doors, "LONGEST_DOOR_PAUSE", 0.02)
    monkeypatch.setattr(doors, "ACCEPT_SECONDS", 0.1)
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.5)


async def ask(here: House, question: str = "why?", **more: Any) -> None:
    """Somebody types /ask, as soon as it is offered."""
    await until(lambda: here.ground.world.commands.get(0))
    here.do("interact", command="ask", options={"question": question}, **more)


# Messages


async def test_a_mention_and_a_direct_message_are_handed_in(here: House) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
        here.say("good morning")
        here.say("why?", mention=True)
        here.say("hello", dm=True)
        await until(lambda: len(inbox.events) == 2)

    assert sorted(inbox.texts) == ["hello", "why?"]
    assert here.shown == []


async def test_what_is_told_is_a_direct_message_that_rings_nobody_else(here: House) -> None:
    inbox = Notebook(TOLD)
    async with at_work(here, inbox):
        asked = here.say("why?", mention=True)
        await until(lambda: here.versions())

    [told] = here.versions()
    text, about = told["text"].replace("\u200b", "").splitlines()
    assert text == "Not now, @everyone."
    assert about == f"-# About https://discord.com/channels/{GUILD}/{GENERAL}/{asked}"
    assert told["pings"] == {"everyone": False, "users": [], "roles": []}
    assert here.bodies("dm.open") == [{"recipient_id": ADA}]


async def test_an_accepted_question_may_be_told_something_too(here: House) -> None:
    inbox = Notebook(Verdict(Outcome.ACCEPTED, "In a minute."))
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: "In a minute." in here.shown)
        here.say("and?", dm=True)
        await until(lambda: here.shown.count("In a minute.") == 2)

    assert here.acks == [5]


async def test_what_is_told_at_length_comes_in_several_messages_and_its_file_with_the_first(here: House) -> None:
    inbox = Notebook(Verdict(Outcome.TOLD, "word " * 700, file=b"all"))
    async with at_work(here, inbox):
        here.say("/settings", dm=True)
        await until(lambda: len(here.versions()) == 2)

    first, second = here.versions()
    assert f"{first['text']} {second['text']}".split() == ["word"] * 700
    assert [file["filename"] for file in first["attachments"]] == ["parley.json"]
    assert second["attachments"] == []


async def test_a_message_waits_until_the_inbox_takes_it(here: House, quick: None) -> None:
    inbox = Notebook(StoreDown(), refusals=3)
    async with at_work(here, inbox):
        asked = here.say("why?", mention=True)
        await until(lambda: len(inbox.events) == 4)

    assert {event.id for event in inbox.events} == {asked}


async def test_a_message_is_not_held_for_ever(here: House, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "HOLD_SECONDS", 0.05)
    inbox = Notebook(StoreDown())
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: len(inbox.events) > 1)
        inbox.answer = TOLD
        here.say("and now?", dm=True)
        await until(lambda: here.versions())

    assert "and now?" in inbox.texts


async def test_trouble_that_lasts_is_told_once_by_all_sessions_together(
    here: House, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "TOLD_SECONDS", 0.03)
    other = Discord(TOKEN, here.api, here.ground.gateway.address)
    await other.open()
    inboxes = [Notebook(StoreDown()), Notebook(StoreDown())]
    async with at_work(here, inboxes[0]), at_work(House(here.ground, other, here.api), inboxes[1]):
        here.say("why?", mention=True)
        here.say("between us")
        await until(lambda: len(here.bodies("message.create")) == 2)
        for inbox in inboxes:
            inbox.answer = ACCEPTED
        here.say("soon over", mention=True)
        await until(lambda: all("soon over" in inbox.texts for inbox in inboxes))
    await other.close()

    assert [LATER in text for text in here.shown] == [True]


async def test_an_edit_and_a_deletion_are_changes(here: House) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
        asked = here.say("why?", mention=True)
        await until(lambda: inbox.events)
        here.do("edit", message=asked, text=f"<@{here.platform.rest.bot.user}> how?")
        await until(lambda: len(inbox.events) == 3)
        here.do("delete", message=asked)
        await until(lambda: len(inbox.events) == 4)

    _, edited, _, deleted = inbox.events
    assert isinstance(edited, Change)
    assert isinstance(deleted, Change)
    assert [edited.text, deleted.text] == ["how?", None]
    assert {event.id for event in inbox.events} == {asked}


async def test_a_message_in_a_thread_belongs_to_the_threads_channel(here: House) -> None:
    inbox = Notebook()
    root = here.say("a topic")
    async with at_work(here, inbox):
        thread = here.do("thread", message=root)["id"]
        here.say("why?", thread=thread, mention=True)
        await until(lambda: inbox.events)

    assert inbox.events[0].place == Place("discord", GUILD, GENERAL, thread)
    assert not here.calls("channel.get")


async def test_a_thread_that_the_gateway_did_not_tell_of_is_looked_up_once(here: House) -> None:
    inbox = Notebook()
    thread = here.do("thread", message=here.say("a topic"))["id"]
    here.do("archive", thread=thread)
    here.ground.gateway.past.clear()
    async with at_work(here, inbox):
        here.ground.world.channel(thread).archived = False  # as if it had been told and lost
        for text in ("why?", "how?"):
            here.say(text, thread=thread, mention=True)
        await until(lambda: len(inbox.events) == 2)

    assert {event.place for event in inbox.events} == {Place("discord", GUILD, GENERAL, thread)}
    assert len(here.calls("channel.get")) <= 2


async def test_follow_ups_in_a_thread_are_heard_with_the_intent_for_contents() -> None:
    async with house(content=True) as here:
        inbox = Notebook()
        thread = here.do("thread", message=here.say("a topic"))["id"]
        async with at_work(here, inbox):
            here.say("and then?", thread=thread)
            here.say("not for us")
            here.say("why?", mention=True)
            await until(lambda: len(inbox.events) == 2)

        found = [event for event in inbox.events if isinstance(event, Message)]
        assert sorted((event.text, event.direct) for event in found) == [("and then?", False), ("why?", True)]


# Interactions


async def test_a_question_by_command_is_acknowledged_with_thinking_after_it_was_accepted(here: House) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
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


async def test_where_the_bot_is_no_member_thinking_shows_to_its_person_alone(here: House) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
        await ask(here, install="user")
        await until(lambda: here.acks)

    assert here.versions()[0]["shown_to"]
    assert not inbox.events[0].author.trusted


@pytest.mark.parametrize(("failure", "delay"), [(StoreDown(), 0.0), (Verdict(Outcome.ACCEPTED), 0.3)])
async def test_what_the_inbox_cannot_take_in_time_is_asked_for_again_and_withdrawn(
    here: House, quick: None, failure: Any, delay: float
) -> None:
    inbox = Notebook(failure, delay=delay, refusals=1)
    async with at_work(here, inbox):
        await ask(here)
        await until(lambda: any(isinstance(event, Change) for event in inbox.events))

    assert here.whispers == [ASK_AGAIN]
    changes = [event for event in inbox.events if isinstance(event, Change)]
    assert [change.text for change in changes] == [None]


async def test_asking_about_a_message_is_a_question(here: House) -> None:
    inbox = Notebook()
    said = here.say("the build is red", user="grace")
    async with at_work(here, inbox):
        await until(lambda: here.ground.world.commands.get(0))
        here.do("interact", command="Ask Claude about this", target=said)
        await until(lambda: here.acks)

    assert here.acks == [5]
    assert inbox.commands[0].argument.endswith("> the build is red")


async def test_a_question_of_blanks_is_none(here: House) -> None:
    inbox = Notebook()
    async with at_work(here, inbox):
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


async def test_who_stops_holds_nothing_back(here: House) -> None:
    inbox = Notebook(StoreDown())
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: len(inbox.events) > 2)
    began = asyncio.get_running_loop().time()
    await here.platform.close()

    assert asyncio.get_running_loop().time() - began < PATIENCE < doors.HOLD_SECONDS


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


async def test_nothing_that_goes_wrong_ends_the_listening(here: House, quick: None) -> None:
    inbox = Notebook(RuntimeError("a bug"), refusals=1)
    async with at_work(here, inbox) as running:
        here.say("why?", mention=True)
        await until(lambda: inbox.events)
        here.say("and how?", mention=True)
        await until(lambda: len(inbox.events) == 2)
        assert not running.done()
