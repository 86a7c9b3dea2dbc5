"""A reply, its platform in memory, and a model that writes at 80 tokens a second; in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from core.contract import Turn
from core.draft import Draft
from core.governor import Governor
from core.screen import LiveReply
from playground.limits import Rule, Window
from tests.core.stand_in import Notebook, Platform, StandIn, turn
from tests.virtual import now, run

SLACK: dict[str, Rule] = {"slack.chat.update": Window(50, 60)}
ANSWER = "word " * 399 + "end."


class Desk:
    """What a reply needs, and a model that writes at 80 tokens a second."""

    def __init__(self, screen: StandIn | None = None, governor: Governor | None = None) -> None:
        self.screen = screen or StandIn(Platform(SLACK))
        self.governor = governor or Governor()
        self.journal = Notebook()
        self.arrived: list[float] = []
        self.ended = 0.0

    def reply(self, turn: Turn, stream: str = "edit") -> LiveReply:
        return LiveReply(self.screen, self.governor, self.journal, turn, stream=stream)

    async def write(self, reply: LiveReply, text: str = ANSWER, *, token: int = 5) -> None:
        draft = Draft()
        for start in range(0, len(text), token):
            draft.append(text[start : start + token])
            self.arrived.append(now())
            reply.write(draft)
            await asyncio.sleep(1 / 80)

    async def answer(self, of: Turn | None = None, text: str = ANSWER, *, stream: str = "edit") -> None:
        """The whole of it, after half a second of thinking."""
        async with self.reply(of or turn(), stream) as reply:
            await asyncio.sleep(0.5)
            await self.write(reply, text)
            self.ended = now()
            await reply.end()


def desk_with(**screen: Any) -> Desk:
    return Desk(StandIn(Platform(SLACK), **screen))


@pytest.fixture
async def desk() -> Desk:
    return desk_with()


def answered(*, text: str = ANSWER, of: Turn | None = None, stream: str = "edit", **screen: Any) -> Desk:
    return played(lambda desk: desk.answer(of, text, stream=stream), **screen)


def played(play: Callable[[Desk], Coroutine[Any, Any, None]], **screen: Any) -> Desk:
    async def main() -> Desk:
        desk = desk_with(**screen)
        await play(desk)
        return desk

    return run(main())
