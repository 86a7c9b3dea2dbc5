"""What was said while nobody listened is handed in."""

import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bots.discord import door
from bots.discord import missed as gaps
from bots.discord.missed import OVERLAP_SECONDS, gap
from bots.discord.parts import snowflake
from core.contract import Message, Person, Place
from core.errors import StoreDown
from core.owed import MISSED_PLACES, MISSED_SECONDS
from playground.discord.permissions import Can
from playground.discord.world import Role
from tests.bots.discord.desk import GENERAL, GUILD, HERE, House, at_work, house
from tests.bots.inboxes import ACCEPTED, Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio
NOW = 1_800_000_000.0


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
    seen = {Place("discord", GUILD, str(number)): at(number) for number in range(2 * MISSED_PLACES)}

    assert len(gap(seen, now=NOW).places) == MISSED_PLACES


async def test_a_thread_that_may_never_have_been_started_does_not_count_as_a_place() -> None:
    perhaps = Place("discord", GUILD, GENERAL, at(10))
    found = gap({HERE: at(10), perhaps: at(10)}, now=NOW)

    assert [place for place, _ in found.places] == [HERE]
    assert [place for place, _ in found.perhaps] == [perhaps]


async def test_where_nothing_is_known_it_is_read_on_after_the_newest_known_anywhere() -> None:
    assert gap({HERE: at(5000)}, now=NOW).since == int(at(5000))
    assert gap({HERE: at(5)}, now=NOW).since == int(at(OVERLAP_SECONDS))
    assert gap({HERE: at(5)}, lost_at=NOW - 60, now=NOW).since == int(at(60))
    assert gap({}, lost_at=NOW - 60, now=NOW).since == int(at(60))
    assert gap({}, now=NOW).since is None


async def test_what_came_in_since_a_gap_hides_nothing_of_it_until_that_is_read_to_its_end() -> None:
    asked = Place("discord", GUILD, GENERAL, at(600))
    new = Place("discord", GUILD, "5")
    seen = {HERE: at(20), asked: at(600), new: at(10)}
    found = gap(seen, {HERE: NOW - 5000, asked: NOW - 600}, now=NOW)

    assert dict(found.places) == {HERE: int(at(5000)), new: int(at(600))}
    assert found.perhaps == ((asked, int(at(600))),)
    assert found.seen == {HERE: int(at(5000)), asked: int(at(600)), new: int(at(10))}
    assert found.since == int(at(600))


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


async def test_who_called_the_bot_by_its_role_meanwhile_is_answered_too() -> None:
    role = Role(1400000000000000077, "Parley", Can(0), is_bots=True)
    async with house(content=True) as here:
        here.ground.world.guilds[int(GUILD)].roles[role.id] = role
        before = here.say("before", mention=True)
        here.say(f"<@&{role.id}> missed")
        inbox = Notebook(seen={HERE: before})
        async with at_work(here, inbox):
            await until(lambda: inbox.texts == ["missed"])


async def test_a_fault_with_one_message_does_not_keep_the_bot_from_the_others(here: House) -> None:
    before = here.say("before", mention=True)
    for text in ("one", "two"):
        here.say(text, mention=True)
    inbox = Notebook(RuntimeError(), seen={HERE: before}, refusals=1)

    async with at_work(here, inbox):
        await until(lambda: len(inbox.texts) == 2)

    assert inbox.texts == ["one", "two"]


async def test_what_comes_in_first_does_not_hide_what_was_missed(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "OVERLAP_SECONDS", 0.0)
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    newest = here.say("as soon as anybody listens", mention=True)

    class Heard(Notebook):
        """As the store is: what came in by a session is the newest event of its place from then on."""

        async def last_seen(self, platform: str) -> Mapping[Place, str]:
            return {HERE: newest if here.records("connections") else before}

    inbox = Heard()
    async with at_work(here, inbox):
        await until(lambda: "missed" in inbox.texts)


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
        await until(lambda: len(inbox.texts) == 2 and inbox.caught)

    assert sorted(inbox.texts) == ["missed in private", "missed in the thread"]
    assert {event.place for event in inbox.events} <= set(seen)


