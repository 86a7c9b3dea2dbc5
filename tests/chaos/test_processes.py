"""Real processes, killed, frozen and cut off: a storm of a few seconds, and what is missed when a promise is taken out.

`make chaos` is the long storm.
"""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.__main__ import SHORT
from tests.chaos.conversation import Conversation, conversation
from tests.chaos.pace import QUICK
from tests.chaos.storm import storm
from tests.launcher import Launcher
from tests.report import table

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(150)]

SEED = 3


async def test_a_storm_breaks_no_promise(launcher: Launcher, tmp_path: Path) -> None:
    report = await storm(launcher, tmp_path, SEED, SHORT)

    told = f"seed {SEED}\n{table(report.figures())}"
    assert report.verdict.problems == [], told
    assert report.deaths == [], told
    assert report.strikes["kill"] == SHORT.kills
    assert report.strikes["redis"] == SHORT.redis_kills
    assert report.takeovers, told
    assert report.quantile(0.5) < 2 * SHORT.lease, told  # the exact figure is that of the long storm
    assert report.answered == report.questions > 40


@pytest.mark.parametrize("without", ["", "memory"])
async def test_only_for_want_of_memory_a_redelivery_is_answered_twice(
    launcher: Launcher, tmp_path: Path, without: str
) -> None:
    async with conversation(launcher, tmp_path, platforms=["slack"]) as talk:
        await talk.start("slack", without=without)
        question = await talk.ask()
        await talk.answered(question)
        await _again(talk, question.events[0])

        verdict = await talk.verdict()

    assert bool(verdict.twice) == bool(without)


async def _again(talk: Conversation, event: str) -> None:
    """Slack sends an event five more times, and then something else is answered."""
    await talk.on.place.slack.do("redeliver", event_id=event, times=5)
    await talk.answered(await talk.ask())


@pytest.mark.parametrize("without", ["", "look"])
async def test_only_without_a_look_an_answer_whose_fate_is_unknown_is_posted_twice(
    launcher: Launcher, tmp_path: Path, without: str
) -> None:
    async with conversation(launcher, tmp_path, platforms=["slack"]) as talk:
        await talk.start("slack", without=without)
        await talk.on.place.slack.do("faults", [{"method": "chat.postMessage", "do": "lost"}])
        await talk.ask()
        await talk.answered()

        verdict = await talk.verdict()

    assert bool(verdict.problems) == bool(without)


@pytest.mark.parametrize("without", ["", "guard"])
async def test_only_without_a_guard_a_frozen_worker_writes_when_it_wakes(
    launcher: Launcher, tmp_path: Path, without: str
) -> None:
    async with conversation(launcher, tmp_path, platforms=["slack"], hanging=[0], pace=QUICK) as talk:
        [sleeper] = await talk.start("slack", without=without)
        question = await talk.ask()
        await talk.edited(question)  # its id is noted, so nothing but an edit is on the sleeper's mind
        talk.on.crew.freeze(sleeper)
        await talk.on.place.slack.do("drop")  # else it would get what is meant for the other
        await talk.start("slack")
        await talk.answered(question)
        talk.on.crew.thaw(sleeper)
        await asyncio.sleep(1.5)  # for what it still had in mind
        await _again(talk, question.events[0])

        verdict = await talk.verdict()

    assert bool(verdict.stale) == bool(without)
    assert not verdict.lost


async def test_what_was_committed_before_a_kill_is_only_painted_again(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, platforms=["slack"], pace=QUICK) as talk:
        [worker] = await talk.start("slack")
        await talk.on.place.slack.do("faults", [{"method": "chat.update", "do": "hang", "times": None}])
        question = await talk.ask()
        await talk.until(lambda: talk.logged("turn ended"), "the commit")
        talk.on.crew.kill(worker)
        async with talk.on.place.slack.session.delete(f"{talk.on.place.slack.addresses['control']}/faults"):
            await talk.start("slack")
        await talk.answered(question)
        follow_up = await talk.ask()
        await talk.answered(follow_up)

        verdict = await talk.verdict()

    assert verdict.problems == []
    assert talk.requests(question) == 1
    assert len(talk.messages(question)) == 1
