"""Where the bot may not write, nobody would see an answer: Claude is not asked for one."""

import pytest

from bots.discord.door import MUTE
from core.contract import Change, Command, Message
from tests.bots.discord.desk import GENERAL, House
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("question", ["why?", "ask: why?"])
async def test_who_asks_where_the_bot_may_not_write_is_told_so_and_nothing_is_asked(
    here: House, question: str, inbox: Notebook
) -> None:
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])
    here.say(question, mention=True)
    await until(lambda: here.shown)

    assert inbox.events == []
    assert [text.splitlines()[0] for text in here.shown] == [MUTE]


async def test_in_a_thread_another_permission_counts(here: House, inbox: Notebook) -> None:
    thread = here.do("thread", name="Plans")["id"]
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])
    here.say("why?", thread=thread, mention=True)
    await until(lambda: inbox.texts == ["why?"])
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES_IN_THREADS"])
    here.say("and now?", thread=thread, mention=True)
    await until(lambda: here.shown)

    assert inbox.texts == ["why?"]


async def test_in_a_locked_thread_only_moderators_may_write(here: House, inbox: Notebook) -> None:
    thread = here.do("thread", name="Solved")["id"]
    here.do("archive", thread=thread, archived=False, locked=True)
    here.say("sum this up", thread=thread, mention=True)
    await until(lambda: here.shown)
    here.do("archive", thread=thread, archived=False, locked=False)
    here.say("and now?", thread=thread, mention=True)
    await until(lambda: inbox.texts)

    assert inbox.texts == ["and now?"]
    assert [text.splitlines()[0] for text in here.shown] == [MUTE]


async def test_who_did_not_speak_to_the_bot_is_told_nothing_there(here: House, inbox: Notebook) -> None:
    thread = here.do("thread", name="Plans")["id"]
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES_IN_THREADS"])
    said = here.say("among us", thread=thread)
    here.do("delete", message=said)
    await until(lambda: inbox.events)

    assert [type(event) for event in inbox.events] == [Change]
    assert here.shown == []


async def test_what_needs_no_message_there_is_done(here: House, inbox: Notebook) -> None:
    """Who may use its commands has their answers by these."""
    await until(lambda: here.ground.world.commands.get(0))
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])
    here.say("help", mention=True)
    here.do("interact", command="ask", options={"question": "why?"})
    await until(lambda: len(inbox.commands) == 2)
    here.say("why?", dm=True)
    await until(lambda: inbox.texts)

    assert {type(event) for event in inbox.events} == {Command, Message}


async def test_who_may_write_again_is_answered_again(here: House, inbox: Notebook) -> None:
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])
    here.say("why?", mention=True)
    await until(lambda: here.shown)
    here.do("deny", channel=GENERAL, permissions=[])
    here.say("and now?", mention=True)
    await until(lambda: inbox.texts == ["and now?"])
