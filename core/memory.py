"""Long conversations: before one becomes too long, a memory takes the place of its oldest exchanges.

The newest stay as they are. Nothing is lost when no memory can be made: then what fits is sent, and the model is told
that something is left out.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Protocol

from core import attachments, history, sizes
from core.contract import Json, Message
from core.dialogue import Exchange, Prompt
from core.errors import ChatError, StoreDown
from core.store import Making, Store
from core.trace import Trace

LIMIT = 90_000
"""A conversation of so many tokens gets a memory, however much the model takes: every answer pays for all of them.

And claude-haiku-5-5 takes five times the price, for each token, from 100,000 on.
"""
FULL = 0.7
"""The same for the part of a model's room that a conversation fills, where that comes first."""
KEPT = 0.3
"""The part of that limit which the newest exchanges may fill, which stay as they are."""
MOST = 800
"""A conversation of so many exchanges gets a memory, however short they are: the store keeps 1,000."""
WORTH = 0.5
"""No memory is made unless it takes the place of at least this part of the tokens that stay."""

Tell = Callable[[str], None]
SUMMING = "Going through what was said before…"


class Summarizer(Protocol):
    """Who makes memories. core/claude is the only one."""

    async def remember(self, prompt: Prompt, tell: Tell) -> Sequence[Mapping[str, Json]]:
        """Messages with a summary, which may stand for the prompt's. Raises ChatErrors."""

    async def count(self, prompt: Prompt) -> int:
        """The prompt's tokens; 0 when nobody knows."""


@dataclass(frozen=True, slots=True, repr=False)
class Talk:
    """A conversation as far as a memory of it is concerned: of `message`'s place, as it is sent with `prompt`.

    `exchanges` are all that stand, oldest first; `room` is what the model has for them, in tokens. `tell` hears
    what is going on. `root`: the id of the one that its thread grew from.
    """

    message: Message
    prompt: Prompt
    exchanges: tuple[Exchange, ...]
    room: int
    tell: Tell
    root: str = ""

    @property
    def limit(self) -> int:
        """Tokens from which it is too long."""
        return min(LIMIT, round(self.room * FULL))

    @property
    def size(self) -> int:
        """Tokens of its exchanges, partly estimated."""
        return sum(sizes.of_exchanges(self.exchanges))

    @property
    def keep(self) -> int:
        """Tokens of what stays as it was."""
        return min(round(self.limit * KEPT), self.size // 2)


def oldest(talk: Talk, keep: int, *, least: int = 1) -> tuple[Exchange, ...]:
    """The oldest exchanges, for which a memory should stand. The newest that fill `keep` tokens stay, at least `least`.

    They are no more than one request for a summary can take, and none when they are not worth one.
    """
    found = [min(size, talk.room // 2) for size in sizes.of_exchanges(talk.exchanges)]
    count, kept = len(found), 0
    while count and (kept + found[count - 1] <= keep or len(found) - count < least):
        count -= 1
        kept += found[count]
    while count and sum(found[:count]) > talk.room:
        count -= 1
    gone = sum(size for size, past in zip(found[:count], talk.exchanges, strict=False) if not past.memory)
    return talk.exchanges[:count] if gone >= keep * WORTH and gone else ()


def shortened(said: Mapping[str, Json], most: int) -> Mapping[str, Json]:
    """A message with no text longer than `most` tokens, which is cut in its middle: it is to be summed up only."""
    content = said["content"]
    if isinstance(content, str):
        return {**said, "content": _cut(content, most)}
    blocks = content if isinstance(content, Sequence) else ()
    return {**said, "content": [_with_text(block, most) for block in blocks]}


def _with_text(block: Json, most: int) -> Json:
    text = block.get("text") if isinstance(block, Mapping) else None
    return {**block, "text": _cut(text, most)} if isinstance(block, Mapping) and isinstance(text, str) else block


def _cut(text: str, most: int) -> str:
    if sizes.of_text(text) <= most:
        return text
    half = max(most * sizes.BYTES_PER_TOKEN // 8, 1)  # a character has four bytes at the most
    return f"{text[:half]}\n[… left out …]\n{text[-half:]}"


class Memory:
    """Makes memories: after an answer, or before a question that would not fit any more."""

    def __init__(self, model: Summarizer, store: Store, trace: Trace) -> None:
        self._model = model
        self._store = store
        self._trace = trace

    async def tend(self, talk: Talk, tokens: int) -> None:
        """After an answer: make a memory when the conversation, of so many tokens, is near what it may be.

        `tokens` is 0 when nobody knows. Raises StoreDown.
        """
        if len(talk.exchanges) < MOST and not await self._is_due(talk, tokens):
            return
        await self._make(replace(talk, tell=lambda _: None), oldest(talk, talk.keep))

    async def shorten(self, talk: Talk, *, most: bool = False) -> tuple[Exchange, ...] | None:
        """Before an answer: the conversation with a memory in it, or None when there can be none now.

        `most`: of half of it, because the service finds too long what should have fitted. A summary needs room, too.
        """
        old = oldest(replace(talk, room=talk.size // 2), 0, least=0) if most else oldest(talk, talk.keep, least=0)
        try:
            memory = await self._make(talk, old)
        except StoreDown:
            return None
        return (memory, *talk.exchanges[len(old) :]) if memory else None

    async def _is_due(self, talk: Talk, tokens: int) -> bool:
        """Whether the words alone are too much, as the API counts them.

        They are counted only where `tokens`, which may hold more than is kept (files, what a search found), or an
        estimate is too much.
        """
        told = tokens or talk.size
        if talk.size < talk.limit / 2 or told < talk.limit:
            return False
        prompt = _asking(talk, talk.exchanges)
        asked = replace(prompt, messages=(*prompt.messages, {"role": "user", "content": "And?"}))
        return (await self._model.count(asked) or told) >= talk.limit

    async def _make(self, talk: Talk, old: tuple[Exchange, ...]) -> Exchange | None:
        if not old:
            return None
        place = talk.message.place
        own = [past.id for past in old if past.id != talk.root]
        making = await self._store.memories.begin(place, own, root=talk.root if len(own) < len(old) else "")
        if making is None:
            return None
        talk.tell(SUMMING)
        began, error = time.monotonic(), "store"
        try:
            async with self._store.memories.kept(making):
                memory = await self._swapped(talk, old, making)
            error = "" if memory else "changed"
        except ChatError as failure:
            error = failure.code
            return None
        except asyncio.CancelledError:
            error = "cancelled"
            raise
        else:
            return memory
        finally:
            self._trace.remembered(talk.message, len(old), time.monotonic() - began, error)

    async def _swapped(self, talk: Talk, old: tuple[Exchange, ...], making: Making) -> Exchange | None:
        messages = await self._model.remember(_asking(talk, old), talk.tell)
        at, answered = history.heard_in(old)
        memory = Exchange(f"memory:{token_hex(8)}", at, tuple(messages), memory=True, answered=answered)
        return memory if await self._store.memories.swap(making, memory) else None


def _asking(talk: Talk, exchanges: Sequence[Exchange]) -> Prompt:
    """The prompt of an answer with just these exchanges, in words alone."""
    sent = history.messages_of(exchanges, [tool.name for tool in talk.prompt.tools])
    words = tuple(shortened(said, talk.room // 4) for said in attachments.bare(sent))
    return replace(talk.prompt, messages=words, file_tokens=0, begun="", progress=None, keep=None, check=None)
