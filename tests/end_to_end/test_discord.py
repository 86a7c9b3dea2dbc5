"""A team talks to Claude in Discord: real discord.py, anthropic and Valkey, over real sockets."""

import asyncio
import json
from itertools import pairwise

import pytest

from core.quoting import KEPT_BACK
from playground.discord.world import MENU
from tests.end_to_end.driver import Playground, Service
from tests.end_to_end.rooms import BOTS, Discord, Slack, answered, whispered
from tests.waits import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

ASKER = "1400000000000000040"
"""Ada's id: only who asked may be told by a ping."""
STORY = "\n\n".join(f"Paragraph {n} tells one more part of a story that goes on for a while." for n in range(1, 13))


async def test_a_mention_is_answered_in_a_message_that_grows(discord: Discord, place: Playground) -> None:
    await place.claude.do("script", [{"text": STORY, "tokens_per_second": 80}])

    asked = await discord.ask("tell me a story")
    versions = await answered(discord)

    shown = [version.text for version in versions]
    assert len(shown) >= 4
    assert shown[-1] == STORY
    assert all(STORY.startswith(text) for text in shown)
    assert all(len(earlier) < len(later) for earlier, later in pairwise(shown[:-1]))
    assert versions[-1].raw["reply_to"] == asked
    pings = [version.raw["pings"] for version in versions]
    assert {person for one in pings for person in one["users"]} <= {ASKER}
    assert not any(one["everyone"] or one["roles"] for one in pings)


async def test_ask_is_deferred_at_once_and_answered(discord: Discord, place: Playground) -> None:
    await place.discord.do(
        "interact", command="ask", options={"question": "hello"}, user="ada", channel=discord.channel
    )

    assert (await answered(discord))[-1].text
    assert len(await place.claude.calls("messages.create")) == 1


async def test_the_answer_to_a_message_s_menu_is_about_that_message_and_rings_nobody(
    discord: Discord, place: Playground
) -> None:
    said = await discord.ask("the cellar is dark", user="grace", mention=False)
    await place.discord.do(
        "interact", command="Ask Claude about this", target=said, user="ada", channel=discord.channel
    )

    versions = await answered(discord)

    assert "the cellar is dark" in json.dumps(await place.asked())
    about = {(version.raw["type"], version.raw["reply_to"]) for version in versions}
    assert about == {(MENU, said)}
    assert not any(version.raw["pings"]["users"] for version in versions)


async def test_a_follow_up_knows_what_was_said_also_after_a_restart(
    discord: Discord, place: Playground, service: Service
) -> None:
    await discord.ask("my name is Zaphod")
    await answered(discord)
    await discord.ask("what is my name?")
    await answered(discord, 2, "Zaphod")

    await service.restart()
    await discord.ask("once more: what is my name?")
    versions = await answered(discord, 3)

    assert "Zaphod" in versions[-1].text
    roles = [[said["role"] for said in messages] for messages in await place.asked()]
    assert roles == [["user", "assistant"] * n + ["user"] for n in range(3)]


async def test_who_corrects_a_command_is_told_to_send_it_in_a_message_of_its_own(
    discord: Discord, place: Playground
) -> None:
    typed = await discord.ask("model opus")
    await told(place, "There is no such model")

    await place.discord.do("edit", message=typed, text=f"<@{BOTS['discord']}> model claude-opus-5-5")

    await told(place, "Please send the command in a message of its own")


async def test_what_somebody_used_is_not_shown_to_all_where_they_take_no_direct_messages(
    discord: Discord, place: Playground
) -> None:
    zed = await place.discord.do("add_user", name="zed", display="Zed", closed=True)

    await discord.ask("usage", user=zed["id"])

    await told(place, "Use `/usage`: only you see its answer")
    assert not any("Your usage" in one["text"] for one in await place.discord.state("versions"))


async def told(place: Playground, words: str) -> None:
    """Wait until somebody reads it, wherever."""

    async def look() -> bool:
        return any(words in one["text"] for one in await place.discord.state("versions"))

    await until(look, f"{words!r}")


async def test_a_direct_message_is_answered(discord: Discord, place: Playground) -> None:
    asked = await place.discord.do("say", dm=True, user="ada", text="hello")

    assert (await answered(Discord(place.discord, asked["channel"])))[-1].text


async def test_of_a_post_in_a_forum_the_title_is_read_and_what_may_not_be_read_is_told(
    place: Playground, service: Service
) -> None:
    forum = (await place.discord.do("add_channel", name="help", forum=True))["id"]
    post = await place.discord.do("thread", channel=forum, name="How do I install?", text="it fails", user="grace")
    thread = Discord(place.discord, post["id"])
    await thread.ask("any idea?")

    versions = await answered(thread)

    assert "[title of this thread] How do I install?" in json.dumps(await place.asked())
    assert KEPT_BACK in versions[-1].text


async def test_two_channels_do_not_mix(discord: Discord, place: Playground) -> None:
    other = await Discord.opened(place.discord)
    await asyncio.gather(discord.ask("my name is Zaphod"), other.ask("my name is Trillian", user="grace"))
    await asyncio.gather(answered(discord), answered(other))

    await other.ask("what is my name?", user="grace")
    await answered(other, 2)

    newest = json.dumps((await place.asked())[-1])
    assert "Trillian" in newest
    assert "Zaphod" not in newest


async def test_a_redelivered_event_is_answered_once(discord: Discord, place: Playground) -> None:
    other = await Discord.opened(place.discord)
    await discord.ask()
    await answered(discord)

    for _ in range(3):
        await place.discord.do("redeliver", id="last")
    await other.ask("hello again")
    await answered(other)

    assert len(await place.claude.calls("messages.create")) == 2


async def test_reset_is_told_to_its_person_alone(discord: Discord, place: Playground) -> None:
    await place.discord.do("interact", command="reset", user="ada", channel=discord.channel)

    await whispered(discord, "forgotten")


async def test_both_platforms_are_served_by_one_process(discord: Discord, slack: Slack) -> None:
    await asyncio.gather(discord.ask(), slack.ask())

    await asyncio.gather(answered(discord), answered(slack))


async def test_a_thread_that_is_begun_from_an_answer_goes_on_with_it(place: Playground, discord: Discord) -> None:
    await place.claude.do("script", [{"text": "The answer is 42."}, {"text": "Good."}, {"text": "Because it is."}])
    await discord.ask("what is the answer?")
    [*_, last] = await answered(discord)
    await discord.ask("good")  # her next question begins when the first one is done
    await answered(discord, 2)
    begun = await place.discord.do("thread", message=last.message, name="about 42", user="grace")
    below = Discord(place.discord, begun["id"])

    await below.ask("why is that so?", user="grace")

    assert (await answered(below))[-1].text == "Because it is."
    known = [str(said["content"]) for said in (await place.asked())[-1]]
    assert ["what is the answer?" in known[0], "42" in known[1], "why is that so?" in known[2]] == [True] * 3
    assert "The answer is 42." not in known[2]
