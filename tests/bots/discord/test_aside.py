"""What one person alone is told: in a direct message, else by a sign, else as a reply."""

import asyncio
import time
from dataclasses import replace

import pytest

from bots.discord import aside
from bots.discord.aside import NO_WAY, SIGN, Aside
from bots.discord.door import ROLE_UNREAD
from core.commands import as_command
from core.contract import Command, Event, Message, Outcome, Page, Person, Place, Verdict
from playground.discord.permissions import Can
from playground.discord.world import Role
from tests.bots.discord.desk import ADA, GENERAL, GUILD, House, at_work, turn
from tests.bots.inboxes import Notebook
from tests.waits import until

pytestmark = pytest.mark.anyio

WAIT = Verdict(Outcome.TOLD, "Please wait a minute.", retry_after=60)
WORDS = Verdict(Outcome.TOLD, "Not here.")


def asked(here: House) -> Message:
    id = here.say("why?", mention=True)
    place, where = Place("discord", GUILD, GENERAL), {"channel": GENERAL, "message": id}
    return Message(id=id, place=place, author=Person(ADA, "Ada"), at=time.time(), address=where, text="why?")


def channels(here: House) -> list[str]:
    return [one["channel"] for one in here.versions()]


def signs(here: House) -> list[str]:
    return [call["arguments"]["emoji"] for call in here.calls("reaction.add")]


async def test_it_comes_in_a_direct_message_whose_channel_is_asked_for_once(here: House) -> None:
    aside, message = Aside(here.platform.rest), asked(here)

    for number in range(2):
        await aside.tell(replace(message, id=f"{message.id}{number}"), WAIT)

    assert len(here.calls("dm.open")) == 1
    assert GENERAL not in channels(here)
    assert [text.splitlines()[0] for text in here.shown] == [WAIT.text] * 2


async def test_what_is_told_twice_stands_once(here: House) -> None:
    aside, message = Aside(here.platform.rest), asked(here)

    for _ in range(2):
        await aside.tell(message, WAIT)

    assert len(here.shown) == 1


async def test_what_is_told_of_one_question_later_is_told_too(here: House) -> None:
    aside, message = Aside(here.platform.rest), asked(here)

    for verdict in (WAIT, WORDS):
        await aside.tell(message, verdict)

    assert [text.splitlines()[0] for text in here.shown] == [WAIT.text, WORDS.text]


async def test_who_takes_no_direct_messages_sees_a_sign_when_they_must_wait(here: House) -> None:
    here.fail("message.create", 403, code=50007)

    await Aside(here.platform.rest).tell(asked(here), WAIT)

    assert (here.shown, signs(here)) == ([], [SIGN])


async def test_a_file_for_one_person_alone_is_never_a_reply(here: House) -> None:
    here.fail("dm.open", 403, code=50007)

    await Aside(here.platform.rest).tell(asked(here), replace(WORDS, file=b"{}"))

    assert here.shown == [NO_WAY.format("usage")]
    assert not any(version["attachments"] for version in here.versions())


@pytest.mark.parametrize(("name", "to"), [("usage", "usage"), ("privacy", "privacy"), ("ask", "usage")])
@pytest.mark.parametrize("wait", [0, 60])
async def test_what_is_somebodys_own_is_never_a_reply_but_how_to_get_it(
    here: House, name: str, to: str, wait: float
) -> None:
    here.fail("dm.open", 403, code=50007)
    here.do("deny", channel=GENERAL, permissions=["ADD_REACTIONS"])
    message = asked(here)
    spent = Verdict(Outcome.TOLD, "You spent $9.", retry_after=wait, own=True)

    await Aside(here.platform.rest).tell(as_command(message, name, ""), spent)

    assert here.shown == [NO_WAY.format(to)]
    assert "9" not in here.shown[0]


async def test_who_takes_no_direct_messages_has_other_words_as_a_reply(here: House) -> None:
    here.fail("dm.open", 403, code=50007)
    message = asked(here)

    await Aside(here.platform.rest).tell(message, WORDS)

    [told] = here.versions()
    assert (told["channel"], told["text"], told["reply_to"], told["notified"]) == (GENERAL, "Not here.", message.id, [])


@pytest.mark.parametrize("verdict", [WORDS, WAIT])
async def test_where_that_can_be_neither_a_reply_nor_a_sign_it_names_its_person_and_rings_nobody(
    here: House, verdict: Verdict
) -> None:
    here.fail("dm.open", 403, code=50007)
    here.do("deny", channel=GENERAL, permissions=["READ_MESSAGE_HISTORY"])

    await Aside(here.platform.rest).tell(asked(here), verdict)

    [told] = here.versions()
    assert (told["channel"], told["text"]) == (GENERAL, f"{verdict.text}\n-# <@{ADA}>")
    assert (told["reply_to"], told["notified"]) == (None, [])


