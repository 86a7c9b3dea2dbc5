"""Slack's own trouble while an event is taken in: nobody is taken for a stranger, and no question stays behind."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bots.slack import aside, door, missed, slash, web
from core.contract import Action, Change, Command, Event, Message, Outcome, Page, Verdict
from core.refusals import ASK_AGAIN
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, at_work, office, turn
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """Where nobody was met at the start."""
    monkeypatch.setattr(missed, "LOOK_UP_PAUSES", (0.02,))
    async with office(retries=[600]) as opened:
        opened.workspace.plan.add([{"method": "users.list", "do": "503", "times": None}])
        yield opened


def unmet(here: Office, number: int) -> list[str]:
    """So many people of whom the bot has not heard."""
    ids, people = [f"U0N{one}" for one in range(number)], here.workspace.world.people
    here.workspace.world.people |= {id: replace(people["U0BEN"], id=id, name=id.lower()) for id in ids}
    return ids


async def busy(here: Office) -> str:
    """A thread in which people have begun to talk among themselves."""
    told = len(here.records("deliveries"))
    root = here.say("root")
    here.say("among us", thread_ts=root)
    await until(lambda: len(here.records("deliveries")) == told + 2 and here.unacknowledged == 0)
    return root


async def test_a_follow_up_waits_for_who_wrote_it_and_its_author_is_no_stranger_meanwhile(
    here: Office, inbox: Notebook
) -> None:
    root = here.say("root")
    here.workspace.plan.add([{"method": "users.info", "do": "503", "times": 2}])

    here.say("and now?", thread_ts=root, user="U0BEN")
    await until(lambda: inbox.events)

    assert [(event.author.name, event.author.trusted) for event in inbox.events] == [("ben", True)]
    assert here.unacknowledged == 0


async def test_a_question_does_not_wait_for_the_names_of_others(here: Office, inbox: Notebook) -> None:
    here.workspace.plan.add([{"method": "users.info", "do": "503", "about": "U0BEN", "times": None}])

    here.say("what would <@U0BEN> say?", mention=True)
    await until(lambda: inbox.events and here.unacknowledged == 0)

    [event] = inbox.events
    assert isinstance(event, Message)
    assert (event.text, event.author.name) == ("what would @U0BEN say?", "ada")


async def test_people_among_themselves_leave_calls_for_who_asks(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MOST_IDLY", 3)
    strangers = unmet(here, 6)
    inbox.answer = Verdict(Outcome.PASSED)
    root = await busy(here)

    for id in strangers[:-1]:
        here.say("among us", thread_ts=root, user=id)
    await until(lambda: here.unacknowledged == 0)
    here.say("who are they?", mention=True, user=strangers[-1])
    await until(lambda: "who are they?" in inbox.texts)

    asked = [call["arguments"]["user"] for call in here.calls("users.info")]
    assert (len(asked), asked[-1]) == (4, strangers[-1])


class Ours(Notebook):
    """What is said to others is not for it."""

    async def accept(self, event: Event) -> Verdict:
        await super().accept(event)
        return Verdict(Outcome.PASSED if isinstance(event, Message) and event.text == "among us" else Outcome.ACCEPTED)


async def test_who_goes_on_in_a_thread_of_the_bots_waits_for_no_strangers_elsewhere(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MOST_IDLY", 2)
    inbox, strangers = Ours(), unmet(here, 6)
    async with at_work(here, inbox):
        root, ours = await busy(here), await busy(here)
        here.say("why?", mention=True, thread_ts=ours)
        for id in strangers[:-1]:
            here.say("among us", thread_ts=root, user=id)
        await until(lambda: here.unacknowledged == 0)

        here.say("and now?", thread_ts=ours, user=strangers[-1])
        await until(lambda: here.unacknowledged == 0)

    assert "and now?" in inbox.texts  # the others may have been looked up by now


async def test_of_the_threads_that_are_others_the_newest_are_known(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_OTHERS", 1)
    monkeypatch.setattr(web, "MOST_IDLY", 0)
    async with at_work(here, Notebook(Verdict(Outcome.PASSED))):
        (left_alone, asked), roots = unmet(here, 2), [await busy(here), await busy(here)]

        for id, root in ((left_alone, roots[1]), (asked, roots[0])):
            here.say("we, too", thread_ts=root, user=id)
            await until(lambda: here.unacknowledged == 0)

    assert [call["arguments"]["user"] for call in here.calls("users.info")] == ["U0ADA", asked]


async def test_of_many_unknown_people_beside_the_bot_the_author_is_asked_for_first(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MOST_IDLY", 2)
    inbox.answer = Verdict(Outcome.PASSED)
    root = await busy(here)

    here.say(f"with {' '.join(f'<@U0S{letter}>' for letter in 'ABCDEFGH')}", thread_ts=root, user="U0BEN")
    await until(lambda: len(inbox.events) == 2)

    assert [call["arguments"]["user"] for call in here.calls("users.info")] == ["U0ADA", "U0BEN"]


async def test_who_waits_for_slack_is_not_told_of_a_database(here: Office, inbox: Notebook) -> None:
    here.workspace.configure({"retries": [0, 0], "scale": 0.05})
    here.workspace.plan.add([{"method": "users.info", "do": "503", "times": None}])

    here.say("why?", channel="im")
    await until(lambda: here.whispers)

    assert here.whispers == [door.UNTOLD]


async def test_what_is_to_be_forgotten_waits_for_nobodys_name(here: Office, inbox: Notebook) -> None:
    here.workspace.plan.add([{"method": "users.info", "do": "503", "times": None}])
    said = here.say("a secret", thread_ts=here.say("root"), user="U0BEN")

    here.workspace.hands.delete({"channel": "C0GENERAL", "ts": said})
    await until(lambda: inbox.events and here.unacknowledged == 0)

    assert [type(event) for event in inbox.events] == [Change]


async def test_an_edit_waits_for_nobodys_name(here: Office, inbox: Notebook) -> None:
    here.workspace.plan.add([{"method": "users.info", "do": "503", "times": None}])
    ts = here.say("among us", thread_ts=here.say("root"), user="U0BEN")

    here.workspace.hands.edit({"channel": "general", "ts": ts, "text": "better"})
    await until(lambda: any(isinstance(event, Change) for event in inbox.events))


async def test_who_edits_what_was_said_to_others_into_a_command_is_told_nothing(here: Office, inbox: Notebook) -> None:
    ts = here.say("among us", thread_ts=here.say("root"))
    here.workspace.hands.edit({"channel": "general", "ts": ts, "text": "usage"})
    await until(lambda: any(isinstance(event, Change) for event in inbox.events))

    inbox.answer = Verdict(Outcome.TOLD, "Not now.")
    here.say("why?", channel="im")
    await until(lambda: here.whispers)

    assert here.whispers == ["Not now."]


async def test_a_very_long_slash_question_is_posted_with_its_beginning_and_asked_whole(
    here: Office, inbox: Notebook
) -> None:
    here.workspace.hands.slash({"text": "why? " * 2_000})
    await until(lambda: inbox.events)

    [posted] = here.records("versions")
    assert len(posted["shown"]) < 4_000
    assert posted["shown"].endswith("…")
    [asked] = inbox.events
    assert isinstance(asked, Command)
    assert asked.argument.split() == ["why?"] * 2_000


async def test_a_slash_question_that_came_too_late_does_not_stay_in_the_channel(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.platform.web.people(["U0ADA"])
    monkeypatch.setattr(slash, "ANSWER_SECONDS", 0.05)
    here.workspace.configure({"latency": 0.2})

    here.workspace.hands.slash({"text": "why?"})
    await until(lambda: here.whispers)
    await until(lambda: here.calls("chat.delete"))
    await until(lambda: here.shown("C0GENERAL") == [])

    assert here.whispers == [ASK_AGAIN]
    assert [event for event in inbox.events if not isinstance(event, Change)] == []  # but of its removal it is told


async def test_a_slash_question_waits_the_second_that_slack_asks_for(here: Office, inbox: Notebook) -> None:
    here.workspace.plan.add([{"method": "chat.postMessage", "do": "429", "retry_after": 1}])

    here.workspace.hands.slash({"text": "why?"})
    await until(lambda: inbox.events)

    assert [event.author.name for event in inbox.events] == ["ada"]
    assert (len(here.shown("C0GENERAL")), here.whispers) == (1, [])


async def test_a_slash_question_does_not_wait_for_longer_than_slack_does(here: Office, inbox: Notebook) -> None:
    here.workspace.plan.add([{"method": "chat.postMessage", "do": "429", "retry_after": 30}])

    here.workspace.hands.slash({"text": "why?"})
    await until(lambda: here.whispers, seconds=1.0)

    assert (inbox.events, here.whispers) == ([], [ASK_AGAIN])


async def test_a_slash_question_that_its_person_was_told_is_not_taken_is_never_posted(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who they are took most of the time, and what Slack had enough of would be posted after the rest of it."""
    monkeypatch.setattr(slash, "ANSWER_SECONDS", 1.45)
    here.workspace.configure({"latency": 0.3})
    here.workspace.plan.add([{"method": "chat.postMessage", "do": "429", "retry_after": 1}])

    here.workspace.hands.slash({"text": "why?"})
    await until(lambda: here.whispers)
    await here.platform.close()  # whatever is still done beside it

    assert here.whispers == [ASK_AGAIN]
    assert len(here.calls("chat.postMessage")) == 1


