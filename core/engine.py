"""The walk of a message, from claim to done."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from core.contract import Action, Final, Json, Message, Platform, Reply, Turn, Writer
from core.dialogue import Answer, Exchange, Prompt
from core.errors import ChatError, GivenUp, ScreenError, StoreDown, StoreError, Unasked, Unread
from core.governor import Governor
from core.live import Live, StoreJournal
from core.memory import Memory, Summarizer
from core.options import Options
from core.prompts import Asked, Models, Prompts
from core.quoting import Quoting
from core.refusals import is_barred, unshown
from core.screen import LiveReply
from core.store import Lease, Store
from core.trace import Trace
from core.trouble import surely

ATTEMPTS = 5
"""A turn that was claimed this often without an end is given up, in words: it may be what kills its workers."""
PAINTINGS = 10
"""An answer that was claimed this often without standing on the screen is given up likewise: it may be its text."""
TELLING = (0.5, 2.0, 8.0)
"""Seconds after each try to tell somebody that their answer cannot be shown: their next question waits for it."""
STOPPED = "Stopped."
FORGOTTEN = "My database has lost this question: I will not remember it, nor this answer."
NOT_READ = "I could not read part of what was said or set here before."
AWAY, AWAY_SECONDS = "Waiting for my database…", 0.25
"""What the status says while Redis does not take an answer, and how long until it is tried again."""


class Model(Models, Summarizer, Protocol):
    """Who answers. core/claude is the only one."""

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        """Write the growing text into the reply and return how it ended. Raises ChatErrors only."""


@dataclass(frozen=True, slots=True, repr=False)
class Ended:
    """How an answer ended.

    `exchange` is what the history keeps, with the words of those whom `quoting` knows; `code` an error's, "" of none.
    """

    final: Final
    exchange: Exchange | None = None
    answer: Answer | None = None
    quoting: Quoting | None = None
    code: str = ""


class Engine:
    """What a worker does with a claim."""

    def __init__(
        self, store: Store, model: Model, platforms: Mapping[str, Platform], governor: Governor, options: Options
    ) -> None:
        self._store = store
        self._model = model
        self._platforms = platforms
        self._governor = governor
        self._options = options
        self._trace = Trace(store)
        self._memory = Memory(model, store, self._trace)
        self._prompts = Prompts(model, platforms, self._trace, self._memory, store.note, options)

    async def walk(self, live: Live) -> None:
        """From claim to done. Raises StoreErrors and CancelledError: then somebody will claim it again.

        So they will after a fault of ours that kept it from the screen, when its lease has run out; but not for ever.
        """
        claim, began, leaves = live.claim, time.monotonic(), False
        turn = claim.turn
        self._trace.claimed(claim)
        try:
            await self._paint(live)
        except ScreenError as error:
            # No call can help any more: the channel is archived, the bot removed. The answer stays in the history.
            self._trace.unpainted(claim, error.code)
            if not isinstance(error, Unasked) and not live.stopped:  # nobody waits for it any more
                await self._excuse(turn.message, unshown(error))
                leaves = is_barred(error) and not turn.message.direct
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # else it would be claimed and fail for ever
            self._trace.failed(claim, error)
            if turn.attempt <= PAINTINGS:
                return
            await self._excuse(turn.message, unshown(error))
        await self._store.done(claim.lease, leaves=leaves)
        self._trace.done(claim, time.monotonic() - began)

    async def _paint(self, live: Live) -> None:
        """Until the end of the answer stands on the screen. Raises ScreenErrors and StoreErrors."""
        claim, turn, place = live.claim, live.claim.turn, live.claim.turn.message.place
        screen = self._platforms[place.platform].screen(turn)
        stream = claim.choices.stream or self._options.choices(place).stream
        journal = StoreJournal(self._store, claim.lease)
        async with LiveReply(screen, self._governor, journal, turn, stream=stream) as reply:
            final = turn.final or await self._finish(live, reply)
            if turn.attempt > PAINTINGS:
                final = Final(turn.stood, GivenUp.advice, (Action.RETRY,))
            if claim.lease.forgotten:  # no button would find it
                self._trace.lost(claim)
                final = replace(final, note=" ".join(filter(None, (final.note, FORGOTTEN))), buttons=())
            elif claim.lease.unkept:
                final = replace(final, buttons=())
            reply.write(final.text)
            is_stopped, unasked = final.note.startswith(STOPPED), claim.lease.unasked
            await reply.end(final.note, final.buttons, watched=is_stopped, unasked=unasked)

    async def _excuse(self, message: Message, words: str) -> None:
        """Who asked the bot where nothing can be shown is told so where they will see it, if there is such a place."""
        platform = self._platforms.get(message.place.platform)
        if message.direct and isinstance(platform, Writer):
            await surely(platform, message.author.id, words, TELLING)

    async def tend(self, live: Live) -> None:
        """After its walk, when nobody waits any more: a conversation must not become too long. Raises nothing."""
        if live.talk is None or live.claim.lease.forgotten:
            return
        try:
            await self._memory.tend(live.talk, live.tokens)
        except StoreDown:
            return  # the next answer's end looks again
        except Exception as error:  # noqa: BLE001  # the end of a chore, which nobody else would hear of
            self._trace.memory_failed(live.claim, error)

    async def _finish(self, live: Live, reply: LiveReply) -> Final:
        """Whatever happens becomes an end that the person can read, committed before it is painted."""
        began, claim = time.monotonic(), live.claim
        try:
            ended = await self._ask(live, reply)
        except ChatError as error:
            ended = _failed(claim.turn, error)
        except (StoreError, ScreenError):
            raise
        except Exception as error:  # noqa: BLE001  # the end of the walk: nothing stays without an end on the screen
            ended = _failed(claim.turn, ChatError())
            self._trace.failed(claim, error)
        await self._write_down(claim.lease, ended, reply)
        self._trace.ended(claim, ended.final, ended.answer, ended.code, time.monotonic() - began)
        return ended.final

    async def _write_down(self, lease: Lease, ended: Ended, reply: Reply) -> None:
        """An answer that is ready is not thrown away: without Redis it waits, until somebody else has the turn."""
        people, messages = (ended.quoting.people, ended.quoting.messages) if ended.quoting else ((), ())
        while True:
            try:
                return await self._store.commit(lease, ended.final, ended.exchange, people, messages)
            except StoreDown:
                reply.status(AWAY)
                await asyncio.sleep(AWAY_SECONDS)

    async def _ask(self, live: Live, reply: LiveReply) -> Ended:
        turn = live.claim.turn
        if turn.attempt > ATTEMPTS:
            raise GivenUp
        if live.claim.unread:
            raise Unread
        asked, answer = await self._asked(live, reply)
        if asked is None:
            return Ended(_stopped(turn.stood))
        if answer is not None:
            note = " ".join(filter(None, (NOT_READ if live.claim.gaps else "", asked.noted(answer.note))))
            final = Final(answer.text, note, answer.buttons or ((Action.REGENERATE,) if live.claim.keeps else ()))
            said: Sequence[Mapping[str, Json]] = answer.messages
        else:
            text = reply.text if reply.text.strip() else ""
            final = _stopped(text or turn.stood)
            said = asked.kept.said(text)
            asked = replace(asked, beyond=())  # nobody is told, as there is no such note
        live.tokens = answer.context if answer else 0
        exchange = asked.exchange(said, live.tokens, (answer or asked).cited)
        live.talk = asked.talk_with(exchange)
        return Ended(final, exchange, answer, asked.quoting)

    async def _asked(self, live: Live, reply: LiveReply) -> tuple[Asked | None, Answer | None]:
        """What was asked in the end, and the answer: what the service does not take is asked with less."""
        await reply.greeted()
        answer: Answer | None = None
        asked = await live.unless_stopped(self._prompts.of(live.claim, reply.status))
        while asked is not None and not live.stopped:
            try:
                answer = await live.unless_stopped(self._model.answer(asked.prompt, reply))
            except ChatError as error:
                less = await live.unless_stopped(self._prompts.less(asked, error))
                if less is None and not live.stopped:
                    raise
            else:
                rest = self._prompts.remainder(asked, answer) if answer else None
                less = await live.unless_stopped(rest) if rest else None
                if less is None:
                    return asked, answer
            asked, answer = less or asked, None
        return asked, answer


def _failed(turn: Turn, error: ChatError) -> Ended:
    return Ended(Final(turn.stood, error.advice, (Action.RETRY,)), code=error.code)


def _stopped(text: str) -> Final:
    return Final(text, STOPPED, (Action.CONTINUE, Action.REGENERATE) if text else (Action.RETRY,))
