"""The shipped program at LOG_LEVEL=DEBUG, through good days and bad ones: what it writes down tells nobody anything.

Canaries stand in texts, answers, names, ids, e-mail, files' names, URLs, settings and every token. Afterwards standard
output and error, every file, Redis' log, slow log, append-only file and memory, and the pages for whoever watches are
searched for them in every form.
"""

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.discord.interactions import DEFERRED
from tests.end_to_end.driver import PATIENCE, Playground, playground
from tests.privacy import trail
from tests.privacy.canaries import Canary, sightings
from tests.privacy.scene import (
    ANSWER,
    CROWD,
    LINK,
    MAIL,
    SAID,
    SECRETS,
    WORDS,
    Program,
    Valkey,
    Womb,
    arguments,
    furnish,
    pages,
    program,
    settings,
    written,
)
from tests.waits import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

QUESTION = f"{SAID} Write to {MAIL}, or see {LINK}."
REFUSAL = f"messages.0.content: {WORDS['refused']} in: {QUESTION}"
TROUBLE = {
    "busy": {"do": 429, "retry_after": 0, "message": REFUSAL},
    "refused": {"do": 400, "message": REFUSAL},
    "denied": {"do": 401, "message": REFUSAL},
    "broken": {"text": ANSWER * 30, "do": "sse_error", "after": 2, "message": REFUSAL},
    "cut": {"text": ANSWER * 30, "do": "cut", "after": 3},
    "garbled": {"text": ANSWER * 30, "do": "garbage", "after": 3},
}
"""What goes wrong with the question that says the word."""


@pytest.fixture(scope="module")
def womb() -> Iterator[Womb]:
    opened = Womb()
    yield opened
    opened.close()


class Team:
    """People on both platforms who talk to the bot, and how many answers they wait for."""

    def __init__(self, place: Playground) -> None:
        self._place = place
        self._owed = {"slack": 0, "discord": 0}

    async def on_slack(self, text: str = "", *, owed: int = 1, **more: Any) -> Any:
        self._owed["slack"] += owed
        where = {"user": WORDS["slack_user"], "channel": WORDS["slack_channel"], "mention": True, **more}
        return await self._place.slack.do("say", text=f"{text} {QUESTION}", **where)

    async def on_discord(self, text: str = "", *, owed: int = 1, **more: Any) -> Any:
        self._owed["discord"] += owed
        where = {"user": WORDS["discord_name"], "mention": True, **more}
        return await self._place.discord.do("say", text=f"{text} {QUESTION}", **where)

    async def on_both(self, text: str, channel: str, *, owed: int = 1, who: str = "") -> None:
        """`who` is one of the crowd: they are answered at once."""
        slack, discord = f"{WORDS['slack_user']}{who}", f"{WORDS['discord_name']}{who}"
        await self.on_slack(text, channel=WORDS["slack_second"], owed=owed, user=slack)
        await self.on_discord(text, channel=channel, owed=owed, user=discord)

    async def slash(self, text: str, *, owed: int = 0) -> None:
        self._owed["slack"] += owed
        await self._place.slack.do(
            "slash", text=text, user=WORDS["slack_user"], channel=WORDS["slack_channel"], command="/claude"
        )

    async def interact(self, command: str, channel: str, **options: str) -> str:
        """Its id."""
        made = await self._place.discord.do(
            "interact", command=command, options=options, user=WORDS["discord_name"], channel=channel
        )
        return str(made["id"])

    async def ask(self, channel: str) -> None:
        """As a person does: again, when a busy machine did not take it in Discord's time."""
        self._owed["discord"] += 1
        while not await self._is_taken(await self.interact("ask", channel, question=QUESTION)):
            pass

    async def _is_taken(self, id: str) -> bool:
        async def first_answer() -> int:
            found = [
                one["acked"] for one in await self._place.discord.state("interactions") if one["interaction"] == id
            ]
            return found[-1] if found else 0

        return bool(await until(first_answer, "an answer to /ask") == DEFERRED)

    async def answered(self) -> None:
        """Wait until whoever asked has read an end."""
        clock = asyncio.get_running_loop().time
        last = clock() + PATIENCE
        while (ended := {name: await self._ended(name) for name in self._owed}) != self._owed:
            assert all(ended[name] <= self._owed[name] for name in ended), (ended, self._owed)
            assert clock() < last, (ended, self._owed)
            await asyncio.sleep(0.2)

    async def _ended(self, name: str) -> int:
        server = self._place.slack if name == "slack" else self._place.discord
        newest = {}
        for version in await server.state("versions"):
            newest[version["message"]] = version
        return len([one for one in newest.values() if one["method"] and _is_answer(one)])


