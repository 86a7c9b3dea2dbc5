"""What Discord's gateway tells, handed to the inbox; and what people are told at once."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, repeat

from bots.discord import looks
from bots.discord.aside import FILE_SECONDS, Aside
from bots.discord.missed import Missed
from bots.discord.parse import COMPONENT, THREADS, UNREAD, each, to_event
from bots.discord.rest import ACKNOWLEDGED, TIMEOUT, Rest, note
from bots.discord.screen import SIZE, content
from bots.discord.servers import Servers
from bots.discord.words import EPHEMERAL, LOADING, SUPPRESS_EMBEDS, Bot
from core.contract import Change, Command, Event, Inbox, Json, Left, Message, Outcome, Page, Press, Verdict
from core.errands import Errands
from core.errors import Closed, ScreenError, StoreError, Throttled, Uncertain
from core.lanes import Lanes, Pass
from core.outside import Payload, object_in, text_in
from core.privacy import FILE
from core.refusals import ASK_AGAIN, LATER
from core.text import pages
from core.trouble import in_the_end

ACCEPT_SECONDS, ANSWER_SECONDS = 1.5, 2.8
"""An interaction waits 3 s for its first answer: so long for the inbox, so long until it is no use to try again."""
COMMAND_SECONDS, AT_ONCE = 60.0, 100_000
"""What a command may take, once its person sees that we think; bytes of a file that goes with the first answer."""
DOOR_PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Between two tries to hand a message in: Discord tells of it once. Then every LONGEST_DOOR_PAUSE, for HOLD_SECONDS."""
LONGEST_DOOR_PAUSE, HOLD_SECONDS, MOST_HELD = 5.0, 600.0, 1_000
MOST_PARENTS = 5_000

TOLD_SECONDS = 30.0
"""Trouble that is over before this needs no words."""

ANSWER, THINK, LEAVE = 4, 5, 6  # what a first answer to an interaction can be

MUTE = "I may not write where you asked. Please use `/ask` there, or ask me in another channel."
NOTHING_TO_READ = "There is nothing in this message that I can read."
ROLE_UNREAD = (
    "There is nothing in your message that I can read: where somebody calls my role, or only replies to me, Discord "
    "may keep the text from me. Mention me by my own name, or use `/ask`."
)


