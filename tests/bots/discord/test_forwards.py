"""What is forwarded and the words that come with it are one question."""

import asyncio
from typing import Any

import pytest

from bots.discord import forwards
from bots.discord.forwards import Forwards, joined
from bots.discord.parts import snowflake
from bots.discord.words import ABOUT_THIS
from core.contract import Change, Place
from tests.bots.discord.desk import GENERAL, House, at_work, house, payload
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwards, "WAIT_SECONDS", 0.2)


def forwarded(here: House, text: str, **more: Any) -> str:
    """Ada forwards what Grace said elsewhere."""
    said = here.say("the build is red", user="grace", channel="random")
    return here.say(text, forward=said, **more)


async def heard(here: House, inbox: Notebook, text: str, **more: Any) -> str:
    """She has, and the bot has heard of it."""
    asked = forwarded(here, text, **more)
    await until(lambda: inbox.events)
    return asked


async def test_in_a_channel_the_words_that_mention_the_bot_are_about_what_was_forwarded() -> None:
    async with house(content=True) as here:
        inbox = Notebook()
        async with at_work(here, inbox):
            asked = await heard(here, inbox, "why?", mention=True)

    assert [(event.id, event.place.channel) for event in inbox.events] == [(asked, GENERAL)]
    assert inbox.texts == ["why?\n\n> the build is red"]


async def test_in_direct_messages_both_are_one_question(here: House, inbox: Notebook) -> None:
    await heard(here, inbox, "why?", dm=True)
    await asyncio.sleep(0.3)

    assert inbox.texts == ["why?\n\n> the build is red"]


async def test_without_words_it_is_a_question_by_itself_and_words_later_another_one(
    here: House, inbox: Notebook
) -> None:
    await heard(here, inbox, "", dm=True)
    here.say("what of it?", dm=True)
    await until(lambda: len(inbox.events) == 2)

    assert inbox.texts == ["> the build is red", "what of it?"]


async def test_an_edit_of_the_words_keeps_it() -> None:
    async with house(content=True) as here:
        inbox = Notebook()
        async with at_work(here, inbox):
            asked = await heard(here, inbox, "why?", mention=True)
            here.do("edit", message=asked, text=f"<@{here.platform.rest.bot.user}> why so?")
            await until(lambda: len(inbox.events) > 1)

    assert isinstance(inbox.events[1], Change)
    assert inbox.events[1].text == "why so?\n\n> the build is red"


async def test_whoever_deletes_what_they_forwarded_deletes_the_question(here: House, inbox: Notebook) -> None:
    asked = await heard(here, inbox, "why?", dm=True)
    world = here.ground.world
    forward, _ = world.direct(world.user("ada")).messages
    here.do("delete", message=str(forward))
    await until(lambda: len(inbox.events) > 1)

    deleted = inbox.events[1]
    assert isinstance(deleted, Change)
    assert (deleted.id, deleted.text) == (asked, None)


async def test_what_is_told_again_is_the_same_question(here: House, inbox: Notebook) -> None:
    asked = await heard(here, inbox, "why?", dm=True)
    world = here.ground.world
    forward, _ = world.direct(world.user("ada")).messages
    here.do("redeliver", id=str(forward))
    await asyncio.sleep(0.3)
    here.do("redeliver", id=asked)
    await until(lambda: len(inbox.events) > 1)

    assert inbox.texts == ["why?\n\n> the build is red"] * 2


async def test_what_discord_keeps_back_of_it_is_said(here: House, inbox: Notebook) -> None:
    await heard(here, inbox, "why?", mention=True)

    assert inbox.texts[0].startswith("why?\n\n> [This comes with a forwarded message that you are not shown")
    assert ABOUT_THIS in inbox.texts[0]


async def test_so_it_is_found_when_nobody_heard_it(here: House) -> None:
    direct = here.do("say", text="hello", dm=True)
    place = Place("discord", "dm", direct["channel"], private=True)
    forwarded(here, "why?", dm=True)
    inbox = Notebook(seen={place: direct["id"]})
    async with at_work(here, inbox):
        await until(lambda: inbox.events)

    assert inbox.texts == ["why?\n\n> the build is red"]


_, FORWARDED = payload("forwarded")
_, WORDS = payload("mention")


def after(seconds: float, **changed: Any) -> dict[str, Any]:
    """Words of the same person, so long after the forward."""
    same = {key: FORWARDED[key] for key in ("author", "channel_id")}
    return {**WORDS, **same, "id": str(int(FORWARDED["id"]) + (int(seconds * 1000) << 22)), **changed}


def test_words_are_the_next_message_of_the_same_person_in_the_same_channel() -> None:
    other = {**WORDS["author"], "id": "7"}
    for strange in (
        after(6),
        after(1, author=other),
        after(1, channel_id="7"),
        after(1, type=19),
        after(1, content=""),
    ):
        assert joined([FORWARDED, strange]) == [FORWARDED, strange]
        listening = Forwards()
        assert listening.told("MESSAGE_CREATE", FORWARDED) is FORWARDED
        assert listening.told("MESSAGE_CREATE", strange) is strange

    between = after(1, author=other)
    assert joined([FORWARDED, between, after(2)]) == [between, {**after(2), **snapshots()}]
    assert joined([FORWARDED, after(1), after(2)]) == [{**after(1), **snapshots()}, after(2)]


def snapshots() -> dict[str, Any]:
    return {"message_snapshots": FORWARDED["message_snapshots"]}


async def test_nothing_else_waits_for_words() -> None:
    listening = Forwards()

    assert not await listening.has_words(FORWARDED)
    assert listening.told("MESSAGE_UPDATE", FORWARDED) is FORWARDED
    assert not await listening.has_words(FORWARDED)
    assert listening.told("MESSAGE_CREATE", {"id": str(snowflake(0))})
