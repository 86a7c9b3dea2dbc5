"""What one person alone is told: below what they wrote, where they typed, or in a direct message."""

import pytest

from core.contract import Outcome, Verdict
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import REFUSED, Office, slash
from tests.waits import until

pytestmark = pytest.mark.anyio


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


async def test_what_slack_does_not_draw_is_told_as_it_is_written(here: Office, inbox: Notebook) -> None:
    heads = "# A part\n\nand this\n\n" * 26
    inbox.answer = Verdict(Outcome.TOLD, heads)
    here.say("hello", mention=True)
    await until(lambda: here.whispers)

    assert here.whispers == [heads]


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


async def test_somebody_who_asked_nothing_is_written_to_directly_and_nobody_of_elsewhere(here: Office) -> None:
    await here.platform.write_to("U0ADA", "80 % is **gone**. <!channel>")
    await here.platform.write_to("1400000000000000040", "gone")

    [posted] = here.calls("chat.postMessage")
    assert posted["arguments"]["channel"].startswith("D")
    assert [one["shown"] for one in here.records("versions")] == ["80 % is **gone**. &lt;!channel>"]
