"""One answer on a Discord of our own: as the bot, and with an interaction's token."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.discord.parse import EPHEMERAL, to_event
from bots.discord.screen import LOADING, SIZE, SUPPRESS_EMBEDS, DiscordScreen, content
from core.contract import Action, Bucket, Event, Page
from core.errors import Closed, Throttled, TooBig, Uncertain, Vanished
from playground.limits import Window
from tests.bots.discord.desk import ADA, BOT, GENERAL, House, house, turn, turn_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def here() -> AsyncIterator[House]:
    async with house() as opened:
        yield opened


@pytest.fixture
def asked(here: House) -> str:
    return here.say("why?", mention=True)


@pytest.fixture
def screen(here: House, asked: str) -> DiscordScreen:
    return here.platform.screen(turn(asked))


def interaction(here: House) -> Event:
    """The newest interaction, as we read it."""
    found = to_event("INTERACTION_CREATE", here.world.gateway.past[-1].data, BOT)
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


# As the bot itself


async def test_an_answer_replies_to_its_question_and_grows_there(
    here: House, screen: DiscordScreen, asked: str
) -> None:
    id = await screen.post(Page("Because"), "n1")
    await screen.edit(id, Page("Because __it__ is."))

    shown = here.versions(id)
    assert [version["text"] for version in shown] == ["Because", "Because **it** is."]
    assert {version["reply_to"] for version in shown} == {asked}


async def test_no_version_of_an_answer_rings_anybody_but_its_asker(here: House, screen: DiscordScreen) -> None:
    id = await screen.post(Page("@everyone <@1400000000000000041>"), "n1")
    await screen.edit(id, Page("@here <@&1400000000000000050> `<@1400000000000000041>`"))

    assert [version["notified"] for version in here.versions(id)] == [[ADA], []]
    assert [version["pings"] for version in here.versions(id)] == [{"everyone": False, "users": [ADA], "roles": []}] * 2


async def test_one_answer_rings_once(here: House, screen: DiscordScreen) -> None:
    for number in range(3):
        await screen.post(Page(f"page {number}"), f"n{number}")

    assert [version["notified"] for version in here.versions()] == [[ADA], [], []]


async def test_no_message_has_previews(here: House, screen: DiscordScreen) -> None:
    id = await screen.post(Page("see https://a.example"), "n1")
    await screen.edit(id, Page("see https://b.example"))

    assert [version["flags"] for version in here.versions(id)] == [SUPPRESS_EMBEDS] * 2


async def test_buttons_carry_their_action_and_turn_and_go_again(here: House, screen: DiscordScreen, asked: str) -> None:
    id = await screen.post(Page("Because", buttons=(Action.STOP,)), "n1")
    await screen.edit(id, Page("Because.", buttons=(Action.REGENERATE, Action.CONTINUE, Action.RETRY), final=True))
    await screen.edit(id, Page("Because."))

    first, second, third = (version["components"] for version in here.versions(id))
    assert first[0]["components"][0]["custom_id"] == f"stop:{asked}"
    assert [button["label"] for button in second[0]["components"]] == ["Regenerate", "Continue", "Try again"]
    assert third == []


async def test_a_page_of_the_full_size_is_taken(here: House, screen: DiscordScreen) -> None:
    await screen.post(Page("字" * SIZE, buttons=tuple(Action)), "n1")

    assert here.shown == ["字" * SIZE]


async def test_a_page_with_nothing_to_see_is_still_a_message(here: House, screen: DiscordScreen) -> None:
    await screen.post(Page("```py\n```"), "n1")

    assert here.shown == ["…"]


async def test_the_rest_of_a_long_text_is_a_file_once(here: House, screen: DiscordScreen) -> None:
    id = await screen.post(Page("Much", file=b"rest"), "n1")
    await screen.edit(id, Page("Much more", file=b"the rest"))
    files = [version["attachments"] for version in here.versions(id)]
    await screen.edit(id, Page("Little"))

    assert [[(file["filename"], file["size"]) for file in one] for one in files] == [
        [("answer.md", 4)],
        [("answer.md", 8)],
    ]
    assert here.versions(id)[-1]["attachments"] == []


async def test_the_same_post_again_is_the_same_message(here: House, screen: DiscordScreen) -> None:
    assert await screen.post(Page("Because"), "n1") == await screen.post(Page("Because"), "n1")
    assert await screen.post(Page("And"), "n2")

    assert here.shown == ["Because", "And"]


async def test_a_post_is_found_by_its_nonce_also_after_edits(here: House, screen: DiscordScreen) -> None:
    first = await screen.post(Page("one"), "n1")
    second = await screen.post(Page("two"), "n2")
    await screen.edit(second, Page("two and a half"))

    assert [await screen.find(nonce) for nonce in ("n1", "n2", "n3")] == [first, second, None]


async def test_a_first_post_is_found_by_its_question_when_its_nonce_is_forgotten(here: House, asked: str) -> None:
    other = here.say("and why not?", mention=True)
    id = await here.platform.screen(turn(asked)).post(Page("one"), "n1")
    here.world.world.anywhere(id).nonce = None

    assert await here.platform.screen(turn(other)).find("n2") is None
    assert await here.platform.screen(turn(asked, shown=(id,))).find("n2") is None
    assert await here.platform.screen(turn(asked)).find("n1") == id


async def test_a_post_whose_answer_was_lost_is_found(here: House, screen: DiscordScreen) -> None:
    here.fail("message.create", "lost")

    with pytest.raises(Uncertain):
        await screen.post(Page("one"), "n1")

    assert await screen.find("n1") == here.versions()[0]["message"]
    assert len(here.calls("message.create")) == 1


async def test_where_we_may_not_read_nothing_is_found_and_the_answer_is_no_reply(
    here: House, screen: DiscordScreen
) -> None:
    here.do("deny", channel=GENERAL, permissions=["READ_MESSAGE_HISTORY"])

    assert await screen.find("n1") is None
    with pytest.raises(Uncertain):
        await screen.post(Page("Because"), "n1")
    await screen.post(Page("Because"), "n1")

    assert [(version["text"], version["reply_to"]) for version in here.versions()] == [("Because", None)]


async def test_the_answer_to_a_deleted_question_is_no_reply(here: House, screen: DiscordScreen, asked: str) -> None:
    here.do("delete", message=asked)

    await screen.post(Page("Because"), "n1")

    assert here.versions()[0]["reply_to"] is None


async def test_the_sign_of_life_is_typing(here: House, screen: DiscordScreen) -> None:
    await screen.status("Thinking…")
    await screen.status("")

    assert [one["channel"] for one in here.records("typing")] == [GENERAL]


async def test_in_a_thread_everything_happens_there(here: House, asked: str) -> None:
    thread = here.do("thread", message=asked)["id"]
    screen = here.platform.screen(turn(here.say("more", thread=thread), thread=thread))

    await screen.status("Thinking…")
    await screen.post(Page("Because"), "n1")

    assert {one["channel"] for one in (*here.records("typing"), *here.versions())} == {thread}


async def test_a_message_is_removed_once(here: House, screen: DiscordScreen) -> None:
    id = await screen.post(Page("Because"), "n1")

    await screen.remove(id)
    with pytest.raises(Vanished):
        await screen.remove(id)
    with pytest.raises(Vanished):
        await screen.edit(id, Page("Because it is."))

    assert here.shown == []


async def test_an_archived_thread_is_opened_by_a_new_message(here: House, asked: str) -> None:
    thread = here.do("thread", message=asked)["id"]
    screen = here.platform.screen(turn(here.say("more", thread=thread), thread=thread))
    id = await screen.post(Page("Because"), "n1")
    here.do("archive", thread=thread)

    with pytest.raises(Vanished):
        await screen.edit(id, Page("Because it is."))
    await screen.post(Page("Because it is."), "n2")

    assert here.shown == ["Because", "Because it is."]


async def test_a_place_where_we_may_not_write_is_closed(here: House, screen: DiscordScreen) -> None:
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])

    with pytest.raises(Closed, match="50013"):
        await screen.post(Page("Because"), "n1")


# With an interaction's token


async def test_the_answer_to_a_command_takes_the_place_of_thinking(here: House) -> None:
    event = await command(here)
    screen = here.platform.screen(turn_of(event))

    await screen.status("Thinking…")
    id = await screen.post(Page("Because"), "n1")
    await screen.edit(id, Page("Because it is.", buttons=(Action.REGENERATE,)))

    assert [version["text"] for version in here.versions(id)] == ["", "Because", "Because it is."]
    assert [version["flags"] & LOADING for version in here.versions(id)] == [LOADING, 0, 0]
    assert here.records("typing") == []


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


async def test_a_token_that_is_over_is_not_used_any_more(here: House) -> None:
    event = await command(here)
    screen = here.platform.screen(turn_of(event))
    id = await screen.post(Page("one"), "n1")
    here.world.asked[event.address["token"]].began -= 1_000

    with pytest.raises(Uncertain, match="50027"):
        await screen.edit(id, Page("one and a half"))
    await screen.edit(id, Page("one and a half"))
    await screen.post(Page("two"), "n2")

    assert here.shown == ["one and a half", "two"]


async def test_an_old_commands_answer_is_edited_as_the_bot(here: House) -> None:
    event = await command(here)
    id = await here.platform.screen(turn_of(event)).post(Page("one"), "n1")
    event.address["until"] = "1"  # type: ignore[index]  # a dict
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
    event.address["until"] = "1"  # type: ignore[index]  # a dict
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


# Budgets


async def test_a_call_spends_the_channels_budget_and_the_bots(screen: DiscordScreen) -> None:
    everywhere = Bucket("discord.global", "", 50, 1)

    assert screen.buckets("edit") == (Bucket("discord.edit", GENERAL, 5, 5), everywhere)
    assert screen.buckets("post") == (Bucket("discord.post", GENERAL, 5, 5), everywhere)
    assert screen.buckets("status") == (Bucket("discord.typing", GENERAL, 5, 5), everywhere)
    assert screen.buckets("") == (everywhere,)


async def test_a_command_spends_its_own_budget(here: House) -> None:
    event = await command(here)
    screen = here.platform.screen(turn_of(event))

    assert screen.buckets("edit") == screen.buckets("post") == (Bucket("discord.token", event.id, 5, 2),)
    assert screen.buckets("status") == ()


async def test_headers_teach_the_real_budget() -> None:
    async with house(limits={"message.edit": Window(3, 4)}) as here:
        screen = here.platform.screen(turn(here.say("why?", mention=True)))
        id = await screen.post(Page("a"), "n1")
        await screen.edit(id, Page("b"))
        await screen.edit(id, Page("c"))

        [edits, _] = screen.buckets("edit")
        assert edits.calls == 3
        assert edits.seconds == pytest.approx(4, abs=0.11)


async def test_a_429_stops_its_own_bucket_or_all() -> None:
    async with house(limits={"message.edit": Window(1, 9)}) as here:
        screen = here.platform.screen(turn(here.say("why?", mention=True)))
        id = await screen.post(Page("a"), "n1")
        await screen.edit(id, Page("b"))
        with pytest.raises(Throttled, match=r"discord\.edit") as edits:
            await screen.edit(id, Page("c"))
        here.fail("message.create", 429, scope="global", retry_after=3)
        with pytest.raises(Throttled, match=r"discord\.global") as everything:
            await screen.post(Page("d"), "n2")

        assert 8 < edits.value.retry_after <= 9
        assert everything.value.retry_after == 3


async def test_a_text_that_is_too_long_is_too_big(here: House, screen: DiscordScreen) -> None:
    with pytest.raises(TooBig):
        await screen.post(Page("x" * 2001), "n1")


async def test_what_a_page_measures_is_what_is_sent(screen: DiscordScreen) -> None:
    text = "@everyone <@1> words"

    assert screen.measure(text) == len(str(content(text)["content"])) == len(text) + 2
