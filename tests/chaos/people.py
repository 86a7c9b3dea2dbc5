"""The people of a storm: each asks in his line, at his pace; some of what they say arrives late, or again and again."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.chaos import scene
from tests.chaos.scene import Line, Question
from tests.end_to_end.driver import Playground

USERS = 6
MOST_OPEN = 4
"""Questions of one line that wait for their answers; the bot itself takes 20."""
LATE, AGAIN = 0.2, 0.35
"""How many of the messages arrive late, and how many again."""


@dataclass
class People:
    """All who ask. `finished` holds the questions whose answers stand; whoever watches the screen fills it."""

    place: Playground
    lines: Sequence[Line]
    seed: int
    pace: float = 1.0
    """How long it takes until something is sent again, of what it takes in a storm of full size."""
    questions: list[Question] = field(default_factory=list)
    finished: set[int] = field(default_factory=set)
    redelivered: int = 0
    delayed: int = 0
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _again: set[asyncio.Task[None]] = field(default_factory=set)

    async def arrive(self) -> None:
        """Everybody comes, all channels are opened, and Claude learns what it will say."""
        for server in (self.place.slack, self.place.discord):
            for number in range(USERS):
                await server.do("add_user", name=f"user{number}")
            for channel in sorted({line.channel for line in self.lines if line.channel}):
                await server.do("add_channel", name=channel)
            await server.do("config", limits="off")
        # Slack sends again what was not acknowledged: at once, after a minute, after five. Here the hours are shorter.
        await self.place.slack.do("config", retries=[0, 6 * self.pace, 20 * self.pace])
        most = sum(line.wanted + 2 for line in self.lines)
        await self.place.claude.do("script", scene.script(range(most)))

    async def live(self, line: Line, until: float) -> None:
        """Ask in this line until it has all that it wants, or time is up."""
        random = Random(f"{self.seed} {line.name}")
        pause = (until - time.monotonic()) / (line.wanted + 1)
        await asyncio.sleep(random.uniform(0, pause))
        if line.kind == "thread":
            await self._open_thread(line, random, until)
        while len(line.asked) < line.wanted and time.monotonic() < until:
            if self._waiting(line) < MOST_OPEN:
                await self._ask(line, random)
            # Now and then two at once.
            await asyncio.sleep(0 if random.random() < 0.25 else random.uniform(0, 2 * pause))

    async def close(self) -> None:
        """One last question in each place, to learn what is remembered there."""
        for line in {line.place: line for line in self.lines if line.asked}.values():
            question = await self._ask(line, None)
            question.closing = True

    async def settle(self) -> None:
        """Return when nothing is on its way any more."""
        await asyncio.gather(*self._again)

    def _waiting(self, line: Line) -> int:
        return sum(question.number not in self.finished for question in line.asked)

    async def _open_thread(self, line: Line, random: Random, until: float) -> None:
        """Ask its root at the channel's top level, and wait for the answer: then the bot takes part in the thread."""
        top = replace(line, kind="top", asked=[])
        root = await self._ask(top, random)
        while root.number not in self.finished and time.monotonic() < until:  # noqa: ASYNC110  # another process tells
            await asyncio.sleep(0.1)
        line.thread, line.root = root.order, root.number
        if line.platform == "discord":
            made = await self.place.discord.do("thread", message=root.order, name=root.label, user=line.users[0])
            line.thread = made["id"]

    async def _ask(self, line: Line, random: Random | None) -> Question:
        """`random` None: it arrives at once, and once."""
        user = line.users[len(line.asked) % len(line.users)]
        order = f"{line.place} {user}" if line.kind == "top" else str(line.place)
        question = Question(next(self._numbers), order, line.place, user, at=time.monotonic())
        say = self._say_in_slack if line.platform == "slack" else self._say_in_discord
        await say(line, question, random)
        line.asked.append(question)
        self.questions.append(question)
        if random and random.random() < AGAIN:
            after, times = random.uniform(0, 6 * self.pace), random.randint(1, 4)
            self._again.add(asyncio.create_task(self._say_again(question, after, times)))
        return question

    async def _say_in_slack(self, line: Line, question: Question, random: Random | None) -> None:
        delay = round(random.uniform(0.1, 1.5), 2) if random and random.random() < LATE else 0
        self.delayed += bool(delay)
        said = await self.place.slack.do(
            "say",
            text=question.text,
            user=question.user,
            channel=line.channel or "im",
            thread_ts=line.thread,
            delay=delay,
            # In a thread that it takes part in, the bot also hears what does not name it.
            mention=bool(line.channel) and not (line.thread and question.number % 2),
        )
        question.id, question.order = f"{said['channel']}:{said['ts']}", said["ts"]
        question.events = tuple(said["events"])

    async def _say_in_discord(self, line: Line, question: Question, _: Random | None) -> None:
        where = {"thread": line.thread} if line.thread else {"channel": line.channel} if line.channel else {"dm": True}
        said = await self.place.discord.do(
            "say", text=question.text, user=question.user, mention=bool(line.channel), **where
        )
        question.id = question.order = said["id"]

    async def _say_again(self, question: Question, after: float, times: int) -> None:
        await asyncio.sleep(after)
        for _ in range(times):
            for event in question.events:
                await self.place.slack.do("redeliver", event_id=event)
            if not question.events:
                await self.place.discord.do("redeliver", id=question.id)
            self.redelivered += 1
