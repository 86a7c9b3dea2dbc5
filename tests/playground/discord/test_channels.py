"""Messages, threads and direct messages over REST, by the real client."""

import io
from typing import Any

import discord
import pytest

from playground.discord.world import ADA, GENERAL, GUILD
from tests.playground.discord.driving import Bot, Connect, World
from tests.waits import until

pytestmark = pytest.mark.anyio


def general(bot: Bot, id_: int = GENERAL) -> discord.PartialMessageable:
    return bot.get_partial_messageable(id_, guild_id=GUILD)


async def test_a_message_is_sent_edited_read_and_deleted(world: World, connect: Connect) -> None:
    bot = await connect(allowed_mentions=discord.AllowedMentions.none())
    sent = await general(bot).send("one @everyone", nonce="run-1", suppress_embeds=True)
    again = await general(bot).send("one @everyone", nonce="run-1")
    await general(bot).get_partial_message(sent.id).edit(content="two")
    read = await general(bot).fetch_message(sent.id)
    await general(bot).get_partial_message(sent.id).delete()

    assert again.id == sent.id
    assert (read.content, read.flags.suppress_embeds) == ("two", True)
    shown = world.versions(sent.id)
    assert [(one["text"], one["deleted"]) for one in shown] == [("one @everyone", False), ("two", False), ("", True)]
    assert [one["pings"]["everyone"] for one in shown] == [False, False, False]
    with pytest.raises(discord.NotFound) as gone:
        await general(bot).fetch_message(sent.id)
    assert gone.value.code == 10008


async def test_history_is_read_from_either_end(world: World, connect: Connect) -> None:
    await world.do("config", privileged=["message_content"])
    bot = await connect()
    ids = [int((await world.do("say", text=str(n)))["id"]) for n in range(8)]

    async def read(**which: Any) -> list[str]:
        return [message.content async for message in general(bot).history(**which)]

    assert await read(limit=3) == ["7", "6", "5"]
    assert await read(limit=3, before=discord.Object(ids[5])) == ["4", "3", "2"]
    assert await read(after=discord.Object(ids[2]), limit=3) == ["3", "4", "5"]
    assert await read(around=discord.Object(ids[4]), limit=3) == ["5", "4", "3"]


async def test_where_the_bot_may_not_read_history_there_is_none(world: World, connect: Connect) -> None:
    """As Discord documents it: no refusal, no messages."""
    bot = await connect()
    await world.do("say", text="before", mention=True)
    await world.do("deny", channel="general", permissions=["READ_MESSAGE_HISTORY"])

    assert [message async for message in general(bot).history()] == []


async def test_a_nonce_is_told_to_whoever_hears_of_the_message_and_not_kept(world: World, connect: Connect) -> None:
    bot = await connect()
    sent = await general(bot).send("one", nonce="run-1")
    read = await general(bot).fetch_message(sent.id)
    await world.do("config", nonce_told_seconds=60)
    [fresh] = [message async for message in general(bot).history()]

    assert [message.nonce for message in (sent, read, fresh)] == ["run-1", None, "run-1"]


async def test_without_the_portals_intent_history_is_blank_too(world: World, connect: Connect) -> None:
    bot = await connect()
    await world.do("say", text="among us")
    await world.do("say", text="you there", mention=True)

    read = [message.content async for message in general(bot).history()]

    assert read == [f"<@{bot.user and bot.user.id}> you there", ""]


async def test_a_reply_is_seen_as_one_and_typing_is_recorded(world: World, connect: Connect) -> None:
    bot = await connect()
    said = await world.do("say", text="question", mention=True)
    await until(lambda: bot.heard)

    async with bot.heard[0].channel.typing():
        answer = await bot.heard[0].reply("answer", mention_author=False)

    assert answer.reference is not None
    assert str(answer.reference.message_id) == said["id"]
    assert world.versions(answer.id)[0]["reply_to"] == said["id"]
    assert world.versions(answer.id)[0]["notified"] == []
    assert [one["channel"] for one in world.state("typing")] == [str(GENERAL)]


async def test_a_direct_message_is_opened_and_answered(world: World, connect: Connect) -> None:
    bot = await connect()
    ada = await bot.fetch_user(ADA)
    await ada.send("hello")
    await world.do("say", text="hi", user="ada", dm=True)

    await until(lambda: bot.heard)
    assert isinstance(bot.heard[0].channel, discord.DMChannel)
    assert bot.heard[0].guild is None
    await bot.heard[0].reply("again")
    assert [one["text"] for one in world.state("versions")] == ["hello", "hi", "again"]


