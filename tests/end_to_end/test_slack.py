"""A team talks to Claude in Slack: real slack-bolt, anthropic and Valkey, over real sockets."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.driver import Playground, running, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

STORY = "\n\n".join(f"Paragraph {n} tells one more part of a story that goes on for a while." for n in range(1, 13))
BOT = "U0PARLEY"


async def answers(place: Playground, channel: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """The versions of each message of the bot, by its id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for version in await place.slack.state("versions"):
        if version["author"] == BOT and channel in (None, version["channel"]):
            found.setdefault(version["message"], []).append(version)
    return found


async def finished(place: Playground, count: int, text: str = "") -> list[list[dict[str, Any]]]:
    """Wait for `count` messages of the bot whose last version no longer changes (and contains `text`)."""

    async def look() -> list[list[dict[str, Any]]]:
        found = list((await answers(place)).values())
        done = [one for one in found if is_final(one[-1])]
        return done if len(done) >= count and (not text or any(text in one[-1]["shown"] for one in done)) else []

    return await until(look, f"{count} finished answers with {text!r}")


def is_final(version: dict[str, Any]) -> bool:
    return "stop:" not in json.dumps(version["blocks"])


async def test_a_mention_is_answered_in_a_message_that_grows(place: Playground, data: Path) -> None:
    await place.claude.do("script", [{"text": STORY, "times": None}])
    async with running("slack", place, data):
        asked = await place.slack.do("say", text="tell me a story", mention=True)
        [versions] = await finished(place, 1)

    shown = [version["shown"] for version in versions]
    assert len(shown) >= 4
    assert shown[-1].strip() == STORY
    assert all(STORY.startswith(text.strip()) for text in shown)
    assert all(len(earlier) < len(later) for earlier, later in pairwise(shown[:-1]))
    assert [version["thread"] for version in versions] == [asked["ts"]] * len(versions)
    assert [version["pings"] for version in versions] == [[]] * len(versions)
    assert len(await place.claude.calls("messages.create")) == 1


async def test_a_follow_up_knows_what_was_said_also_after_a_restart(place: Playground, data: Path) -> None:
    await place.claude.do("config", tokens_per_second=0, first_token=0)
    async with running("slack", place, data):
        root = await place.slack.do("say", text="my name is Zaphod", mention=True)
        await finished(place, 1)
        await place.slack.do("say", text="what is my name?", thread_ts=root["ts"])
        await finished(place, 2, "Zaphod")
    async with running("slack", place, data):
        await place.slack.do("say", text="and once more: what is my name?", thread_ts=root["ts"])
        found = await finished(place, 3)

    assert "Zaphod" in found[-1][-1]["shown"]
    roles = [[said["role"] for said in messages] for messages in await place.asked()]
    assert roles == [["user", "assistant"] * n + ["user"] for n in range(3)]


async def test_a_direct_message_is_answered(place: Playground, data: Path) -> None:
    async with running("slack", place, data):
        await place.slack.do("say", channel="im", text="hello")
        [versions] = await finished(place, 1)

    assert versions[-1]["shown"]


async def test_two_channels_do_not_mix(place: Playground, data: Path) -> None:
    async with running("slack", place, data):
        await asyncio.gather(
            place.slack.do("say", channel="general", text="my name is Zaphod", mention=True),
            place.slack.do("say", channel="random", text="my name is Trillian", mention=True),
        )
        await finished(place, 2)
        await place.slack.do("say", channel="random", text="what is my name?", mention=True)
        await finished(place, 3)

    newest = json.dumps((await place.asked())[-1])
    assert "Trillian" in newest
    assert "Zaphod" not in newest


async def test_two_people_in_one_channel_are_both_answered(place: Playground, data: Path) -> None:
    async with running("slack", place, data):
        asked = await asyncio.gather(
            place.slack.do("say", user="ada", text="hello", mention=True),
            place.slack.do("say", user="ben", text="good morning", mention=True),
        )
        found = await finished(place, 2)

    assert sorted(versions[-1]["thread"] for versions in found) == sorted(one["ts"] for one in asked)


async def test_a_redelivered_event_is_answered_once(place: Playground, data: Path) -> None:
    async with running("slack", place, data):
        await place.slack.do("say", text="hello", mention=True)
        await finished(place, 1)
        for _ in range(3):
            await place.slack.do("redeliver")
        await place.slack.do("say", channel="random", text="hello again", mention=True)
        await finished(place, 2)

    assert len(await place.claude.calls("messages.create")) == 2


async def test_a_slash_command_is_answered_for_its_person_alone(place: Playground, data: Path) -> None:
    async with running("slack", place, data):
        await place.slack.do("slash", command="/claude", text="help")

        async def told() -> str:
            deliveries, ephemerals = await place.slack.state("deliveries"), await place.slack.state("ephemerals")
            return json.dumps([deliveries, ephemerals])

        await until(lambda: _contains(told, "settings"), "the help text")
    assert not await answers(place)


async def _contains(look: Any, text: str) -> bool:
    return text in await look()


@pytest.mark.parametrize("status", [429, 529])
async def test_a_busy_claude_is_asked_again(place: Playground, data: Path, status: int) -> None:
    await place.claude.do("faults", [{"method": "messages.create", "do": status, "times": 1, "retry_after": 0}])
    async with running("slack", place, data):
        await place.slack.do("say", text="hello", mention=True)
        [versions] = await finished(place, 1)

    assert "busy" not in versions[-1]["shown"]
    assert len(await place.claude.calls("messages.create")) == 2


async def test_a_refused_key_is_told_in_words(place: Playground, data: Path) -> None:
    async with running("slack", place, data):
        await place.claude.do("faults", [{"method": "messages.create", "do": 401, "times": None}])
        await place.slack.do("say", text="hello", mention=True)
        [versions] = await finished(place, 1)

    assert "ANTHROPIC_API_KEY" in versions[-1]["shown"]
    assert len(await place.claude.calls("messages.create")) == 1
