"""What was said while Slack could not reach us, or we not Redis, is asked for and handed in."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from math import inf

import pytest

from bots.slack import missed
from bots.slack.missed import going_on, stretches
from core.contract import Event, Message, Outcome, Person, Place, Verdict
from core.errors import StoreDown
from core.owed import MISSED_SECONDS, Stretch
from playground.slack.world import Message as Said
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, at_work, office
from tests.waits import until

pytestmark = pytest.mark.anyio
CHANNEL = Place("slack", "T0PLAY", "C0GENERAL")
NOW = 1_000_000.0


@pytest.fixture
async def here() -> AsyncIterator[Office]:
    """Where Slack tells everything once."""
    async with office(retries=[], scale=0.1) as opened:
        yield opened


async def test_what_was_said_while_nobody_listened_is_asked_for(here: Office) -> None:
    old = here.say("old", mention=True)
    thread = here.say("a thread", mention=True)
    here.say("in the thread", thread_ts=thread, mention=True)
    here.say("stop", thread_ts=thread)
    here.say("no mention at all")
    here.say("a new one", mention=True)
    direct = here.say("hello", channel="im")
    here.say("hello again", channel="im")
    here.say("reset", mention=True)
    dm = here.workspace.world.direct("U0ADA").id
    here.workspace.sockets.forget()
    inbox = Notebook(
        seen={
            CHANNEL: f"C0GENERAL:{old}",
            replace(CHANNEL, thread=f"C0GENERAL:{thread}"): f"C0GENERAL:{thread}",
            Place("slack", "T0PLAY", dm, private=True): f"{dm}:{direct}",
            Place("slack", "T0ELSEWHERE", "C0RANDOM"): f"C0RANDOM:{old}",
        }
    )

    async with at_work(here, inbox):
        await until(lambda: len(set(inbox.texts)) == 6)

    heard_before = {"old", "hello"}  # the inbox knows them: somebody may have heard them and died
    assert set(inbox.texts) == {"a thread", "in the thread", "a new one", "hello again"} | heard_before
    assert all(isinstance(event, Message) for event in inbox.events)
    assert {event.author.name for event in inbox.events} == {"ada"}


async def test_what_comes_in_first_does_not_hide_what_was_missed(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "UNHEARD_SECONDS", 0.0)
    old = here.say("old", mention=True)
    here.say("missed", mention=True)
    here.workspace.sockets.forget()
    newest = here.say("as soon as anybody listens", mention=True)

    class Heard(Notebook):
        """As the store is: what came in by a socket is the newest event of its place from then on."""

        async def last_seen(self, platform: str) -> Mapping[Place, str]:
            await super().last_seen(platform)
            return {CHANNEL: f"C0GENERAL:{newest if here.records('connections') else old}"}

    inbox = Heard()
    async with at_work(here, inbox):
        await until(lambda: "missed" in inbox.texts)


async def test_what_was_said_before_in_a_busy_week_hides_nothing(here: Office) -> None:
    world = here.workspace.world
    world.clock = lambda: time.time() - 5 * 24 * 3600
    for channel in ("C0GENERAL", "C0RANDOM"):
        for number in range(250):
            world.put(Said(channel, world.stamp(), "U0BEN", str(number)))
    world.clock = time.time
    old = here.say("old", mention=True)
    here.say("missed", mention=True)
    here.say("never asked here before", channel="random", mention=True)
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: set(inbox.texts) == {"old", "missed", "never asked here before"})


async def test_what_is_older_than_a_day_is_not_answered_any_more(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MISSED_SECONDS", 0.0)
    old = here.say("old", mention=True)
    here.say("too old", mention=True)
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: here.calls("conversations.history"))
        await asyncio.sleep(0.05)

    assert inbox.texts == []


async def test_a_place_that_is_closed_does_not_hide_the_others(here: Office) -> None:
    first, second = here.say("one", channel="random"), here.say("two")
    here.say("missed", mention=True)
    here.workspace.hands.kick({"channel": "random"})
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{second}", replace(CHANNEL, channel="C0RANDOM"): f"C0RANDOM:{first}"})

    async with at_work(here, inbox):
        await until(lambda: inbox.texts)

    assert inbox.texts[0] == "missed"


async def test_a_fault_with_one_message_does_not_keep_the_bot_from_the_others(here: Office) -> None:
    class Faulty(Notebook):
        async def accept(self, event: Event) -> Verdict:
            verdict = await super().accept(event)
            if self.texts == ["one"]:
                raise RuntimeError
            return verdict

    before = here.say("before")
    for text in ("one", "two"):
        here.say(text, mention=True)
    inbox = Faulty(seen={CHANNEL: f"C0GENERAL:{before}"})

    async with at_work(here, inbox):
        await until(lambda: len(inbox.texts) >= 2)

    assert inbox.texts[:2] == ["one", "two"]


async def test_trouble_with_the_store_goes_on_where_it_came(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.01,))
    old, other = here.say("old", mention=True), here.say("other", channel="random", mention=True)
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}", replace(CHANNEL, channel="C0RANDOM"): f"C0RANDOM:{other}"})
    inbox.failing = {"old"}

    async with at_work(here, inbox):
        await until(lambda: inbox.texts.count("old") > 2)
        inbox.failing = set()
        await until(lambda: len(here.calls("conversations.history")) > 3)
        await until(lambda: inbox.texts[-1] == "old")
        asked = here.calls("conversations.history")

    assert inbox.texts.count("other") == 1
    assert [call["arguments"]["channel"] for call in asked].count("C0RANDOM") == 1


async def test_what_was_not_said_to_the_bot_before_it_took_part_is_not_asked_for(here: Office) -> None:
    root = here.say("a thread")
    here.say("between us", thread_ts=root)
    joined = here.say("what do you say?", thread_ts=root, mention=True)
    here.say("go on", thread_ts=root)
    here.workspace.sockets.forget()
    inbox = Notebook(seen={replace(CHANNEL, thread=f"C0GENERAL:{root}"): f"C0GENERAL:{joined}"})

    async with at_work(here, inbox):
        await until(lambda: "go on" in inbox.texts)

    assert set(inbox.texts) == {"what do you say?", "go on"}  # each socket's hello may look once more


async def test_nor_is_it_when_its_channel_was_silent_for_longer(here: Office) -> None:
    old = here.say("old", mention=True)
    root = here.say("a thread")
    here.say("between us", thread_ts=root)
    joined = here.say("what do you say?", thread_ts=root, mention=True)
    here.say("go on", thread_ts=root)
    here.workspace.sockets.forget()
    thread = replace(CHANNEL, thread=f"C0GENERAL:{root}")
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}", thread: f"C0GENERAL:{joined}"})

    async with at_work(here, inbox):
        await until(lambda: {"old", "go on"} <= set(inbox.texts))

    assert set(inbox.texts) == {"old", "what do you say?", "go on"}


async def test_a_thread_that_we_know_is_not_read_with_its_channel_which_was_silent_for_longer(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "UNHEARD_SECONDS", 0.0)
    old = here.say("old")
    known = here.say("a thread")
    here.say("refused long ago", thread_ts=known, mention=True)
    newest = here.say("newest", thread_ts=known, mention=True)
    other = here.say("people among themselves")
    here.say("between us", thread_ts=other)
    here.say("in the middle of it", thread_ts=other, mention=True)
    here.workspace.sockets.forget()
    inbox = Notebook(
        seen={CHANNEL: f"C0GENERAL:{old}", replace(CHANNEL, thread=f"C0GENERAL:{known}"): f"C0GENERAL:{newest}"}
    )

    async with at_work(here, inbox):
        await until(lambda: "in the middle of it" in inbox.texts)

    assert set(inbox.texts) == {"between us", "in the middle of it"}


async def test_a_channel_of_many_threads_does_not_keep_slack_from_the_other_places(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "AT_ONCE", 2)
    monkeypatch.setattr(missed, "PACE_SECONDS", 0.05)
    other = here.say("other", channel="random")
    old = here.say("old")
    for number in range(4):
        root = here.say(f"people among themselves {number}")
        here.say(f"in thread {number}", thread_ts=root, mention=True)
    here.say("missed", channel="random", mention=True)
    here.workspace.sockets.forget()
    inbox = Notebook(seen={replace(CHANNEL, channel="C0RANDOM"): f"C0RANDOM:{other}", CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: len(set(inbox.texts)) == 5)

    assert inbox.texts[0] == "missed"
    asked = [call["monotonic"] for call in here.calls("conversations.replies")]
    assert asked[-1] - asked[0] > 0.1  # each of them is a call that waits its turn


async def test_what_was_read_is_kept_while_slack_has_enough_of_us(here: Office) -> None:
    old = here.say("old")
    for number in range(201):
        here.say(f"between us {number}")
    here.say("missed", mention=True)
    here.workspace.plan.add([{"method": "conversations.history", "do": "429", "retry_after": 1, "skip": 1}])
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: "missed" in inbox.texts)

    assert [call["arguments"].get("cursor", "") != "" for call in here.calls("conversations.history")[:3]] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(("method", "about"), [("conversations.history", "C0GENERAL"), ("users.info", "U0BEN")])
async def test_a_place_or_person_that_slack_does_not_tell_of_does_not_hide_the_others(
    here: Office, monkeypatch: pytest.MonkeyPatch, method: str, about: str
) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.01,))
    other = here.say("other", channel="random")
    old = here.say("old")
    here.say("missed here", user="U0BEN", mention=True)
    here.say("missed there", channel="random", mention=True)
    trouble = {"method": method, "do": "503", "about": about, "times": 5}
    here.workspace.plan.add([{"method": "users.list", "do": "503", "times": None}, trouble])
    inbox = Notebook(seen={replace(CHANNEL, channel="C0RANDOM"): f"C0RANDOM:{other}", CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: {"missed here", "missed there"} <= set(inbox.texts))

    assert inbox.texts[0] == "missed there"


async def test_a_gap_is_owed_until_it_is_told_what_is_known(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.01,))
    old = here.say("old", mention=True)
    here.say("missed", mention=True)
    here.workspace.sockets.forget()
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"}, away=3)

    async with at_work(here, inbox):
        await until(lambda: "missed" in inbox.texts)


async def test_what_could_not_be_taken_is_looked_up_before_slack_sends_it_again(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.02,))
    here.workspace.configure({"retries": [0, 600]})
    inbox = Notebook(StoreDown())

    async with at_work(here, inbox):
        await until(lambda: here.workspace.sockets.open == 2)
        here.say("never before here", channel="random", mention=True)
        here.say("nor here", channel="im")
        here.say("between us")
        await until(lambda: len(inbox.texts) > 3)
        inbox.answer = Verdict(Outcome.ACCEPTED)
        tries = len(inbox.events)
        await until(lambda: {"never before here", "nor here"} <= set(inbox.texts[tries:]))


async def test_what_came_afterwards_does_not_hide_a_follow_up_that_fell(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.02,))
    here.workspace.configure({"retries": [0]})
    root = here.say("root", mention=True)
    here.workspace.sockets.forget()
    inbox = Notebook(StoreDown())

    async with at_work(here, inbox):
        await until(lambda: here.workspace.sockets.open == 2)
        here.say("fell", thread_ts=root)
        await until(lambda: inbox.texts)
        newest = here.say("came after it", thread_ts=root)
        inbox.seen = {replace(CHANNEL, thread=f"C0GENERAL:{root}"): f"C0GENERAL:{newest}"}
        tries = len(inbox.events)
        inbox.answer = Verdict(Outcome.ACCEPTED)
        await until(lambda: "fell" in inbox.texts[tries:])


async def test_nobody_is_forgotten_where_many_wrote_but_slack_is_asked_slowly_then(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "AT_ONCE", 2)
    monkeypatch.setattr(missed, "PACE_SECONDS", 0.2)
    old = here.say("old", mention=True)
    people = ("U0ADA", "U0BEN", "U0CLEO")
    for user in people:
        here.say(f"hello from {user}", channel="im", user=user)
    here.workspace.sockets.forget()
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: {f"hello from {user}" for user in people} <= set(inbox.texts))

    asked = [call["monotonic"] for call in here.calls("conversations.history")]
    assert asked[3] - asked[0] > 0.15


async def test_what_fell_goes_before_what_is_asked_slowly(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.02,))
    monkeypatch.setattr(missed, "AT_ONCE", 1)
    monkeypatch.setattr(missed, "PACE_SECONDS", 600.0)
    here.workspace.configure({"retries": [0]})
    old = here.say("old", mention=True)
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"}, failing={"fell"})

    async with at_work(here, inbox):
        await until(lambda: "old" in inbox.texts)
        here.say("fell", channel="im")
        await until(lambda: inbox.texts.count("fell") > 2)  # Slack itself tells it twice


async def test_places_where_something_fell_are_bounded(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MOST_FALLEN", 2)
    gaps = missed.Missed(here.platform.web, Notebook())
    fell = [Message(id="", place=replace(CHANNEL, channel=c), author=Person(""), at=NOW, text="") for c in "abca"]

    for message in fell:
        gaps.fell(message)

    assert [place.channel for place in gaps._fallen] == ["a", "b"]


async def test_a_first_message_to_a_bot_that_was_away_is_found(here: Office) -> None:
    old = here.say("old", mention=True)
    here.say("hello, we do not know each other", channel="im", user="U0BEN")
    here.say("nor do we", channel="random", mention=True)
    here.say("between us", channel="random")
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: len(set(inbox.texts)) == 3)
        await until(lambda: len(here.calls("conversations.history")) >= 3)

    assert set(inbox.texts) == {"old", "hello, we do not know each other", "nor do we"}
    assert inbox.texts.index("hello, we do not know each other") < inbox.texts.index("nor do we")
    assert len(here.calls("users.conversations")) == 1


async def test_an_app_that_may_not_list_its_channels_reads_those_it_knows(here: Office) -> None:
    here.workspace.plan.add([{"method": "users.conversations", "do": {"error": "missing_scope"}}])
    old = here.say("old", mention=True)
    here.say("missed", mention=True)
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: "missed" in inbox.texts)


async def test_slack_is_not_asked_for_everything_after_a_short_gap(here: Office) -> None:
    old = here.say("old", mention=True)
    inbox = Notebook(seen={CHANNEL: f"C0GENERAL:{old}"})

    async with at_work(here, inbox):
        await until(lambda: here.calls("users.conversations") and here.workspace.sockets.open == 2)
        here.say("hello", mention=True)
        await until(lambda: "hello" in inbox.texts)
        here.workspace.hands.drop({})
        await until(lambda: inbox.asked == 2)
        here.say("and again", mention=True)
        await until(lambda: "and again" in inbox.texts)

    assert len(here.calls("users.conversations")) == 1


# Where to read, and from when on


def test_a_channels_threads_that_go_on_are_known_by_their_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "THREADS", 2)
    roots = [{"ts": f"{number}.0", "latest_reply": f"{90 - number}.0"} for number in range(10, 15)]
    said = [{"ts": "1.0"}, {"ts": "2.0", "latest_reply": "70.0"}, *roots]

    assert [place.thread for place in going_on(said, CHANNEL, "77.5")] == ["C0GENERAL:11.0", "C0GENERAL:10.0"]


def test_nothing_is_looked_for_where_nothing_is_known() -> None:
    assert stretches({}, [CHANNEL], since=inf, now=NOW) == {}


def test_an_unknown_place_is_read_from_where_anything_was_known_last() -> None:
    other = replace(CHANNEL, channel="C0RANDOM")

    found = stretches({CHANNEL: NOW - 900}, [CHANNEL, other], since=inf, now=NOW)

    assert found == {CHANNEL: Stretch(NOW - 900, NOW - 900), other: Stretch(NOW - 900, inf)}


def test_what_came_since_the_gap_hides_nothing_of_it() -> None:
    found = stretches({CHANNEL: NOW - 1}, [], since=NOW - 4000, now=NOW)

    assert found[CHANNEL] == Stretch(NOW - 4000, NOW - 1)


def test_a_gap_is_bounded_in_time_and_in_places(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {replace(CHANNEL, channel=f"C{number}"): NOW - 100_000 + number for number in range(100)}
    others = [replace(CHANNEL, channel=f"D{number}") for number in range(100)]

    monkeypatch.setattr(missed, "MISSED_PLACES", 40)
    found = stretches(many, others, since=inf, now=NOW)

    assert len(found) == 80
    assert {stretch.since for stretch in found.values()} == {NOW - MISSED_SECONDS}
    assert min(place.channel for place in found if place in many) == "C60"
