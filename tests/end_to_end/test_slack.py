"""A team talks to Claude in Slack: real slack-bolt, anthropic and Valkey, over real sockets."""

import asyncio
import json
from itertools import pairwise

import pytest

from tests.end_to_end.driver import Playground, Service
from tests.end_to_end.rooms import BOTS, Slack, answered, whispered
from tests.waits import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

STORY = "\n\n".join(f"Paragraph {n} tells one more part of a story that goes on for a while." for n in range(1, 13))


async def test_a_mention_is_answered_in_a_message_that_grows(slack: Slack, place: Playground) -> None:
    await place.claude.do("script", [{"text": STORY, "tokens_per_second": 80}])

    asked = await slack.ask("tell me a story")
    versions = await answered(slack)

    shown = [version.text for version in versions]
    assert len(shown) >= 4
    assert shown[-1] == STORY
    assert all(STORY.startswith(text) for text in shown)
    assert all(len(earlier) < len(later) for earlier, later in pairwise(shown[:-1]))
    assert {version.raw["thread"] for version in versions} == {asked}
    assert [version.raw["pings"] for version in versions] == [[]] * len(versions)
    assert len(await place.claude.calls("messages.create")) == 1


async def test_a_follow_up_knows_what_was_said_also_after_a_restart(
    slack: Slack, place: Playground, service: Service
) -> None:
    root = await slack.ask("my name is Zaphod")
    await answered(slack)
    await slack.ask("what is my name?", mention=False, thread_ts=root)
    await answered(slack, 2, "Zaphod")

    await service.restart()
    await slack.ask("and once more: what is my name?", mention=False, thread_ts=root)
    versions = await answered(slack, 3)

    assert "Zaphod" in versions[-1].text
    roles = [[said["role"] for said in messages] for messages in await place.asked()]
    assert roles == [["user", "assistant"] * n + ["user"] for n in range(3)]


async def test_what_was_asked_while_no_process_ran_is_answered_in_a_busy_channel_too(
    slack: Slack, place: Playground, service: Service
) -> None:
    week = 5 * 24 * 3600
    await asyncio.gather(*(slack.ask(f"between us {n}", "ben", mention=False, ago=week) for n in range(210)))
    await slack.ask()
    await answered(slack)

    await service.stop()
    await place.slack.do("config", retries=[])
    await slack.ask("my name is Zaphod")
    await slack.ask("and who am I?")
    await service.start()

    assert "Zaphod" in (await answered(slack, 3))[-1].text
    await place.slack.do("config", retries=[0, 60, 300])


async def test_what_another_app_posts_into_a_thread_is_known_to_the_next_question(
    slack: Slack, place: Playground
) -> None:
    root = await slack.ask("We deploy now.")
    await answered(slack)
    log = [{"name": "deploy.log", "text": "DNS lookup of db-7 timed out"}]
    await slack.ask("deploy failed", "robot", mention=False, thread_ts=root, files=log)

    await slack.ask("what does that mean?", thread_ts=root)
    await answered(slack, 2)

    *_, newest = (await place.asked())[-1]
    assert "robot: deploy failed\\n  [file: deploy.log]" in str(newest)
    assert "DNS lookup of db-7 timed out" in str(newest)


async def test_a_thread_is_left_to_its_people_after_stop_until_somebody_mentions_the_bot(
    slack: Slack, place: Playground
) -> None:
    root = await slack.ask("We deploy now.")
    await answered(slack)
    await slack.ask("stop", thread_ts=root)
    await whispered(slack, "until somebody mentions me")

    await slack.ask("thanks, Ben", thread_ts=root, mention=False)
    await slack.ask("is it done?", "ben", thread_ts=root)
    await answered(slack, 2)

    *_, newest = (await place.asked())[-1]
    assert "is it done?" in str(newest)


async def test_who_corrects_a_command_is_told_to_send_it_in_a_message_of_its_own(
    slack: Slack, place: Playground
) -> None:
    typed = await slack.ask("model opus")
    await whispered(slack, "There is no such model")

    text = f"<@{BOTS['slack']}> model claude-opus-5-5"
    await place.slack.do("edit", channel=slack.channel, ts=typed, text=text)

    await whispered(slack, "Please send the command in a message of its own")


