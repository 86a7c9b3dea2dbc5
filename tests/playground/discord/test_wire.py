"""Payloads as Discord writes them."""

from dataclasses import replace

from playground.discord import wire
from playground.discord.mentions import Pings
from playground.discord.wire import Links, Writer
from playground.discord.world import ADA, BOT, GENERAL, GRACE, GUILD, Attachment, Message, Reference, World, founded

NOW = 1_800_000_000.0
FILE = Attachment(9, GENERAL, "a.txt", "text/plain; charset=utf-8", b"hello")


def world() -> World:
    return founded(lambda: NOW)


def test_times_are_iso_with_microseconds_and_a_zone() -> None:
    assert wire.stamp(NOW) == "2027-01-15T08:00:00.000000+00:00"
    assert wire.stamp(None) is None


def test_a_message_has_every_key_that_a_client_reads() -> None:
    here = world()
    message = Message(7, GENERAL, ADA, NOW, "hi", pings=Pings(users=(BOT,)), attachments=(FILE,))

    fields = Writer(here, Links("http://x")).event(message)

    needed = {"id", "channel_id", "author", "content", "timestamp", "edited_timestamp", "tts", "mention_everyone"}
    needed |= {"mentions", "mention_roles", "attachments", "embeds", "pinned", "type", "components", "flags"}
    assert needed <= set(fields)
    assert (fields["guild_id"], fields["member"]["nick"]) == (str(GUILD), None)
    assert fields["mentions"][0]["bot"] is True
    assert fields["attachments"][0]["size"] == 5


def test_a_reply_tells_the_message_it_answers_or_that_it_is_gone() -> None:
    here = world()
    writer, general = Writer(here, Links()), here.channel(GENERAL)
    general.messages[7] = Message(7, GENERAL, ADA, NOW, "question")
    reply = Message(8, GENERAL, GRACE, NOW, "answer", reference=Reference(7, GENERAL))

    assert writer.message(reply)["referenced_message"]["content"] == "question"
    del general.messages[7]
    assert writer.message(reply)["referenced_message"] is None
    assert writer.message(reply)["message_reference"]["message_id"] == "7"


def test_the_answer_to_a_command_comes_from_its_webhook() -> None:
    message = Message(7, GENERAL, BOT, NOW, interaction={"id": "1"})

    fields = Writer(world(), Links()).event(message)

    assert fields["webhook_id"] == fields["application_id"] == str(BOT)
    assert "member" not in fields


def test_an_address_of_a_file_holds_until_its_time_and_for_this_file_only() -> None:
    links = Links("http://x", life=60)
    url = links.url(FILE, NOW)
    path, _, query = url.removeprefix("http://x/attachments/").partition("?")
    sign = dict(pair.split("=") for pair in query.strip("&").split("&"))

    assert int(sign["ex"], 16) == NOW + 60
    assert links.holds(path, sign["ex"], sign["hm"], NOW + 59)
    assert not links.holds(path, sign["ex"], sign["hm"], NOW + 60)
    assert not links.holds("1/2/other.txt", sign["ex"], sign["hm"], NOW)
    assert not links.holds(path, "never", sign["hm"], NOW)


def test_only_with_the_intent_a_server_tells_its_members() -> None:
    here = world()
    guild = here.guild(GUILD)

    assert len(wire.guild_create(here, guild, members=True)["members"]) == 4
    assert [m["user"]["id"] for m in wire.guild_create(here, guild, members=False)["members"]] == [str(BOT)]


def test_a_forward_carries_text_and_files_of_the_original() -> None:
    here = world()
    writer = Writer(here, Links())
    original = Message(7, GENERAL, ADA, NOW, "the news", attachments=(FILE,))
    shown = wire.snapshot(writer.message(original))
    forward = replace(original, id=8, content="", reference=Reference(7, GENERAL, kind=1), snapshot=shown)

    fields = writer.message(forward)

    assert fields["message_reference"]["type"] == 1
    assert fields["message_snapshots"][0]["message"]["content"] == "the news"
    assert fields["message_snapshots"][0]["message"]["attachments"][0]["filename"] == "a.txt"
