"""What the store knows of usage, for whoever asks."""

from dataclasses import replace
from typing import Any

import pytest

from core.contract import Person
from core.dialogue import Call, Usage
from core.limits import parse_windows
from tests.core.office import ANA, BEN, CHANNEL, Office

pytestmark = pytest.mark.anyio


async def spend(here: Office, person: Person, **where: Any) -> None:
    event = here.message(author=person, place=replace(CHANNEL, **where))
    trace = here.door.desk.accounts.trace
    who, channel = trace.person(event), trace.channel(event)
    here.store.purse.note(Call(model="claude-sonnet-5-5", usage=Usage(), cost=0.5, user=who, place=channel))
    await here.store.purse.settle()


async def test_a_person_a_channel_with_its_threads_and_everybody_each_have_their_sums(here: Office) -> None:
    for person, where in ((ANA, {}), (ANA, {"thread": "m1"}), (BEN, {"thread": "m1"}), (BEN, {"channel": "C2"})):
        await spend(here, person, **where)
    books, event = here.door.desk.accounts, here.message(author=ANA)

    found = {whose: (await books.used(event, whose)).month.dollars for whose in ("me", "channel", "all")}
    shares = await books.shares(event)

    assert found == {"me": 1.0, "channel": 1.5, "all": 2.0}
    assert {figures.dollars for figures in shares.people.values()} == {1.0}
    assert shares.people.keys() == {shares.you, books.trace.person(here.message(author=BEN))}
    assert shares.models["claude-sonnet-5-5"].calls == 4


async def test_limits_that_are_set_in_a_thread_hold_in_its_channel(here: Office) -> None:
    windows = parse_windows("3/hour")
    await here.door.desk.accounts.limit(replace(CHANNEL, thread="m1"), "all", windows)

    assert await here.door.desk.accounts.limits(CHANNEL) == {"all": windows}


async def test_the_commands_are_answered(here: Office) -> None:
    await spend(here, ANA)
    usage = await here.tell(here.command("usage"))
    limits = await here.tell(here.command("limits", "1/hour"))
    await here.ask("one")
    refused = await here.tell(here.message("two", author=BEN))

    assert "- today: 1 call" in usage.text
    assert "together: `1/hour`" in limits.text
    assert refused.text.startswith("That was 1 question of all people in this channel within an hour. Please wait ")