async def test_a_stop_is_no_follow_up_that_was_missed() -> None:
    async with house(content=True) as here:
        thread = here.do("thread", message=here.say("a topic"))["id"]
        for text in ("Stop.", "a follow-up"):
            here.say(text, thread=thread)
        inbox = Notebook(seen={Place("discord", GUILD, GENERAL, thread): thread})
        async with at_work(here, inbox):
            await until(lambda: inbox.texts)

    assert inbox.texts == ["a follow-up"]


async def test_many_that_were_missed_are_read_page_by_page_at_the_pace(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "AT_ONCE", 1)
    monkeypatch.setattr(gaps, "PACE_SECONDS", 0.3)
    before = here.say("before", mention=True)
    for number in range(120):
        here.say(f"missed {number}", mention=True)
    inbox = Notebook(seen={HERE: before})
    async with at_work(here, inbox):
        await until(lambda: len(inbox.events) == 120)

    assert inbox.texts == [f"missed {number}" for number in range(120)]
    asked = [call["monotonic"] for call in here.calls("message.list")]
    assert [then - first > 0.29 for first, then in itertools.pairwise(asked)] == [True]


async def test_chatter_hides_no_question_however_much_of_it_there_is(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.01,))
    before = here.say("before", mention=True)
    for number in range(550):
        here.say(f"chatter {number}", user="grace")
    here.say("missed", mention=True)
    here.do("add_channel", name="quiet")
    here.say("missed there", channel="quiet", mention=True)
    here.fail("message.list", "429", retry_after=0.05, skip=4)
    inbox = Notebook(seen={HERE: before})
    async with at_work(here, inbox):
        await until(lambda: len(inbox.texts) == 2)

    assert inbox.texts == ["missed there", "missed"]
    assert len(here.calls("message.list")) == 8


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
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.01,))
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
    inbox = Notebook(seen={**seen, HERE: started})
    async with at_work(here, inbox):
        await until(lambda: "missed in it" in inbox.texts)

    assert [call["arguments"]["channel"] for call in here.calls("message.list")] == [GENERAL, thread]


async def test_a_mention_where_nobody_was_heard_before_is_found(here: House) -> None:
    before = here.say("before", mention=True)
    strange = here.do("add_channel", name="strange")["id"]
    quiet = here.do("add_channel", name="quiet")["id"]
    thread = here.do("thread", message=here.say("a topic", channel="strange"))["id"]
    here.say("missed there", channel="strange", mention=True)
    here.say("missed in its thread", thread=thread, mention=True)
    here.say("between us", channel="strange")
    inbox = Notebook(seen={HERE: before})
    async with at_work(here, inbox):
        await until(lambda: len(inbox.events) == 2)
        await until(lambda: len(here.calls("message.list")) == 3)

    assert sorted(inbox.texts) == ["missed in its thread", "missed there"]
    assert {event.place.channel for event in inbox.events} == {strange}
    assert quiet not in {call["arguments"]["channel"] for call in here.calls("message.list")}


async def test_a_bot_that_knows_nothing_reads_nothing(here: House) -> None:
    here.say("long ago", mention=True)
    async with at_work(here, Notebook()):
        here.say("now", channel=GENERAL)
        await asyncio.sleep(0.1)

    assert here.calls("message.list") == []


async def test_what_nobody_could_hold_is_looked_up_when_the_store_is_back(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_HELD", 0)
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.02,))
    inbox = Notebook(StoreDown())
    async with at_work(here, inbox):
        here.say("asked in vain", mention=True)
        here.say("so was this", dm=True)
        await until(lambda: len(set(inbox.texts)) == 2)
        tries = len(inbox.events)
        inbox.answer = ACCEPTED
        await until(lambda: set(inbox.texts[tries:]) == {"asked in vain", "so was this"})