async def test_a_refused_slash_question_stays_for_nobody_though_its_removal_fails_at_first(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "ASIDE_PAUSES", (0.01, 0.01))
    here.workspace.plan.add([{"method": "chat.delete", "do": "503", "times": 2}])
    inbox.answer = Verdict(Outcome.TOLD, "Not now, please.")

    here.workspace.hands.slash({"text": "why?"})
    await until(lambda: here.whispers)
    await until(lambda: here.shown("C0GENERAL") == [])


@pytest.mark.parametrize("call", ["conversations.open", "files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_file_for_one_person_is_not_lost_by_a_hiccup(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(aside, "ASIDE_PAUSES", (0.01, 0.01))
    here.workspace.plan.add([{"method": call, "do": "503", "times": 2}])
    inbox.answer = Verdict(Outcome.TOLD, "It comes as a file.", file=b"all of it")

    here.say("privacy export", channel="im")
    await until(lambda: any(version["files"] for version in here.records("versions")))

    assert here.whispers == ["It comes as a file."]


@pytest.mark.parametrize("typed", [False, True])
async def test_who_waits_in_vain_for_a_file_is_told_so(
    here: Office, inbox: Notebook, monkeypatch: pytest.MonkeyPatch, *, typed: bool
) -> None:
    monkeypatch.setattr(aside, "ASIDE_PAUSES", (0.01,))
    here.workspace.plan.add([{"method": "files.completeUploadExternal", "do": "503", "times": None}])
    inbox.answer = Verdict(Outcome.TOLD, "It comes as a file.", file=b"all of it")

    if typed:
        here.workspace.hands.slash({"text": "privacy export"})
    else:
        here.say("privacy export", channel="im")
    await until(lambda: len(here.whispers) == 2)

    assert here.whispers == ["It comes as a file.", aside.UNSENT]


async def test_who_presses_in_a_channel_that_he_only_looks_at_is_told(here: Office, inbox: Notebook) -> None:
    inbox.answer = Verdict(Outcome.TOLD, "Not your answer.")
    here.workspace.hands.add_user({"name": "peeker", "channels": []})
    ts = here.say("why?")
    answer = await here.platform.screen(turn(ts)).post(Page("Because", (Action.STOP,)), "n1")

    here.workspace.hands.press({"channel": "general", "ts": answer, "user": "peeker"})

    await until(lambda: here.whispers)
    [told] = here.records("ephemerals")
    assert (told["shown"], told["thread"]) == ("Not your answer.", ts)
    assert "Because" in here.shown("C0GENERAL")  # its button stands on a message that is everybody's
