"""Painting where a channel's admins have switched threads off: all of an answer stands in the channel, once."""

from dataclasses import replace

import pytest

from bots.slack.screen import SlackScreen
from core.contract import Page, Turn
from core.errors import Uncertain
from tests.bots.slack.desk import Office, turn
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def channel(here: Office) -> str:
    return str(here.workspace.hands.add_channel({"name": "news", "threadless": True})["channel"])


@pytest.fixture
async def owed(here: Office, channel: str) -> Turn:
    return turn(here.say("why?", channel=channel), channel)


def files(here: Office, channel: str) -> list[bytes | None]:
    """What is shared in the channel now."""
    world = here.workspace.world
    return [world.files[file].content for one in world.messages[channel].values() for file in one.files]


async def test_an_answer_stands_below_its_question_in_the_channel(here: Office, channel: str, owed: Turn) -> None:
    screen = here.platform.screen(owed)

    ts = await screen.post(Page("Because"), "n1")
    await screen.edit(ts, Page("Because it is."))
    await screen.post(Page("More.", final=True, file=b"the rest"), "n2")

    assert here.shown(channel)[:3] == ["why?", "Because it is.", "More."]
    assert {version["thread"] for version in here.records("versions")} == {""}
    assert len(here.calls("chat.postMessage")) == 3


async def test_the_session_below_a_question_ends_also_where_its_answer_stands_in_the_channel(
    here: Office, owed: Turn
) -> None:
    ended = {"method": "assistant.threads.setStatus", "do": {"error": "method_deprecated"}, "times": None}
    here.workspace.plan.add([ended])
    screen = here.platform.screen(owed)

    await screen.status("Thinking…")
    await screen.post(Page("Because", final=True), "n1")
    await screen.status("")
    await until(lambda: len(here.records("sessions")) == 2)

    root = owed.message.address["thread_ts"]
    assert [(one["thread"], one["status"]) for one in here.records("sessions")] == [
        (root, "processing"),
        (root, "active"),
    ]


async def test_a_post_whose_answer_was_lost_is_found_by_this_screen_and_by_another(here: Office, owed: Turn) -> None:
    screen = here.platform.screen(owed)
    here.workspace.plan.add([{"method": "chat.postMessage", "do": "lost", "skip": 1}])

    with pytest.raises(Uncertain):
        await screen.post(Page("Because"), "n1")

    found = await screen.find("n1")
    assert found is not None
    assert await here.platform.screen(owed).find("n1") == found
    assert await screen.find("n2") is None


async def test_a_post_below_a_slash_question_whose_answer_was_lost_is_found(here: Office, channel: str) -> None:
    root = str((await here.platform.web.tell("chat.postMessage", channel=channel, text="why?"))["ts"])
    owed = turn(root, channel, thread=root)
    here.workspace.plan.add([{"method": "chat.postMessage", "do": "lost", "skip": 1}])

    with pytest.raises(Uncertain):
        await here.platform.screen(owed).post(Page("Because"), "n1")

    assert await here.platform.screen(owed).find("n1") is not None


async def test_nobody_looks_through_a_channel_for_what_stands_in_a_thread(
    here: Office, screen: SlackScreen, asked: str
) -> None:
    await screen.post(Page("Because", file=b"the rest"), "n1")
    await here.platform.screen(turn(here.say("and?", thread_ts=asked), thread=asked)).find("n2")

    assert here.calls("conversations.history") == []


async def test_a_file_that_another_screen_shares_stands_there_too_and_takes_the_old_one_away(
    here: Office, channel: str, owed: Turn
) -> None:
    ts = await here.platform.screen(owed).post(Page("Because", final=True, file=b"old rest"), "n1")
    again = here.platform.screen(replace(owed, id="press", of=owed.id, shown=(ts,)))

    await again.edit(ts, Page("New", final=True, file=b"new rest"))

    assert files(here, channel) == [b"new rest"]
    assert here.shown(channel)[:2] == ["why?", "New"]
    assert {version["thread"] for version in here.records("versions")} == {""}
