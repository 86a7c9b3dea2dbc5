"""The platform as a whole: what was missed is found, what was heard is answered for."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bots.slack import app, web
from bots.slack.app import Slack
from bots.slack.web import Answer
from core import reading
from core.contract import File, Outcome, Page, Platform, Verdict
from core.errands import cancelled
from core.errors import Closed, FileError, Throttled
from core.events import Disconnected
from core.telling import LogEvent, heard_by
from tests.bots.inboxes import Notebook
from tests.bots.slack.desk import Office, at_work, office, turn
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_every_bot_of_a_workspace_has_a_home_of_its_own(here: Office) -> None:
    """An app for trying things out sees other channels than the app that people ask."""
    ours = here.platform.web.bot
    homes = []

    for bot in (ours, ours, replace(ours, user="U0DEV"), replace(ours, team="T0OTHER")):
        here.platform.web.bot = bot
        homes.append(here.platform.home)

    assert (homes[0], len({*homes})) == (homes[1], 3)


# Connections


async def test_two_sockets_are_kept_and_none_is_left_behind(here: Office) -> None:
    async with at_work(here, Notebook()):
        await until(lambda: here.platform.last_frame_at > 0)

    await until(lambda: here.workspace.sockets.open == 0)


async def test_while_slack_gives_no_connection_it_has_said_nothing(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often a socket is made anew: else nobody who watches would hear of it."""
    monkeypatch.setattr(app, "PAUSE_SECONDS", 0.0)
    ended = list[LogEvent]()
    with heard_by(ended.append):
        async with at_work(here, Notebook()):
            here.workspace.plan.add(
                [{"method": "apps.connections.open", "do": {"error": "token_revoked"}, "times": None}]
            )
            here.workspace.hands.drop({})
            await until(lambda: sum(isinstance(event, Disconnected) for event in ended) == 2)
            said = here.platform.last_frame_at

            await until(lambda: sum(isinstance(event, Disconnected) for event in ended) == 4)

            assert 0 < here.platform.last_frame_at == said


@pytest.mark.parametrize("trouble", ["drop", "disconnect", "freeze"])
async def test_after_any_end_of_its_sockets_it_listens_again(here: Office, trouble: str, inbox: Notebook) -> None:
    await until(lambda: here.workspace.sockets.open == 2)
    getattr(here.workspace.hands, trouble)({})
    await until(lambda: sum(not one["closed"] and not one["reason"] for one in here.records("connections")) == 2)

    here.say("still there?", channel="im")
    await until(lambda: inbox.texts)


async def test_the_last_place_is_left_for_a_process_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "PAUSE_SECONDS", 0.0)
    async with office(sockets=10) as here:
        others = [Slack("xoxb-playground", "xapp-playground", here.workspace.addresses["api"]) for _ in range(4)]
        running = []
        for number, other in enumerate(others, 1):
            await other.open()
            running.append(asyncio.create_task(other.run(Notebook())))
            await until(lambda number=number: here.workspace.sockets.open == 2 * number)  # type: ignore[misc]  # a bound default
        inbox = Notebook()
        fifth = asyncio.create_task(here.platform.run(inbox))

        await until(lambda: len(here.records("connections")) == 10 and here.workspace.sockets.open == 9)
        await asyncio.sleep(0.05)
        assert len(here.records("connections")) == 10

        await cancelled(*running, fifth)
        for other in others:
            await other.close()


async def test_screens_go_on_working_after_the_listening_ended(here: Office) -> None:
    async with at_work(here, Notebook()):
        ts = here.say("why?", mention=True)

    posted = await here.platform.screen(turn(ts)).post(Page("because"), "n1")

    assert here.records("versions")[-1]["message"] == posted


async def test_who_was_told_something_when_the_bot_was_stopped_reads_it(here: Office) -> None:
    here.workspace.configure({"latency": 0.2})
    inbox = Notebook(Verdict(Outcome.TOLD, "Not now."))
    async with at_work(here, inbox):
        here.say("why?", channel="im")
        await until(lambda: inbox.events)

    assert here.whispers == ["Not now."]


