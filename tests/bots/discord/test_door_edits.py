"""An edit may ask what was not asked before."""

from typing import Any

import pytest

from bots.discord import parse
from core.contract import Change, Message
from tests.bots.discord.desk import BOT, House, at_work, house, payload
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio
NAMED = f"<@{BOT.user}> how tall is Everest?"


async def test_who_adds_the_mention_by_an_edit_asks(here: House, inbox: Notebook) -> None:
    said = here.say("how tall is Everest?")
    here.do("edit", message=said, text=NAMED)
    await until(lambda: inbox.texts)

    assert [type(one) for one in inbox.events] == [Change, Message]
    assert (inbox.events[-1].id, inbox.texts) == (said, ["how tall is Everest?"])


async def test_who_sent_the_name_too_early_asks_by_an_edit(here: House, inbox: Notebook) -> None:
    said = here.say("", mention=True)
    here.do("edit", message=said, text=NAMED)
    await until(lambda: inbox.texts)

    assert [one.name for one in inbox.commands] == ["help"]


async def test_who_takes_the_name_out_of_a_question_changes_it() -> None:
    async with house(content=True) as there:
        inbox = Notebook()
        async with at_work(there, inbox):
            asked = there.say("who earns most here?", mention=True)
            there.do("edit", message=asked, text="never mind")
            await until(lambda: len(inbox.events) == 2)

    [question, change] = inbox.events
    assert isinstance(change, Change)
    assert (change.id, change.text) == (question.id, "never mind")


async def test_a_command_that_is_edited_is_told_as_one(here: House, inbox: Notebook) -> None:
    said = here.say("model opus", mention=True)
    here.do("edit", message=said, text=f"<@{BOT.user}> model claude-opus-5-5")
    await until(lambda: len(inbox.commands) == 2)

    assert [(one.argument, bool(one.edited)) for one in inbox.commands] == [("opus", False), ("claude-opus-5-5", True)]


async def test_an_old_message_asks_nothing_by_an_edit(
    here: House, monkeypatch: pytest.MonkeyPatch, inbox: Notebook
) -> None:
    monkeypatch.setattr(parse, "ANEW_SECONDS", 0.0)
    here.do("edit", message=here.say("how tall is Everest?"), text=NAMED)
    here.say("and then?", mention=True)
    await until(lambda: inbox.texts)

    assert inbox.texts == ["and then?"]


async def test_a_follow_up_that_is_edited_asks_nothing_new() -> None:
    async with house(content=True) as here:
        thread = here.do("thread", message=here.say("a topic"))["id"]
        inbox = Notebook()
        async with at_work(here, inbox):
            said = here.say("and how wide?", thread=thread)
            here.do("edit", message=said, text="and how wide is it?")
            here.say("and then?", thread=thread, mention=True)
            await until(lambda: "and then?" in inbox.texts)

    assert inbox.texts == ["and how wide?", "and then?"]


@pytest.mark.parametrize(
    "changed",
    [{"edited_timestamp": None}, {"content": ""}, {"mentions": [], "content": "how?"}, {"author": {"bot": 1}}],
)
def test_what_is_no_edit_that_names_us_asks_nothing(changed: dict[str, Any]) -> None:
    _, data = payload("edited")

    assert parse.to_event("MESSAGE_ANEW", data | changed, BOT) is None
    assert isinstance(parse.to_event("MESSAGE_ANEW", data, BOT), Message)
