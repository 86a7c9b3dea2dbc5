"""Slash commands through real slack-bolt: what is typed once, and what its person alone is told."""

import pytest

from bots.slack import slash as slashes
from core.contract import Command, Outcome, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN
from playground.slack.world import Channel
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import REFUSED, Office, acknowledged, slash
from tests.waits import until

pytestmark = pytest.mark.anyio


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


async def test_what_is_asked_by_who_may_not_ask_is_shown_to_nobody(here: Office, inbox: Notebook) -> None:
    inbox.answer, inbox.unwelcome = REFUSED, ["U0ADA"]

    slash(here, "why?")
    await until(lambda: here.whispers)

    assert here.whispers == [REFUSED.text]
    assert [event.author.id for event in inbox.events] == ["U0ADA"]
    assert here.records("versions") == []


@pytest.mark.parametrize(("group", "told"), [(False, slashes.NOT_HERE), (True, slashes.UNSEEN)])
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

    assert here.whispers == [slashes.NOT_MINE]


async def test_in_an_archived_channel_a_question_is_told_to_be_asked_elsewhere(here: Office, inbox: Notebook) -> None:
    here.workspace.hands.archive({"channel": "random"})

    slash(here, "why?", channel="random")
    await until(lambda: here.whispers)

    assert here.whispers == [slashes.CANNOT_WRITE]


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_blocks_format"])
async def test_a_question_that_slack_does_not_draw_is_told_to_be_asked_in_a_message(
    here: Office, inbox: Notebook, error: str
) -> None:
    here.workspace.plan.add([{"method": "chat.postMessage", "do": {"error": error}}])

    slash(here, "| a |")
    await until(lambda: here.whispers)

    assert here.whispers == [slashes.CANNOT_SHOW]
    assert inbox.events == []


@pytest.mark.parametrize("slow", [False, True])
async def test_a_slash_command_that_cannot_be_taken_is_told_to_be_typed_again(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    monkeypatch.setattr(slashes, "ANSWER_SECONDS", 0.2)
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
    monkeypatch.setattr(slashes, "ANSWER_SECONDS", 0.02)
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
    monkeypatch.setattr(slashes, "ANSWER_SECONDS", 0.02)
    monkeypatch.setattr(slashes, "COMMAND_SECONDS", 0.1)
    inbox.delay = 5

    slash(here, "reset")
    await until(lambda: here.whispers)

    assert here.whispers == [ASK_AGAIN]