async def test_what_was_said_not_long_ago_is_a_sign(here: House) -> None:
    await Aside(here.platform.rest).tell(asked(here), Verdict(Outcome.TOLD, retry_after=60))

    assert (here.shown, signs(here)) == ([], [SIGN])


async def test_a_command_that_was_answered_is_followed_by_a_direct_message_or_nothing(here: House) -> None:
    message = asked(here)
    command: Event = Command(
        id="1", place=message.place, author=message.author, at=0, address={"interaction": "1"}, name="ask"
    )
    told = Verdict(Outcome.ACCEPTED, "In a minute.", retry_after=60)

    await Aside(here.platform.rest).tell(command, told)
    here.fail("dm.open", 403, code=50007)
    await Aside(here.platform.rest).tell(command, told)

    assert (here.shown, signs(here)) == (["In a minute."], [])


async def test_trouble_with_it_is_nobodys_trouble(here: House) -> None:
    here.fail("dm.open", 400)

    await Aside(here.platform.rest).tell(asked(here), WAIT)

    assert here.shown == []


async def test_trouble_that_passes_keeps_nobody_from_being_told_once(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "ASIDE_PAUSES", (0.01, 0.01))
    here.fail("dm.open", 500)
    here.fail("message.create", "lost")

    await Aside(here.platform.rest).tell(asked(here), WAIT)

    assert len(here.shown) == 1


async def test_trouble_that_does_not_pass_is_given_up(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "ASIDE_PAUSES", (0.01, 0.01))
    here.fail("dm.open", 500, times=None)

    await Aside(here.platform.rest).tell(asked(here), WAIT)

    assert len(here.calls("dm.open")) == 3


async def test_somebody_who_asked_nothing_is_written_to_directly_and_once(here: House) -> None:
    for _ in range(2):
        await here.platform.write_to(ADA, "80 % is **gone**. @everyone")

    assert (len(here.shown), here.shown[0][:14]) == (1, "80 % is **gone")
    assert channels(here)[0] != GENERAL
    assert here.versions()[0]["pings"]["everyone"] is False


async def test_who_is_nobody_here_is_written_nothing(here: House) -> None:
    await here.platform.write_to("U0ADA", "gone")

    assert here.shown == []


async def test_who_calls_the_bots_role_where_it_may_not_read_that_is_told_so(here: House) -> None:
    role = Role(1400000000000000077, "Parley", Can(0), is_bots=True)
    here.ground.world.guilds[int(GUILD)].roles[role.id] = role
    inbox = Notebook(WORDS)
    async with at_work(here, inbox):
        here.say(f"<@&{role.id}> why?")
        await until(lambda: here.versions())

    [told] = here.shown
    assert [command.name for command in inbox.commands] == ["help"]
    assert told.startswith(f"{ROLE_UNREAD}\n\n{WORDS.text}")


async def test_a_direct_message_without_words_such_as_a_call_to_play_was_kept_back_by_nobody(here: House) -> None:
    here.say("join me", dm=True)
    call = here.ground.gateway.past[-1].data | {"content": "", "activity": {"type": 1, "party_id": "7"}}
    inbox = Notebook(WORDS)
    async with at_work(here, inbox):
        here.ground.gateway.tell("MESSAGE_CREATE", call, guild=0)
        await until(lambda: here.versions())

    assert [command.name for command in inbox.commands] == ["help"]
    assert here.shown == [WORDS.text]


async def test_the_sign_goes_with_the_answer_and_stays_where_another_person_replies(here: House) -> None:
    inbox = Notebook(replace(WAIT, outcome=Outcome.ACCEPTED))
    async with at_work(here, inbox):
        here.fail("message.create", 403, code=50007)
        question, other = asked(here), here.say("me too", user="grace")
        await until(lambda: signs(here))
        here.say("wait for it", user="grace", reply_to=question.id)
        await here.platform.screen(turn(other)).post(Page("42"), "1")
        await asyncio.sleep(0.05)
        assert here.calls("reaction.remove") == []

        await here.platform.screen(turn(question.id)).post(Page("42"), "2")

        await until(lambda: here.calls("reaction.remove"))
        assert here.ground.world.anywhere(question.id).reactions == {}
