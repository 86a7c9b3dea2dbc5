"""What was said while nobody listened is handed in."""

import time
from collections.abc import AsyncIterator

import pytest

from bots.discord import app as apps
from bots.discord.missed import MISSED_PLACES, MISSED_SECONDS, OVERLAP_SECONDS, gap
from bots.discord.parse import snowflake
from core.contract import Place
from core.errors import StoreDown
from tests.bots.discord.desk import GENERAL, GUILD, House, Notebook, at_work, house, until

pytestmark = pytest.mark.anyio
HERE = Place("discord", GUILD, GENERAL)
NOW = 1_800_000_000.0


@pytest.fixture
async def here() -> AsyncIterator[House]:
    async with house() as opened:
        yield opened


def at(seconds: float) -> str:
    """An id of so many seconds ago."""
    return str(snowflake(NOW - seconds))


# Where and from when


async def test_it_is_read_on_after_the_newest_known_the_newest_place_first() -> None:
    there = Place("discord", GUILD, "5", "6")

    assert gap({HERE: at(500), there: at(400)}, now=NOW).places == ((there, int(at(400))), (HERE, int(at(500))))


async def test_who_starts_reads_back_a_little_further_than_what_is_known() -> None:
    assert gap({HERE: at(20)}, now=NOW).places == ((HERE, int(at(OVERLAP_SECONDS))),)


async def test_what_is_older_than_a_day_is_not_asked_for() -> None:
    assert gap({HERE: at(10 * MISSED_SECONDS)}, now=NOW).places == ((HERE, int(at(MISSED_SECONDS))),)


async def test_what_came_since_hides_nothing_older() -> None:
    found = gap({HERE: at(5)}, lost_at=NOW - 60, now=NOW)

    assert found.places == ((HERE, int(at(60))),)


async def test_no_more_places_are_asked_than_there_are_calls_for() -> None:
    seen = {Place("discord", GUILD, str(number)): at(number) for number in range(100)}

    assert len(gap(seen, now=NOW).places) == MISSED_PLACES


async def test_a_thread_that_may_never_have_been_started_does_not_count_as_a_place() -> None:
    perhaps = Place("discord", GUILD, GENERAL, at(10))
    found = gap({HERE: at(10), perhaps: at(10)}, now=NOW)

    assert [place for place, _ in found.places] == [HERE]
    assert [place for place, _ in found.perhaps] == [perhaps]


# On a Discord of our own


async def test_what_was_said_while_nobody_listened_is_handed_in(here: House) -> None:
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    here.say("not for us")
    here.say("reset", mention=True)
    inbox = Notebook(seen={HERE: before})
    async with at_work(here, inbox):
        await until(lambda: inbox.events)
        await until(lambda: here.calls("message.list"))

    assert inbox.texts == ["missed"]
    assert inbox.commands == []
    assert inbox.events[0].author.roles


async def test_in_direct_messages_and_threads_too(here: House) -> None:
    direct = here.do("say", text="before", dm=True)
    thread = here.do("thread", message=here.say("a topic"))["id"]
    here.say("missed in private", dm=True)
    here.say("missed in the thread", thread=thread, mention=True)
    seen = {
        Place("discord", "dm", direct["channel"], private=True): direct["id"],
        Place("discord", GUILD, GENERAL, thread): thread,
        Place("discord", GUILD, GENERAL, "1400000000000000040", private=True): "1",
        Place("discord", GUILD, "5"): "1",
        HERE: "no snowflake",
    }
    inbox = Notebook(seen=seen)
    async with at_work(here, inbox):
        await until(lambda: len(inbox.events) == 2)

    assert sorted(inbox.texts) == ["missed in private", "missed in the thread"]
    assert {event.place for event in inbox.events} <= set(seen)


async def test_many_that_were_missed_are_read_page_by_page(here: House) -> None:
    before = here.say("before", mention=True)
    for number in range(120):
        here.say(f"missed {number}", mention=True)
    inbox = Notebook(seen={HERE: before})
    async with at_work(here, inbox):
        await until(lambda: len(inbox.events) == 120)

    assert inbox.texts == [f"missed {number}" for number in range(120)]


async def test_a_new_session_asks_for_what_was_missed_and_a_resumed_one_does_not(here: House) -> None:
    before = here.say("before", mention=True)
    inbox = Notebook()
    async with at_work(here, inbox):
        inbox.seen = {HERE: before}
        here.do("op7")
        await until(lambda: "resume" in [one["event"] for one in here.records("connections")])
        resumed = len(here.calls("message.list"))
        here.do("close", code=4013)
        await until(lambda: here.calls("message.list"))

    assert resumed == 0


async def test_what_is_new_does_not_hide_what_was_missed(here: House) -> None:
    """The newest event of a place may be one that came after the gap."""
    missed = here.say("missed", mention=True)
    inbox = Notebook()
    async with at_work(here, inbox):
        inbox.seen = {HERE: str(snowflake(time.time() + 60))}
        here.do("close", code=4013)
        await until(lambda: missed in [event.id for event in inbox.events])


async def test_what_the_inbox_cannot_take_is_handed_in_later(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "RETRIES", (0.01, 0.01))
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    inbox = Notebook(StoreDown(), seen={HERE: before}, refusals=1)
    async with at_work(here, inbox):
        await until(lambda: len(inbox.events) == 2)

    assert inbox.texts == ["missed", "missed"]


async def test_of_threads_only_those_are_read_that_were_started(here: House) -> None:
    never, started = here.say("one", mention=True), here.say("two", mention=True)
    thread = here.do("thread", message=started)["id"]
    here.say("missed in it", thread=thread, mention=True)
    seen = {Place("discord", GUILD, GENERAL, id): id for id in (never, started)}
    inbox = Notebook(seen=seen)
    async with at_work(here, inbox):
        await until(lambda: inbox.events)

    assert inbox.texts == ["missed in it"]
    assert [call["arguments"]["channel"] for call in here.calls("message.list")] == [thread]
