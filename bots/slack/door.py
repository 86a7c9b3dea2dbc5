"""What Slack sends, handed to the inbox, and acknowledged only after that."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain, repeat

from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bots.slack import slash
from bots.slack.aside import Aside
from bots.slack.missed import Missed
from bots.slack.parse import is_own, is_slash, message_id, people_in, to_event
from bots.slack.parts import RETRIES, ts_of
from bots.slack.screen import at_rest
from bots.slack.slash import Slash
from bots.slack.twins import Twins
from bots.slack.web import Web, note
from core.commands import parse_command
from core.contract import Change, Command, Event, Inbox, Left, Message, Outcome, Place, Press, Verdict
from core.errands import Errands
from core.errors import ScreenError, StoreError, Uncertain
from core.lanes import Lanes, Pass
from core.newest import Newest
from core.outside import Payload, text_in
from core.refusals import ASK_AGAIN, LATER, NO_EDIT

OWING_PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds between two tries of what changes something, the last one again and again."""
OWING_SECONDS = float(sum(RETRIES))
"""How long that is tried: until Slack has told it for the last time."""
MOST_OWED = 1_000
"""Events that are tried so at the same time."""

UNTOLD = "I cannot take your message in just now: Slack does not tell me who you are. I will answer as soon as it does."

AGAIN = 1
"""The number of Slack's retry after whose failure we also look the message up ourselves."""
LASTING = 2
"""The number of the retry after whose failure the message's author is told."""

MOST_OTHERS = 1_000
"""Threads and channels of whose people we remember that they talk among themselves."""


