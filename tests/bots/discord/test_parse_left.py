"""What tells that the bot is not in a server, a channel or a thread any more."""

from typing import Any

import pytest

from bots.discord.parse import to_event
from core.contract import Left, Place
from tests.bots.discord.desk import ADA, BOT, GENERAL, GUILD, House, at_work
from tests.bots.inboxes import Notebook
from tests.waits import until


@pytest.mark.parametrize(
    ("kind", "payload", "place"),
    [
        ("GUILD_DELETE", {"id": GUILD}, Place("discord", GUILD, "")),
        ("CHANNEL_DELETE", {"id": GENERAL, "guild_id": GUILD, "type": 0}, Place("discord", GUILD, GENERAL)),
        (
            "THREAD_DELETE",
            {"id": "9", "guild_id": GUILD, "parent_id": GENERAL, "type": 11},
            Place("discord", GUILD, GENERAL, "9"),
        ),
        (
            "THREAD_MEMBERS_UPDATE",
            {"id": "9", "guild_id": GUILD, "parent_id": GENERAL, "type": 12, "removed_member_ids": [BOT.user]},
            Place("discord", GUILD, GENERAL, "9"),
        ),
    ],
)
def test_where_the_bot_cannot_be_any_more_it_has_left(kind: str, payload: dict[str, Any], place: Place) -> None:
    left = to_event(kind, payload, BOT)

    assert isinstance(left, Left)
    assert left.place == place


@pytest.mark.parametrize("payload", [{"id": GUILD, "unavailable": True}, {"id": "x"}, {}])
def test_a_server_that_is_away_for_a_while_is_not_left(payload: dict[str, Any]) -> None:
    assert to_event("GUILD_DELETE", payload, BOT) is None


@pytest.mark.parametrize(
    "changed", [{"type": 11}, {"removed_member_ids": [ADA]}, {"removed_member_ids": None}, {"parent_id": None}]
)
def test_a_thread_is_left_only_where_the_bot_was_taken_out_of_what_it_cannot_read_now(changed: dict[str, Any]) -> None:
    told = {"id": "9", "guild_id": GUILD, "parent_id": GENERAL, "type": 12, "removed_member_ids": [BOT.user]}

    assert to_event("THREAD_MEMBERS_UPDATE", told | changed, BOT) is None


@pytest.mark.anyio
async def test_a_private_thread_that_the_bot_is_taken_out_of_is_left(here: House) -> None:
    private, public = (here.do("thread", channel=GENERAL, private=private)["id"] for private in (True, False))
    inbox = Notebook()
    async with at_work(here, inbox):
        for thread in (private, public):
            here.do("admit", thread=thread)
        here.say("between us", thread=private, mention=True)
        await until(lambda: inbox.events)
        for thread in (public, private):
            here.do("admit", thread=thread, out=True)
        await until(lambda: len(inbox.events) > 1)

    assert [event.place.thread for event in inbox.events if isinstance(event, Left)] == [private]
