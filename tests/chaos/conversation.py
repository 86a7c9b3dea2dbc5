"""A few questions asked by hand, and what became of them: for tests that need no storm."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeAlias

from tests.chaos import scene
from tests.chaos.checker import Checker, Verdict
from tests.chaos.crew import Worker
from tests.chaos.scene import Place, Question
from tests.chaos.storm import Stage, evidence, stage
from tests.chaos.watch import Version
from tests.launcher import PATIENCE, Launcher

MOST = 60
SLOW_SECONDS, HANG_SECONDS = 4.0, 60.0
"""About so long takes a slow answer, and one that no test waits for."""
Entry: TypeAlias = dict[str, float | int | str | None]


@dataclass
class Conversation:
    """Ada, or somebody else, asks at the top level of #general or in direct messages."""

    on: Stage
    questions: list[Question] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    async def ask(
        self, platform: str = "slack", *, direct: bool = False, number: int = -1, user: str = "ada"
    ) -> Question:
        number = next(self._numbers) if number < 0 else number
        place = Place(platform, f"direct {user}" if direct else "general")
        question = Question(number, f"{place} {user}", place, user, at=time.monotonic())
        server = self.on.place.slack if platform == "slack" else self.on.place.discord
        where = ({"channel": "im"} if platform == "slack" else {"dm": True}) if direct else {"channel": "general"}
        said = await server.do("say", text=question.text, user=user, mention=not direct, **where)
        question.order = said["ts"] if platform == "slack" else said["id"]
        question.id = f"{said['channel']}:{said['ts']}" if platform == "slack" else said["id"]
        question.events = tuple(said.get("events", ()))
        self.questions.append(question)
        return question

    async def until(self, true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Look at the playground's record, and at the logs, until it is true."""
        deadline = time.monotonic() + seconds
        while True:
            await self.on.watch.look()
            self.on.crew.follow()
            if true():
                return
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            await asyncio.sleep(0.02)

    async def answered(self, *questions: Question, seconds: float = PATIENCE) -> None:
        wanted = {question.number for question in questions or self.questions}
        await self.until(lambda: wanted <= self.on.watch.finished(), f"answers to {sorted(wanted)}", seconds)

    async def begun(self, question: Question) -> None:
        """Its answer has begun to be shown, and is not complete."""
        await self.until(lambda: self.messages(question), f"the beginning of the answer to {question.label}")

    async def edited(self, question: Question) -> None:
        """It has grown, and is not complete."""
        await self.until(
            lambda: any(len(versions) > 1 for versions in self.messages(question)),
            f"the growing answer to {question.label}",
        )

    async def ended(self, worker: Worker, seconds: float = PATIENCE) -> int:
        await self.until(lambda: worker.code is not None, f"the end of {worker}", seconds)
        assert worker.code is not None
        return worker.code

    async def connected(self, *workers: Worker) -> None:
        def look() -> bool:
            assert all(worker.code is None for worker in workers), [one.log.read_text()[-2000:] for one in workers]
            return all(worker.is_connected for worker in workers)

        await self.until(look, "connected workers")

    async def start(self, *commands: str, without: str = "") -> Sequence[Worker]:
        workers = [await self.on.crew.start(command, without=without) for command in commands]
        await self.connected(*workers)
        return workers

    def messages(self, question: Question) -> list[Sequence[Version]]:
        """The versions of each message of its answer that still stands."""
        found: list[Sequence[Version]] = []
        for (platform, _), versions in self.on.watch.versions().items():
            about = {number for version in versions for number in scene.numbers(version.text)}
            if platform == question.place.platform and question.number in about and not versions[-1].deleted:
                found.append(versions)
        return found

    def requests(self, question: Question) -> int:
        return sum(request.number == question.number for request in self.on.watch.requests())

    def acknowledged(self, question: Question) -> bool:
        """Whether Slack was told of each of its events that it came through."""
        return not set(question.events) & self.on.watch.unacknowledged()

    def logged(self, event: str) -> list[dict[str, object]]:
        return [line for worker in self.on.crew.workers for line in worker.lines if line.get("event") == event]

    async def verdict(self) -> Verdict:
        await self.on.watch.look()
        self.on.crew.follow()
        return Checker(evidence(self.on, self.questions)).check()


@asynccontextmanager
async def conversation(
    launcher: Launcher,
    folder: Path,
    *,
    platforms: Sequence[str] = ("slack", "discord"),
    slow: Collection[int] = (),
    hanging: Collection[int] = (),
    pace: float = 1.0,
    **more: str,
) -> AsyncIterator[Conversation]:
    """`slow`: the numbers of the questions whose answers take their time; `hanging`: only at first, and for ever.

    Other settings by their names.
    """
    async with stage(launcher, folder, platforms=platforms, pace=pace, **more) as on:
        taking, hung = ({scene.label(number) for number in numbers} for numbers in (slow, hanging))
        script = [_slowly(entry) if entry["match"] in taking else entry for entry in scene.script(range(MOST))]
        script = [_slowly(entry, HANG_SECONDS) | {"times": 1} for entry in script if entry["match"] in hung] + script
        await on.place.claude.do("script", script)
        for server in (on.place.slack, on.place.discord):
            await server.do("config", limits="off")
        yield Conversation(on)


def _slowly(entry: Entry, seconds: float = SLOW_SECONDS) -> Entry:
    tokens = len(str(entry["text"])) / 4
    return entry | {"tokens_per_second": tokens / seconds, "first_token": 0.1}