async def test_an_answer_can_be_shown_by_a_process_that_never_heard_the_question(here: Office) -> None:
    async with at_work(here, Notebook()) as running:
        asked = turn(here.say("why?", mention=True))
        assert not running.done()
    other = Slack("xoxb-playground", "xapp-playground", here.workspace.addresses["api"])
    await other.open()

    posted = await other.screen(asked).post(Page("because"), "n1")

    assert await here.platform.screen(asked).find("n1") == posted
    await other.close()


# What was missed: test_missed.py


async def test_a_gap_is_filled_after_all_sockets_broke_and_not_when_one_stayed(here: Office, inbox: Notebook) -> None:
    await until(lambda: here.workspace.sockets.open == 2)
    await asyncio.sleep(0.05)
    assert inbox.asked == 1

    one = here.platform._sockets[1]
    await one.client.disconnect()
    await until(lambda: one.is_live)  # greeted anew
    assert inbox.asked == 1

    here.workspace.hands.drop({})
    await until(lambda: inbox.asked == 2)


# What stands in a thread, and files


async def test_what_others_said_in_the_thread_before_is_told_oldest_first(here: Office) -> None:
    root = here.say("", user="U0ROBOT", attachments=[{"title": "CPU is high", "text": "on web-1"}])
    here.say("looks bad, <@U0CLEO>", user="U0BEN", thread_ts=root)
    asked = here.say("what do we do?", thread_ts=root, mention=True)
    await here.platform.screen(turn(asked, thread=root)).post(Page("Restart it."), "n1")
    here.say("later", user="U0BEN", thread_ts=root)

    said = await here.platform.before(turn(asked, thread=root).message)

    assert [(one.author.name, one.text) for one in said] == [
        ("robot", "CPU is high\non web-1"),
        ("ben", "looks bad, @cleo"),
    ]


