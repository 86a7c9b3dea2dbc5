"""What Discord's gateway tells, handed to the inbox; and what people are told at once."""

import asyncio
import time
from dataclasses import replace
from itertools import chain, repeat

from bots.discord.aside import Aside
from bots.discord.forwards import Forwards, is_forward
from bots.discord.interaction import Interaction
from bots.discord.missed import Missed
from bots.discord.parse import UNREAD, each, to_event
from bots.discord.parts import COMPONENT, THREADS, channel_of
from bots.discord.rest import Rest, note
from bots.discord.servers import Servers
from bots.discord.words import Bot, untold
from core.contract import Change, Command, Event, Inbox, Left, Message, Outcome, Press, Verdict
from core.errands import Errands
from core.errors import Closed, ScreenError, StoreError, Throttled, Uncertain
from core.lanes import Lanes, Pass
from core.newest import Newest
from core.outside import Payload, object_in, text_in
from core.refusals import ASK_AGAIN, LATER

ACCEPT_SECONDS = 1.5
"""So much of the 3 s that an interaction waits for its first answer is for the inbox."""
COMMAND_SECONDS, BYTES_AT_ONCE = 60.0, 100_000
"""What a command may take, once its person sees that we think; bytes of a file that goes with the first answer."""
DOOR_PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Between two tries to hand a message in: Discord tells of it once. Then every LONGEST_DOOR_PAUSE, for HOLD_SECONDS."""
LONGEST_DOOR_PAUSE, HOLD_SECONDS, MOST_HELD = 5.0, 600.0, 1_000
MOST_PARENTS = 5_000

TOLD_SECONDS = 30.0
"""Trouble that is over before this needs no words."""

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
        self._parents = Newest[str, str](MOST_PARENTS)
        self._forwards = Forwards()
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
        payload = self._forwards.told(kind, payload)
        ones = each(kind, payload, time.time())
        heard = [(found, what, one) for what, one in ones if (found := self._found(what, one))]
        if heard:
            with self._enter(heard[0][0]) as lane:
                if is_forward(payload) and await self._forwards.has_words(payload):
                    return
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
        """Whoever spoke to the bot reads that it will take a while."""
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
        if isinstance(found, Left) or (found.place.private and not untold(payload)):
            return found
        parent = "" if found.place.private else await self._parent_of(found.place.thread)
        return to_event(kind, await self._whole(payload), self._bot(payload), parent)

    async def _whole(self, payload: Payload) -> Payload:
        """With what it replies to. It is asked for once: a question waits for no more."""
        if not (id := untold(payload)):
            return payload
        try:
            answered = await self._rest.call("GET", f"/channels/{text_in(payload, 'channel_id')}/messages/{id}")
        except ScreenError as error:
            note(error, "event")
            return payload
        return {**payload, "referenced_message": answered}

    async def _parent_of(self, channel: str) -> str:
        """The channel that a thread belongs to, "" when it is none, or nobody tells. Raises ScreenError."""
        known = self._parents.get(channel, self._servers.parent(channel))
        if known is not None:
            return known
        found = await self._rest.told(f"/channels/{channel}")
        is_thread = found.get("type") in THREADS
        self._parents[channel] = str(found.get("parent_id") or "") if is_thread else ""
        return self._parents[channel]

    # Interactions

    async def _interaction(self, payload: Payload) -> None:
        interaction = Interaction(self._rest, self._errands, payload)
        room = text_in(channel_of(payload), "id")
        parent = self._servers.parent(room) if room.isdecimal() else None
        event = to_event("INTERACTION_CREATE", payload, self._bot(payload), parent or "")
        match event:
            case None:
                if payload.get("type") == COMPONENT:  # a button of an older version
                    await interaction.leave()
            case Command(name="ask", files=()) if not event.argument.strip():
                await interaction.answer(Verdict(Outcome.TOLD, NOTHING_TO_READ))
            case Command() if event.name != "ask":
                await self._do(event, interaction, self._enter(event))
            case _:
                await self._ask(event, interaction, self._enter(event))

    async def _ask(self, event: Event, interaction: Interaction, lane: Pass) -> None:
        """What makes a turn, a press too: its person sees at once that we have it, or is told to ask again."""
        try:
            async with asyncio.timeout(ACCEPT_SECONDS):
                verdict = await self._accepted(event, lane)
        except (StoreError, TimeoutError) as error:
            note(error, "interaction")
            if await interaction.answer(Verdict(Outcome.TOLD, ASK_AGAIN)):
                self._errands.begin(self._withdraw(event))
            return
        if verdict.outcome is not Outcome.SEEN:
            await self._answer(event, interaction, verdict)
        if verdict.outcome is Outcome.ACCEPTED and verdict.text:  # what follows a deferred answer would be that answer
            self._errands.begin(self._aside.tell(event, verdict))

    async def _accepted(self, event: Event, lane: Pass) -> Verdict:
        with lane:
            await lane.clear()
            return await self._inbox.accept(event)

    async def _do(self, event: Command, interaction: Interaction, lane: Pass) -> None:
        """A command may take its time, as may a file of its answer: then its person sees that we think.

        Of two sessions one is the first to answer, be it without having done it. The one that did it then tells the
        answer in that one's place; one that could not do it says so there only as long as no more than that stands.
        """
        doing = asyncio.create_task(self._accepted(event, lane))
        is_done = True
        try:
            await asyncio.wait([doing], timeout=ACCEPT_SECONDS)
            if is_late := not doing.done():
                await interaction.think(alone=True)
            async with asyncio.timeout(COMMAND_SECONDS):
                verdict = await doing
        except (StoreError, TimeoutError) as error:
            note(error, "interaction")
            verdict, is_done = Verdict(Outcome.TOLD, ASK_AGAIN), False
        finally:
            doing.cancel()
        if verdict.outcome is Outcome.SEEN:
            return
        if len(verdict.file) > BYTES_AT_ONCE and not is_late:
            is_late = True
            await interaction.think(alone=True)
        if not is_late and await self._answer(event, interaction, verdict):
            return
        if is_done or await interaction.is_thinking():
            await interaction.tell_late(verdict)

    async def _answer(self, event: Event, interaction: Interaction, verdict: Verdict) -> bool:
        """Say that we have it, or what only this person reads. Whether it was said, and by us."""
        if verdict.outcome is Outcome.TOLD:
            return await interaction.answer(verdict)
        if isinstance(event, Press):
            return await interaction.leave()
        return await interaction.think(alone=bool(event.address.get("alone")))

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
