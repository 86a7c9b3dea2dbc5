"""What Discord tells is handed in; what people are told at once."""

import asyncio

import pytest

from bots.discord import door as doors
from bots.discord.app import Discord
from core.contract import Change, Message, Outcome, Place, Verdict
from core.errors import StoreDown
from core.refusals import LATER
from playground.discord import TOKEN
from tests.bots.discord.desk import ADA, GENERAL, GUILD, House, ask, at_work, house
from tests.bots.inboxes import ACCEPTED, Notebook
from tests.launcher import PATIENCE
from tests.waits import until

pytestmark = pytest.mark.anyio
TOLD = Verdict(Outcome.TOLD, "Not now, @everyone.")
SEEN = Verdict(Outcome.SEEN)


async def test_a_mention_and_a_direct_message_are_handed_in(here: House, inbox: Notebook) -> None:
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


async def test_an_edit_and_a_deletion_are_changes(here: House, inbox: Notebook) -> None:
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


async def test_a_question_is_heard_where_nobody_tells_what_channel_it_is(here: House) -> None:
    inbox = Notebook()
    thread = here.do("thread", message=here.say("a topic"))["id"]
    here.do("archive", thread=thread)
    here.ground.gateway.past.clear()
    here.fail("channel.get", 404, times=None)
    async with at_work(here, inbox):
        here.ground.world.channel(thread).archived = False  # as if it had been told and lost
        here.say("why?", thread=thread, mention=True)
        await until(lambda: inbox.events)

    assert inbox.events[0].place == Place("discord", GUILD, thread)


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


async def test_who_stops_holds_nothing_back(here: House) -> None:
    inbox = Notebook(StoreDown())
    async with at_work(here, inbox):
        here.say("why?", mention=True)
        await until(lambda: len(inbox.events) > 2)
    began = asyncio.get_running_loop().time()
    await here.platform.close()

    assert asyncio.get_running_loop().time() - began < PATIENCE < doors.HOLD_SECONDS


async def test_nothing_that_goes_wrong_ends_the_listening(here: House, quick: None) -> None:
    inbox = Notebook(RuntimeError("a bug"), refusals=1)
    async with at_work(here, inbox) as running:
        here.say("why?", mention=True)
        await until(lambda: inbox.events)
        here.say("and how?", mention=True)
        await until(lambda: len(inbox.events) == 2)
        assert not running.done()
