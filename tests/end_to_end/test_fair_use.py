"""One person asks too much, on both platforms: one question waits, the next is refused, and nobody else notices."""

import asyncio
import re
import sys
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.end_to_end.driver import ROOT, Playground, Server, environment, running
from tests.launcher import Launcher
from tests.waits import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

MINUTE = 61_000
TEN = 10
CHANNELS = {"1400000000000000030", "1400000000000000031"}
"""general and random, in Discord."""


ADMINS = "U0ADA 1400000000000000040"
DEAR = "word " * 900
"""An answer of 900 tokens."""


@pytest.fixture(autouse=True)
async def lenient(place: Playground) -> None:
    """Only the bot's own limits: it is quick enough to meet those of the platforms."""
    for server in (place.slack, place.discord):
        await server.do("config", limits="off")
    await place.claude.do("config", first_token=0, tokens_per_second=0)


class Side:
    """One platform, by its playground: what Ada and a colleague do there, and what they see."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.is_slack = name == "slack"
        self.colleague = "ben" if self.is_slack else "grace"
        self.channels = ("general", "random", "im", "shared") if self.is_slack else ("general", "random", "im")

    async def say(self, text: str, user: str = "ada", channel: str = "general") -> None:
        where: dict[str, Any] = {"channel": channel, "mention": channel != "im"}
        if channel == "im" and not self.is_slack:
            where = {"dm": True}
        await self.server.do("say", text=text, user=user, **where)

    async def command(self, text: str) -> None:
        """A question as a command, whose answer has words each time."""
        if self.is_slack:
            await self.server.do("slash", command="/claude", text=f"ask {text}", channel="random")
        else:
            await self.server.do("interact", command="ask", options={"question": text}, user="ada", channel="random")

    async def told(self) -> list[str]:
        """What was said to somebody alone beside their answers, in order."""
        if self.is_slack:
            return [one["shown"] for one in await self.server.state("ephemerals")]
        versions = await self.server.state("versions")
        return [one["text"] for one in versions if _is_refusal(one["text"]) and self._is_for_one(one)]

    def _is_for_one(self, version: dict[str, Any]) -> bool:
        """To be seen by them only, or in the channel of their direct messages."""
        return bool(version["shown_to"]) or version["channel"] not in CHANNELS

    async def letters(self) -> list[str]:
        """What Ada is told as an admin, in her direct messages."""
        versions = await self.server.state("versions")
        shown = "shown" if self.is_slack else "text"
        places = {"C0GENERAL", "C0RANDOM", *CHANNELS}
        return [one[shown] for one in versions if "an admin" in one[shown] and one["channel"] not in places]

    async def answered(self) -> int:
        """How many answers have come to their end."""
        newest = {one["message"]: one for one in await self.server.state("versions")}
        shown = [str(one.get("blocks") or one.get("components")) for one in newest.values()]
        return sum("regenerate:" in text for text in shown)

    async def has_told(self, count: int) -> str:
        async def look() -> bool:
            return len(await self.told()) >= count or await _later()

        await until(look, f"{count} words for Ada alone")
        return (await self.told())[count - 1]

    async def has_answered(self, count: int) -> None:
        async def look() -> bool:
            return await self.answered() >= count or await _later()

        await until(look, f"{count} answers")
        assert await self.answered() == count


def _is_refusal(text: str) -> bool:
    return text.startswith(("That was", "Today's budget"))


async def _later() -> bool:
    """What is looked at is large."""
    await asyncio.sleep(0.1)
    return False


def a_minute_passes(data: Path) -> None:
    """By the clock of all processes, which is Redis'."""
    with Redis(unix_socket_path=str(data / "redis" / "redis.sock")) as redis:
        redis.hincrby("{parley}:clock", "offset", MINUTE)
        redis.publish("{parley}:wake", "test")


async def first_ten(side: Side) -> None:
    """In several places: a platform takes few posts in a channel at once."""
    for number, channel in zip(range(TEN), cycle(side.channels), strict=False):
        await side.say(f"question {number}", channel=channel)
    await side.has_answered(TEN)


