"""What is asked of the model for a turn: its question, after as much of the conversation before it as fits."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from core import history
from core.contract import Choices, Exchange, Json, Platform, Progress, Prompt
from core.errors import ScreenError, StoreDown
from core.store import Claim, Lease
from core.tools import Around, Toolbox
from core.trace import Trace

Note = Callable[[Lease, Progress], Awaitable[None]]
"""Writes down how far a turn came. Raises StoreErrors."""


class Known(Protocol):
    """What is known of a model: tokens of its context and of its longest answer, 0 when they are not."""

    @property
    def context(self) -> int: ...
    @property
    def longest(self) -> int: ...


class Models(Protocol):
    """Who knows the models' sizes. core/claude is the only one."""

    async def model(self, name: str) -> Known: ...


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """A turn's prompt, and its question as the history keeps it."""

    claim: Claim
    question: Mapping[str, Json]
    prompt: Prompt

    def exchange(self, said: Sequence[Mapping[str, Json]], tokens: int = 0) -> Exchange | None:
        """What the history keeps when this was said; nothing when nothing was. `tokens`: of it all, 0 when unknown."""
        turn = self.claim.turn
        return (
            history.exchange(turn.message, self.question, said, id=turn.of or turn.id, tokens=tokens) if said else None
        )


class Prompts:
    """Makes the prompts of turns. `defaults` hold where a place chose nothing."""

    def __init__(
        self,
        models: Models,
        platforms: Mapping[str, Platform],
        trace: Trace,
        *,
        defaults: Choices,
        system: str,
        max_tokens: int,
        toolbox: Toolbox,
        note: Note,
    ) -> None:
        self._models = models
        self._platforms = platforms
        self._trace = trace
        self._defaults = defaults
        self._system = system
        self._max_tokens = max_tokens
        self._toolbox = toolbox
        self._note = note

    async def of(self, claim: Claim) -> Asked:
        turn, chosen, default = claim.turn, claim.choices, self._defaults
        model, system = chosen.model or default.model, history.system(self._system, chosen.persona)
        question = await self._question(claim)
        platform = self._platforms[turn.message.place.platform]
        tools = self._toolbox.tools(Around(turn.message, platform, claim.exchanges))
        room = await self._room(model, system)
        prompt = Prompt(
            model=model,
            system=system,
            messages=history.fit(_before(claim), question, tokens=room, tools=[tool.name for tool in tools]),
            max_tokens=self._max_tokens,
            effort=chosen.effort or default.effort,
            thinking=chosen.thinking or default.thinking,
            begun=turn.begun,
            user=self._trace.person(turn.message),
            place=self._trace.place(turn.message),
            tools=tools,
            progress=turn.progress,
            keep=partial(self._keep, claim.lease),
        )
        return Asked(claim, question, prompt)

    async def _keep(self, lease: Lease, progress: Progress) -> None:
        """Raises StaleLease. Without Redis only a restart would miss it."""
        with suppress(StoreDown):
            await self._note(lease, progress)

    async def _question(self, claim: Claim) -> Mapping[str, Json]:
        """With what others said in the thread before it, when the bot comes into it for the first time."""
        message = claim.turn.message
        if (again := _replaced(claim)) is not None:
            return again.messages[0]
        if claim.exchanges or not message.place.thread or message.place.private:
            return history.question(message)
        try:
            before = await self._platforms[message.place.platform].before(message)
        except ScreenError:
            before = ()
        return history.question(message, before)

    async def _room(self, model: str, system: str) -> int:
        known = await self._models.model(model)
        longest = min(self._max_tokens, known.longest) if known.longest else self._max_tokens
        return history.room(known.context, longest, system)


def _replaced(claim: Claim) -> Exchange | None:
    """The exchange whose answer this turn makes anew or goes on with: its question is asked as it was."""
    last = claim.exchanges[-1] if claim.exchanges else None
    return last if last is not None and last.id == claim.turn.of else None


def _before(claim: Claim) -> Sequence[Exchange]:
    return claim.exchanges[:-1] if _replaced(claim) else claim.exchanges
