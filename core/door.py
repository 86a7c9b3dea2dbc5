"""The door for every event: who may ask, how often, and what becomes of what they said."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from core import commands
from core.commands import INTERRUPT, as_message
from core.contract import Action, Change, Command, Event, Left, Message, Outcome, Place, Platform, Press, Verdict
from core.desk import Offers, StoreDesk
from core.errors import StoreDown
from core.events import Refusal
from core.governor import Governor
from core.options import Options
from core.refusals import NO_EDIT, is_own, reason, told
from core.store import Store, Terms
from core.trace import Trace
from core.waiting import Waiting

PATIENCE = 60.0
"""Seconds for which a question over a limit is held back; one that would have to wait longer is refused."""


class Door:
    """The `Inbox` of every platform."""

    def __init__(
        self, store: Store, offers: Offers, platforms: Mapping[str, Platform], governor: Governor, options: Options
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._options = options
        self._trace = Trace(store)
        self._waiting = Waiting(governor, store.sights.waits)
        self.desk = StoreDesk(store, self._trace, offers, options)

    async def accept(self, event: Event) -> Verdict:
        if isinstance(event, Change | Left):  # Discord does not say who wrote what was deleted
            return await self._follow(event)
        if closed := self._options.access.refusal(event):
            return await self._close_to(event, closed)
        match event:
            case Message():
                return await self._stop(event) or await self._admit(event)
            case Command(name="ask"):
                return await self._admit(as_message(event), waits=True)
            case Command():
                return await self._do(event, admin=self._options.access.is_admin(event))
            case Press():
                return await self._press(event)
        raise TypeError(type(event).__name__)

    def welcomes(self, event: Event) -> bool:
        return not self._options.access.refusal(event)

    async def _follow(self, event: Change | Left) -> Verdict:
        """What people did to what is there already."""
        if isinstance(event, Left):
            await self.desk.rights.let_go(event)
        else:
            await self._store.change(event)
        return Verdict(Outcome.ACCEPTED)

    async def last_seen(self, platform: str) -> Mapping[Place, str]:
        return await self._store.sights.newest(platform)

    async def unread(self, platform: str) -> Mapping[Place, float]:
        return await self._store.sights.unread(platform)

    async def caught_up(self, platform: str) -> None:
        await self._store.sights.caught_up(platform)

    async def _stop(self, message: Message) -> Verdict | None:
        """What becomes of a bare "stop" without our name while its author is being answered; else it is a question.

        Told again it is not tried again: it might stop itself, or what was asked after it.
        """
        if not commands.is_stop(message):
            return None
        was_asked = await self._store.sights.asked(message)
        if was_asked is not None:
            return None if was_asked else Verdict(Outcome.SEEN)
        if not await self.desk.stop(message.place, message.author):
            return None
        async with self._store.sights.first(message):
            return Verdict(Outcome.ACCEPTED)

    async def _admit(self, message: Message, *, waits: bool = False) -> Verdict:
        """`waits`: a platform waits for words, and shows a failure without."""
        admission = await self._store.accept(message, self._terms(message), patience=PATIENCE)
        self._trace.accepted(message, admission)
        if admission.outcome is Outcome.TOLD:  # once: the store knows it from now on
            self._trace.refused(message, reason(admission), admission.retry_after)
        if admission.ahead:
            with contextlib.suppress(StoreDown):  # it waits all the same
                await self._queued(message, admission.ahead)
        said = told(admission, waits=waits)
        if (
            admission.outcome is Outcome.ACCEPTED
            and message.direct
            and not waits
            and self._options.access.is_admin(message)
        ):
            said = said or commands.hint(message.text)
        return Verdict(admission.outcome, said, admission.retry_after, own=is_own(admission))

    async def _queued(self, message: Message, ahead: int) -> None:
        """Who waits is told so; where the place chose it, the newer question takes the turn of their older ones."""
        place, author = message.place, message.author
        interrupts = (await self._store.choices(place)).mode == INTERRUPT
        if not (interrupts and await self._store.stop(place, author, message.id, ahead=True)):
            self._waiting.tell(self._platforms[place.platform], message, ahead)

    async def _do(self, command: Command, *, admin: bool) -> Verdict:
        """Of one that was edited a platform tells again and again: a link in it was unfolded, it was pinned."""
        if not command.edited:
            return await self._do_once(command, admin=admin)
        async with self._store.sights.first(replace(command, id=f"{command.id} {command.edited}")) as is_new:
            return await self._do_once(command, admin=admin) if is_new else Verdict(Outcome.SEEN)

    async def _do_once(self, command: Command, *, admin: bool) -> Verdict:
        """Once: a reset that is delivered again would wipe what was said since.

        What failed is done when it is delivered again. A reset that was done then, and only its reply lost, is not done
        twice, unless there was another one meanwhile; one that Redis never heard of wipes what was said until then.
        """
        async with self._store.sights.first(command) as is_new:
            if is_new:
                named = self._options.access.is_named_admin(command)
                return await commands.run(self.desk, command, admin=admin, named=named)
        is_another = command.edited or await self._store.sights.asked(command)
        return Verdict(Outcome.TOLD, NO_EDIT) if is_another else Verdict(Outcome.SEEN)

    async def _press(self, press: Press) -> Verdict:
        admin = self._options.access.is_named_admin(press)
        if press.action is Action.STOP:
            stopped = await self.desk.stop(press.place, press.author, press.turn, admin=admin)
            # Two processes hear of one press: what it stopped may be over for the second.
            async with self._store.sights.first(press) as is_new:
                pass
            if stopped:
                return Verdict(Outcome.ACCEPTED)
            return Verdict(Outcome.TOLD, commands.NOTHING_TO_STOP) if is_new else Verdict(Outcome.SEEN)
        admission = await self._store.again(press, self._terms(press), admin=admin)
        self._trace.pressed(press, admission.outcome)
        said = told(admission, waits=True)
        return Verdict(admission.outcome, said, admission.retry_after, own=is_own(admission))

    def _terms(self, event: Event) -> Terms:
        """Admins are exempt from limits, and from no budget."""
        exempt = self._options.access.is_named_admin(event)
        return Terms(self._options.limits, self._trace.person(event), exempt)

    async def decline(self, event: Event, why: str) -> Verdict:
        return await self._close_to(event, self._options.access.refusal(event) or why)

    async def _close_to(self, event: Event, why: str) -> Verdict:
        """Slack delivers one mention as two events: it is told once, and never to who did not speak to us.

        Who mentions us again, knowing that, hears no more of it; who gave a command waits for words. What is kept of
        people is theirs, also when they may not ask any more.
        """
        if isinstance(event, Message) and not event.direct:
            return Verdict(Outcome.PASSED)
        if isinstance(event, Command) and event.name == "privacy":
            return await self._do(event, admin=False)
        admission = await self._store.sights.tell(event)
        if admission.outcome is Outcome.TOLD:
            self._trace.refused(event, Refusal.ACCESS, 0)
        knows = "again" in admission.notices and isinstance(event, Message)
        return Verdict(Outcome.TOLD, why) if admission.outcome is Outcome.TOLD and not knows else Verdict(Outcome.SEEN)
