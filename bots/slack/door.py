"""What Slack sends, handed to the inbox, and acknowledged only after that."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import Any, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bots.slack.markup import notification
from bots.slack.parse import is_own, is_slash, message_id, people_in, to_event
from bots.slack.parts import ASKS, RETRIES, id_of, ts_of
from bots.slack.screen import message
from bots.slack.twins import Twins
from bots.slack.web import LOG, Web, note
from core.called import quoted
from core.commands import parse_command
from core.contract import Change, Command, Event, Inbox, Left, Message, Outcome, Place, Press, Verdict
from core.errands import Errands
from core.errors import Closed, ScreenError, StoreError, Throttled, Uncertain, Unfit
from core.lanes import Lanes, Pass
from core.outside import Payload, text_in
from core.privacy import FILE
from core.refusals import ASK_AGAIN, LATER, NO_EDIT
from core.trouble import in_the_end

ANSWER_SECONDS = 2.5
"""A click and a slash command wait 3 s for their acknowledgement, and are never sent again."""
COMMAND_SECONDS = 60.0
"""What a slash command may take, once it is acknowledged."""
THROTTLED_SECONDS = 0.2
"""Before a question that Slack had no room for is posted again, when it does not say how long."""
MOST_QUOTED = 3_000
TELLING = (0.5, 2.0, 8.0)
"""Seconds between two tries to tell one person alone, or to send them a file."""

OWING = (0.5, 1.0, 2.0, 5.0)
"""Seconds between two tries of what changes something, the last one again and again."""
OWING_SECONDS = float(sum(RETRIES))
"""How long that is tried: until Slack has told it for the last time."""
MOST_OWED = 1_000
"""Events that are tried so at once."""

UNTOLD = "I cannot take your message in just now: Slack does not tell me who you are. I will answer as soon as it does."
NOT_HERE = "I am not in this channel yet. Invite me with `/invite @{name}`, then ask again."
UNSEEN = f"{NOT_HERE} Slack lets no app into a group message of people: there, write to me directly instead."
"""Of a private channel Slack says no more than of such a group: that it finds neither."""
NOT_MINE = "I am not part of this conversation. Write to me directly, or ask me in a channel that I am in."
UNSENT = "Slack did not let me send you the file. Please give the command again."
CANNOT_WRITE = "I cannot write here. Please ask me in another channel, or write to me directly."
CANNOT_SHOW = (
    "Slack cannot show your question as it is written. Please ask me in a message instead: then I need not post it."
)

_OF_BOLT = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")

AGAIN = 1
"""The number of Slack's retry after whose failure we also look the message up ourselves."""
LASTING = 2
"""The number of the retry after whose failure the message's author is told."""

MOST_OTHERS = 1_000
"""Threads and channels of whose people we remember that they talk among themselves."""


class Gaps(Protocol):
    """Who looks up what was missed."""

    def heard(self) -> None:
        """Slack told something just now."""

    def fell(self, message: Message) -> None:
        """It could not be taken: it will have to be looked up."""