async def test_after_the_first_places_one_is_read_at_a_time(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "AT_ONCE", 2)
    monkeypatch.setattr(gaps, "PACE_SECONDS", 0.2)
    before = here.say("before", mention=True)
    for name in ("one", "two", "three"):
        here.do("add_channel", name=name)
        here.say(f"missed in {name}", channel=name, mention=True)
    inbox = Notebook(seen={HERE: before})

    async with at_work(here, inbox):
        await until(lambda: len(inbox.events) == 3)

    asked = [call["monotonic"] for call in here.calls("message.list")]
    assert asked[3] - asked[0] > 0.3


async def test_what_nobody_could_take_goes_before_what_is_read_slowly(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_HELD", 0)
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.02,))
    monkeypatch.setattr(gaps, "AT_ONCE", 1)
    monkeypatch.setattr(gaps, "PACE_SECONDS", 600.0)
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    here.do("add_channel", name="other")
    here.say("read last", channel="other", mention=True)
    inbox = Notebook(seen={HERE: before})

    async with at_work(here, inbox):
        await until(lambda: inbox.texts == ["missed"])
        inbox.answer, inbox.refusals = StoreDown(), 2
        here.say("fell", dm=True)
        await until(lambda: inbox.texts.count("fell") == 3)

    assert "read last" not in inbox.texts[: inbox.texts.index("fell") + 3]


async def test_places_where_something_fell_are_bounded(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "MOST_FALLEN", 2)
    missed = gaps.Missed(here.platform.rest, here.platform.servers, Notebook())
    fell = [Message(id="1", place=replace(HERE, channel=c), author=Person(""), at=NOW, text="") for c in "abca"]

    for message in fell:
        missed.fell(message)

    assert [place.channel for place in missed._fallen] == ["a", "b"]


async def test_what_was_read_is_not_read_again_when_another_place_fails(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.01,))
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    other = here.do("add_channel", name="other")["id"]
    here.say("missed there", channel="other", mention=True)
    here.fail("message.list", 503, times=2, about=other)
    inbox = Notebook(seen={HERE: before})

    async with at_work(here, inbox):
        await until(lambda: "missed there" in inbox.texts)

    assert inbox.texts == ["missed", "missed there"]
    assert [call["arguments"]["channel"] for call in here.calls("message.list")] == [GENERAL, other, other, other]


async def test_peoples_roles_are_asked_for_anew_with_each_gap(here: House) -> None:
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.say("one", mention=True)

    async with at_work(here, inbox):
        await until(lambda: "one" in inbox.texts)
        here.do("close", code=4013)
        here.say("two", mention=True)
        await until(lambda: "two" in inbox.texts)

    assert len(here.calls("member.get")) > 1


async def test_whoever_has_left_meanwhile_hides_no_question_of_others(here: House) -> None:
    inbox = Notebook(seen={HERE: here.say("before", mention=True)})
    here.say("bye", user="grace", mention=True)
    here.say("missed", mention=True)
    world = here.ground.world
    del world.guilds[int(GUILD)].members[world.user("grace").id]

    async with at_work(here, inbox):
        await until(lambda: "missed" in inbox.texts)

    assert inbox.texts == ["bye", "missed"]
    assert [bool(event.author.roles) for event in inbox.events] == [False, True]


async def test_a_gap_is_owed_until_it_could_be_read(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.01,))
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    here.fail("message.list", 503, times=6)
    inbox = Notebook(seen={HERE: before})
    async with at_work(here, inbox):
        await until(lambda: inbox.texts == ["missed"])


async def test_a_gap_is_owed_until_it_is_told_what_is_known(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and in a session that is new."""
    monkeypatch.setattr(gaps, "LOOK_UP_PAUSES", (0.01,))
    before = here.say("before", mention=True)
    here.say("missed", mention=True)
    inbox = Notebook(seen={HERE: before}, away=3)
    async with at_work(here, inbox):
        await until(lambda: inbox.texts == ["missed"])
        inbox.away = 2
        here.do("close", code=4013)
        await until(lambda: inbox.texts == ["missed", "missed"])