async def test_a_direct_message_is_answered(slack: Slack, place: Playground) -> None:
    asked = await place.slack.do("say", channel="im", text="hello")

    assert (await answered(Slack(place.slack, asked["channel"])))[-1].text


async def test_two_channels_do_not_mix(slack: Slack, place: Playground) -> None:
    other = await Slack.opened(place.slack)
    await asyncio.gather(slack.ask("my name is Zaphod"), other.ask("my name is Trillian"))
    await asyncio.gather(answered(slack), answered(other))

    await other.ask("what is my name?")
    await answered(other, 2)

    newest = json.dumps((await place.asked())[-1])
    assert "Trillian" in newest
    assert "Zaphod" not in newest


async def test_two_people_in_one_channel_are_both_answered(slack: Slack) -> None:
    asked = await asyncio.gather(slack.ask("hello"), slack.ask("good morning", user="ben"))
    await answered(slack, 2)

    assert sorted(versions[-1].raw["thread"] for versions in await slack.messages()) == sorted(asked)


async def test_a_redelivered_event_is_answered_once(slack: Slack, place: Playground) -> None:
    other = await Slack.opened(place.slack)
    await slack.ask()
    await answered(slack)

    await place.slack.do("redeliver", times=3)
    await other.ask("hello again")
    await answered(other)

    assert len(await place.claude.calls("messages.create")) == 2


async def test_a_slash_command_is_answered_for_its_person_alone(slack: Slack, place: Playground) -> None:
    await place.slack.do("slash", command="/claude", text="help", channel=slack.channel)

    async def told() -> bool:
        deliveries, ephemerals = await place.slack.state("deliveries"), await place.slack.state("ephemerals")
        return "settings" in json.dumps([deliveries, ephemerals])

    await until(told, "the help text")
    assert not await slack.messages()


@pytest.mark.parametrize("status", [429, 529])
async def test_a_busy_claude_is_asked_again(slack: Slack, place: Playground, status: int) -> None:
    await place.claude.do("faults", [{"method": "messages.create", "do": status, "times": 1, "retry_after": 0}])

    await slack.ask()
    versions = await answered(slack)

    assert "busy" not in versions[-1].text
    assert len(await place.claude.calls("messages.create")) == 2


async def test_a_refused_key_is_told_in_words(slack: Slack, place: Playground) -> None:
    await place.claude.do("faults", [{"method": "messages.create", "do": 401, "times": None}])

    await slack.ask()
    versions = await answered(slack)

    assert "ANTHROPIC_API_KEY" in versions[-1].text
    assert len(await place.claude.calls("messages.create")) == 1


async def test_each_table_of_an_answer_is_drawn_in_a_message_of_its_own(slack: Slack, place: Playground) -> None:
    region = "By region:\n\n| region | sales |\n|---|---|\n| north | 1 |"
    product = "By product:\n\n| product | sales |\n|---|---|\n| apples | 2 |\n\nThat is all."
    await place.claude.do("script", [{"text": f"{region}\n\n{product}", "tokens_per_second": 40}])

    await slack.ask("sales by region and by product?")
    await answered(slack, text="That is all.")

    shown = await slack.messages()
    assert [versions[-1].text for versions in shown] == [region, product]
    assert {version.raw["blocks"][0]["type"] for versions in shown for version in versions} == {"markdown"}


async def test_an_answer_with_many_headings_is_drawn_in_several_messages(slack: Slack, place: Playground) -> None:
    sheet = "\n\n".join(f"### {n}. `command-{n}`\n\nSets the **thing**." for n in range(60))
    await place.claude.do("script", [{"text": f"{sheet}\n\nThat is all.", "tokens_per_second": 400}])

    await slack.ask("a cheat sheet?")
    await answered(slack, text="That is all.")

    shown = await slack.messages()
    assert [versions[-1].text.partition(".")[0] for versions in shown] == ["### 0", "### 22", "### 44"]
    assert {version.raw["blocks"][0]["type"] for versions in shown for version in versions} == {"markdown"}