class Door:
    """Every payload comes through here. What the inbox could not take is not acknowledged: Slack sends it again."""

    def __init__(self, web: Web, inbox: Inbox, errands: Errands, gaps: Gaps) -> None:
        """`errands`: what a person is told beside the acknowledgement, which must not wait for it."""
        self._web = web
        self._inbox = inbox
        self._errands = errands
        self._gaps = gaps
        self._twins = Twins()
        self._lanes = Lanes()
        self._owed = Counter[str]()  # by the event's id, which is told more than once
        self._others: dict[Place, None] = {}
        """Where people were among themselves the last time, oldest first: there nobody waits for who they are."""

    def close(self) -> None:
        """Try nothing again any longer: Slack tells somebody else."""
        self._lanes.close()

    def bolt(self) -> AsyncApp:
        """Bolt takes envelopes apart, and asks `hear` before it acknowledges."""
        with _without(*_OF_BOLT):  # with a client's id and secret there it would ignore our token
            app = AsyncApp(
                name=LOG.name,
                logger=LOG,
                client=self._web.nameless,
                authorize=self._authorizer(),
                process_before_response=True,
                request_verification_enabled=False,  # a websocket carries no signatures
                ssl_check_enabled=False,
                ignoring_self_events_enabled=False,  # who deletes a message of ours wants it forgotten
                url_verification_enabled=False,
                attaching_function_token_enabled=False,
                attaching_conversation_kwargs_enabled=False,
            )
        # One door for every kind of payload: listeners for each would leave those unacknowledged that are yet to come.
        app.use(self.hear)
        app.error(self._failed)
        return app

    async def is_done(self, payload: Payload) -> bool:
        """Whether it only tells what became of a message of ours, or what was taken in as its twin."""
        id = message_id(payload)
        return is_own(payload, self._web.bot) or (bool(id) and await self._twins.known(id))

    async def hear(self, body: Payload, ack: AsyncAck, request: AsyncBoltRequest) -> BoltResponse:
        """It enters its lane before anything is waited for: what Slack tells comes in order."""
        self._gaps.heard()
        event = to_event(body, self._web.bot, now=time.time())
        if event is None:
            return await ack()
        with ExitStack() as stack:
            lane = stack.enter_context(self._enter(event))
            match event:
                case Command() if is_slash(body) and event.name != "ask":
                    return await self._do(body, event, ack, lane, stack)
                case Command() if is_slash(body):
                    return await self._slash(body, event, ack, lane)
                case Press():
                    return await self._press(body, event, ack, lane)
            try:
                await self._take_once(body, event, lane)
            except (StoreError, ScreenError) as error:
                if isinstance(error, ScreenError) and isinstance(event, Message) and not event.direct:
                    self._gaps.fell(event)  # mostly people among themselves: it need not be told three times more
                    return await ack()
                self._lasts(event, error, body, int(request.headers.get("x-slack-retry-num", ["0"])[0]))
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
            await self._tell(event, Verdict(Outcome.TOLD, ASK_AGAIN))

    async def _try(self, body: Payload, event: Event, lane: Pass) -> bool:
        """Whether it is still to be done when there is no more time for it; False too when we stop."""
        until = time.monotonic() + OWING_SECONDS
        for pause in chain(OWING, repeat(OWING[-1])):
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
            self._gaps.fell(event)
        told = body.get("event")
        is_mention = isinstance(told, Mapping) and told.get("type") == "app_mention"
        if attempt == LASTING and (is_mention or event.place.private):
            self._errands.begin(
                self._tell(event, Verdict(Outcome.TOLD, LATER if isinstance(error, StoreError) else UNTOLD))
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
            self._errands.begin(self._tell(named, verdict, text_in(payload, "response_url")))

    async def _named(self, payload: Payload, event: Event) -> Event | None:
        """With the names of who is in it. A question waits for its author's: whether that is a guest decides on it."""
        bot, now = self._web.bot, time.time()
        wanted = people_in(payload, bot)
        idly = isinstance(event, Message) and not event.direct and event.place in self._others
        people = await self._web.people(wanted, idly=idly)
        if event.author.id in wanted and event.author.id not in people and not isinstance(event, Change):
            raise Uncertain("users.info")
        return to_event(payload, bot, people, now=now)

    def _learn(self, place: Place, verdict: Verdict) -> None:
        self._others.pop(place, None)
        if verdict.outcome is Outcome.PASSED:
            self._others[place] = None
            if len(self._others) > MOST_OTHERS:
                del self._others[next(iter(self._others))]

    # What is never sent again

    async def _press(self, body: Payload, press: Press, ack: AsyncAck, lane: Pass) -> BoltResponse:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._take(body, press, lane)
        except (StoreError, ScreenError, TimeoutError) as error:
            note(error, "press")
            self._errands.begin(self._tell(press, Verdict(Outcome.TOLD, ASK_AGAIN), text_in(body, "response_url")))
        return await ack()

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
            await self._tell(command, verdict, text_in(body, "response_url"))

    async def _slash(self, body: Payload, command: Command, ack: AsyncAck, lane: Pass) -> BoltResponse:
        """Only its author sees a slash command, so a question is posted first: the answer stands in its thread."""
        root, until = "", time.monotonic() + ANSWER_SECONDS
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                named = await self._named(body, command)
                asked = named if isinstance(named, Command) else command
                root = await self._posted(asked, until)
                await lane.clear()
                verdict = await self._inbox.accept(_rooted(asked, root))
        except Closed as error:
            return await ack(_whisper(self._why_not(command, error)))
        except (StoreError, ScreenError, TimeoutError) as error:
            note(error, "slash")
            verdict = Verdict(Outcome.TOLD, ASK_AGAIN)
        if root and verdict.outcome is Outcome.TOLD:
            self._errands.begin(self._withdraw(command.place.channel, root))
        return await self._answer(body, command, verdict, ack)

    async def _answer(self, body: Payload, command: Command, verdict: Verdict, ack: AsyncAck) -> BoltResponse:
        if verdict.file:
            self._errands.begin(self._hand(command, verdict.file, text_in(body, "response_url")))
        is_told = verdict.text or verdict.outcome is Outcome.TOLD
        return await (ack(_whisper(verdict.text)) if is_told else ack())

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
            partial(self._web.tell, "chat.delete", channel=channel, ts=ts), TELLING, partial(note, call="withdraw")
        )

    def _why_not(self, command: Command, error: Closed) -> str:
        if isinstance(error, Unfit):
            return CANNOT_SHOW
        if error.code not in {"not_in_channel", "channel_not_found"}:
            return CANNOT_WRITE
        if command.place.private:
            return NOT_MINE
        return (UNSEEN if error.code == "channel_not_found" else NOT_HERE).format(name=self._web.bot.name)

    # What only one person reads

    async def _tell(self, event: Event, verdict: Verdict, url: str = "") -> None:
        """`url`: where a slash command wants its answers, which is also where we are not; good for five posts.

        A press has one, too: it reaches who only looks at a channel. Others see what stands in their thread.
        """
        thread = {"thread_ts": root} if (root := ts_of(event.place.thread)) else {}
        content = {**_whisper(verdict.text), **thread}
        there = {"channel": event.place.channel, "user": event.author.id}

        async def say() -> None:
            if url and not isinstance(event, Press):
                await self._web.respond(url, content)
                return
            try:
                await self._web.tell("chat.postEphemeral", **content, **there)
            except Closed as error:
                if not url or error.code != "user_not_in_channel":
                    raise
                await self._web.respond(url, {**content, "replace_original": False})

        if await in_the_end(say, TELLING, partial(note, call="tell")) and verdict.file:
            await self._hand(event, verdict.file, url)

    async def _hand(self, event: Event, file: bytes, url: str) -> None:
        """A file for one person alone comes as a direct message. Who waits for it in vain is told so."""

        async def send() -> None:
            opened = await self._web.tell("conversations.open", users=event.author.id)
            await self._web.upload(FILE, file, str(opened["channel"]["id"]), "")

        if not await in_the_end(send, TELLING, partial(note, call="hand")):
            await self._tell(event, Verdict(Outcome.TOLD, UNSENT), url)

    # What Bolt asks for

    def _authorizer(self) -> Callable[[], Coroutine[Any, Any, AuthorizeResult]]:
        """What auth.test said at the start. Bolt would ask at the first event, and drop it when that fails."""
        bot = self._web.bot
        result = AuthorizeResult(
            enterprise_id=bot.enterprise or None, team_id=bot.team, bot_user_id=bot.user, bot_id=bot.id
        )

        async def authorize() -> AuthorizeResult:
            return result

        return authorize

    async def _failed(self, error: Exception) -> None:
        note(error, "event")


def _is_late_command(event: Event) -> bool:
    """An edit that makes a command of a direct message. Of one in a channel Slack tells as of a mention, too."""
    if not isinstance(event, Change) or event.less:
        return False
    return event.place.private and parse_command(event.text or "") is not None


def _rooted(event: Event, ts: str) -> Event:
    """A command that has become a message: it has that message's id and thread."""
    address = {**event.address, "thread_ts": ts, "ts": ts}
    return replace(event, id=id_of(event.place.channel, ts), at=float(ts), address=address)


def _whisper(text: str) -> dict[str, Any]:
    return {**message(text, ""), "response_type": "ephemeral"}


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """The environment without these, while something is made that would read them."""
    kept: Mapping[str, str] = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