async def test_a_thread_of_long_messages_keeps_nobody_else_waiting_while_it_is_read(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = here.say("look", user="U0BEN")
    asked = turn(here.say("so?", thread_ts=root, mention=True), thread=root).message
    long = [{"ts": f"{root[:-1]}{number % 10}", "user": "U0BEN", "text": "```🏴" * 3_000} for number in range(200)]

    async def thread(*_: str, **__: str) -> Sequence[Answer]:
        return long

    monkeypatch.setattr(here.platform.web, "thread", thread)
    told, gaps = time.process_time(), list[float]()

    reading = asyncio.create_task(here.platform.before(asked))
    while not reading.done():
        await asyncio.sleep(0)
        gaps.append(time.process_time() - told)
        told = time.process_time()

    assert len(await reading) > 100
    assert max(gaps) < 0.1


async def test_what_others_said_in_the_thread_since_is_told_with_one_call(here: Office) -> None:
    root = here.say("root", user="U0BEN")
    heard = here.say("heard", user="U0BEN", thread_ts=root)
    here.say("deploy failed", user="U0ROBOT", thread_ts=root)
    asked = here.say("what does it mean?", thread_ts=root, mention=True)

    said = await here.platform.before(turn(asked, thread=root).message, float(heard))

    assert [one.text for one in said] == ["deploy failed"]
    assert [call["arguments"]["oldest"] for call in here.calls("conversations.replies")] == [heard]


async def test_a_thread_of_many_strangers_does_not_cost_others_their_names(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MOST_ASKED", 2)
    root = here.say("an incident", user="U0ADA")
    for user in ("U0BEN", "U0CLEO", "U0GUEST", "U0BEN"):
        here.say("me too", user=user, thread_ts=root)
    asked = here.say("what do we do?", thread_ts=root, mention=True)

    told = [await here.platform.before(turn(asked, thread=root).message) for _ in range(2)]

    names = [[one.author.name for one in said] for said in told]
    assert {call["arguments"]["user"] for call in here.calls("users.info")[:2]} == {"U0BEN", "U0GUEST"}
    assert (names[0][1], names[0][3:]) == ("ben", ["gil", "ben"])
    assert names[1] == ["ada", "ben", "cleo", "gil", "ben"]  # who is known need not be asked for


@pytest.mark.parametrize(
    ("method", "do"), [("users.info", "503"), ("conversations.replies", "503"), ("conversations.replies", "429")]
)
async def test_a_hiccup_does_not_cost_the_question_its_thread(
    here: Office, monkeypatch: pytest.MonkeyPatch, method: str, do: str
) -> None:
    monkeypatch.setattr(app, "READ_PAUSES", (0.0, 0.0, 0.0))
    root = here.say("looks bad", user="U0BEN")
    asked = here.say("what do we do?", thread_ts=root, mention=True)
    here.workspace.plan.add([{"method": method, "do": do, "retry_after": 0}])

    said = await here.platform.before(turn(asked, thread=root).message)

    assert [one.text for one in said] == ["looks bad"]


@pytest.mark.parametrize("method", ["files.info", "download"])
@pytest.mark.parametrize("do", ["429", "503", "reset"])
async def test_a_hiccup_does_not_cost_the_question_its_file(
    here: Office, monkeypatch: pytest.MonkeyPatch, method: str, do: str
) -> None:
    monkeypatch.setattr(reading, "READ_PAUSES", (0.0, 0.0, 0.0))
    here.say("what does the log say?", mention=True, files=[{"name": "error.log", "text": "timed out"}])
    here.workspace.plan.add([{"method": method, "do": do, "retry_after": 0}])

    file = File(next(iter(here.workspace.world.files)), "error.log", 9)
    (found,) = await reading.Reading(reading.Reader(), here.platform).read([file])

    assert "timed out" in str(found.block)


async def test_a_file_of_another_company_has_its_name_once_it_was_read(here: Office) -> None:
    here.say("look", files=[{"name": "Q3.csv", "text": "a,1", "veiled": True}])
    file = File(next(iter(here.workspace.world.files)), "file", 0)
    before = here.platform.file_name(file)

    await here.platform.read(file, 100)

    assert (before, here.platform.file_name(file)) == ("file", "Q3.csv")


async def test_what_is_new_in_a_thread_is_not_waited_for_as_long_as_all_of_it(here: Office) -> None:
    root = here.say("root", user="U0BEN")
    asked = here.say("and now?", thread_ts=root, mention=True)
    here.workspace.plan.add([{"method": "conversations.replies", "do": "429", "retry_after": 10}])

    with pytest.raises(Throttled):
        await here.platform.before(turn(asked, thread=root).message, float(root))


async def test_before_a_question_in_the_channel_itself_nothing_was_said_in_its_thread(here: Office) -> None:
    here.say("something else")

    assert await here.platform.before(turn(here.say("why?", mention=True)).message) == ()


async def test_a_thread_that_cannot_be_read_is_a_screen_error(here: Office) -> None:
    with pytest.raises(Closed):
        await here.platform.before(turn("1.2", thread="1.1").message)


async def test_files_are_read_up_to_the_limit(here: Office) -> None:
    here.say("look", files=[{"name": "a.txt", "text": "what it says"}])
    (id,) = here.workspace.world.files

    assert await here.platform.read(File(id, "a.txt", 12), 12) == b"what it says"
    with pytest.raises(FileError):
        await here.platform.read(File(id, "a.txt", 12), 11)


async def test_before_it_is_open_nothing_can_be_shown() -> None:
    with pytest.raises(RuntimeError):
        Slack("xoxb-1", "xapp-1", "http://127.0.0.1:9/api/").screen(turn("1.1"))


async def test_closing_what_was_never_opened_is_allowed() -> None:
    await Slack("xoxb-1", "xapp-1", "http://127.0.0.1:9/api/").close()


def test_the_platform_keeps_the_contract() -> None:
    platform: Platform = Slack("xoxb-1", "xapp-1", "http://127.0.0.1:9/api/")
    assert platform.name == "slack"
