"""SIGTERM: what is live ends or is handed over, what was acknowledged is answered, and the process ends well."""

import asyncio
import time
from pathlib import Path

import pytest

from core.store.bounds import LEASE_SECONDS
from tests.chaos.conversation import Conversation, conversation
from tests.chaos.people import People
from tests.chaos.scene import lines
from tests.launcher import Launcher

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]


def attempts(talk: Conversation) -> int:
    """The highest number of an attempt: being handed over counts once, at most."""
    return max(int(str(line["attempt"])) for line in talk.logged("claimed"))


def is_deaf(talk: Conversation) -> bool:
    """Whether nobody listens any more."""
    slack, discord = (tail.all("connections") for tail in (talk.on.watch.slack, talk.on.watch.discord))
    return all(one["closed"] for one in slack) and any(one["event"] == "closed" for one in discord)


async def test_live_replies_end_before_the_process_does(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, slow=range(9)) as talk:
        [worker] = await talk.start("run")
        asked = [await talk.ask("slack"), await talk.ask("slack", direct=True), await talk.ask("discord")]
        for question in asked:
            await talk.begun(question)
        talk.on.crew.end(worker)
        code = await talk.ended(worker)
        await talk.answered(*asked, seconds=0.5)

        verdict = await talk.verdict()

    assert (code, verdict.problems) == (0, [])
    assert [talk.requests(question) for question in asked] == [1, 1, 1]


async def test_what_does_not_end_in_time_is_handed_over_at_once(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, slow=range(9), DRAIN_SECONDS="1") as talk:
        [worker, _] = await talk.start("run", "run")
        asked = [await talk.ask("slack", number=0), await talk.ask("discord", number=1)]
        await talk.until(lambda: talk.on.watch.versions(), "something to see")
        owners = [one for one in talk.on.crew.here if one.live]
        began = time.monotonic()
        for owner in owners[:1]:
            talk.on.crew.end(owner)
        code = await talk.ended(owners[0])
        left = time.monotonic() - began
        await talk.until(lambda: len(talk.logged("claimed")) > len(asked), "the next claim")
        taken = time.monotonic() - began
        await talk.answered(*asked)

        verdict = await talk.verdict()

    assert worker is not None
    assert (code, verdict.problems) == (0, [])
    assert left < LEASE_SECONDS / 2
    assert taken < LEASE_SECONDS / 2
    assert attempts(talk) <= 2


async def test_what_is_said_during_a_drain_is_answered_by_the_next(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path, slow=[0]) as talk:
        await talk.on.place.slack.do("config", retries=[0], scale=0.1)  # what nobody takes at once is lost
        [worker] = await talk.start("run")
        known = [await talk.ask("slack", direct=True, number=1), await talk.ask("discord", direct=True, number=2)]
        await talk.answered(*known)
        before = len(talk.logged("claimed"))
        live = await talk.ask("slack", number=0)
        await talk.begun(live)
        talk.on.crew.end(worker)
        await talk.until(lambda: is_deaf(talk), "the end of its connections")
        # Where something was said before, and where nobody ever spoke to the bot.
        wheres = [("slack", True, "ada"), ("discord", True, "ada"), ("slack", True, "ben"), ("discord", False, "ada")]
        during = [
            await talk.ask(name, direct=direct, user=user, number=3 + number)
            for number, (name, direct, user) in enumerate(wheres)
        ]
        await talk.ended(worker)
        claimed = len(talk.logged("claimed")) - before
        await talk.start("run")
        await talk.answered()

        verdict = await talk.verdict()

    assert (worker.code, verdict.problems) == (0, [])
    assert len(during) == len(wheres)
    assert claimed == 1  # the drained one took nothing new


async def test_a_rolling_restart_loses_nothing(launcher: Launcher, tmp_path: Path) -> None:
    async with conversation(launcher, tmp_path) as talk:
        people = People(talk.on.place, lines(("slack", "discord"), 2, 4), seed=1)
        await people.arrive()
        await talk.start("run", "run", "run")
        until = time.monotonic() + 4
        asking = [asyncio.create_task(people.live(line, until)) for line in people.lines]
        codes = []
        for old in talk.on.crew.here:
            await talk.start("run")
            talk.on.crew.end(old)
            codes.append(await talk.ended(old))
            people.finished |= talk.on.watch.finished()
        while not all(task.done() for task in asking):
            await talk.on.watch.look()
            people.finished |= talk.on.watch.finished()
            await asyncio.sleep(0.1)
        await asyncio.gather(*asking, people.settle())
        talk.questions += people.questions
        await talk.answered()

        verdict = await talk.verdict()

    assert codes == [0, 0, 0]
    assert verdict.problems == []
    assert len(talk.questions) > 15
    assert attempts(talk) <= 2
