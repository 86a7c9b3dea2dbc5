"""One answer written with an interaction's token: of a command, of a button."""

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bots.discord import screen as module
from bots.discord.parse import to_event
from bots.discord.screen import BLOCKED_HERE, DiscordScreen
from bots.discord.words import ABOUT_THIS, EPHEMERAL, LOADING
from core.canvas import Canvas, Ending
from core.commands import as_message
from core.contract import Action, Bucket, Command, Event, Page, Turn
from core.errors import Closed, Uncertain, Vanished
from playground.limits import Window
from tests.bots.discord.desk import ADA, BOT, GENERAL, House, house, turn, turn_of
from tests.core.stand_in import Notebook

pytestmark = pytest.mark.anyio


def interaction(here: House) -> Event:
    """The newest interaction, as we read it."""
    found = to_event("INTERACTION_CREATE", here.ground.gateway.past[-1].data, BOT)
    assert found is not None
    return found


async def deferred(here: House, kind: int = 5) -> Event:
    """The newest interaction, answered with "is thinking" (5) or nothing to see (6)."""
    event = interaction(here)
    flags = EPHEMERAL if event.address["alone"] else 0
    path = f"/interactions/{event.id}/{event.address['token']}/callback"
    await here.platform.rest.call("POST", path, {"type": kind, "data": {"flags": flags}}, signed=False)
    return event


async def command(here: House, **more: Any) -> Event:
    """Somebody typed /ask, and was told that we think."""
    await here.platform.rest.call(
        "PUT",
        f"/applications/{BOT.application}/commands",
        [{"name": "ask", "type": 1, "description": "Ask", "contexts": [0, 1, 2], "integration_types": [0, 1]}],
    )
    here.do("interact", command="ask", **more)
    return await deferred(here)


async def test_the_answer_to_a_command_takes_the_place_of_thinking(here: House) -> None:
    event = await command(here)
    screen = here.platform.screen(turn_of(event))

    await screen.status("Thinking…")
    id = await screen.post(Page("Because"), "n1")
    await screen.edit(id, Page("Because it is.", buttons=(Action.REGENERATE,)))

    assert [version["text"] for version in here.versions(id)] == ["", "Because", "Because it is."]
    assert [version["flags"] & LOADING for version in here.versions(id)] == [LOADING, 0, 0]
    assert here.records("typing") == []


async def test_what_a_command_asked_stands_above_its_answer_also_when_that_is_written_anew(here: House) -> None:
    event = await command(here)
    turn = turn_of(event, asked="why is\n```\nthis\n``` so?")
    screen = here.platform.screen(turn)

    await written(screen, turn, "Because", "Because it is.")
    again = replace(turn, id="n2", shown=(here.versions()[-1]["message"],))
    await written(here.platform.screen(again), again, "Since", "Since it is so.")

    head = "> why is ''' this ''' so?"
    assert [version["text"] for version in here.versions() if version["text"]] == [
        f"{head}\n\nBecause",
        f"{head}\n\nBecause it is.",
        f"{head}\n\nSince",
        f"{head}\n\nSince it is so.",
    ]


@pytest.mark.parametrize(("answer", "shown"), [("It is not.", "It is not."), ("scam.example? No.", BLOCKED_HERE)])
async def test_where_a_question_is_blocked_its_answer_stands_alone(here: House, answer: str, shown: str) -> None:
    turn = turn_of(await command(here), asked="is scam.example safe?")
    here.fail("original.edit", {"error": "240000"}, times=None, about="scam.example")

    await written(here.platform.screen(turn), turn, answer)

    assert here.shown == [shown]


async def test_the_message_whose_menu_was_used_is_not_repeated_above_the_answer(here: House) -> None:
    path = f"/applications/{BOT.application}/commands"
    await here.platform.rest.call("PUT", path, [{"name": ABOUT_THIS, "type": 3, "contexts": [0]}])
    here.do("interact", command=ABOUT_THIS, target=here.say("the build is red", user="grace"))
    event = await deferred(here)
    assert isinstance(event, Command)
    turn = Turn(event.id, 1, 1, as_message(event))

    await written(here.platform.screen(turn), turn, "It failed.")

    assert here.shown[-1] == "It failed."


async def test_of_a_long_question_only_the_beginning_stands_there(here: House) -> None:
    turn = turn_of(await command(here), asked="why " * 200)

    await written(here.platform.screen(turn), turn, "Because.")

    (shown,) = here.shown
    assert shown.startswith("> why why")
    assert shown.endswith("why…\n\nBecause.")
    assert len(shown) < 330


