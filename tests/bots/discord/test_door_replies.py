"""What a Reply replies to is looked up where Discord's event lacks it."""

import json
import time
from typing import Any

import pytest

from bots.discord.parts import snowflake
from core.contract import Place
from tests.bots.discord.desk import BOT, GENERAL, GUILD, House, at_work, house, payload
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio


def reply(here: House, to: str, **changed: Any) -> None:
    """Somebody replies to a message, and the event does not say what that is."""
    kind, data = payload("reply_to_another")
    where = {"channel_id": changed.get("channel_id", GENERAL), "message_id": to, "type": 0}
    told = {**data, "id": str(snowflake(time.time())), "message_reference": where, **changed}
    told.pop("referenced_message")
    here.do("frame", text=json.dumps({"op": 0, "t": kind, "s": 999, "d": told}))


async def test_claude_reads_what_it_replies_to() -> None:
    async with house(content=True) as here:
        inbox = Notebook()
        async with at_work(here, inbox):
            reply(here, here.say("the build is red", user="grace"))
            await until(lambda: inbox.texts)

    assert "> the build is red" in inbox.texts[0]


async def test_so_it_does_in_direct_messages() -> None:
    async with house(content=True) as here:
        inbox = Notebook()
        async with at_work(here, inbox):
            direct = here.do("say", text="the build is red", dm=True)
            reply(here, direct["id"], channel_id=direct["channel"], guild_id="", mentions=[])
            await until(lambda: len(inbox.texts) == 2)

    assert inbox.events[1].place == Place("discord", "dm", direct["channel"], private=True)
    assert "> the build is red" in inbox.texts[1]


async def test_who_replies_to_the_bot_without_a_ping_speaks_to_it() -> None:
    async with house(content=True) as here:
        inbox = Notebook()
        async with at_work(here, inbox):
            answer = await here.platform.rest.call("POST", f"/channels/{GENERAL}/messages", {"content": "It is dark."})
            reply(here, answer["id"], mentions=[], content="no ping though")
            await until(lambda: inbox.texts)

    assert inbox.events[0].place == Place("discord", GUILD, GENERAL)
    assert inbox.texts[0].startswith("no ping though\n\n[This replies to what you wrote on")


@pytest.mark.parametrize("failure", [404, 500, "429"])
async def test_what_cannot_be_looked_up_keeps_nobody_from_an_answer(failure: object) -> None:
    async with house(content=True) as here:
        here.fail("message.get", failure, times=None)
        inbox = Notebook()
        async with at_work(here, inbox):
            reply(here, here.say("the build is red", user="grace"), content=f"<@{BOT.user}> what does that mean?")
            await until(lambda: inbox.texts)

    assert inbox.texts == ["what does that mean?"]
    assert len(here.calls("message.get")) == 1
