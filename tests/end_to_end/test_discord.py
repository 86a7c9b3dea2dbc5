"""A team talks to Claude in Discord: real discord.py, anthropic and Valkey, over real sockets."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.driver import Playground, running, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

ASKER = "1400000000000000040"
"""Ada's id: only who asked may be told by a ping."""
STORY = "\n\n".join(f"Paragraph {n} tells one more part of a story that goes on for a while." for n in range(1, 13))


async def answers(place: Playground) -> dict[str, list[dict[str, Any]]]:
    """The versions of each message of the bot, by its id."""
    found: dict[str, list[dict[str, Any]]] = {}
    people = {version["author"] for version in await place.discord.state("versions") if not version["method"]}
    for version in await place.discord.state("versions"):
        if version["author"] not in people:
            found.setdefault(version["message"], []).append(version)
    return found


def is_final(version: dict[str, Any]) -> bool:
    return bool(version["text"]) and "stop:" not in json.dumps(version["components"])


async def finished(place: Playground, count: int, text: str = "") -> list[list[dict[str, Any]]]:
    async def look() -> list[list[dict[str, Any]]]:
        done = [one for one in (await answers(place)).values() if is_final(one[-1])]
        return done if len(done) >= count and any(text in one[-1]["text"] for one in done) else []

    return await until(look, f"{count} finished answers with {text!r}")


async def test_a_mention_is_answered_in_a_message_that_grows(place: Playground, data: Path) -> None:
    await place.claude.do("script", [{"text": STORY, "times": None}])
    async with running("discord", place, data):
        asked = await place.discord.do("say", channel="general", user="ada", text="tell me a story", mention=True)
        [versions] = await finished(place, 1)

    shown = [version["text"] for version in versions]
    assert len(shown) >= 4
    assert shown[-1] == STORY
    assert all(STORY.startswith(text) for text in shown)
    assert all(len(earlier) < len(later) for earlier, later in pairwise(shown[:-1]))
    assert versions[-1]["reply_to"] == asked["id"]
    assert {person for version in versions for person in version["pings"]["users"]} <= {ASKER}
    assert not any(version["pings"]["everyone"] or version["pings"]["roles"] for version in versions)


async def test_ask_is_deferred_at_once_and_answered(place: Playground, data: Path) -> None:
    async with running("discord", place, data):
        await place.discord.do("interact", command="ask", options={"question": "hello"}, user="ada", channel="general")
        [versions] = await finished(place, 1)

    assert versions[-1]["text"]
    assert len(await place.claude.calls("messages.create")) == 1


async def test_a_follow_up_knows_what_was_said_also_after_a_restart(place: Playground, data: Path) -> None:
    await place.claude.do("config", tokens_per_second=0, first_token=0)
    async with running("discord", place, data):
        await place.discord.do("say", channel="general", user="ada", text="my name is Zaphod", mention=True)
        await finished(place, 1)
        await place.discord.do("say", channel="general", user="ada", text="what is my name?", mention=True)
        await finished(place, 2, "Zaphod")
    async with running("discord", place, data):
        await place.discord.do("say", channel="general", user="ada", text="once more: what is my name?", mention=True)
        found = await finished(place, 3)

    assert "Zaphod" in found[-1][-1]["text"]
    roles = [[said["role"] for said in messages] for messages in await place.asked()]
    assert roles == [["user", "assistant"] * n + ["user"] for n in range(3)]


async def test_a_direct_message_is_answered(place: Playground, data: Path) -> None:
    async with running("discord", place, data):
        await place.discord.do("say", dm=True, user="ada", text="hello")
        [versions] = await finished(place, 1)

    assert versions[-1]["text"]


async def test_two_channels_do_not_mix(place: Playground, data: Path) -> None:
    async with running("discord", place, data):
        await place.discord.do("say", channel="general", user="ada", text="my name is Zaphod", mention=True)
        await place.discord.do("say", channel="random", user="grace", text="my name is Trillian", mention=True)
        await finished(place, 2)
        await place.discord.do("say", channel="random", user="grace", text="what is my name?", mention=True)
        await finished(place, 3)

    newest = json.dumps((await place.asked())[-1])
    assert "Trillian" in newest
    assert "Zaphod" not in newest


async def test_a_redelivered_event_is_answered_once(place: Playground, data: Path) -> None:
    async with running("discord", place, data):
        await place.discord.do("say", channel="general", user="ada", text="hello", mention=True)
        await finished(place, 1)
        for _ in range(3):
            await place.discord.do("redeliver", id="last")
        await place.discord.do("say", channel="random", user="ada", text="hello again", mention=True)
        await finished(place, 2)

    assert len(await place.claude.calls("messages.create")) == 2


async def test_reset_is_told_to_its_person_alone(place: Playground, data: Path) -> None:
    async with running("discord", place, data):
        await place.discord.do("interact", command="reset", user="ada", channel="general")

        async def told() -> bool:
            return any("forgotten" in version["text"] and version["shown_to"] for version in await everything(place))

        await until(told, "the answer to /reset")


async def everything(place: Playground) -> list[dict[str, Any]]:
    return await place.discord.state("versions")


async def test_both_platforms_are_served_by_one_process(place: Playground, data: Path) -> None:
    async with running("run", place, data, platforms=2):
        await place.discord.do("say", channel="general", user="ada", text="hello", mention=True)
        await place.slack.do("say", text="hello", mention=True)
        await finished(place, 1)

        async def answered() -> bool:
            return any(version["author"] == "U0PARLEY" for version in await place.slack.state("versions"))

        await until(answered, "an answer in Slack")