async def test_once_thinking_is_answered_typing_is_the_sign_of_life(here: House) -> None:
    screen = here.platform.screen(turn_of(await command(here)))
    await screen.post(Page("Let me look."), "n1")

    await screen.status("Searching…")

    assert [one["channel"] for one in here.records("typing")] == [GENERAL]
    assert [bucket.name for bucket in screen.buckets("status")] == ["discord.typing", "discord.global"]


async def test_who_presses_a_button_sees_that_something_happens(here: House, asked: str) -> None:
    id = await here.platform.screen(turn(asked)).post(Page("old", buttons=(Action.REGENERATE,)), "n1")
    here.do("press", message=id, custom_id="Regenerate")
    press = await deferred(here, 6)

    await here.platform.screen(turn(asked, shown=(id,), **press.address)).status("Thinking…")

    assert [one["channel"] for one in here.records("typing")] == [GENERAL]


async def test_what_follows_it_are_follow_ups(here: House) -> None:
    screen = here.platform.screen(turn_of(await command(here)))
    first = await screen.post(Page("one"), "n1")
    second = await screen.post(Page("two"), "n2")
    await screen.edit(second, Page("two and a half"))
    await screen.remove(first)

    assert here.shown == ["two and a half"]
    assert len(here.calls("followup.create")) == 1
    assert not here.calls("message.create")


async def test_who_comes_later_finds_the_answer_to_a_command(here: House) -> None:
    turned = turn_of(await command(here))
    later = here.platform.screen(turned)
    assert await later.find("n1") is None

    first = await here.platform.screen(turned).post(Page("one"), "n1")

    assert await later.find("n1") == first
    assert await later.find("n2") is None


async def test_who_comes_later_finds_a_lost_follow_up(here: House) -> None:
    event = await command(here)
    first = await here.platform.screen(turn_of(event)).post(Page("one"), "n1")
    screen = here.platform.screen(turn_of(event, shown=(first,)))
    here.fail("followup.create", "lost")
    with pytest.raises(Uncertain):
        await screen.post(Page("two"), "n2")

    found = await screen.find("n2")

    assert [version["text"] for version in here.versions(found or "")] == ["two"]


NAME = f"\n-# <@{ADA}>"


async def written(screen: DiscordScreen, turn: Turn, *texts: str) -> None:
    """What a reply does until each of these texts stands, whatever is uncertain."""
    canvas = Canvas(screen, Notebook(), turn)
    for text in texts:
        while change := canvas.plan(text, Ending(watched=True)):
            with suppress(Uncertain):
                await (canvas.look() if canvas.in_doubt and change.call != "edit" else canvas.make(change))


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_command_whose_token_is_over_is_answered_by_name_in_the_place_of_thinking(
    here: House, is_known: bool
) -> None:
    event = await command(here)
    here.ground.asked[event.address["token"]].began -= 1_000
    late = replace(event, address={**event.address, "until": str(time.time() - 9)}) if is_known else event
    turn = turn_of(late)

    await written(here.platform.screen(turn), turn, "Because", "Because it is.")

    assert here.shown == [f"Because it is.{NAME}"]
    assert [version["notified"] for version in here.versions() if version["text"]] == [[ADA], []]


async def test_a_command_that_was_never_answered_at_first_is_answered_by_name(here: House) -> None:
    await command(here)
    here.do("interact", command="ask")
    turn = turn_of(interaction(here))

    await written(here.platform.screen(turn), turn, "Because")

    assert here.shown == ["", f"Because{NAME}"]  # the other one is still thought about
    assert here.versions()[-1]["notified"] == [ADA]


async def test_where_thinking_cannot_be_taken_away_the_answer_stands_below_it(here: House) -> None:
    event = await command(here)
    here.ground.asked[event.address["token"]].began -= 1_000
    here.fail("message.delete", {"error": "50013"})
    turn = turn_of(event)

    await written(here.platform.screen(turn), turn, "Because")

    assert here.shown == ["", f"Because{NAME}"]


async def test_a_token_that_is_over_is_not_used_any_more(here: House) -> None:
    event = await command(here)
    screen = here.platform.screen(turn_of(event))
    id = await screen.post(Page("one"), "n1")
    here.ground.asked[event.address["token"]].began -= 1_000

    with pytest.raises(Uncertain, match="50027"):
        await screen.edit(id, Page("one and a half"))
    await screen.edit(id, Page("one and a half"))
    await screen.post(Page("two"), "n2")

    assert here.shown == ["one and a half", "two"]


