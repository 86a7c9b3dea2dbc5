"""What Slack tells one after the other comes in one after the other, however long the first of it takes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from types import SimpleNamespace

import pytest

from bots.slack import door, slash
from core import lanes
from core.contract import Change, Command, Left, Message, Outcome, Place, Verdict
from core.errors import StoreDown
from core.refusals import ASK_AGAIN, LATER
from tests.bots.inboxes import SLOW, Notebook, Slow
from tests.bots.slack.desk import Office, at_work, office
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[Office]:
    """What could not be taken comes again after a minute, as from the real one."""
    async with office(retries=[60], scale=1) as opened:
        yield opened


@pytest.fixture
async def inbox(here: Office) -> AsyncIterator[Slow]:
    slow = Slow()
    async with at_work(here, slow):
        yield slow


def edit(here: Office, asked: str) -> None:
    here.workspace.hands.edit({"channel": "general", "ts": asked, "text": "<@U0PARLEY> why not?"})


def delete(here: Office, asked: str) -> None:
    here.workspace.hands.delete({"channel": "general", "ts": asked})


def kick(here: Office, _: str) -> None:
    here.workspace.hands.kick({"channel": "general"})
    here.workspace.hands.invite({"channel": "general"})


def forget(here: Office, _: str) -> None:
    here.workspace.hands.slash({"text": "reset"})


ACTS: Mapping[Callable[[Office, str], None], str] = {edit: "change", delete: "change", kick: "left", forget: "command"}


@pytest.mark.parametrize("act", ACTS)
async def test_a_question_comes_in_after_what_was_done_before_it(
    here: Office, inbox: Slow, act: Callable[[Office, str], None]
) -> None:
    """Also when another socket hears of it."""
    asked = here.say("why?", mention=True)
    await until(lambda: inbox.taken)
    act(here, asked)
    await until(lambda: inbox.begun >= 2)
    here.say("and now?", mention=True)
    await until(lambda: ACTS[act] in inbox.taken and "and now?" in inbox.taken)

    assert inbox.taken == ["why?", ACTS[act], "and now?"]


async def test_a_command_that_takes_its_time_keeps_its_place(
    here: Office, inbox: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slash, "ANSWER_SECONDS", SLOW / 5)
    forget(here, "")
    await until(lambda: here.records("deliveries") and here.unacknowledged == 0)
    here.say("and now?", mention=True)
    await until(lambda: len(inbox.taken) == 2)

    assert inbox.taken == ["command", "and now?"]


@pytest.mark.parametrize("act", [edit, delete])
async def test_a_change_comes_in_after_its_message(
    here: Office, inbox: Slow, act: Callable[[Office, str], None]
) -> None:
    inbox.slow = (Message,)
    asked = here.say("why?", mention=True)
    await until(lambda: inbox.begun)
    act(here, asked)
    await until(lambda: "change" in inbox.taken)

    assert inbox.taken == ["why?", "change"]


async def test_without_a_lane_the_question_overtakes(
    here: Office, inbox: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other tests would not notice, this one would: that the pace alone keeps the order."""

    async def at_once(self: lanes.Pass) -> None: ...

    monkeypatch.setattr(lanes.Pass, "clear", at_once)
    kick(here, "")
    await until(lambda: inbox.begun)
    here.say("and now?", mention=True)
    await until(lambda: "left" in inbox.taken and "and now?" in inbox.taken)

    assert inbox.taken == ["and now?", "left"]


async def test_a_workspace_that_takes_the_app_out_is_left_before_what_comes_after_it(here: Office, inbox: Slow) -> None:
    here.workspace.hands.event({"event": {"type": "app_uninstalled"}})
    await until(lambda: inbox.begun)
    here.say("installed again?", mention=True)
    await until(lambda: len(inbox.taken) == 2)

    assert inbox.taken == ["left", "installed again?"]
    assert inbox.events[0].place == Place("slack", "T0PLAY", "")


async def test_what_the_inbox_could_not_take_still_comes_in_before_the_question_after_it(
    here: Office, inbox: Slow
) -> None:
    """Slack itself would tell it again only after that question."""
    inbox.failures = 1
    kick(here, "")
    await until(lambda: not inbox.failures)
    here.say("and now?", mention=True)
    await until(lambda: "and now?" in inbox.taken)

    assert inbox.taken == ["left", "and now?"]


async def test_a_command_that_the_inbox_could_not_take_forgets_nothing_that_was_said_after_it(here: Office) -> None:
    inbox = Slow(failures=1)
    inbox.answer = Verdict(Outcome.TOLD, "I start anew.")
    async with at_work(here, inbox):
        here.say("reset", channel="im")
        await until(lambda: not inbox.failures)
        here.say("a new topic", channel="im")
        await until(lambda: "a new topic" in inbox.taken and len(here.whispers) == 2)

    assert inbox.taken == ["command", "a new topic"]


