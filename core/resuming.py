"""How an answer that stopped goes on: with what its tools gave, which its words alone do not tell."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress

from core import content, history
from core.content import INSIST, WORDLESS
from core.contract import Json, Progress
from core.dialogue import Exchange
from core.errors import StoreDown
from core.store import Lease

Note = Callable[[Lease, Progress], Awaitable[None]]
"""Writes down how far a turn came. Raises StoreErrors."""


class Kept:
    """How far a turn came by its tools: written down for who goes on after us, and known here."""

    def __init__(self, note: Note, lease: Lease, newest: Progress | None) -> None:
        self._note = note
        self._lease = lease
        self._newest = newest

    async def __call__(self, progress: Progress) -> None:
        """Write it down. Raises StaleLease. While Redis does not answer it is known here alone."""
        self._newest = progress
        with suppress(StoreDown):
            await self._note(self._lease, progress)

    @property
    def cited(self) -> tuple[str, ...]:
        """The addresses on the web that its words come from."""
        return self._newest.cited if self._newest else ()

    def said(self, text: str) -> Sequence[Mapping[str, Json]]:
        """What the history keeps of an answer that was stopped at this text; nothing when there was none."""
        if not text.strip():
            return ()
        done = self._newest
        if done is None or not text.startswith(done.text):
            return ({"role": "assistant", "content": text},)
        rounds, words = done.said, text[len(done.text) :].lstrip("\n")
        if not words.strip() and _is_open(rounds):  # nothing takes a tool's call whose result is missing
            rounds, words = rounds[:-2], content.words(rounds[-2])
        if not rounds:
            return ({"role": "assistant", "content": text},)
        return (*rounds, {"role": "assistant", "content": words if words.strip() else WORDLESS})


def _is_open(rounds: Sequence[Mapping[str, Json]]) -> bool:
    """Whether the newest round waits for results."""
    asked, given = (content.blocks(said) for said in rounds[-2:]) if rounds else ((), ())
    there = {block.get("tool_use_id") for block in given}
    return any(block.get("type") == "tool_use" and block.get("id") not in there for block in asked)


def reached(again: Exchange | None, begun: str, model: str, tools: Collection[str]) -> Progress | None:
    """How far the answer of `again`, which is to be continued, came by its tools. `begun`: its text so far.

    None when it used no tool, or one that is off now, or when there is nothing to continue.
    """
    rounds = history.messages_of((again,), tools)[1:-1] if again is not None and begun else ()
    if again is None or not rounds:
        return None
    words = str(again.messages[-1]["content"])
    if words == WORDLESS:
        return Progress(model, begun, (*rounds, again.messages[-1], {"role": "user", "content": INSIST}), rounds)
    return Progress(model, begun.removesuffix(words), rounds, rounds) if begun.endswith(words) else None