async def test_an_old_commands_answer_is_edited_as_the_bot(here: House) -> None:
    event = await command(here)
    id = await here.platform.screen(turn_of(event)).post(Page("one"), "n1")
    event.address["until"] = str(time.time() - 9)  # type: ignore[index]  # a dict
    screen = here.platform.screen(turn_of(event, shown=(id,)))

    await screen.edit(id, Page("one and a half"))

    assert here.calls("message.edit")
    assert screen.buckets("edit")[0].name == "discord.edit"


async def test_a_command_whose_answer_was_deleted_gets_another_message(here: House) -> None:
    screen = here.platform.screen(turn_of(await command(here)))
    here.do("delete", message=here.versions()[0]["message"])

    with pytest.raises(Uncertain):
        await screen.post(Page("one"), "n1")
    assert await screen.find("n1") is None
    await screen.post(Page("one"), "n1")

    assert here.shown == ["one"]


async def test_where_the_bot_is_no_member_only_the_asker_sees_the_answer(here: House) -> None:
    screen = here.platform.screen(turn_of(await command(here, install="user")))
    await screen.post(Page("one"), "n1")
    await screen.post(Page("two"), "n2")

    assert [version["shown_to"] for version in here.versions()] == [ADA] * 3
    assert await screen.find("n3") is None


async def test_without_its_token_such_an_answer_is_closed(here: House) -> None:
    event = await command(here, install="user")
    event.address["until"] = str(time.time() - 9)  # type: ignore[index]  # a dict
    screen = here.platform.screen(turn_of(event))

    await screen.status("Thinking…")
    for call in (screen.post(Page("one"), "n1"), screen.edit("1", Page("one")), screen.remove("1")):
        with pytest.raises(Closed):
            await call
    assert here.records("typing") == []


async def test_a_button_lets_its_answer_grow_anew_in_its_place(here: House, asked: str) -> None:
    id = await here.platform.screen(turn(asked)).post(Page("old", buttons=(Action.REGENERATE,)), "n1")
    here.do("press", message=id, custom_id="Regenerate")
    press = await deferred(here, 6)
    screen = here.platform.screen(turn(asked, shown=(id,), **press.address))

    await screen.edit(id, Page("new"))
    more = await screen.post(Page("more"), "n2")
    await screen.edit(more, Page("more and more"))

    assert here.shown == ["new", "more and more"]
    assert [len(here.calls(name)) for name in ("original.edit", "followup.create", "message.edit")] == [1, 1, 0]


async def test_an_answer_of_several_messages_grows_anew_as_the_bots(here: House, asked: str) -> None:
    first = await here.platform.screen(turn(asked)).post(Page("old"), "n1")
    last = await here.platform.screen(turn(asked)).post(Page("more", buttons=(Action.REGENERATE,)), "n2")
    here.do("press", message=last, custom_id="Regenerate")
    press = await deferred(here, 6)
    screen = here.platform.screen(turn(asked, shown=(first, last), **press.address))

    await screen.edit(first, Page("new"))
    await screen.remove(last)

    assert here.shown == ["new"]
    assert len(here.calls("message.edit")) == 1


async def told_alone(here: House, *, where: str = "user", denied: str = "") -> tuple[Event, tuple[str, ...]]:
    """An answer of three messages that one person sees, whose button was pressed; its question as it is asked again.

    Else `denied`: what the bot may not do where a command of a server's is answered.
    """
    if denied:
        here.do("deny", channel=GENERAL, permissions=[denied])
    event = await command(here, install=where)
    screen = here.platform.screen(turn_of(event))
    shown = [await screen.post(Page(f"old {number}", buttons=(Action.REGENERATE,)), f"n{number}") for number in "123"]
    here.do("press", message=shown[-1], custom_id="Regenerate")
    press = await deferred(here, 6)
    return replace(event, address={**event.address, **press.address}), tuple(shown)


async def test_what_one_person_sees_is_changed_with_the_tokens_that_made_it(here: House) -> None:
    event, shown = await told_alone(here)
    screen = here.platform.screen(turn_of(event, shown=shown))

    await screen.edit(shown[0], Page("new 1"))
    for id in shown[1:]:
        await screen.remove(id)
    more = await screen.post(Page("new 2"), "n4")
    await screen.edit(more, Page("new 2 and more"))

    assert here.shown == ["new 1", "new 2 and more"]


async def test_a_long_answer_that_one_person_sees_is_written_anew_in_its_place(here: House) -> None:
    event, shown = await told_alone(here)
    turn = turn_of(event, shown=shown)
    canvas = Canvas(here.platform.screen(turn), Notebook(), turn)

    while change := canvas.plan("new", Ending()):
        await canvas.make(change)

    assert here.shown == ["new"]
    assert not here.calls("followup.create")[len(shown) - 1 :]


