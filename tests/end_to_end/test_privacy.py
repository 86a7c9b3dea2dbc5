"""What people did in the chat is followed, on every platform, over real sockets."""

import json

import pytest

from tests.end_to_end.driver import Playground
from tests.end_to_end.rooms import Discord, Room, Slack, answered, whispered

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]


async def newest(place: Playground) -> str:
    """What Claude was asked last."""
    return json.dumps((await place.asked())[-1])


async def test_who_deletes_an_answer_takes_it_out_of_the_memory(room: Room, place: Playground) -> None:
    await room.ask("my name is Zaphod")

    await room.delete((await answered(room))[-1])
    await room.ask("who am I?")
    await answered(room, 1)

    assert "Zaphod" not in await newest(place)


async def test_where_the_bot_was_taken_out_it_has_forgotten(slack: Slack, place: Playground) -> None:
    await slack.ask("my name is Trillian")
    await answered(slack)

    await slack.server.do("kick", channel=slack.channel)
    await slack.server.do("invite", channel=slack.channel)
    await slack.ask("who am I?")
    await answered(slack, 2)

    assert "Trillian" not in await newest(place)


async def test_a_server_that_removed_the_bot_is_forgotten(discord: Discord, place: Playground) -> None:
    made = await discord.server.do("add_guild", name="Heart of Gold")
    there = Discord(discord.server, made["channel"])
    await there.ask("my name is Ford")
    await answered(there)

    for verb in ("kick", "welcome"):
        await discord.server.do(verb, guild=made["id"])
    await there.ask("who am I?")
    await answered(there, 2)

    assert "Ford" not in await newest(place)


async def test_a_person_gets_what_is_kept_as_a_file_and_has_it_deleted(slack: Slack, place: Playground) -> None:
    await slack.ask("my name is Marvin")
    await answered(slack)

    await slack.ask("privacy export")
    await whispered(slack, "comes as a file")
    await slack.ask("privacy delete yes")
    await whispered(slack, "nothing of you is kept")
    await slack.ask("who am I?")
    await answered(slack, 2)

    files = [call["arguments"]["filename"] for call in await place.slack.calls("files.getUploadURLExternal")]
    assert files == ["parley.json"]
    assert "Marvin" not in await newest(place)


async def test_in_discord_the_file_comes_with_the_answer_that_only_one_person_sees(
    discord: Discord, place: Playground
) -> None:
    await discord.ask("my name is Eddie")
    await answered(discord)

    asked = {"user": "ada", "channel": discord.channel, "command": "privacy"}
    await discord.server.do("interact", **asked, options={"wish": "export"})
    await whispered(discord, "comes as a file")
    await discord.server.do("interact", **asked, options={"wish": "delete yes"})
    await whispered(discord, "nothing of you is kept")
    await discord.ask("who am I?")
    await answered(discord, 2)

    found = [version for version in await place.discord.state("versions") if version["attachments"]]
    assert [version["attachments"][0]["filename"] for version in found if version["shown_to"]] == ["parley.json"]
    assert "Eddie" not in await newest(place)
