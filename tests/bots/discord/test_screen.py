"""One answer on a Discord of our own: as the bot, and with an interaction's token."""

from dataclasses import replace

import pytest

from bots.discord.aside import Aside
from bots.discord.parse_interactions import TOKEN_SECONDS
from bots.discord.parts import seconds
from bots.discord.rest import TOKEN
from bots.discord.screen import BLOCKED_HERE, NO_FILES, SIZE, DiscordScreen, content
from bots.discord.words import SUPPRESS_EMBEDS
from core.contract import Action, Bucket, Outcome, Page, Place, Turn, Verdict
from core.errors import Closed, Shut, Throttled, TooBig, Uncertain, Vanished
from core.text import REST_IN_FILE
from playground.limits import Window
from tests.bots.discord.desk import ADA, GENERAL, GUILD, House, house, turn

pytestmark = pytest.mark.anyio


@pytest.fixture
def screen(here: House, asked: str) -> DiscordScreen:
    return here.platform.screen(turn(asked))


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


async def test_a_post_is_found_by_its_nonce_as_long_as_that_is_told() -> None:
    async with house(nonce_told_seconds=60) as here:
        screen = here.platform.screen(turn(here.say("why?", mention=True)))
        first = await screen.post(Page("one"), "n1")
        second = await screen.post(Page("two"), "n2")
        await screen.edit(second, Page("two and a half"))

        assert [await screen.find(nonce) for nonce in ("n1", "n2", "n3")] == [first, second, None]


async def test_a_first_post_is_found_by_its_question(here: House, asked: str) -> None:
    other = here.say("and why not?", mention=True)
    id = await here.platform.screen(turn(asked)).post(Page("one"), "n1")

    assert await here.platform.screen(turn(other)).find("n2") is None
    assert await here.platform.screen(turn(asked, shown=(id,))).find("n2") is None
    assert await here.platform.screen(turn(asked)).find("n1") == id


@pytest.mark.parametrize("told_seconds", [0, 60])
async def test_a_later_post_is_found_by_its_buttons(told_seconds: float) -> None:
    async with house(nonce_seconds=0, nonce_told_seconds=told_seconds) as here:
        asked, other = (here.say(text, mention=True) for text in ("why?", "and why not?"))
        first = await here.platform.screen(turn(asked)).post(Page("one"), "n1")
        last = await here.platform.screen(turn(asked, shown=(first,))).post(Page("two", (Action.STOP,)), "n2")

        assert await here.platform.screen(turn(other)).find("n3") is None
        assert await here.platform.screen(turn(asked, shown=(first,))).find("n2") == last
        assert await here.platform.screen(turn(asked, shown=(first, last))).find("n4") is None


@pytest.mark.parametrize("is_dm", [False, True])
async def test_what_the_asker_alone_was_told_is_not_taken_for_the_answer(here: House, is_dm: bool) -> None:
    """It may be a reply to the question, too; but it rings nobody."""
    said = here.do("say", text="why?", dm=is_dm, mention=not is_dm)
    place = Place("discord", "dm" if is_dm else GUILD, str(said["channel"]), private=is_dm)
    address = {"channel": place.channel, "message": str(said["id"])}
    question = replace(turn(str(said["id"])).message, place=place, address=address)
    here.ground.world.users[int(ADA)].closed = not is_dm

    await Aside(here.platform.rest).tell(question, Verdict(Outcome.ACCEPTED, "Little is left."))
    answer = here.platform.screen(Turn(question.id, 1, 1, question))

    assert [version["reply_to"] for version in here.versions()] == [question.id]
    assert await answer.find("n1") is None
    id = await answer.post(Page("Because"), "n1")
    assert await here.platform.screen(Turn(question.id, 2, 2, question)).find("n1") == id


async def test_a_post_that_is_there_already_with_other_words_is_found_to_be_edited(
    here: House, screen: DiscordScreen, asked: str
) -> None:
    here.fail("message.create", "lost")
    here.fail("message.list", {"error": "50001"}, times=None)
    with pytest.raises(Uncertain):
        await screen.post(Page("one", (Action.STOP,)), "n1")
    assert await screen.find("n1") is None
    first = here.versions()[0]["message"]

    for one, page in ((screen, Page("one")), (here.platform.screen(replace(turn(asked), attempt=2)), Page("two"))):
        with pytest.raises(Uncertain):
            await one.post(page, "n1")
        assert await one.find("n1") == first


