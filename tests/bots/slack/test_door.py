"""Every payload of Slack's through real slack-bolt: acknowledged after the engine's word, and not before."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.slack import door
from core.contract import Action, Change, Command, Message, Outcome, Page, Press, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN, LATER, NO_EDIT
from playground.slack.world import Channel
from tests.bots.slack.desk import Notebook, Office, at_work, office, turn, until

pytestmark = pytest.mark.anyio
REFUSED = Verdict(Outcome.TOLD, "Not **now**, please.", retry_after=30)


@pytest.fixture
async def here() -> AsyncIterator[Office]:
    async with office(retries=[0, 0, 0], scale=0.1) as opened:
        yield opened


@pytest.fixture
async def inbox(here: Office) -> AsyncIterator[Notebook]:
    notebook = Notebook()
    async with at_work(here, notebook):
        yield notebook


# What is heard


@pytest.mark.parametrize("first", ["message", "mention"])
async def test_both_events_of_a_mention_come_in_as_one_and_the_same(here: Office, inbox: Notebook, first: str) -> None:
    here.workspace.configure({"pair": first, "pair_gap": 0.01})

    ts = here.say("what is <#C0RANDOM>?", mention=True)
    await until(lambda: len(here.records("deliveries")) == 2 and here.unacknowledged == 0)

    [event] = inbox.events
    assert event.id == f"C0GENERAL:{ts}"
    assert event.author.name == "ada"


async def test_a_direct_message_a_thread_and_an_edit_come_in(here: Office, inbox: Notebook) -> None:
    here.say("hello", channel="im")
    await until(lambda: len(inbox.events) == 1)
    root = here.say("root")
    reply = here.say("reply", thread_ts=root)
    await until(lambda: len(inbox.events) == 2)
    here.workspace.hands.edit({"channel": "general", "ts": reply, "text": "better reply"})
    await until(lambda: len(inbox.events) == 3)
    here.workspace.hands.delete({"channel": "general", "ts": reply})
    await until(lambda: len(inbox.events) == 4)

    direct, reply_event, edit, deletion = inbox.events
    assert isinstance(direct, Message)
    assert direct.place.private
    assert isinstance(reply_event, Message)
    assert not reply_event.direct
    assert isinstance(edit, Change)
    assert isinstance(deletion, Change)
    assert (edit.text, deletion.text) == ("better reply", None)
    assert reply_event.id == edit.id == deletion.id == f"C0GENERAL:{reply}"


async def test_a_question_that_is_edited_into_a_command_is_no_twin_of_itself(here: Office, inbox: Notebook) -> None:
    asked = here.say("why?", mention=True)
    await until(lambda: inbox.texts)

    here.workspace.hands.edit({"channel": "general", "ts": asked, "text": "<@U0PARLEY> why not?"})
    here.workspace.hands.edit({"channel": "general", "ts": asked, "text": "<@U0PARLEY> reset"})
    await until(lambda: any(isinstance(event, Command) for event in inbox.events) and here.unacknowledged == 0)

    assert inbox.texts == ["why?"]
    assert here.whispers == []  # what is to be said of it, the inbox knows


@pytest.mark.parametrize(("to", "told"), [("reset", [NO_EDIT]), ("reset what?", [])])
async def test_in_a_direct_message_who_edits_it_into_a_command_is_told_to_send_that(
    here: Office, inbox: Notebook, to: str, told: list[str]
) -> None:
    asked = here.say("rest", channel="im")
    await until(lambda: inbox.texts)
    direct = inbox.events[0].place.channel

    here.workspace.hands.edit({"channel": direct, "ts": asked, "text": to})
    await until(lambda: len(inbox.events) == 2 and len(here.whispers) == len(told))

    assert isinstance(inbox.events[1], Change)
    assert here.whispers == told


async def test_guests_and_people_of_other_companies_are_not_trusted(here: Office, inbox: Notebook) -> None:
    for user in ("U0ADA", "U0GUEST", "U0OTHER"):
        here.say("hello", mention=True, user=user, channel="shared")
    await until(lambda: len(inbox.events) == 3)

    assert {event.author.id: event.author.trusted for event in inbox.events} == {
        "U0ADA": True,
        "U0GUEST": False,
        "U0OTHER": False,
    }


async def test_what_is_not_for_us_is_acknowledged_without_a_word(here: Office, inbox: Notebook) -> None:
    here.say("lunch?")
    here.say("deployed", user="U0ROBOT", mention=True)
    here.workspace.hands.event({"event": {"type": "something_of_tomorrow", "user": "U0ADA"}})
    here.workspace.hands.shortcut({"callback_id": "x", "channel": "general", "ts": here.say("more")})
    await until(lambda: len(here.records("deliveries")) == 6 and here.unacknowledged == 0)

    assert inbox.events == []
    assert here.records("failures") == []


async def test_our_own_answers_are_no_questions(here: Office, inbox: Notebook) -> None:
    ts = here.say("why?", mention=True)
    await until(lambda: len(inbox.events) == 1)
    screen = here.platform.screen(turn(ts))
    answer = await screen.post(Page("<@U0PARLEY> because"), "n1")
    await screen.edit(answer, Page("<@U0PARLEY> because of <@U0BEN>"))
    await until(lambda: here.unacknowledged == 0)

    assert len(inbox.events) == 1


# Acknowledging


def acknowledged(here: Office) -> list[bool]:
    """Of each delivery, in their order."""
    return [delivery["acked"] is not None for delivery in here.records("deliveries")]


async def test_an_event_is_acknowledged_only_when_the_inbox_has_it(here: Office, inbox: Notebook) -> None:
    here.workspace.configure({"scale": 1})
    inbox.delay = 0.2

    here.say("hello", channel="im")
    await asyncio.sleep(0.1)
    waiting = here.unacknowledged
    await until(lambda: here.unacknowledged == 0)

    assert waiting == 1
    assert len(inbox.events) == 1


async def test_what_the_inbox_cannot_take_is_sent_again(here: Office, inbox: Notebook) -> None:
    inbox.answer = StoreDown()
    here.say("hello", channel="im")
    await until(lambda: len(inbox.events) >= 2)  # as it is looked up meanwhile, there may be more
    inbox.answer = Verdict(Outcome.ACCEPTED)
    await until(lambda: acknowledged(here)[-1])

    assert not acknowledged(here)[0]
    assert len({event.id for event in inbox.events}) == 1


async def test_trouble_that_lasts_is_told_once_and_trouble_that_ends_is_not(here: Office, inbox: Notebook) -> None:
    inbox.answer = StoreDown()
    here.say("soon over", mention=True)
    await until(lambda: len(inbox.events) >= 4)
    inbox.answer = Verdict(Outcome.ACCEPTED)
    await until(lambda: sum(acknowledged(here)) == 2)
    inbox.answer = StoreDown()
    here.say("lasts", mention=True, user="U0BEN")
    here.say("lasts here too", channel="im")
    await until(lambda: len(here.records("lost")) == 3)

    assert here.whispers == [LATER, LATER]
    assert {record["user"] for record in here.records("ephemerals")} == {"U0ADA", "U0BEN"}


async def test_an_event_waits_for_slack_to_tell_who_wrote_it(here: Office, inbox: Notebook) -> None:
    stranger = here.workspace.hands.add_user({"name": "gus", "guest": True})["user"]
    here.workspace.plan.add([{"method": "users.info", "do": "503"}])

    here.say("hello", channel="im", user=stranger)
    await until(lambda: len(inbox.events) == 1)

    await until(lambda: acknowledged(here) == [False, True])

    assert not inbox.events[0].author.trusted


async def test_nothing_that_was_said_is_in_a_log(
    here: Office, inbox: Notebook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "slack_sdk")
    inbox.answer = RuntimeError("a canary in an exception")
    here.say("a canary in a message", channel="im")
    await until(lambda: len(inbox.events) == 2)
    inbox.answer = Verdict(Outcome.ACCEPTED)
    await until(lambda: len(inbox.events) == 3)

    said = [(record.getMessage(), record.args) for record in caplog.records if record.name.startswith("slack")]
    assert "canary" not in str(said)
    assert "canary" not in " ".join(record.getMessage() for record in caplog.records if record.name == "parley")


# Telling one person


async def test_a_refusal_is_read_by_its_person_alone(here: Office, inbox: Notebook) -> None:
    inbox.answer = REFUSED

    ts = here.say("hello", mention=True)
    await until(lambda: here.whispers)

    whisper = here.records("ephemerals")[0]
    assert (whisper["user"], whisper["channel"], whisper["thread"]) == ("U0ADA", "C0GENERAL", "")
    assert (whisper["shown"], whisper["text"]) == ("Not **now**, please.", "Not now, please.")
    assert here.shown("C0GENERAL") == ["<@U0PARLEY> hello"]
    assert ts


async def test_an_accepted_question_may_be_told_something_too(here: Office, inbox: Notebook) -> None:
    inbox.answer = Verdict(Outcome.ACCEPTED, "In a minute.", retry_after=60)
    here.say("hello", channel="im")
    await until(lambda: len(here.whispers) == 1)
    slash(here, "why?")
    await until(lambda: len(here.whispers) == 2)

    assert here.whispers == ["In a minute."] * 2


async def test_what_was_said_not_long_ago_is_not_said_again(here: Office, inbox: Notebook) -> None:
    inbox.answer = Verdict(Outcome.TOLD, retry_after=60)
    here.say("hello", mention=True)
    await until(lambda: len(inbox.events) == 1 and here.unacknowledged == 0)
    inbox.answer = REFUSED
    here.say("hello again", channel="im")
    await until(lambda: here.whispers)

    assert here.whispers == ["Not **now**, please."]


async def test_a_refusal_in_a_thread_is_told_in_the_thread(here: Office, inbox: Notebook) -> None:
    root = here.say("root")
    inbox.answer = REFUSED
    here.say("hello", mention=True, thread_ts=root)
    await until(lambda: here.whispers)

    assert here.records("ephemerals")[0]["thread"] == root


async def test_what_is_told_does_not_hold_up_the_acknowledgement(here: Office, inbox: Notebook) -> None:
    here.say("hello", channel="im")
    await until(lambda: here.records("deliveries") and here.unacknowledged == 0)
    here.workspace.configure({"latency": 0.3})
    inbox.answer = REFUSED

    here.say("hello again", channel="im")
    await until(lambda: len(inbox.events) == 2 and here.unacknowledged == 0)

    assert here.whispers == []
    await until(lambda: here.whispers)


async def test_a_file_for_one_person_comes_as_a_direct_message(here: Office, inbox: Notebook) -> None:
    inbox.answer = Verdict(Outcome.TOLD, "Here it is.", file=b"all of it")
    here.say("hello", mention=True)
    await until(lambda: any(version["files"] for version in here.records("versions")))

    shared = next(version for version in here.records("versions") if version["files"])
    assert shared["channel"].startswith("D")
    assert next(iter(here.workspace.world.files.values())).content == b"all of it"


# Slash commands


def slash(here: Office, text: str, *, channel: str = "general") -> None:
    """Slack waits for its acknowledgement as long as the real one: what is told with it would be lost otherwise."""
    here.workspace.configure({"scale": 1})
    here.workspace.hands.slash({"text": text, "channel": channel})


async def test_a_slash_question_is_posted_and_asked_in_the_thread_below(here: Office, inbox: Notebook) -> None:
    slash(here, "why is\n@ben late? @channel R&D")
    await until(lambda: inbox.events)

    asked = inbox.events[0]
    assert isinstance(asked, Command)
    (root,) = (version for version in here.records("versions") if version["channel"] == "C0GENERAL")
    assert (asked.name, asked.argument) == ("ask", "why is\n@ben late? @channel R&D")
    assert root["shown"] == "<@U0ADA> asks:\n> why is\n> @ben late? @channel R&D"
    assert asked.id == f"C0GENERAL:{root['message']}"
    assert asked.address["thread_ts"] == asked.address["ts"] == root["message"]
    assert root["text"] == "ada asks:\n&gt; why is\n&gt; @ben late? @channel R&amp;D"
    assert root["pings"] == ["<@U0ADA>"]
    await until(lambda: here.unacknowledged == 0)


async def test_a_slash_command_is_answered_with_its_acknowledgement(here: Office, inbox: Notebook) -> None:
    inbox.answer = Verdict(Outcome.TOLD, "Done.")

    slash(here, "reset")
    await until(lambda: here.whispers)

    assert here.records("ephemerals")[0]["method"] == "ack"
    assert here.whispers == ["Done."]
    assert here.shown("C0GENERAL") == []


async def test_a_slash_question_that_is_refused_leaves_nothing_in_the_channel(here: Office, inbox: Notebook) -> None:
    inbox.answer = REFUSED

    slash(here, "why?")
    await until(lambda: here.calls("chat.delete") and not here.shown("C0GENERAL"))

    assert here.whispers == [REFUSED.text]


@pytest.mark.parametrize(("group", "told"), [(False, door.NOT_HERE), (True, door.UNSEEN)])
async def test_where_the_bot_is_no_member_it_says_what_to_do(
    here: Office, inbox: Notebook, *, group: bool, told: str
) -> None:
    made = here.workspace.hands.add_channel({"name": "theirs", "private": group, "members": ["ada", "ben"]})
    slash(here, "why?", channel=made["channel"])
    await until(lambda: here.whispers)

    assert here.whispers == [told.format(name="parley")]
    assert inbox.events == []


async def test_between_other_people_it_says_that_it_is_not_part_of_it(here: Office, inbox: Notebook) -> None:
    theirs = Channel("D0THEIRS", "", "im", frozenset(("U0ADA", "U0BEN")))
    here.workspace.world.channels[theirs.id] = theirs

    slash(here, "why?", channel=theirs.id)
    await until(lambda: here.whispers)

    assert here.whispers == [door.NOT_MINE]


async def test_in_an_archived_channel_a_question_is_told_to_be_asked_elsewhere(here: Office, inbox: Notebook) -> None:
    here.workspace.hands.archive({"channel": "random"})

    slash(here, "why?", channel="random")
    await until(lambda: here.whispers)

    assert here.whispers == [door.CANNOT_WRITE]


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_blocks_format"])
async def test_a_question_that_slack_does_not_draw_is_told_to_be_asked_in_a_message(
    here: Office, inbox: Notebook, error: str
) -> None:
    here.workspace.plan.add([{"method": "chat.postMessage", "do": {"error": error}}])

    slash(here, "| a |")
    await until(lambda: here.whispers)

    assert here.whispers == [door.CANNOT_SHOW]
    assert inbox.events == []


@pytest.mark.parametrize("slow", [False, True])
async def test_a_slash_command_that_cannot_be_taken_is_told_to_be_typed_again(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    monkeypatch.setattr(door, "ANSWER_SECONDS", 0.2)
    if slow:
        inbox.delay = 1
    else:
        inbox.answer = StoreDown()

    slash(here, "why?")
    await until(lambda: here.whispers and here.calls("chat.delete") and not here.shown("C0GENERAL"))

    assert here.whispers == [ASK_AGAIN]
    assert here.records("failures") == []


@pytest.mark.parametrize("channel", ["general", "outside"])
async def test_a_slash_command_that_takes_its_time_is_done_and_told_about(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    monkeypatch.setattr(door, "ANSWER_SECONDS", 0.02)
    inbox.delay = 0.1
    inbox.answer = Verdict(Outcome.TOLD, "It comes as a file.", file=b"all of it")

    slash(here, "privacy export", channel=channel)
    await until(lambda: here.whispers and here.workspace.world.files)

    assert here.whispers == ["It comes as a file."]
    assert [(record["user"], record["method"]) for record in here.records("ephemerals")] == [("U0ADA", "response_url")]
    assert len(inbox.events) == 1
    assert acknowledged(here)[0]  # the next one tells of the file
    assert here.records("failures") == []


async def test_a_slash_command_that_fails_late_is_told_to_be_typed_again(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "ANSWER_SECONDS", 0.02)
    monkeypatch.setattr(door, "COMMAND_SECONDS", 0.1)
    inbox.delay = 5

    slash(here, "reset")
    await until(lambda: here.whispers)

    assert here.whispers == [ASK_AGAIN]


# Buttons


async def test_a_press_comes_in_with_its_turn(here: Office, inbox: Notebook) -> None:
    ts = here.say("why?")
    answer = await here.platform.screen(turn(ts)).post(Page("because", buttons=(Action.STOP,)), "n1")

    here.workspace.hands.press({"channel": "general", "ts": answer, "user": "U0BEN"})
    await until(lambda: inbox.events)

    press = inbox.events[0]
    assert isinstance(press, Press)
    assert (press.action, press.turn, press.author.id) == (Action.STOP, f"C0GENERAL:{ts}", "U0BEN")
    assert press.place == replace(turn(ts).message.place, thread=f"C0GENERAL:{ts}")
    await until(lambda: here.unacknowledged == 0)


async def test_a_press_that_cannot_be_taken_is_told_so(here: Office, inbox: Notebook) -> None:
    ts = here.say("why?")
    answer = await here.platform.screen(turn(ts)).post(Page("because", buttons=(Action.STOP,)), "n1")
    inbox.answer = StoreDown()

    here.workspace.hands.press({"channel": "general", "ts": answer})
    await until(lambda: here.whispers)

    assert here.whispers == [ASK_AGAIN]
    assert here.records("failures") == []


async def test_slacks_own_stop_button_comes_in(here: Office, inbox: Notebook) -> None:
    ts = here.say("why?")

    here.workspace.hands.stop_session({"channel": "general", "thread_ts": ts})
    await until(lambda: inbox.events)

    press = inbox.events[0]
    assert isinstance(press, Press)
    assert (press.action, press.turn, press.place.thread) == (Action.STOP, "", f"C0GENERAL:{ts}")