class Door:
    """Every payload comes through here. What the inbox could not take is not acknowledged: Slack sends it again."""

    def __init__(self, web: Web, inbox: Inbox, errands: Errands, missed: Missed) -> None:
        """`errands`: what a person is told beside the acknowledgement, which must not wait for it."""
        self._web = web
        self._inbox = inbox
        self._errands = errands
        self._aside = Aside(web)
        self._slash = Slash(web, inbox, errands, self._aside, self._named)
        self._missed = missed
        self._twins = Twins()
        self._lanes = Lanes()
        self._owed = Counter[str]()  # by the event's id, which is told more than once
        self._others = Newest[Place, None](MOST_OTHERS)
        """Where people were among themselves the last time, oldest first: there nobody waits for who they are."""

    def close(self) -> None:
        """Try nothing again any longer: Slack tells somebody else."""
        self._lanes.close()

    async def is_done(self, payload: Payload) -> bool:
        """Whether it only tells what became of a message of ours, or what was taken in as its twin."""
        id = message_id(payload)
        return is_own(payload, self._web.bot) or (bool(id) and await self._twins.known(id))

    async def hear(self, body: Payload, ack: AsyncAck, request: AsyncBoltRequest) -> BoltResponse:
        """It enters its lane before anything is waited for: what Slack tells comes in order."""
        self._missed.heard()
        now, attempt = time.time(), int(request.headers.get("x-slack-retry-num", ["0"])[0])
        event = to_event(body, self._web.bot, now=now)
        if event is None:
            return await ack()
        if isinstance(event, Left) and not attempt:
            event = replace(event, at=now)  # the clock by which it is erased may be ahead of Slack's
        with ExitStack() as stack:
            lane = stack.enter_context(self._enter(event))
            match event:
                case Command() if is_slash(body):
                    return await self._slash.hear(body, event, ack, lane, stack)
                case Press():
                    return await self._press(body, event, ack, lane)
            try:
                await self._take_once(body, event, lane)
            except (StoreError, ScreenError) as error:
                if isinstance(error, ScreenError) and isinstance(event, Message) and not event.direct:
                    self._missed.fell(event)  # mostly people among themselves: it need not be told three times more
                    return await ack()
                self._lasts(event, error, body, attempt)
                if isinstance(event, Change | Command | Left) and len(self._owed) < MOST_OWED:
                    self._errands.begin(self._owe(body, event, lane, stack.pop_all()))
                raise
        return await ack()

    def _enter(self, event: Event) -> Pass:
        place = (event.to if isinstance(event, Left) else None) or event.place  # what is said there now waits for it
        return self._lanes.enter(event, place.channel)

    async def _owe(self, body: Payload, event: Event, lane: Pass, stack: ExitStack) -> None:
        """What changes something keeps its lane: Slack tells it again only after what was said since.

        A command is done once, however often it is tried; its person is told what came of it, or that nothing did.
        """
        self._owed[event.id] += 1
        with stack:
            is_open = await self._try(body, event, lane)
        self._owed[event.id] -= 1
        if self._owed[event.id]:
            return
        del self._owed[event.id]
        if is_open and isinstance(event, Command):
            await self._aside.tell(event, Verdict(Outcome.TOLD, ASK_AGAIN))

    async def _try(self, body: Payload, event: Event, lane: Pass) -> bool:
        """Whether it is still to be done when there is no more time for it; False too when we stop."""
        until = time.monotonic() + OWING_SECONDS
        for pause in chain(OWING_PAUSES, repeat(OWING_PAUSES[-1])):
            if not await lane.pause(pause):
                return False
            try:
                await self._take(body, event, lane)
            except (StoreError, ScreenError) as error:
                note(error, "owed")
            else:
                return False
            if time.monotonic() > until:
                return True
        return False

    def _lasts(self, event: Event, error: Exception, body: Payload, attempt: int) -> None:
        """Trouble that is over soon needs no words. A mention comes as two events: one is enough for telling."""
        if not isinstance(event, Message | Command):
            return
        if attempt >= AGAIN and isinstance(event, Message):
            self._missed.fell(event)
        told = body.get("event")
        is_mention = isinstance(told, Mapping) and told.get("type") == "app_mention"
        if attempt == LASTING and (is_mention or event.place.private):
            self._errands.begin(
                self._aside.tell(event, Verdict(Outcome.TOLD, LATER if isinstance(error, StoreError) else UNTOLD))
            )

    async def take(self, payload: Payload) -> None:
        """Hand a payload in, and tell its author what the verdict says. Raises what the inbox raises."""
        event = to_event(payload, self._web.bot, now=time.time())
        if event is not None:
            with self._enter(event) as lane:
                await self._take(payload, event, lane)

    async def _take_once(self, payload: Payload, event: Event, lane: Pass) -> None:
        """What is said to us comes as two events: the second one waits for the first one's end."""
        if isinstance(event, Message) and event.direct:
            await self._twins.once(event.id, lambda: self._take(payload, event, lane))
        else:
            await self._take(payload, event, lane)

    async def _take(self, payload: Payload, event: Event, lane: Pass) -> None:
        named = await self._named(payload, event)
        if named is None:
            return
        await lane.clear()
        verdict = await self._inbox.accept(named)
        if isinstance(named, Message):
            self._learn(named.place, verdict)
        if isinstance(named, Change | Left):  # whose authors may be we
            verdict = Verdict(Outcome.TOLD, NO_EDIT if _is_late_command(named) else "")
        if verdict.text or verdict.file:
            self._errands.begin(self._aside.tell(named, verdict, text_in(payload, "response_url")))

    async def _named(self, payload: Payload, event: Event) -> Event | None:
        """With the names of who is in it. A question waits for its author's: whether that is a guest decides on it."""
        if isinstance(event, Left):
            return event
        bot, now = self._web.bot, time.time()
        wanted = people_in(payload, bot)
        idly = isinstance(event, Message) and not event.direct and event.place in self._others
        people = await self._web.people(wanted, event.place.channel, idly=idly)
        if event.author.id in wanted and event.author.id not in people and not isinstance(event, Change):
            raise Uncertain("users.info")
        return to_event(payload, bot, people, now=now)

    def _learn(self, place: Place, verdict: Verdict) -> None:
        self._others.pop(place, None)
        if verdict.outcome is Outcome.PASSED:
            self._others[place] = None

    async def _press(self, body: Payload, press: Press, ack: AsyncAck, lane: Pass) -> BoltResponse:
        """It is never sent again."""
        if not press.turn:  # Slack's own Stop button goes only when we say so, also where nothing is answered any more
            self._errands.begin(at_rest(self._web, press.place.channel, ts_of(press.place.thread)))
        try:
            async with asyncio.timeout(slash.ANSWER_SECONDS):
                await self._take(body, press, lane)
        except (StoreError, ScreenError, TimeoutError) as error:
            note(error, "press")
            told = Verdict(Outcome.TOLD, ASK_AGAIN)
            self._errands.begin(self._aside.tell(press, told, text_in(body, "response_url")))
        return await ack()


def _is_late_command(event: Event) -> bool:
    """An edit that makes a command of a direct message. Of one in a channel Slack tells as of a mention, too."""
    if not isinstance(event, Change) or event.less:
        return False
    return event.place.private and parse_command(event.text or "") is not None
