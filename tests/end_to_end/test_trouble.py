"""What people and platforms do to an answer while it is written: the person ends with the text or a sentence."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.discord import screen as discord_screen
from bots.discord.door import MUTE
from core.refusals import BARRED
from core.text import REST_IN_FILE
from tests.end_to_end.driver import Playground
from tests.end_to_end.haste import anyio_backend as anyio_backend
from tests.end_to_end.inside import Team, team
from tests.end_to_end.rooms import Discord, Room, Slack, answered, running, shown, whispered
from tests.waits import until

pytestmark = pytest.mark.anyio

STORY = " ".join(f"Word {n} of a story." for n in range(1, 40))
LONG = "\n\n".join(f"Paragraph {n} " + "with many words " * 60 for n in range(1, 70))
"""67,000 characters: more than five messages hold, on both platforms."""
ADA = "1400000000000000040"


@pytest.fixture(scope="module")
async def bots(grounds: Playground, valkey: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    async with team(grounds, valkey, tmp_path_factory.mktemp("trouble"), is_hasty=True) as found:
        found.drain_seconds = 2
        await found.start()
        yield found


@pytest.fixture(autouse=True)
async def writing(place: Playground, bots: Team) -> AsyncIterator[None]:
    """Claude tells a story, in a second: a machine that is busy elsewhere must not miss all of it."""
    await place.claude.do("script", [{"text": STORY, "tokens_per_second": 150, "first_token": 0, "times": None}])
    await place.slack.do("config", limits="off")
    await place.discord.do("config", limits="off", heartbeat_seconds=4)
    yield
    await place.slack.do("config", bot_tokens=["xoxb-playground"])
    await place.discord.do("config", token="playground-discord-token", token_seconds=900)


@pytest.fixture
async def slack(place: Playground) -> Slack:
    return await Slack.opened(place.slack)


@pytest.fixture
async def discord(place: Playground) -> Discord:
    return await Discord.opened(place.discord)


async def texts(room: Room) -> list[str]:
    return [one.text for one in await shown(room)]


async def says(place: Playground, *answers: str) -> None:
    """What Claude says instead of the story, all at once."""
    await place.claude.do("reset")
    await place.claude.do("script", [{"text": text, "tokens_per_second": 0} for text in answers])


async def test_a_message_that_a_moderator_deletes_comes_again(room: Room) -> None:
    await room.ask()
    first = await running(room, "Word 2")
    await room.delete(first)

    [*_, last] = await answered(room)

    assert await texts(room) == [STORY]
    assert last.message != first.message


async def test_a_token_that_is_revoked_and_replaced_loses_nothing(room: Room, place: Playground) -> None:
    await room.ask()
    await running(room, "Word 2")
    if isinstance(room, Slack):
        await place.slack.do("config", bot_tokens=["xoxb-another"])
    else:
        await place.discord.do("config", token="another")
    await asyncio.sleep(4)
    assert await texts(room) != [STORY]
    await place.slack.do("config", bot_tokens=["xoxb-playground"])
    await place.discord.do("config", token="playground-discord-token")

    await answered(room)

    assert await texts(room) == [STORY]


async def test_whoever_starts_with_a_new_token_finishes_what_the_old_one_could_not(
    room: Room, place: Playground, bots: Team
) -> None:
    await room.ask()
    await running(room, "Word 2")
    await place.slack.do("config", bot_tokens=["xoxb-another"])
    await place.discord.do("config", token="another")
    await bots.end()
    assert await texts(room) != [STORY]
    await place.slack.do("config", bot_tokens=["xoxb-playground"])
    await place.discord.do("config", token="playground-discord-token")

    await bots.start()
    await answered(room)

    assert await texts(room) == [STORY]


async def test_slack_a_sign_without_words_goes_whoever_ends_the_answer(
    slack: Slack, place: Playground, bots: Team
) -> None:
    async def sign(*wanted: tuple[str, str]) -> None:
        async def look() -> bool:
            found = [(one["thread"], one["status"]) for one in await place.slack.state("sessions")]
            return [*dict.fromkeys(found)] == [*wanted]

        await until(look, str(wanted))

    ended = {"method": "assistant.threads.setStatus", "do": {"error": "method_deprecated"}, "times": None}
    await place.slack.do("faults", [ended])
    await place.claude.do("reset")
    await place.claude.do("script", [{"text": STORY, "tokens_per_second": pace} for pace in (20, 150, 20)])
    first = await slack.ask()
    await running(slack, "Word 2")
    await bots.end()
    await sign((first, "processing"))
    await bots.start()
    await answered(slack)
    await sign((first, "processing"), (first, "active"))

    second = await slack.ask("and then?")
    await running(slack, "Word 2")
    await place.slack.do("stop_session", channel=slack.channel, thread_ts=second, user="ada")
    await sign((first, "processing"), (first, "active"), (second, "processing"), (second, "active"))
    assert (await bots.answered(slack, 2)).text.endswith("*Stopped.*")

    await bots.restart()  # it knows better than to ask for words


async def test_slack_whoever_asked_in_a_channel_that_is_archived_is_told(slack: Slack, place: Playground) -> None:
    await slack.ask()
    await running(slack, "Word 2")
    await place.slack.do("archive", channel=slack.channel)

    async def told() -> bool:
        return any(version["text"] == BARRED for version in await place.slack.state("versions"))

    await until(told, "a direct message")
    await place.slack.do("archive", channel=slack.channel, archived=False)
    await slack.ask("and now?")
    await answered(slack, text="Word 39")


async def test_slack_the_answer_to_a_deleted_question_is_not_shown_elsewhere(slack: Slack, place: Playground) -> None:
    asked = await slack.ask(files=[])
    await running(slack, "Word 2")
    await place.slack.do("delete", channel=slack.channel, ts=asked)

    async def over() -> bool:
        return all("stop" not in one.buttons for one in await shown(slack))

    await until(over, "an end")
    assert not [one for one in await place.slack.state("versions") if one["text"] == BARRED]


async def test_discord_whoever_asks_where_the_bot_may_not_write_is_told_and_claude_is_not_asked(
    discord: Discord, place: Playground
) -> None:
    await place.discord.do("deny", channel=discord.channel, permissions=["SEND_MESSAGES"])
    asked = len(await place.asked())
    await discord.ask()

    async def told() -> bool:
        return any(version["text"].startswith(MUTE) for version in await place.discord.state("versions"))

    await until(told, "a direct message")
    assert len(await place.asked()) == asked


async def test_discord_who_was_told_that_the_bot_may_not_write_is_not_told_so_again(
    place: Playground, bots: Team
) -> None:
    here = await Discord.opened(place.discord)
    await place.discord.do("deny", channel=here.channel, permissions=["SEND_MESSAGES"])

    async def told() -> list[str]:
        return [one["text"] for one in await place.discord.state("versions") if one["text"].startswith(MUTE)]

    await here.ask("first")
    await until(told, "a direct message")
    await here.ask("second")
    await bots.restart()  # it looks up what was said there
    await here.ask("third")
    elsewhere = await Discord.opened(place.discord)
    await elsewhere.ask("hello")
    await answered(elsewhere)

    assert len(await told()) == 1


async def test_discord_a_thread_that_is_archived_in_mid_answer_is_opened_again(place: Playground) -> None:
    made = await place.discord.do("thread", channel="general", name="talk", user="ada")
    thread = Discord(place.discord, made["id"])
    await thread.ask()
    await running(thread, "Word 2")
    await place.discord.do("archive", thread=thread.channel)

    await answered(thread)

    assert await texts(thread) == [STORY]


async def test_discord_whoever_asked_in_a_thread_that_is_locked_is_told(place: Playground) -> None:
    made = await place.discord.do("thread", channel="general", name="talk", user="ada")
    thread = Discord(place.discord, made["id"])
    await thread.ask()
    await running(thread, "Word 2")
    await place.discord.do("archive", thread=thread.channel, archived=False, locked=True)

    async def told() -> bool:
        return any(version["text"].startswith(BARRED) for version in await place.discord.state("versions"))

    await until(told, "a direct message")


async def test_discord_a_command_whose_token_runs_out_is_finished_by_the_bot(
    discord: Discord, place: Playground
) -> None:
    where = {"channel": discord.channel, "user": "ada"}
    await place.discord.do("interact", command="ask", options={"question": "hello"}, **where)
    await running(discord, "Word 2")
    await place.discord.do("config", token_seconds=0)

    [*_, last] = await answered(discord)

    assert await texts(discord) == [f"> hello\n\n{STORY}"]
    assert last.raw["method"] == "message.edit"


async def test_discord_what_the_servers_rules_block_is_said_in_words(discord: Discord, place: Playground) -> None:
    await place.discord.do("faults", method="message.create", do={"error": "200000"}, times=1, about=discord.channel)
    await discord.ask()

    await answered(discord, text="AutoMod")


async def test_discord_what_is_no_word_on_what_the_bot_may_costs_no_answer(discord: Discord, place: Playground) -> None:
    await discord.ask()
    await running(discord, "Word 2")
    for fault in ({"do": {"error": "40333"}}, {"do": "403", "via": False}):  # Discord's network, Cloudflare's block
        await place.discord.do("faults", method="message.edit", about=discord.channel, **fault)

    await answered(discord)
    assert await texts(discord) == [STORY]


@pytest.mark.parametrize("is_command", [False, True])
async def test_discord_an_answer_that_took_long_ends_in_a_new_message_that_notifies(
    discord: Discord, place: Playground, bots: Team, monkeypatch: pytest.MonkeyPatch, is_command: bool
) -> None:
    monkeypatch.setattr(discord_screen, "WATCHED_SECONDS", 0.2)
    if is_command:
        where = {"channel": discord.channel, "user": "ada"}
        await place.discord.do("interact", command="ask", options={"question": "hello"}, **where)
    else:
        await discord.ask()
    first = await running(discord, "Word 2")

    last = await bots.answered(discord, text="Word 39")

    assert await texts(discord) == [f"> hello\n\n{STORY}\n-# <@{ADA}>" if is_command else STORY]
    assert last.message != first.message
    assert (last.raw["method"], last.raw["notified"]) == ("message.create", [ADA])


async def test_the_rest_of_a_long_answer_is_a_file_whatever_goes_wrong(
    room: Room, place: Playground, bots: Team
) -> None:
    await says(place, LONG)
    faults = {"files.getUploadURLExternal": 500, "upload": "reset", "files.completeUploadExternal": "lost"}
    await place.slack.do("faults", [{"method": method, "do": do} for method, do in faults.items()])
    await place.discord.do("faults", method="message.create", do="lost", skip=4, about=room.channel)
    await room.ask()

    last = await bots.answered(room)

    assert last.text.endswith(REST_IN_FILE.strip())
    assert len(await room.files()) == 1
    assert len([text for text in await texts(room) if text.startswith("Paragraph")]) == 5


async def test_where_no_files_may_be_sent_that_is_said(room: Room, place: Playground) -> None:
    await says(place, LONG)
    if isinstance(room, Slack):
        fault = {"method": "files.getUploadURLExternal", "do": {"error": "file_uploads_disabled"}, "times": None}
        await place.slack.do("faults", [fault])
    else:
        await place.discord.do("deny", channel=room.channel, permissions=["ATTACH_FILES"])
    await room.ask()
    await answered(room)

    async def said() -> bool:
        return any("attach" in text for text in await texts(room))

    await until(said, "why there is no file")


async def test_pages_that_a_shorter_answer_has_no_use_for_go_whatever_goes_wrong(
    room: Room, place: Playground, bots: Team
) -> None:
    await place.claude.do("reset")
    pages = LONG[:14_000] if isinstance(room, Slack) else LONG[:3_000]
    await place.claude.do(
        "script", [{"text": pages, "tokens_per_second": 0}, {"text": "Short.", "tokens_per_second": 0}]
    )
    await room.ask()
    last = await bots.answered(room)
    assert len(await shown(room)) == 2
    for do in (500, "lost"):
        await place.slack.do("faults", [{"method": "chat.delete", "do": do}])
        await place.discord.do("faults", method="message.delete", do=do)

    await room.press(last, "regenerate")
    await answered(room, text="Short.")

    async def alone() -> bool:
        return await texts(room) == ["Short."]

    await until(alone, "one message")


@pytest.mark.parametrize("do", [429, 503, "reset"])
async def test_what_one_person_alone_is_told_comes_through(
    room: Room, place: Playground, bots: Team, do: object
) -> None:
    """Somebody else presses a button."""
    await says(place, "Short.")
    await room.ask()
    last = await bots.answered(room)
    for server, method in ((place.slack, "chat.postEphemeral"), (place.discord, "interaction.callback")):
        await server.do("faults", {"method": method, "do": do, "retry_after": 1})

    await room.press(last, "regenerate", user="ben" if isinstance(room, Slack) else "grace")

    await whispered(room, "Only the person who asked")


async def test_discord_who_is_told_in_a_direct_message_is_told_once(discord: Discord, place: Playground) -> None:
    """A message cannot be answered for one person alone in a channel."""
    await place.discord.do("faults", method="message.create", do="lost")
    await discord.ask("reset")

    async def told() -> list[str]:
        record = await place.discord.state("versions")
        return [version["text"] for version in record if "forgotten" in version["text"]]

    await until(told, "a direct message")
    await asyncio.sleep(5)
    assert len(await told()) == 1


@pytest.mark.parametrize("do", [429, 500, "reset"])
async def test_a_file_that_cannot_be_fetched_is_named_below_the_answer(
    room: Room, place: Playground, bots: Team, do: object
) -> None:
    await place.slack.do("faults", [{"method": "files.info", "do": do, "retry_after": 1, "times": 9}])
    await place.discord.do("faults", method="message.get", do=do, times=None)
    file = {"name": "plan.txt", "filename": "plan.txt", "text": "the plan"}
    attached: dict[str, Any] = {"files" if isinstance(room, Slack) else "attachments": [file]}
    await room.ask(**attached)

    last = await bots.answered(room)

    assert last.text.startswith(STORY)
    assert "plan.txt" in last.text.removeprefix(STORY)
