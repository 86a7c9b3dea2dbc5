"""Whatever goes wrong with whichever call: the person ends with the text or a sentence, and with nothing twice.

The cases of a table happen at once, each in a channel of its own, on one bot whose clock runs faster.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.driver import PATIENCE, Playground, Server
from tests.end_to_end.haste import anyio_backend as anyio_backend
from tests.end_to_end.inside import Team, team
from tests.end_to_end.rooms import Discord, Room, Slack

pytestmark = pytest.mark.anyio

PASSING: tuple[object, ...] = (429, 500, 503, "lost", "reset")
"""What is over when it is tried again."""
UNMET = "met no fault"
UNNAMED = ("interaction.callback", "original.get")
"""Calls that tell neither where nor what they are about."""
LONG = 500
"""Words: more than a message of Discord's holds."""
TOLD = "is all that there is to say."
_RUNG = re.compile(r"\n-# <@\d+>$")
"""Below an answer that could be no reply: whom it is for."""


@pytest.fixture(scope="module")
async def bots(grounds: Playground, valkey: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    async with team(grounds, valkey, tmp_path_factory.mktemp("faults"), is_hasty=True) as found:
        await found.start()
        yield found


@pytest.fixture(autouse=True)
async def lenient(place: Playground, bots: Team) -> None:
    """No limits but the planned ones: the bot would spend a minute's worth in what it takes for a minute."""
    await place.claude.do("config", first_token=0, tokens_per_second=0)
    await place.slack.do("config", limits="off")
    await place.discord.do("config", limits="off", heartbeat_seconds=4)


@dataclass(frozen=True)
class Case:
    """What goes wrong with a call, so many times.

    `words`: of the answer; a command: it is asked for with one. `lost`: a call whose answer is lost before, so that
    this one is made at all.
    """

    method: str
    do: object
    times: int = 2
    words: int = 30
    is_command: bool = False
    lost: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {json.dumps(self.do)}"


def every(method: str, *does: object, **more: Any) -> list[Case]:
    return [Case(method, do, **more) for do in does]


class Played:
    """One case in its own channel, from the question to what is wrong with its end."""

    def __init__(self, case: Case, room: Room, server: Server, place: Playground) -> None:
        self.case, self.room, self.server, self.place = case, room, server, place
        self.word = f"case{room.channel}"
        self.text = " ".join([self.word, *["word"] * case.words, self.word, TOLD])
        self.told = self.word if case.is_command else room.channel
        self.about = "" if case.method in UNNAMED else self.told

    async def ask(self) -> None:
        at_once = self.case.words == LONG or (
            self.case.is_command and self.case.lost
        )  # its first post has the whole word
        pace = {} if at_once else {"tokens_per_second": 80, "first_token": 0.1}
        await self.place.claude.do("script", [{"match": self.word, "text": self.text, "times": None, **pace}])
        fault = {"method": self.case.method, "do": self.case.do, "times": self.case.times, "retry_after": 1}
        await self.server.do("faults", **fault, about=self.about)
        if self.case.lost:
            await self.server.do("faults", method=self.case.lost, do="lost", about=self.told)
        if self.case.is_command:
            options, where = {"question": self.word}, {"channel": self.room.channel, "user": "ada"}
            await self.server.do("interact", command="ask", options=options, **where)
        else:
            await self.room.ask(self.word)

    def problem(self, record: Mapping[str, Any]) -> str:
        """What is wrong, "" when nothing is: by all that Slack or Discord, and Claude, have on record."""
        stands = [versions[-1] for versions in self.room.read(record["versions"]) if not versions[-1].deleted]
        texts = [_RUNG.sub("", one.text) for one in stands]
        if not stands or not stands[-1].is_final:
            return f"no end: {texts}"
        head = f"> {self.word} " if self.case.is_command else ""
        if "\n\n".join(texts).split() != f"{head}{self.text}".split():
            return f"shows {texts}"
        asked = [one for one in record["asked"] if self.word in json.dumps(one)]
        if len(asked) != 1:
            return f"asked Claude {len(asked)} times"
        failed = [call for call in record["calls"] if call["error"] or call["answered"] is None]
        met = [call for call in failed if call["method"] == self.case.method and self.about in json.dumps(call)]
        return "" if met else UNMET


async def play(cases: Sequence[Case], kind: type[Slack] | type[Discord], place: Playground) -> dict[str, str]:
    """What is wrong, by case. Where the call was never made, as the answer stood at once, a longer one is asked for."""
    problems = await played_once(cases, kind, place)
    for times in (4, 16):
        missed = [replace(case, words=times * case.words) for case in cases if problems.get(case.name) == UNMET]
        if missed:
            problems = {name: problem for name, problem in problems.items() if problem != UNMET}
            problems |= await played_once(missed, kind, place)
    return problems


async def played_once(cases: Sequence[Case], kind: type[Slack] | type[Discord], place: Playground) -> dict[str, str]:
    """All of them at once; what is wrong in the end."""
    server = place.slack if kind is Slack else place.discord
    played = [Played(case, await kind.opened(server), server, place) for case in cases]
    await asyncio.gather(*(one.ask() for one in played))
    end = time.monotonic() + 2 * PATIENCE
    while True:
        record = {name: await server.state(name) for name in ("versions", "calls")} | {"asked": await place.asked()}
        problems = {one.case.name: problem for one in played if (problem := one.problem(record))}
        if set(problems.values()) <= {UNMET} or time.monotonic() > end:
            return problems
        await asyncio.sleep(0.5)


def errors(*names: str) -> list[object]:
    return [{"error": name} for name in names]


SLACK_POSTS = [
    *every("chat.postMessage", *PASSING, *errors("internal_error", "token_expired")),
    *every("assistant.threads.setStatus", *PASSING, *errors("is_archived")),
    *every("chat.postMessage", "hang", *errors("invalid_blocks"), times=1),
    *every("conversations.replies", *PASSING, lost="chat.postMessage"),
    *every("assistant.threads.setStatus", "hang", times=1),
]
SLACK_EDITS = [
    *every("chat.update", *PASSING[1:], *errors("internal_error", "update_failed", "token_revoked")),
    *every("chat.update", "hang", *errors("edit_window_closed", "invalid_blocks"), times=1),
]
DISCORD = [
    *every("message.create", *PASSING, 401),
    *every("message.create", *errors("160002"), times=1),
    *every("message.edit", *PASSING, 401),
    *every("message.edit", *errors("30046"), times=1),
    *every("typing", *PASSING, 403, *errors("50013"), times=1),
    *every("message.create", "hang", times=1),
    *every("message.list", *PASSING, lost="message.create"),
    *every("message.edit", "hang", times=1),
]
DISCORD_COMMANDS = [
    *every("original.edit", *PASSING, *errors("10015", "50027"), is_command=True),
    *every("followup.create", *PASSING, *errors("10015", "50027"), times=1, words=LONG, is_command=True),
    *every("original.edit", "hang", times=1, is_command=True),
    *every("original.get", *PASSING, lost="original.edit", is_command=True),
]


SLACK_LAST = every("chat.update", 429)
"""It teaches the bot to edit less."""


@pytest.mark.parametrize("cases", [SLACK_POSTS, SLACK_EDITS, SLACK_LAST], ids=["posts", "edits", "throttled"])
async def test_slack(place: Playground, cases: list[Case]) -> None:
    assert await play(cases, Slack, place) == {}


@pytest.mark.parametrize("cases", [DISCORD, DISCORD_COMMANDS], ids=["messages", "commands"])
async def test_discord(place: Playground, cases: list[Case]) -> None:
    assert await play(cases, Discord, place) == {}


@pytest.mark.parametrize("do", PASSING, ids=str)
async def test_discord_when_the_first_answer_to_a_command_fails(place: Playground, do: object) -> None:
    case = Case("interaction.callback", do, times=1, is_command=True)

    assert await play([case], Discord, place) == {}
