"""What somebody forwards and what they say to it, which Discord's own apps send as two messages: one question."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from bots.discord.parts import seconds
from bots.discord.words import DEFAULT, ID
from core.newest import Newest
from core.outside import Payload, object_in, objects_in, text_in

FORWARD = 1  # of a message's reference: its kind
APART_SECONDS = 5.0
"""Words that come later are no more than the next message."""
WAIT_SECONDS = 1.5
"""How long a forward that is a question by itself waits for its words."""
MOST_FORWARDS = 1_000

_By: TypeAlias = tuple[str, str]
"""A channel, and who wrote there."""


class Forwards:
    """Of each person in each channel the last one, until their next message there."""

    def __init__(self) -> None:
        self._last = Newest[_By, tuple[Payload, asyncio.Event]](MOST_FORWARDS)
        self._joined = Newest[str, tuple[str, Payload]](MOST_FORWARDS)
        """The id of its words, and the forward, by both ids: an edit of these keeps it, and each may be told again."""

    def told(self, kind: str, payload: Payload) -> Payload:
        """An event of the gateway's, with the forward that belongs to it. Call it in the order in which they came."""
        id = text_in(payload, "id")
        if kind == "MESSAGE_CREATE":
            forward, words_came = self._last.pop(_by(payload), ({}, asyncio.Event()))
            if is_forward(payload) and id not in self._joined:
                self._last[_by(payload)] = payload, asyncio.Event()
            elif _are_words_to(payload, forward):
                self._joined[text_in(forward, "id")] = self._joined[id] = id, forward
                words_came.set()
        if id not in self._joined:
            return payload
        words, forward = self._joined[id]
        # Whoever deletes the one takes the question back: what they forwarded is in it.
        return {**payload, "id": words} if kind == "MESSAGE_DELETE" else _with(payload, forward)

    async def has_words(self, forward: Payload) -> bool:
        """Whether its words come; then they are the question. If not, those that come later are another one."""
        last = self._last.get(_by(forward))
        if last is None or last[0] is not forward:
            return text_in(forward, "id") in self._joined
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                await last[1].wait()
        if self._last.get(_by(forward)) is last:
            del self._last[_by(forward)]
        return last[1].is_set()


def joined(said: Sequence[Payload]) -> Sequence[Payload]:
    """Messages that were looked up, oldest first, as they would have been heard."""
    found: dict[str, Payload] = {}
    last: dict[_By, Payload] = {}
    for one in said:
        forward, id = last.pop(_by(one), {}), text_in(one, "id")
        if is_forward(one):
            last[_by(one)] = one
        elif _are_words_to(one, forward):
            del found[text_in(forward, "id")]
            found[id] = _with(one, forward)
            continue
        found[id] = one
    return [*found.values()]


def is_forward(message: Payload) -> bool:
    """Whether it is that, and nothing else."""
    return object_in(message, "message_reference").get("type") == FORWARD and not message.get("content")


def _are_words_to(message: Payload, forward: Payload) -> bool:
    ids = [text_in(message, "id"), text_in(forward, "id")]
    if not all(map(ID.fullmatch, ids)) or message.get("type") != DEFAULT or not message.get("content"):
        return False
    return 0 <= seconds(ids[0]) - seconds(ids[1]) < APART_SECONDS


def _with(words: Payload, forward: Payload) -> Payload:
    return {**words, "message_snapshots": objects_in(forward, "message_snapshots")}


def _by(message: Payload) -> _By:
    return text_in(message, "channel_id"), text_in(object_in(message, "author"), "id")