async def test_a_post_that_is_there_already_as_it_should_be_is_its_message(here: House, screen: DiscordScreen) -> None:
    here.fail("message.create", "lost")
    with pytest.raises(Uncertain):
        await screen.post(Page("one", (Action.STOP,)), "n1")

    assert await screen.post(Page("one", (Action.STOP,)), "n1") == here.versions()[0]["message"]


async def test_a_token_is_used_also_where_ids_tell_no_time(here: House, asked: str) -> None:
    until = f"{seconds('5001') + TOKEN_SECONDS:.0f}"
    screen = here.platform.screen(turn(asked, interaction="5001", token="abc", until=until))

    assert screen.buckets("edit")[0].name == TOKEN


async def test_where_nobody_tells_what_was_said_nothing_is_found(here: House, screen: DiscordScreen) -> None:
    here.fail("message.list", 404)

    assert await screen.find("n1") is None


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

    [version] = here.versions()
    assert (version["text"], version["reply_to"]) == (f"Because\n-# <@{ADA}>", None)
    assert version["notified"] == [ADA]


async def test_a_full_page_that_can_be_no_reply_is_shown_all_the_same(here: House, screen: DiscordScreen) -> None:
    here.do("deny", channel=GENERAL, permissions=["READ_MESSAGE_HISTORY"])
    page = Page("x" * SIZE)

    with pytest.raises(Uncertain):
        await screen.post(page, "n1")
    await screen.post(page, "n1")

    assert here.shown == [page.text]


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

    with pytest.raises(Shut):
        await screen.edit(id, Page("Because it is."))
    await screen.post(Page("Because it is."), "n2")
    await screen.remove(id)

    assert here.shown == ["Because it is."]


@pytest.mark.parametrize("code", ["200000", "240000"])
async def test_what_the_servers_rules_block_is_said_in_words(here: House, screen: DiscordScreen, code: str) -> None:
    here.fail("message.create", {"error": code})

    with pytest.raises(Uncertain):
        await screen.post(Page("damn"), "n1")
    await screen.post(Page("damn"), "n1")

    assert here.shown == [BLOCKED_HERE]


async def test_where_no_files_may_be_attached_that_is_said_instead(here: House, screen: DiscordScreen) -> None:
    here.do("deny", channel=GENERAL, permissions=["ATTACH_FILES"])
    page = Page(f"Much\n\n{REST_IN_FILE}", file=b"rest")

    with pytest.raises(Uncertain):
        await screen.post(page, "n1")
    await screen.post(page, "n1")

    assert here.shown == [f"Much\n\n{NO_FILES}"]
    assert len(NO_FILES) <= len(REST_IN_FILE)


async def test_a_place_where_we_may_not_write_is_closed(here: House, screen: DiscordScreen) -> None:
    here.do("deny", channel=GENERAL, permissions=["SEND_MESSAGES"])

    with pytest.raises(Closed, match="50013"):
        await screen.post(Page("Because"), "n1")


# Budgets


async def test_a_call_spends_the_channels_budget_and_the_bots(screen: DiscordScreen) -> None:
    everywhere = Bucket("discord.global", "", 50, 1)

    assert screen.buckets("edit") == (Bucket("discord.edit", GENERAL, 5, 5), everywhere)
    assert screen.buckets("post") == (Bucket("discord.post", GENERAL, 5, 5), everywhere)
    assert screen.buckets("status") == (Bucket("discord.typing", GENERAL, 5, 5), everywhere)
    assert screen.buckets("") == (everywhere,)


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


async def test_a_text_that_is_too_long_is_too_big(screen: DiscordScreen) -> None:
    with pytest.raises(TooBig):
        await screen.post(Page("x" * 2001), "n1")


async def test_what_a_page_measures_is_what_is_sent(screen: DiscordScreen) -> None:
    text = "@everyone <@1> words"

    assert screen.measure(text) == len(str(content(text)["content"])) == len(text) + 2