def _is_answer(version: dict[str, Any]) -> bool:
    shown = json.dumps([version.get("blocks"), version.get("components")])
    return (
        not version["deleted"]
        and "stop:" not in shown
        and ("regenerate:" in shown or "retry:" in shown or "continue:" in shown)
    )


async def good_day(team: Team, place: Playground, channel: str) -> None:
    asked = await team.on_slack(files=[{"name": WORDS["file"], "text": WORDS["content"]}])
    await team.on_slack(channel="im", mention=False)
    await team.slash(f"persona {WORDS['persona']} {QUESTION}")
    await team.slash(QUESTION, owed=1)
    told = await team.on_discord(channel=channel, attachments=[{"filename": WORDS["file"], "text": WORDS["content"]}])
    await team.on_discord(dm=True, mention=False)
    await team.interact("persona", channel, text=f"{WORDS['persona']} {QUESTION}")
    await team.ask(channel)
    await team.answered()
    for wish in ("usage", "usage all", "limits each 1000/minute", "privacy", "privacy export"):
        await team.slash(wish)
    await team.interact("usage", channel, whose="all")
    await team.interact("limits", channel, limit="1000/minute")
    await team.interact("privacy", channel, wish="export")
    await team.on_slack("and then?", thread_ts=asked["ts"], mention=False)
    await team.answered()
    await place.slack.do("edit", channel=WORDS["slack_channel"], ts=asked["ts"], text=f"no: {QUESTION}")
    await place.slack.do("delete", channel=WORDS["slack_channel"], ts=asked["ts"])
    await place.discord.do("edit", message=told["id"], text=f"no: {QUESTION}")
    await place.discord.do("delete", message=told["id"])


async def bad_day(team: Team, place: Playground, channel: str) -> None:
    await place.slack.do("faults", [{"method": "chat.update", "do": "429", "times": 1, "retry_after": 1}])
    await place.discord.do("faults", method="message.edit", do="429", times=1, retry_after=0.3)
    for who, word in zip(CROWD, TROUBLE, strict=True):
        await team.on_both(word, channel, who=who)
    await team.on_both("SABOTAGE", channel)
    await team.on_both("SABOTAGE-DOOR", channel, owed=0)
    await frames(place)
    await team.answered()


async def frames(place: Playground) -> None:
    """No JSON, JSON of no sense, and an event that is cut off; with canaries in each."""
    half = json.dumps({"t": "MESSAGE_CREATE", "type": "events_api", "payload": {"text": WORDS["broken"] + QUESTION}})
    for frame in (half[:-3], f'["{WORDS["broken"]}"]', json.dumps({"type": WORDS["broken"], "op": WORDS["broken"]})):
        await place.slack.do("frame", text=frame)
    event = {
        "type": "message",
        "channel": {"id": WORDS["broken"]},
        "user": [WORDS["broken"]],
        "text": 5,
        "ts": QUESTION,
    }
    await place.slack.do("event", event=event)
    for frame in (
        half[:-3],
        f'"{WORDS["broken"]}"',
        json.dumps({"op": 0, "t": "MESSAGE_CREATE", "d": WORDS["broken"]}),
    ):
        await place.discord.do("frame", text=frame)


async def without_redis(bot: Program, team: Team, valkey: Valkey, channel: str) -> None:
    """First it is gone, then it takes no password of ours, then it is back."""
    await valkey.kill()
    await team.on_both("nobody remembers", channel)
    await asyncio.sleep(0.3)
    await valkey.start("another")
    await bot.has("store trouble")
    await valkey.kill()
    await valkey.start()
    await team.answered()


async def mid_answer(bot: Program, team: Team, channel: str) -> None:
    """Return while an answer is written on both platforms."""
    before = len(bot.told("claimed"))
    await team.on_both("slowly", channel)
    await bot.has("claimed", before + 2)
    await asyncio.sleep(0.5)


async def _is_there(place: Playground) -> bool:
    return bool(await place.slack.state("connections") and await place.discord.state("connections"))