async def test_a_thread_is_made_from_a_message_and_written_in(world: World, connect: Connect) -> None:
    bot = await connect()
    said = await world.do("say", text="question", mention=True)
    await until(lambda: bot.heard)

    thread = await bot.heard[0].create_thread(name="Question", auto_archive_duration=60)
    await thread.send("in here")
    await thread.edit(archived=True)

    assert (str(thread.id), thread.parent_id) == (said["id"], GENERAL)
    with pytest.raises(discord.HTTPException) as refused:
        await bot.heard[0].create_thread(name="Again")
    assert refused.value.code == 160004
    assert world.platform.world.channel(thread.id).archived


async def test_files_are_sent_read_and_their_addresses_renewed(world: World, connect: Connect) -> None:
    await world.do("config", link_seconds=3600)
    bot = await connect()
    sent = await general(bot).send("see", files=[discord.File(io.BytesIO(b"a,b\n"), "data.csv")])
    file = sent.attachments[0]

    assert (file.filename, file.size, file.content_type) == ("data.csv", 4, "text/csv; charset=utf-8")
    assert await file.read() == b"a,b\n"
    status, body, _ = await world.call("POST", "/attachments/refresh-urls", {"attachment_urls": [file.url]})
    assert status == 200
    async with world.session.get(body["refreshed_urls"][0]["refreshed"]) as response:
        assert await response.read() == b"a,b\n"
    async with world.session.get(file.url.replace("hm=", "hm=0")) as response:
        assert response.status == 404


async def test_a_persons_file_reaches_the_bot(world: World, connect: Connect) -> None:
    bot = await connect()
    await world.do("say", text="read it", mention=True, attachments=[{"filename": "a b.txt", "text": "näh"}])

    await until(lambda: bot.heard)
    assert bot.heard[0].attachments[0].filename == "a_b.txt"
    assert (await bot.heard[0].attachments[0].read()).decode() == "näh"


async def test_a_forward_comes_as_a_snapshot(world: World, connect: Connect) -> None:
    bot = await connect()
    said = await world.do("say", text="the news", channel="random")
    await world.do("say", forward=said["id"], dm=True)

    await until(lambda: len(bot.heard) == 2)
    assert bot.heard[1].content == ""
    assert bot.heard[1].message_snapshots[0].content == "the news"


@pytest.mark.parametrize(
    ("denied", "code"), [("VIEW_CHANNEL", 50001), ("SEND_MESSAGES", 50013), ("READ_MESSAGE_HISTORY", 160002)]
)
async def test_what_the_bot_may_not_do_is_refused(world: World, connect: Connect, denied: str, code: int) -> None:
    bot = await connect()
    said = await world.do("say", text="q")
    await world.do("deny", channel="general", permissions=[denied])

    reference = discord.MessageReference(message_id=int(said["id"]), channel_id=GENERAL)
    with pytest.raises(discord.Forbidden) as refused:
        await general(bot).send("a", reference=reference)
    assert refused.value.code == code


@pytest.mark.parametrize(("text", "code"), [("x" * 2001, 50035), (" ", 50006)], ids=["too long", "empty"])
async def test_a_message_that_discord_does_not_take_is_refused(
    world: World, connect: Connect, text: str, code: int
) -> None:
    bot = await connect()
    with pytest.raises(discord.HTTPException) as refused:
        await general(bot).send(text)

    assert (refused.value.status, refused.value.code) == (400, code)
    assert world.state("versions") == []


async def test_the_bot_deletes_others_messages_only_with_the_permission(world: World, connect: Connect) -> None:
    bot = await connect()
    said = await world.do("say", text="q")

    with pytest.raises(discord.Forbidden):
        await general(bot).get_partial_message(int(said["id"])).delete()


async def test_reactions_are_added_and_taken_back(world: World, connect: Connect) -> None:
    bot = await connect()
    said = await world.do("say", text="q")
    message = general(bot).get_partial_message(int(said["id"]))
    await message.add_reaction("👀")
    assert bot.user is not None
    await message.remove_reaction("👀", bot.user)

    assert [one["reactions"] for one in world.versions(said["id"])] == [{}, {"👀": [str(bot.user.id)]}, {}]


async def test_an_unknown_channel_is_said_to_be(connect: Connect) -> None:
    bot = await connect()
    with pytest.raises(discord.NotFound) as refused:
        await general(bot, 5).send("a")

    assert refused.value.code == 10003
