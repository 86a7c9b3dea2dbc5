"""Slash commands: Slack tells one once, waits three seconds for its acknowledgement, and shows it to nobody else."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bots.slack.aside import ASIDE_PAUSES, Aside, whisper
from bots.slack.markup import notification
from bots.slack.parts import ASKS, id_of
from bots.slack.screen import message
from bots.slack.web import Web, note
from core.called import quoted
from core.contract import Command, Event, Inbox, Outcome, Verdict
from core.errands import Errands
from core.errors import Closed, ScreenError, StoreError, Throttled, Unfit
from core.lanes import Pass
from core.outside import Payload, text_in
from core.refusals import ASK_AGAIN
from core.trouble import in_the_end

ANSWER_SECONDS = 2.5
"""A slash command, like a press, waits 3 s for its acknowledgement, and is never sent again."""
COMMAND_SECONDS = 60.0
"""What one may take, once it is acknowledged."""
THROTTLED_SECONDS = 0.2
"""Before a question that Slack had no room for is posted again, when it does not say how long."""
MOST_QUOTED = 3_000

NOT_HERE = "I am not in this channel yet. Invite me with `/invite @{name}`, then ask again."
UNSEEN = f"{NOT_HERE} Slack lets no app into a group message of people: there, write to me directly instead."
"""Of a private channel Slack says no more than of such a group: that it finds neither."""
NOT_MINE = "I am not part of this conversation. Write to me directly, or ask me in a channel that I am in."
CANNOT_WRITE = "I cannot write here. Please ask me in another channel, or write to me directly."
CANNOT_SHOW = (
    "Slack cannot show your question as it is written. Please ask me in a message instead: then I need not post it."
)

Named: TypeAlias = Callable[[Payload, Event], Awaitable[Event | None]]
"""Adds the names of those who are in an event."""


class Slash:
    """Hands them in, and answers them."""

    def __init__(self, web: Web, inbox: Inbox, errands: Errands, aside: Aside, named: Named) -> None:
        self._web = web
        self._inbox = inbox
        self._errands = errands
        self._aside = aside
        self._named = named

    async def hear(self, body: Payload, command: Command, ack: AsyncAck, lane: Pass, stack: ExitStack) -> BoltResponse:
        """`stack` holds the lane, for as long as the command takes."""
        if command.name == "ask":
            return await self._ask(body, command, ack, lane)
        return await self._do(body, command, ack, lane, stack)

    async def _do(self, body: Payload, command: Command, ack: AsyncAck, lane: Pass, stack: ExitStack) -> BoltResponse:
        """A command that takes longer than Slack waits goes on in its lane, and is told about when it is done."""
        doing = asyncio.create_task(self._done(body, command, lane))
        try:
            await asyncio.wait([doing], timeout=ANSWER_SECONDS)
        except asyncio.CancelledError:
            doing.cancel()
            raise
        if doing.done():
            return await self._answer(body, command, doing.result(), ack)
        self._errands.begin(self._tell_late(body, command, doing, stack.pop_all()))
        return await ack()

    async def _done(self, body: Payload, command: Command, lane: Pass) -> Verdict:
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                event = await self._named(body, command)
                await lane.clear()
                return await self._inbox.accept(event or command)
        except (StoreError, ScreenError, TimeoutError) as error:
            note(error, "slash")
            return Verdict(Outcome.TOLD, ASK_AGAIN)

    async def _tell_late(self, body: Payload, command: Command, doing: Awaitable[Verdict], stack: ExitStack) -> None:
        with stack:
            verdict = await doing
        if verdict.text or verdict.file:
            await self._aside.tell(command, verdict, text_in(body, "response_url"))

    async def _ask(self, body: Payload, command: Command, ack: AsyncAck, lane: Pass) -> BoltResponse:
        """Only its author sees a slash command, so a question is posted first: the answer stands in its thread.

        Whether there is room for it is known only then; whether they may ask at all is before.
        """
        root, until = "", time.monotonic() + ANSWER_SECONDS
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                named = await self._named(body, command)
                asked = named if isinstance(named, Command) else command
                if self._inbox.welcomes(asked):
                    root = await self._posted(asked, until)
                await lane.clear()
                verdict = await self._inbox.accept(_rooted(asked, root) if root else asked)
        except Closed as error:
            return await ack(whisper(self._why_not(command, error)))
        except (StoreError, ScreenError, TimeoutError) as error:
            note(error, "slash")
            verdict = Verdict(Outcome.TOLD, ASK_AGAIN)
        if root and verdict.outcome is Outcome.TOLD:
            self._errands.begin(self._withdraw(command.place.channel, root))
        return await self._answer(body, command, verdict, ack)

    async def _answer(self, body: Payload, command: Command, verdict: Verdict, ack: AsyncAck) -> BoltResponse:
        if verdict.file:
            self._errands.begin(self._aside.hand(command, verdict.file, text_in(body, "response_url")))
        is_told = verdict.text or verdict.outcome is Outcome.TOLD
        return await (ack(whisper(verdict.text)) if is_told else ack())

    async def _posted(self, command: Command, until: float) -> str:
        """The question's ts. One that stands only when the time is over is taken back: nobody would answer it."""
        posting = asyncio.create_task(self._post_question(command, until))
        try:
            return await asyncio.shield(posting)
        except asyncio.CancelledError:
            self._errands.begin(self._withdraw_late(command.place.channel, posting))
            raise

    async def _withdraw_late(self, channel: str, posting: Awaitable[str]) -> None:
        try:
            ts = await posting
        except ScreenError as error:
            note(error, "slash")
        else:
            await self._withdraw(channel, ts)

    async def _post_question(self, command: Command, until: float) -> str:
        """What Slack has enough of just now is posted a moment later: nothing stands yet. `until`: monotonic."""
        asked = command.argument[:MOST_QUOTED] + "…" * (len(command.argument) > MOST_QUOTED)
        name = command.author.name or "Somebody"
        content = {**message(f"<@{command.author.id}>{ASKS}\n{quoted(asked)}", command.author.id)}
        plain = notification(f"{name}{ASKS}\n{quoted(asked)}")
        content |= {"text": plain, "channel": command.place.channel}
        while True:
            try:
                return str((await self._web.tell("chat.postMessage", **content))["ts"])
            except Throttled as error:
                if time.monotonic() + (wait := max(error.retry_after, THROTTLED_SECONDS)) > until:
                    raise
            await asyncio.sleep(wait)

    async def _withdraw(self, channel: str, ts: str) -> None:
        """It stands in the channel for all to see."""
        await in_the_end(
            partial(self._web.tell, "chat.delete", channel=channel, ts=ts), ASIDE_PAUSES, partial(note, call="withdraw")
        )

    def _why_not(self, command: Command, error: Closed) -> str:
        if isinstance(error, Unfit):
            return CANNOT_SHOW
        if error.code not in {"not_in_channel", "channel_not_found"}:
            return CANNOT_WRITE
        if command.place.private:
            return NOT_MINE
        return (UNSEEN if error.code == "channel_not_found" else NOT_HERE).format(name=self._web.bot.name)


def _rooted(event: Event, ts: str) -> Event:
    """A command that has become a message: it has that message's id and thread."""
    address = {**event.address, "thread_ts": ts, "ts": ts}
    return replace(event, id=id_of(event.place.channel, ts), at=float(ts), address=address)
