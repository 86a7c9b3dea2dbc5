"""Every payload of Slack's through real slack-bolt: acknowledged after the engine's word, and not before."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.contract import Action, Change, Command, Message, Outcome, Page, Press, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN, LATER, NO_EDIT
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, acknowledged, office, turn
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[Office]:
    async with office(retries=[0, 0, 0], scale=0.1) as opened:
        yield opened


# What is heard


@pytest.mark.parametrize("first", ["message", "mention"])
async def test_both_events_of_a_mention_come_in_as_one_and_the_same(here: Office, inbox: Notebook, first: str) -> None:
    here.workspace.configure({"pair": first, "pair_gap": 0.01})

    ts = here.say("what is <#C0RANDOM>?", mention=True)
    await until(lambda: len(here.records("deliveries")) == 2 and here.unacknowledged == 0)

    [event] = inbox.events
    assert event.id == f"C0GENERAL:{ts}"
    assert event.author.name == "ada"


async def test_a_public_channel_that_slack_does_not_name_is_looked_up(here: Office, inbox: Notebook) -> None:
    private = here.workspace.hands.add_channel({"name": "secrets", "id": "C0SECRET", "private": True})["channel"]
    here.say(f"what is <#C0RANDOM|>, <#C0GENERAL|here>, <#{private}> or <#C0NOWHERE>?", mention=True)
    await until(lambda: inbox.events)

    assert isinstance(inbox.events[0], Message)
    assert inbox.events[0].text == "what is #random, #here, #C0SECRET or #C0NOWHERE?"


async def test_no_channel_is_named_to_another_company(here: Office, inbox: Notebook) -> None:
    here.say("what is <#C0RANDOM|>?", mention=True)
    here.say("and <#C0RANDOM|> here?", mention=True, channel="shared")
    await until(lambda: len(inbox.events) == 2)

    assert sorted(inbox.texts) == ["and #C0RANDOM here?", "what is #random?"]


async def test_a_file_that_another_app_shares_is_acknowledged_and_no_question(here: Office, inbox: Notebook) -> None:
    root, chart = here.say("why?", mention=True), [{"name": "cpu.png", "base64": ""}]
    here.say("The chart.", user="robot", thread_ts=root, files=chart)
    here.say("and now?", thread_ts=root)
    await until(lambda: len(inbox.events) == 2 and here.unacknowledged == 0)

    assert inbox.texts == ["why?", "and now?"]


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


async def test_a_command_that_is_edited_is_told_as_one(here: Office, inbox: Notebook) -> None:
    typed = here.say("model opus", mention=True)
    await until(lambda: inbox.events)

    here.workspace.hands.edit({"channel": "general", "ts": typed, "text": "<@U0PARLEY> model claude-opus-5-5"})

    def edited() -> list[str]:
        return [one.argument for one in inbox.events if isinstance(one, Command) and one.edited]

    await until(edited)
    assert set(edited()) == {"claude-opus-5-5"}


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
    await until(lambda: inbox.events and here.records("sessions"))

    press = inbox.events[0]
    assert isinstance(press, Press)
    assert (press.action, press.turn, press.place.thread) == (Action.STOP, "", f"C0GENERAL:{ts}")
    assert [session["status"] for session in here.records("sessions")] == ["active"]