async def too_many(side: Side) -> None:
    await side.say("the eleventh")
    held = await side.has_told(1)
    await side.say("the twelfth")
    refused = await side.has_told(2)

    assert held.startswith("That was 10 questions within a minute. I will answer this one in ")
    assert refused.startswith("That was 10 questions within a minute. Please wait ")
    for words in (held, refused):
        [seconds] = re.findall(r"(\d+) seconds?\b", words)
        assert 0 < int(seconds) <= 60


async def still_too_many(side: Side) -> None:
    """Beside another process; and a colleague is answered as if nothing was."""
    await side.command("the thirteenth")
    assert (await side.has_told(3)).startswith("That was 10 questions within a minute. Please wait ")
    await side.say("and I?", user=side.colleague, channel="random")
    await side.has_answered(11)


async def still_too_many_later(side: Side) -> None:
    """The first process is gone."""
    await side.command("the fourteenth")
    assert (await side.has_told(4)).startswith("That was 10 questions within a minute. Please wait ")


async def good_again(side: Side) -> None:
    """What waited is answered, and there is room for more."""
    await side.say("and now?", channel="random")
    await side.has_answered(13)


async def usage_adds_up(place: Playground, data: Path) -> None:
    """The counters say what the usage lines of both processes say."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "usage", "--check", "--format", "csv"),
        cwd=ROOT,
        env=environment(place, data),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()

    assert (process.returncode, err) == (0, b"")
    assert sum(int(line.split(",")[1]) for line in out.decode().splitlines()[1:]) == 26


async def test_the_eleventh_question_in_a_minute_waits_and_the_next_is_refused(
    place: Playground, tmp_path: Path, launcher: Launcher
) -> None:
    limits = {"USER_RATE": "10/minute", "STREAM": "final"}
    async with AsyncExitStack() as later:
        sides = [Side(place.slack, "slack"), Side(place.discord, "discord")]
        async with running("run", place, tmp_path, launcher, platforms=2, **limits):
            second = later.enter_async_context(running("run", place, tmp_path, launcher, platforms=2, **limits))
            await asyncio.gather(second, *map(first_ten, sides))
            await asyncio.gather(*map(too_many, sides))
            await asyncio.gather(*map(still_too_many, sides))
        await asyncio.gather(*map(still_too_many_later, sides))
        a_minute_passes(tmp_path)
        await asyncio.gather(*map(good_again, sides))
        await later.aclose()
        await usage_adds_up(place, tmp_path)


async def spend(side: Side, answers: int) -> None:
    await side.say("how dear are you?", user=side.colleague)
    await side.has_answered(answers)


async def has_letters(side: Side, count: int) -> None:
    async def look() -> bool:
        return len(await side.letters()) >= count or await _later()

    await until(look, f"{count} letters to the admin")


async def test_a_days_budget_ends_in_words_and_admins_are_written_to(
    place: Playground, tmp_path: Path, launcher: Launcher
) -> None:
    limits = {"DAILY_TOKENS": "1200", "ADMINS": ADMINS, "STREAM": "final"}
    await place.claude.do("script", [{"text": DEAR, "times": None}])
    slack, discord = sides = [Side(place.slack, "slack"), Side(place.discord, "discord")]
    async with running("run", place, tmp_path, launcher, platforms=2, **limits):
        await spend(slack, 1)
        await asyncio.gather(*(has_letters(side, 1) for side in sides))
        await spend(discord, 1)
        await asyncio.gather(*(has_letters(side, 2) for side in sides))
        await asyncio.gather(*(side.say("one more?", user=side.colleague) for side in sides))
        refused = await asyncio.gather(*(side.has_told(1) for side in sides))
    letters = [await side.letters() for side in sides]
    asked = await place.claude.calls("messages.create")

    for near, gone in letters:
        assert "80 %" in near
        assert "nobody is answered" in gone
    assert len(asked) == 2
    assert all(
        words.startswith("Today's budget for everybody here is used up. It begins anew in ") for words in refused
    )