async def test_a_command_waits_as_long_as_the_outage_lasts_and_is_told_so(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "OWING_PAUSES", (0.001,))
    here.workspace.configure({"retries": [0, 0], "scale": 0.05})
    inbox = Slow(failures=1_000_000)
    inbox.answer = Verdict(Outcome.TOLD, "I start anew.")
    async with at_work(here, inbox):
        here.say("reset", channel="im")
        await until(lambda: here.whispers and len(here.records("lost")) == 1)
        inbox.failures = 0
        await until(lambda: "I start anew." in here.whispers)

    assert here.whispers[0] == LATER


async def test_who_gave_a_command_that_cannot_be_done_at_all_is_told_to_give_it_again_once(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "OWING_SECONDS", 0.3)
    inbox = Notebook(StoreDown())
    async with at_work(here, inbox):
        here.say("reset", mention=True)  # which is told as two events
        await until(lambda: here.whispers)

    assert here.whispers == [ASK_AGAIN]


async def test_what_is_tried_again_ends_with_the_listening(
    here: Office, inbox: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "OWING_PAUSES", (3600.0,))
    inbox.failures = 9
    kick(here, "")
    await until(lambda: inbox.failures < 9)
    began = asyncio.get_running_loop().time()

    assert asyncio.get_running_loop().time() - began < 3
    assert inbox.taken == []


async def test_a_removal_that_is_stuck_does_not_keep_a_question_out(
    here: Office, inbox: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "AHEAD_SECONDS", SLOW)
    inbox.seconds = 8 * SLOW
    kick(here, "")
    here.say("and now?", mention=True)
    await until(lambda: "left" in inbox.taken)

    assert inbox.taken == ["and now?", "left"]


async def test_other_channels_do_not_wait(here: Office, inbox: Slow) -> None:
    inbox.seconds = 6 * SLOW
    kick(here, "")
    here.say("elsewhere", mention=True, channel="random")
    await until(lambda: "left" in inbox.taken)

    assert inbox.taken == ["elsewhere", "left"]


async def test_that_it_was_taken_out_of_a_channel_just_now_is_told_by_the_clock_that_forgets(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours may be ahead of Slack's: what was said in the minute before would stay."""
    inbox, clock = Notebook(), SimpleNamespace(time=lambda: time.time() + 60, monotonic=time.monotonic)
    monkeypatch.setattr(door, "time", clock)
    async with at_work(here, inbox):
        here.workspace.hands.kick({"channel": "random"})
        await until(lambda: inbox.events)

    (left,) = inbox.events
    assert isinstance(left, Left)
    assert 50 < left.at - time.time() < 61


async def test_when_it_was_taken_out_of_a_channel_is_told_by_slack_where_that_was_a_while_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody listened: it is not forgotten what was said since it was let in again."""
    inbox, clock = Notebook(), SimpleNamespace(time=lambda: time.time() + 60, monotonic=time.monotonic)
    monkeypatch.setattr(door, "time", clock)
    async with office(retries=[5, 20, 60], scale=0.1) as here:
        here.workspace.hands.kick({"channel": "random"})
        async with at_work(here, inbox):
            await until(lambda: inbox.events)

    assert isinstance(inbox.events[0], Left)
    assert inbox.events[0].at < time.time()


async def test_in_a_direct_message_a_command_that_is_edited_into_a_question_is_one(
    here: Office, inbox: Notebook
) -> None:
    sent = here.say("model", channel="im")
    await until(lambda: inbox.events)

    direct = inbox.events[0].place.channel
    here.workspace.hands.edit({"channel": direct, "ts": sent, "text": "model trains are nice, which is best?"})
    await until(lambda: inbox.texts)

    assert inbox.texts == ["model trains are nice, which is best?"]
    assert [event.id for event in inbox.events] == [f"{direct}:{sent}"] * 2


async def test_in_a_direct_message_what_was_asked_with_the_command_for_it_is_a_question_that_is_edited(
    here: Office, inbox: Notebook
) -> None:
    sent = here.say("ask: what is 2+2", channel="im")
    await until(lambda: inbox.events)

    direct = inbox.events[0].place.channel
    here.workspace.hands.edit({"channel": direct, "ts": sent, "text": "what is 3+3"})
    await until(lambda: len(inbox.events) == 2)

    asked, edit = inbox.events
    assert isinstance(asked, Command)
    assert isinstance(edit, Change)
    assert (edit.id, edit.text) == (asked.id, "what is 3+3")


async def test_what_is_said_in_a_channel_under_its_new_id_waits_for_that_to_be_taken_in(
    here: Office, inbox: Slow
) -> None:
    here.say("a secret", channel="secret", mention=True)
    await until(lambda: inbox.taken)
    new = here.workspace.hands.share({"channel": "secret"})["channel"]
    await until(lambda: inbox.begun >= 2)
    here.say("hello all", channel=new, mention=True)
    await until(lambda: len(inbox.taken) == 3)

    asked, left, anew = inbox.events
    assert isinstance(left, Left)
    assert inbox.taken == ["a secret", "left", "hello all"]
    assert (left.place, left.to) == (asked.place, anew.place)
    assert here.shown(new) == ["<@U0PARLEY> a secret", "<@U0PARLEY> hello all"]