class Door:
    """Every event comes through here."""

    def __init__(self, rest: Rest, inbox: Inbox, errands: Errands, servers: Servers, missed: Missed) -> None:
        self._rest = rest
        self._aside = Aside(rest)
        self._inbox = inbox
        self._errands = errands
        self._servers = servers
        self._missed = missed
        self._parents: dict[str, str] = {}
        self._held = 0
        self._lanes = Lanes()

    def close(self) -> None:
        """Hold nothing any longer: whoever listens next asks for what was missed."""
        self._lanes.close()

    async def hear(self, kind: str, payload: Payload) -> None:
        """One event of the gateway's. It enters its lane before anything is waited for: they come in order."""
        if kind == "INTERACTION_CREATE":
            await self._interaction(payload)
            return
        if kind == "MESSAGE_CREATE" and text_in(object_in(payload, "author"), "id") == self._rest.bot.user:
            answered = text_in(object_in(payload, "message_reference"), "message_id")
            if self._aside.is_signed(answered):
                self._errands.begin(self._aside.unsign(answered))
        ones = each(kind, payload, time.time())
        heard = [(found, what, one) for what, one in ones if (found := self._found(what, one))]
        if heard:
            with self._enter(heard[0][0]) as lane:
                for found, what, one in heard:
                    await self._persist(found, what, one, lane)

    async def take(self, kind: str, payload: Payload) -> None:
        """Hand a message in, and tell its author what the verdict says. Raises StoreErrors and ScreenErrors."""
        found = self._found(kind, payload)
        if found is None:
            return
        with self._enter(found) as lane:
            event = await self._placed(found, kind, payload)
            if event is not None:
                await self._hand_in(event, lane)

    def _enter(self, found: Event) -> Pass:
        place = found.place
        room = place.channel if place.private else place.thread or place.channel
        return self._lanes.enter(found, *((room, self._servers.parent(room) or "") if room else ()))

    async def _hand_in(self, event: Event, lane: Pass) -> None:
        await lane.clear()
        taken = self._inbox.decline(event, MUTE) if self._is_mute(event) else self._inbox.accept(event)
        verdict = await taken
        if verdict.text and event.address.get(UNREAD):
            verdict = replace(verdict, text=f"{ROLE_UNREAD}\n\n{verdict.text}")
        if verdict.outcome is Outcome.TOLD or verdict.text:
            self._errands.begin(self._aside.tell(event, verdict))

    def _is_mute(self, event: Event) -> bool:
        """Whether it is a question whose answer nobody would see, so that Claude need not be asked."""
        place = event.place
        is_question = isinstance(event, Message) or (isinstance(event, Command) and event.name == "ask")
        if place.private or not is_question:
            return False
        return self._servers.may_write(place.space, place.thread or place.channel) is False

    # Messages

    async def _persist(self, found: Event, kind: str, payload: Payload, lane: Pass) -> None:
        """Discord tells of a message once, so it is held here until the inbox takes it."""
        began, event = time.monotonic(), None
        is_told = False
        for pause in chain(DOOR_PAUSES, repeat(LONGEST_DOOR_PAUSE)):
            try:
                event = event or await self._placed(found, kind, payload)
                return await self._hand_in(event, lane) if event else None
            except (StoreError, Throttled, Uncertain) as error:
                note(error, "accept")
            except Closed:  # a thread that we may not see
                return None
            waited = time.monotonic() - began
            if waited > TOLD_SECONDS and not is_told:
                is_told = True
                self._tell_it_lasts(event)
            if self._held >= MOST_HELD or waited > HOLD_SECONDS:
                return self._missed.fell(event) if isinstance(event, Message) else None
            self._held += 1
            goes_on = await lane.pause(pause)
            self._held -= 1
            if not goes_on:
                return None
        return None

    def _tell_it_lasts(self, event: Event | None) -> None:
        """Who spoke to the bot reads that it will take a while."""
        if isinstance(event, Message) and event.direct:
            self._errands.begin(self._aside.tell(event, Verdict(Outcome.TOLD, LATER)))

    def _bot(self, payload: Payload) -> Bot:
        return self._servers.bot_in(text_in(payload, "guild_id"), text_in(payload, "channel_id"), self._rest.bot)

    def _found(self, kind: str, payload: Payload) -> Event | None:
        """The event as if it were in a thread: what is nothing there is nothing anywhere."""
        found = to_event(kind, payload, self._bot(payload), parent="0")
        return replace(found, at=time.time()) if isinstance(found, Left) else found

    async def _placed(self, found: Event, kind: str, payload: Payload) -> Event | None:
        """With its place: a message does not tell whether it stands in a thread. Raises ScreenError."""
        if found.place.private or isinstance(found, Left):
            return found
        return to_event(kind, payload, self._bot(payload), await self._parent_of(found.place.thread))

    async def _parent_of(self, channel: str) -> str:
        """The channel that a thread belongs to, "" when it is none. Raises ScreenError."""
        known = self._parents.get(channel, self._servers.parent(channel))
        if known is not None:
            return known
        found = await self._rest.call("GET", f"/channels/{channel}")
        if len(self._parents) >= MOST_PARENTS:
            del self._parents[next(iter(self._parents))]
        is_thread = found.get("type") in THREADS
        self._parents[channel] = str(found.get("parent_id") or "") if is_thread else ""
        return self._parents[channel]

    # Interactions

    async def _interaction(self, payload: Payload) -> None:
        began = time.monotonic()
        room = text_in(object_in(payload, "channel"), "id")
        parent = self._servers.parent(room) if room.isdecimal() else None
        event = to_event("INTERACTION_CREATE", payload, self._bot(payload), parent or "")
        if event is None:
            if payload.get("type") == COMPONENT:  # a button of an older version
                await self._first_answer(payload, {"type": LEAVE}, began)
            return
        if isinstance(event, Command) and event.name == "ask" and not (event.argument.strip() or event.files):
            await self._answer(event, payload, Verdict(Outcome.TOLD, NOTHING_TO_READ), began)
            return
        if isinstance(event, Command) and event.name != "ask":
            await self._do(event, payload, self._enter(event), began)
            return
        try:
            async with asyncio.timeout(ACCEPT_SECONDS):
                verdict = await self._accepted(event, self._enter(event))
        except (StoreError, TimeoutError) as error:
            note(error, "interaction")
            told = Verdict(Outcome.TOLD, ASK_AGAIN)
            if await self._answer(event, payload, told, began):
                self._errands.begin(self._withdraw(event))
            return
        if verdict.outcome is not Outcome.SEEN:
            await self._answer(event, payload, verdict, began)
        if verdict.outcome is Outcome.ACCEPTED and verdict.text:  # what follows a deferred answer would be that answer
            self._errands.begin(self._aside.tell(event, verdict))

    async def _accepted(self, event: Event, lane: Pass) -> Verdict:
        with lane:
            await lane.clear()
            return await self._inbox.accept(event)

    async def _do(self, event: Command, payload: Payload, lane: Pass, began: float) -> None:
        """A command may take its time, as may a file of its answer: then its person sees that we think.

        Of two sessions one is the first to answer, be it without having done it. The one that did it then tells the
        answer in that one's place; one that could not do it says so there only as long as no more than that stands.
        """
        think: Mapping[str, Json] = {"type": THINK, "data": {"flags": EPHEMERAL}}
        doing = asyncio.create_task(self._accepted(event, lane))
        is_done = True
        try:
            await asyncio.wait([doing], timeout=ACCEPT_SECONDS)
            if is_late := not doing.done():
                await self._first_answer(payload, think, began)
            async with asyncio.timeout(COMMAND_SECONDS):
                verdict = await doing
        except (StoreError, TimeoutError) as error:
            note(error, "interaction")
            verdict, is_done = Verdict(Outcome.TOLD, ASK_AGAIN), False
        finally:
            doing.cancel()
        if verdict.outcome is Outcome.SEEN:
            return
        if len(verdict.file) > AT_ONCE and not is_late:
            is_late = True
            await self._first_answer(payload, think, began)
        if not is_late and await self._answer(event, payload, verdict, began):
            return
        token = str(payload.get("token"))
        if is_done or await self._is_thinking(token):
            await self._tell_late(token, verdict)

    async def _answer(self, event: Event, payload: Payload, verdict: Verdict, began: float) -> bool:
        """Say that we have it, or what only this person reads. Whether it was said, and by us."""
        alone = EPHEMERAL if event.address.get("alone") else 0
        if verdict.outcome is not Outcome.TOLD:
            way: Mapping[str, Json] = {"type": THINK, "data": {"flags": alone}}
            return await self._first_answer(payload, {"type": LEAVE} if isinstance(event, Press) else way, began)
        first, *others = _pages(verdict.text)
        said = await self._first_answer(payload, {"type": ANSWER, "data": _whisper(first)}, began, verdict.file)
        if said and others:
            self._errands.begin(self._go_on(str(payload.get("token")), others))
        return said

    async def _first_answer(self, payload: Payload, body: Mapping[str, Json], began: float, file: bytes = b"") -> bool:
        """Until Discord has it: a second one does no harm, it is refused."""
        path = f"/interactions/{payload.get('id')}/{payload.get('token')}/callback"
        tries = 0
        while True:
            try:
                await self._rest.call("POST", path, body, file=(FILE, file) if file else None, signed=False)
            except (Throttled, Uncertain) as error:
                pause = error.retry_after or DOOR_PAUSES[min(tries, len(DOOR_PAUSES) - 1)]
                if time.monotonic() - began + pause > ANSWER_SECONDS:
                    note(error, "callback")
                    return False
                await asyncio.sleep(pause)
            except ScreenError as error:
                if error.code == ACKNOWLEDGED:
                    return tries > 0
                note(error, "callback")
                return False
            else:
                return True
            tries += 1

    def _original(self, token: str) -> str:
        return f"/webhooks/{self._rest.bot.application}/{token}/messages/@original"

    async def _is_thinking(self, token: str) -> bool:
        """Whether the first answer says no more than that; also when nobody can tell."""
        try:
            found = await self._rest.call("GET", self._original(token), signed=False)
        except ScreenError:
            return True
        return bool(int(found.get("flags") or 0) & LOADING)

    async def _tell_late(self, token: str, verdict: Verdict) -> None:
        """In the place of the first answer: of "thinking", or of what another session said."""
        first, *others = _pages(verdict.text)
        path = self._original(token)
        file = (FILE, verdict.file) if verdict.file else None
        files: Json = [{"id": 0, "filename": FILE}] if file else []
        body = {**content(first.text), "attachments": files}
        if await self._told("PATCH", path, body, file):
            await self._go_on(token, others)

    async def _go_on(self, token: str, others: Sequence[Page]) -> None:
        """A page that stands there twice, because its answer was lost, does less harm than one that is missing."""
        path = f"/webhooks/{self._rest.bot.application}/{token}"
        for page in others:
            if not await self._told("POST", path, _whisper(page)):
                return

    async def _told(self, method: str, path: str, body: Json, file: tuple[str, bytes] | None = None) -> bool:
        """Whether it went through at last."""
        seconds = FILE_SECONDS if file else TIMEOUT
        call = partial(self._rest.call, method, path, body, file=file, signed=False, seconds=seconds)
        return await in_the_end(call, DOOR_PAUSES, partial(note, call="tell"))

    async def _withdraw(self, event: Event) -> None:
        """Its person was asked to try again: should it have been taken after all, it is not answered as well."""
        if not isinstance(event, Command) or event.name != "ask":
            return
        gone = Change(
            id=event.id, place=event.place, author=event.author, at=event.at, address=event.address, text=None
        )
        for pause in (*DOOR_PAUSES, LONGEST_DOOR_PAUSE, LONGEST_DOOR_PAUSE):
            try:
                await self._inbox.accept(gone)
            except StoreError:
                await asyncio.sleep(pause)
            else:
                return


def _pages(text: str) -> Sequence[Page]:
    return pages(text, SIZE, looks.measure) or (Page("…"),)


def _whisper(page: Page) -> dict[str, Json]:
    """What only one person sees."""
    return {**content(page.text), "flags": EPHEMERAL | SUPPRESS_EMBEDS}