@pytest.mark.parametrize("denied", ["VIEW_CHANNEL", "SEND_MESSAGES"])
async def test_where_only_tokens_can_write_a_long_answer_is_written_anew_in_its_place(here: House, denied: str) -> None:
    event, shown = await told_alone(here, where="guild", denied=denied)
    turn = turn_of(event, shown=shown)
    canvas = Canvas(here.platform.screen(turn), Notebook(), turn)
    text = "\n\n".join(f"new {number} ".ljust(1_900, "x") for number in range(4))

    while change := canvas.plan(text, Ending()):
        await canvas.make(change)

    assert [one[:5] for one in here.shown] == [f"new {number}" for number in range(4)]
    assert {version["shown_to"] for version in here.versions()} == {None}


@pytest.mark.parametrize(("denied", "left"), [("VIEW_CHANNEL", 2), ("SEND_MESSAGES", 0)])
async def test_where_the_tokens_that_made_it_are_over_an_answer_is_still_shown(
    here: House, denied: str, left: int
) -> None:
    """What the bot sees it changes as itself; what it does not see stands."""
    event, shown = await told_alone(here, where="guild", denied=denied)
    min(here.ground.asked.values(), key=lambda asked: asked.id).began -= 1_000
    turn = turn_of(event, shown=shown)
    canvas = Canvas(here.platform.screen(turn), Notebook(), turn)

    while change := canvas.plan("new", Ending()):
        with suppress(Uncertain):
            await canvas.make(change)

    assert len([one for one in here.shown if one.startswith("old")]) == left
    assert here.shown.count("new") == 1


async def test_a_message_of_the_bots_own_among_those_of_a_token_goes_on(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rang whoever asked, who had waited long."""
    event = await command(here)
    screen = here.platform.screen(turn_of(event))
    first = await screen.post(Page("one"), "n1")
    monkeypatch.setattr(module, "WATCHED_SECONDS", -1.0)
    second = await screen.post(Page("two"), "n2")

    await screen.edit(second, Page("two and more"))
    later = here.platform.screen(turn_of(event, shown=(first, second)))
    with pytest.raises(Uncertain):
        await later.edit(second, Page("two and much more"))
    await later.edit(second, Page("two and much more"))
    await later.edit(first, Page("one and more"))

    assert here.shown == ["one and more", "two and much more"]


@pytest.mark.parametrize("private", [False, True])
async def test_a_command_in_a_thread_that_is_archived_meanwhile_is_answered_once(here: House, *, private: bool) -> None:
    """Of a private one the bot need not be a member: there it may not change its message without the token."""
    thread = here.do("thread", channel=GENERAL, private=private)["id"]
    turn = turn_of(await command(here, thread=thread))
    canvas = Canvas(here.platform.screen(turn), Notebook(), turn)
    first = canvas.plan("Because", None)
    assert first
    await canvas.make(first)
    here.do("archive", thread=thread)

    while change := canvas.plan("Because it is.", Ending()):
        with suppress(Uncertain):
            await canvas.make(change)

    assert here.shown == ["Because it is."]
    assert not here.calls("message.edit")


async def test_what_a_token_made_that_is_over_counts_as_gone(here: House) -> None:
    event, shown = await told_alone(here)
    first = min(here.ground.asked.values(), key=lambda asked: asked.id)
    first.began -= 1_000
    screen = here.platform.screen(turn_of(event, shown=shown))

    with pytest.raises(Uncertain):
        await screen.edit(shown[0], Page("new"))
    with pytest.raises(Vanished):
        await screen.edit(shown[0], Page("new"))
    await screen.edit(shown[-1], Page("new"))

    assert here.shown == ["old 1", "old 2", "new"]


@pytest.mark.parametrize(("told", "learnt"), [(Window(7, 3), [(7, 3), (30, 60)]), (Window(20, 30), [(5, 2), (20, 30)])])
async def test_headers_teach_either_budget_of_a_token(told: Window, learnt: list[tuple[int, float]]) -> None:
    async with house(limits={"webhook": told}) as here:
        screen = here.platform.screen(turn_of(await command(here)))
        await screen.post(Page("one"), "n1")

        assert [(one.calls, round(one.seconds)) for one in screen.buckets("edit")] == learnt


async def test_a_command_spends_its_own_budget(here: House) -> None:
    event = await command(here)
    screen = here.platform.screen(turn_of(event))

    own = (Bucket("discord.token", event.id, 5, 2), Bucket("discord.token.minute", event.id, 30, 60))
    assert screen.buckets("edit") == screen.buckets("post") == own
    assert screen.buckets("status") == ()
