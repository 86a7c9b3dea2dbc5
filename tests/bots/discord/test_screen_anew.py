"""An answer in Discord that took long: what rings whoever asked when it is there at last."""

import time

import pytest

from bots.discord import screen as module
from bots.discord.parts import snowflake
from bots.discord.screen import SIZE
from core.contract import Page
from core.errors import Uncertain
from tests.bots.discord.desk import ADA, GENERAL, House, turn, turn_of
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio

LONG_AGO = str(snowflake(time.time() - 3_600))


@pytest.fixture
def looked_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody, at once."""
    monkeypatch.setattr(module, "WATCHED_SECONDS", -1.0)


async def test_the_end_of_an_answer_is_noticed_for_a_minute(here: House, asked: str) -> None:
    screen = here.platform.screen(turn(asked, shown=(LONG_AGO,)))
    id = await screen.post(Page("Because"), "n1")

    assert not screen.unnoticed(id)
    assert screen.unnoticed(LONG_AGO)


async def test_an_id_that_tells_no_time_ends_no_answer_anew(here: House, asked: str) -> None:
    assert not here.platform.screen(turn(asked, shown=("5001",))).unnoticed("5001")


async def test_whoever_presses_a_button_looks_at_its_message(here: House, asked: str) -> None:
    pressed = here.say("stands for the press")
    screen = here.platform.screen(turn(asked, shown=(LONG_AGO,), interaction=pressed, original=LONG_AGO))

    assert not screen.unnoticed(LONG_AGO)


@pytest.mark.usefixtures("looked_away")
async def test_what_comes_late_rings_its_asker_again_and_nobody_else(here: House, asked: str) -> None:
    screen = here.platform.screen(turn(asked))

    for number in range(2):
        await screen.post(Page(f"page {number} for @everyone <@1400000000000000041>"), f"n{number}")

    assert [version["notified"] for version in here.versions()] == [[ADA], [ADA]]
    assert {version["reply_to"] for version in here.versions()} == {asked}


@pytest.mark.usefixtures("looked_away")
async def test_the_late_answer_to_a_command_names_its_asker(here: House) -> None:
    before = here.say("what stands above")
    screen = here.platform.screen(turn("", shown=(before,), interaction=LONG_AGO))

    await screen.post(Page("x" * screen.size), "n1")

    [version] = here.versions()
    assert version["notified"] == [ADA]
    assert version["text"].endswith(f"<@{ADA}>")
    assert len(version["text"]) <= SIZE


@pytest.mark.usefixtures("looked_away")
async def test_a_new_end_is_found_by_its_question(here: House, asked: str) -> None:
    screen = here.platform.screen(turn(asked))
    old, new = [await screen.post(Page(text), text) for text in ("old", "new")]

    assert await here.platform.screen(turn(asked, shown=(old,))).find("new") == new
    assert await here.platform.screen(turn(asked, shown=(old, new))).find("new") is None


async def test_a_message_that_was_found_is_one_that_was_noticed(here: House, asked: str) -> None:
    id = await here.platform.screen(turn(asked)).post(Page("lost"), "n1")
    screen = here.platform.screen(turn(asked))

    assert await screen.find("n1") == id
    assert not screen.unnoticed(id)


@pytest.mark.usefixtures("looked_away")
async def test_what_only_one_person_sees_stays_where_it_is(here: House, asked: str) -> None:
    assert not here.platform.screen(turn(asked, alone="yes")).unnoticed(LONG_AGO)


@pytest.mark.usefixtures("looked_away")
async def test_where_a_command_is_answered_and_we_may_not_write_nobody_is_rung(here: House, inbox: Notebook) -> None:
    await until(lambda: here.ground.world.commands.get(0))
    here.do("interact", command="ask", options={"question": "why?"})
    await until(lambda: here.acks)
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])
    screen = here.platform.screen(turn_of(inbox.events[0]))

    first = await screen.post(Page("page 1"), "n1")
    assert screen.unnoticed(first)
    with pytest.raises(Uncertain):
        await screen.post(Page("page 2"), "n2")
    assert not screen.unnoticed(first)
    await screen.post(Page("page 2"), "n2")

    assert here.shown == ["page 1", "page 2"]
