"""What Discord tells one after the other comes in one after the other, however long the first of it takes."""

import time
from collections.abc import AsyncIterator, Callable

import pytest

from bots.discord import door as doors
from core import lanes
from core.contract import Change, Message
from core.refusals import ASK_AGAIN
from tests.bots.discord.desk import GENERAL, GUILD, House, at_work
from tests.bots.inboxes import SLOW, Slow
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def inbox(here: House) -> AsyncIterator[Slow]:
    slow = Slow()
    async with at_work(here, slow):
        yield slow


def edit(here: House, asked: str) -> None:
    here.do("edit", message=asked, text=f"<@{here.platform.rest.bot.user}> why not?")


def delete(here: House, asked: str) -> None:
    here.do("delete", message=asked)


def delete_many(here: House, asked: str) -> None:
    told = {"channel_id": GENERAL, "guild_id": GUILD, "ids": [asked, "1400000000000000777"]}
    here.ground.gateway.tell("MESSAGE_DELETE_BULK", told, guild=int(GUILD))


def kick(here: House, _: str) -> None:
    here.do("kick")
    here.do("welcome")


def forget(here: House, _: str) -> None:
    here.say("reset", mention=True)


ACTS = [
    (edit, ["change", "why not?"]),
    (delete, ["change"]),
    (delete_many, ["change", "change"]),
    (kick, ["left"]),
    (forget, ["command"]),
]


@pytest.mark.parametrize(("act", "told"), ACTS)
async def test_a_question_comes_in_after_what_was_done_before_it(
    here: House, inbox: Slow, act: Callable[[House, str], None], told: list[str]
) -> None:
    asked = here.say("why?", mention=True)
    await until(lambda: inbox.taken)
    act(here, asked)
    here.say("and now?", mention=True)
    await until(lambda: len(inbox.taken) == 2 + len(told))

    assert inbox.taken == ["why?", *told, "and now?"]


@pytest.mark.parametrize(("act", "told"), ACTS[:2])
async def test_a_change_comes_in_after_its_message(
    here: House, inbox: Slow, act: Callable[[House, str], None], told: list[str]
) -> None:
    inbox.slow = (Message,)
    act(here, here.say("why?", mention=True))
    await until(lambda: len(inbox.taken) == 1 + len(told))

    assert inbox.taken == ["why?", *told]


async def test_without_a_lane_the_question_overtakes(here: House, inbox: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other tests would not notice, this one would: that the pace alone keeps the order."""

    async def at_once(self: lanes.Pass) -> None: ...

    monkeypatch.setattr(lanes.Pass, "clear", at_once)
    delete(here, here.say("why?"))
    here.say("and now?", mention=True)
    await until(lambda: len(inbox.taken) == 2)

    assert inbox.taken == ["and now?", "change"]


async def test_a_command_typed_after_a_slash_comes_in_before_the_question_after_it(here: House, inbox: Slow) -> None:
    await until(lambda: here.ground.world.commands.get(0))
    here.do("interact", command="reset")
    here.do("interact", command="ask", options={"question": "and now?"})
    here.say("and then?", mention=True)
    await until(lambda: len(inbox.taken) == 3)

    assert [event.name for event in inbox.commands] == ["reset", "ask"]
    assert inbox.taken[0] == "command"


async def test_a_question_in_a_thread_comes_in_after_what_was_done_in_its_channel(here: House, inbox: Slow) -> None:
    root = here.say("a topic")
    thread = here.do("thread", message=root)["id"]
    here.say("why?", thread=thread, mention=True)
    await until(lambda: inbox.taken)
    delete(here, root)
    here.say("and now?", thread=thread, mention=True)
    await until(lambda: len(inbox.taken) == 3)

    assert inbox.taken == ["why?", "change", "and now?"]


async def test_what_the_inbox_could_not_take_still_comes_in_before_the_question_after_it(
    here: House, inbox: Slow
) -> None:
    inbox.failures = 1
    delete(here, here.say("why?"))
    await until(lambda: not inbox.failures)
    here.say("and now?", mention=True)  # which does not wait for the next try: there is one at once
    await until(lambda: len(inbox.taken) == 2)

    assert inbox.taken == ["change", "and now?"]


async def test_the_bot_was_removed_when_that_was_heard_however_late_it_comes_in(here: House, inbox: Slow) -> None:
    """What came in since is not touched; Discord does not tell the time."""
    inbox.failures = 1
    before = time.time()
    kick(here, "")
    await until(lambda: not inbox.failures)
    heard = time.time()
    await until(lambda: inbox.taken)

    assert before <= inbox.events[0].at <= heard


async def test_a_deletion_that_is_stuck_does_not_keep_a_question_out(
    here: House, inbox: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "AHEAD_SECONDS", SLOW)
    inbox.seconds = 8 * SLOW
    delete(here, here.say("why?"))
    here.say("and now?", mention=True)
    await until(lambda: len(inbox.taken) == 2)

    assert inbox.taken == ["and now?", "change"]


async def test_a_deletion_that_is_stuck_does_not_keep_a_command_out(here: House, inbox: Slow) -> None:
    inbox.slow, inbox.seconds = (Change,), doors.ACCEPT_SECONDS + 1
    await until(lambda: here.ground.world.commands.get(0))
    delete(here, here.say("why?"))
    here.do("interact", command="ask", options={"question": "and now?"})
    await until(lambda: here.acks)

    assert (inbox.taken, here.whispers) == (["command"], [])


async def test_other_channels_and_servers_do_not_wait(here: House, inbox: Slow) -> None:
    inbox.seconds = 0.3
    delete(here, here.say("why?"))
    here.say("in private", dm=True)
    here.say("elsewhere", channel=here.do("add_channel", name="elsewhere")["id"], mention=True)
    await until(lambda: len(inbox.taken) == 3)

    assert inbox.taken == ["in private", "elsewhere", "change"]


async def test_a_question_that_is_held_up_too_long_is_asked_for_again(
    here: House, inbox: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ACCEPT_SECONDS", SLOW)
    inbox.seconds = 4 * SLOW
    await until(lambda: here.ground.world.commands.get(0))
    delete(here, here.say("why?"))
    here.do("interact", command="ask", options={"question": "and now?"})
    await until(lambda: here.whispers)

    assert here.whispers == [ASK_AGAIN]
    assert "and now?" not in inbox.taken