async def run_through(
    womb: Womb, place: Playground, folder: Path, valkey: Valkey, channels: list[str], *, plain: bool
) -> dict[str, bytes]:
    """Three lives: one that ends by kill -9, one that ends by SIGTERM, both in mid-answer, and one by a fault.

    What can be seen of them while they last.
    """
    env, team = settings(place, folder, valkey, plain=plain), Team(place)
    script = [{"match": word, "times": 2, **trouble} for word, trouble in TROUBLE.items()]
    slowly = {"match": "slowly", "text": ANSWER * 10, "tokens_per_second": 60, "times": None}
    killed = slowly | {"tokens_per_second": 4, "times": 2}  # on no machine it is complete before it is cut off
    await place.claude.do(
        "script", [*script, killed, slowly, {"text": ANSWER, "thinking": WORDS["thought"], "times": None}]
    )
    async with program(womb, folder, env) as bot:
        await until(lambda: _is_there(place), "the bot on both platforms")
        seen = {"arguments": arguments(bot.process.pid)}
        await good_day(team, place, channels[0])
        if plain:
            await bad_day(team, place, channels[1])
            return seen
        await mid_answer(bot, team, channels[0])
        assert await bot.end(signal.SIGKILL) == -signal.SIGKILL
    async with program(womb, folder, env) as bot:
        await bad_day(team, place, channels[1])
        await bot.has("claimed", 2, attempt=2)
        await without_redis(bot, team, valkey, channels[1])
        seen["pages"] = await pages(env)
        await mid_answer(bot, team, channels[0])
        assert await bot.end(signal.SIGTERM) == 0
        await team.answered()
    async with program(womb, folder, env) as bot:
        await team.on_slack("SABOTAGE-ALL", owed=0)
        assert await asyncio.wait_for(bot.process.wait(), PATIENCE) == 1
    return seen


async def searched(womb: Womb, folder: Path, *, plain: bool) -> tuple[list[tuple[str, str]], dict[str, bytes]]:
    """(sink, what) of every canary that was found, and the sinks."""
    home, valkey = folder / "home", Valkey(folder / "valkey")
    home.mkdir()
    await valkey.start()
    try:
        async with playground() as place:
            made = await furnish(place)
            channels = [canary.word for canary in made if canary.what != "discord_user"]
            seen = await run_through(womb, place, home, valkey, channels, plain=plain)
            ids = [Canary("message", one["message"]) for one in await place.slack.state("versions")]
            ids += [Canary("message", one["message"]) for one in await place.discord.state("versions")]
            ids += [
                Canary("token", one["token"]) for one in await place.discord.state("interactions") if "token" in one
            ]
        sinks = {**seen, "redis": await asyncio.to_thread(valkey.told), **written(folder)}
    finally:
        await valkey.kill()
    return sightings({*SECRETS, *made, *ids}, sinks), sinks


async def test_nothing_that_is_written_down_tells_what_was_said_by_whom_or_where(womb: Womb, tmp_path: Path) -> None:
    found, sinks = await searched(womb, tmp_path, plain=False)

    assert found == []
    log = sinks["home/stderr"]
    assert {len(sinks[name]) > 1000 for name in ("home/stderr", "redis", "valkey/valkey.log", "pages")} == {True}
    assert {b"parley_turns_total{outcome=", b"parley_cost_dollars_total{model="} <= set(
        re.findall(rb"parley_\w+\{\w+=", sinks["pages"])
    )
    for trace in (
        b"turn failed",
        b"store trouble",
        b"uncaught",
        b"unraisable",
        b'"thread"',
        b'"loop"',
        b"warnings",
    ):
        assert trace in log, trace
    assert any("usage-" in name for name in sinks)
    assert trail.gaps(log) == []
    assert len(trail.turns(log)) > 20
    assert len(trail.unfinished(log)) <= 1  # the one that ended the program
    assert any(name.endswith(".aof") for name in sinks)


async def test_the_same_search_finds_them_where_the_log_is_as_most_are(womb: Womb, tmp_path: Path) -> None:
    found, _ = await searched(womb, tmp_path, plain=True)

    assert {sink for sink, _ in found} == {"home/stderr"}
    assert {what for _, what in found} >= {
        "question",
        "mail",
        "link",
        "answer",
        "broken",
        "slack_user",
        "message",
    }
