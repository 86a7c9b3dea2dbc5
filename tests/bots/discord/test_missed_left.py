"""What was deleted or left while nobody listened."""

import asyncio
import time

import pytest

from bots.discord import missed, servers
from bots.discord.missed import rejoined
from core.contract import Left, Place
from tests.bots.discord.desk import GENERAL, GUILD, HERE, House, at_work
from tests.bots.discord.test_missed import NOW, at
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


def lefts(inbox: Notebook) -> list[Place]:
    return [event.place for event in inbox.events if isinstance(event, Left)]


async def test_a_channel_and_a_thread_that_were_deleted_while_nobody_listened_are_left(here: House) -> None:
    gone = here.do("add_channel", name="gone")["id"]
    inside = here.say("in it", channel=gone, mention=True)
    thread = here.do("thread", message=here.say("a topic"))["id"]
    said, before = here.say("in the thread", thread=thread, mention=True), here.say("before", mention=True)
    places = Place("discord", GUILD, gone), Place("discord", GUILD, GENERAL, thread)
    inbox = Notebook(seen={places[0]: inside, places[1]: said, HERE: before})
    here.do("remove_channel", channel=gone)
    here.do("remove_channel", channel=thread)

    async with at_work(here, inbox):
        await until(lambda: len(lefts(inbox)) == 2)

    assert set(lefts(inbox)) == set(places)


async def test_what_is_deleted_while_a_session_is_made_anew_is_left(here: House) -> None:
    gone = here.do("add_channel", name="gone")["id"]
    inside = here.say("in it", channel=gone, mention=True)
    inbox = Notebook()
    async with at_work(here, inbox):
        inbox.seen = {Place("discord", GUILD, gone): inside}
        here.do("close", code=4013)
        here.do("remove_channel", channel=gone)
        await until(lambda: lefts(inbox) == [Place("discord", GUILD, gone)])


async def test_a_server_that_removed_the_bot_while_nobody_listened_is_left(here: House) -> None:
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("kick")

    async with at_work(here, inbox):
        await until(lambda: lefts(inbox) == [Place("discord", GUILD, "")])


async def test_a_server_that_the_bot_came_into_again_is_left_as_it_was(here: House) -> None:
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("kick")
    here.do("welcome")

    async with at_work(here, inbox):
        await until(lambda: inbox.events)

    assert lefts(inbox) == [Place("discord", GUILD, "")]
    assert inbox.events[0].at > time.time() - 60


@pytest.mark.parametrize("what", [404, {"error": "10007"}])
async def test_a_server_that_only_the_gateway_says_it_came_into_again_is_not_left(here: House, what: object) -> None:
    here.fail("member.get", what, times=None)
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("kick")
    here.do("welcome")

    await nothing_is_left(here, inbox)


async def test_whether_it_came_into_a_server_again_is_asked_until_it_is_told(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.01,))
    here.fail("member.get", 503, times=2)
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("kick")
    here.do("welcome")

    async with at_work(here, inbox):
        await until(lambda: lefts(inbox) == [Place("discord", GUILD, "")])


async def test_of_a_server_that_was_left_long_ago_nothing_newer_is_forgotten() -> None:
    before = {HERE: int(at(40_000))}
    [left] = rejoined(before, lambda _: NOW - 30_000, NOW)

    assert NOW - 3600 < left.at < NOW
    assert not list(rejoined({**before, Place("discord", GUILD, "5"): int(at(20_000))}, lambda _: NOW - 30_000, NOW))


@pytest.mark.parametrize("code", ["10003", "50001"])
async def test_what_is_only_away_is_not_left(here: House, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(servers, "READY_SECONDS", 0.1)
    here.fail("message.list", {"error": code}, times=None)
    here.fail("guild.get", {"error": "10004"}, times=None)
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("kick", unavailable=True)

    await nothing_is_left(here, inbox)


async def test_a_channel_that_is_hidden_from_the_bot_is_not_left(here: House) -> None:
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("deny", channel=GENERAL, permissions=["VIEW_CHANNEL"])

    await nothing_is_left(here, inbox)


async def test_a_server_of_which_only_the_gateway_does_not_tell_is_not_left(here: House) -> None:
    here.fail("guild.get", 503, times=1)
    here.fail("guild.get", {"error": "50013"}, times=1)
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.do("kick")

    async with at_work(here, inbox):
        await until(lambda: len(here.calls("guild.get")) == 2)
        await asyncio.sleep(0.05)

    assert lefts(inbox) == []


async def nothing_is_left(here: House, inbox: Notebook) -> None:
    async with at_work(here, inbox):
        await until(lambda: here.calls("message.list"))
        await asyncio.sleep(0.05)

    assert lefts(inbox) == []
