"""Redis is away, slow, full, or comes back: nothing is acknowledged meanwhile, and nothing is lost in the end."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.chaos.conversation import conversation
from tests.chaos.pace import QUICK
from tests.launcher import Launcher

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

RETRIES = [0, 1, 3]
"""Seconds from each of Slack's deliveries that failed to its next; in truth 0, 60 and 300."""


async def test_nothing_is_acknowledged_without_redis_and_all_is_answered_when_it_is_back(
    launcher: Launcher, tmp_path: Path
) -> None:
    async with conversation(launcher, tmp_path) as talk:
        await talk.on.place.slack.do("config", retries=RETRIES)
        await talk.start("run", "run")
        before = [await talk.ask("slack"), await talk.ask("discord")]
        await talk.answered(*before)
        await talk.on.redis.kill()
        during = [await talk.ask("slack"), await talk.ask("discord"), await talk.ask("slack", direct=True)]
        await asyncio.sleep(2)
        await talk.on.watch.look()
        acknowledged = [talk.acknowledged(question) for question in during if question.events]
        await talk.on.redis.start()
        await talk.answered(*during)

        verdict = await talk.verdict()

    assert acknowledged == [False, False]
    assert verdict.problems == []


async def test_what_slack_gave_up_sending_is_looked_up_when_redis_is_back(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, platforms=["slack"]) as talk:
        await talk.on.place.slack.do("config", retries=[0], scale=0.2)
        await talk.start("slack")
        await talk.answered(await talk.ask())
        await talk.on.redis.kill()
        question = await talk.ask()
        await talk.until(lambda: talk.on.watch.slack.records.get("lost"), "Slack giving up")
        await talk.on.redis.start()
        await talk.answered(question)

        verdict = await talk.verdict()

    assert verdict.problems == []


async def test_a_live_reply_goes_on_while_redis_is_away(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, slow=range(9)) as talk:
        await talk.start("run")
        asked = [await talk.ask("slack"), await talk.ask("discord")]
        for question in asked:
            await talk.begun(question)
        await talk.on.redis.kill()
        shown = {question.number: len(talk.messages(question)[0]) for question in asked}
        await asyncio.sleep(2.5)
        await talk.on.watch.look()
        grown = [len(talk.messages(question)[0]) - shown[question.number] for question in asked]
        await talk.on.redis.start()
        await talk.answered(*asked)

        verdict = await talk.verdict()

    assert min(grown) >= 1
    assert verdict.problems == []
    assert [talk.requests(question) for question in asked] == [1, 1]


async def test_an_answer_that_is_ready_is_kept_until_redis_is_back(launcher: Launcher, tmp_path: Path) -> None:
    """It is written down late, not asked for again."""
    async with conversation(launcher, tmp_path, platforms=["slack"]) as talk:
        await talk.start("slack")
        question = await talk.ask()
        await talk.begun(question)
        await talk.on.redis.kill()
        await asyncio.sleep(4)
        await talk.on.redis.start()
        await talk.answered(question)

        verdict = await talk.verdict()

    assert verdict.problems == []
    assert talk.requests(question) == 1


async def test_a_redis_that_hangs_is_waited_for(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path) as talk:
        await talk.on.place.slack.do("config", retries=RETRIES)
        await talk.start("run", "run")
        talk.on.redis.freeze()
        asked = [await talk.ask("slack"), await talk.ask("discord"), await talk.ask("slack", direct=True)]
        await asyncio.sleep(4)
        talk.on.redis.thaw()
        await talk.answered()

        verdict = await talk.verdict()

    assert verdict.problems == []
    assert [talk.requests(question) for question in asked] == [1, 1, 1]


async def test_a_full_redis_takes_nothing_until_it_has_room(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path) as talk:
        await talk.on.place.slack.do("config", retries=RETRIES)
        await talk.start("run")
        await talk.answered(await talk.ask("slack"), await talk.ask("discord"))
        await talk.on.redis.say("CONFIG", "SET", "maxmemory", "1")
        during = [await talk.ask("slack"), await talk.ask("discord")]
        await asyncio.sleep(1.5)
        await talk.on.watch.look()
        acknowledged = talk.acknowledged(during[0])
        await talk.on.redis.say("CONFIG", "SET", "maxmemory", "0")
        await talk.answered()

        verdict = await talk.verdict()

    assert not acknowledged
    assert verdict.problems == []


async def test_a_worker_drains_in_time_without_redis(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, hanging=[0], pace=QUICK, DRAIN_SECONDS="0.5") as talk:
        [worker] = await talk.start("run")
        question = await talk.ask("slack")
        await talk.begun(question)
        await talk.on.redis.kill()
        began = time.monotonic()
        talk.on.crew.end(worker)
        code = await talk.ended(worker)
        left = time.monotonic() - began
        await talk.on.redis.start()
        await talk.start("run")
        await talk.answered(question)

        verdict = await talk.verdict()

    assert code in {0, 1}
    assert left < 12
    assert verdict.problems == []
