"""What Parley must not forget: who is owed an answer, and what was said.

A method is one trip to Redis where it says nothing else; one more when the day has just changed. Redis sees pseudonyms
and ciphertext only. The scripts decide; this file names, seals, opens, and keeps our side of the leases. Every method
raises StoreDown when Redis does not do what was asked; nothing of redis-py's goes up.
"""

import asyncio
import math
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any
from weakref import WeakValueDictionary

from pydantic_core import to_json

from core.allowance import NO_BUDGET, Allowances
from core.contract import Change, Final, Json, Message, Outcome, Person, Place, Press, Progress
from core.dialogue import Choices, Exchange
from core.errors import StaleLease, StoreDown
from core.store.admitting import FREE, Ids, Terms, admitted, counting, heard, where
from core.store.bounds import LEASE_SECONDS, bounds
from core.store.cooling import Cooling
from core.store.holdings import Holdings
from core.store.homes import Homes
from core.store.keys import CHANNELS, Names
from core.store.lease import Admission, Claim, Lease
from core.store.memories import Memories
from core.store.placelimits import PlaceLimits
from core.store.purse import Purse
from core.store.records import Sighting
from core.store.rekeying import Rekeying
from core.store.replies import TIMES, Yielding, chosen, claimed, edited, leased, pressed
from core.store.retries import Retries
from core.store.rewriting import Rewriting
from core.store.sealing import fingerprint
from core.store.server import Server
from core.store.sharing import Sharing
from core.store.sights import Sights
from core.store.tenure import Tenure
from core.store.vault import Vault
from core.store.words import held_by, microseconds, pairs
from core.telling import Pseudonym
from core.trouble import Burst


def uptime() -> float:
    """Seconds, those in which the machine slept included, as time.monotonic() has them not: leases run out in them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", None) or time.CLOCK_MONOTONIC)  # the second one is macOS'


class Store:
    """The one database. Several stores, of one process or of many, may share a server."""

    def __init__(
        self,
        server: Server,
        names: Names,
        vault: Vault,
        *,
        history_days: int = 30,
        platforms: Sequence[str] = (),
        allowances: Allowances = NO_BUDGET,
        may_forget: bool = True,
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._server, self._clock, self._me = server, clock, secrets.token_hex(8)
        self._names, self._vault = names, vault
        self._pools = [names.pool(platform) for platform in platforms]
        limits = bounds(history_days)
        self._remembers = limits["history_ms"] > 0
        keys = {"names": fingerprint(names.key).hex(), "seals": vault.newest}
        self._common = to_json({**limits, **keys, "me": self._me, "forgets": may_forget})[:-1]
        self._held: WeakValueDictionary[str, Lease] = WeakValueDictionary()
        self._stops: set[asyncio.Queue[str]] = set()
        self._news = asyncio.Event()
        self._burst = Burst()
        self._yielding = Yielding(0 if names.seat else TIMES)
        self._unanswered: list[str] = []  # claims that Redis may have granted: they are ours, and nobody else's
        self._heard, self._settled, self._due = 1, 0, math.inf
        self.cooling = Cooling(self._run, names, clock)
        self.memories = Memories(self._run, names, vault)
        self.purse = Purse(self._run, allowances)
        self.holdings = Holdings(self._run, names, vault, self.purse)
        self.homes = Homes(self._run, names)
        self.limits = PlaceLimits(self._run, names)
        self.rekeying = Rekeying(self._run, self.holdings.keys, vault)
        self.rewriting = Rewriting(self._run, server.rewrite)
        self.sharing = Sharing(self._run, names)
        self._retries = Retries()
        self.sights = Sights(self._run, names, vault, self._retries)
        self._tenure = Tenure(self._run, names, vault, clock, may_forget=may_forget)
        self.concerns: Mapping[str, str] = {}
        """What of the server's settings breaks a promise: each by its name, with a sentence."""

    # The door

    async def accept(self, message: Message, terms: Terms = FREE, *, patience: float = 0) -> Admission:
        """Store a message to be answered, once; unless it was seen, is not for us, or is too much.

        `patience`: seconds for which it may be held back until there is room, one message of each person at a time.
        """
        names, place, platform = self._names, message.place, message.place.platform
        here, turn, order = names.place(place), names.turn(platform, message.id), microseconds(message.at)
        if not math.isfinite(message.at):  # no JSON says that
            message = replace(message, at=order / 1e6)
        order += names.blur(place)
        below = None if place.thread or place.private else replace(place, thread=message.id)
        follow = names.place(below) if below else here
        sightings = {here: Sighting(place, message.id)}
        if below:
            sightings[follow] = Sighting(below, message.id)
        with self._retries.token(turn) as token:
            reply = await self.purse.run_today(
                "accept",
                self._vault.seal_message(message, here, turn),
                *(self._vault.seal_sighting(seen, at) for at, seen in sightings.items()),
                turn=turn,
                token=token,
                pool=names.pool(platform),
                order=order,
                direct=message.direct,
                line=names.line(place, message.author.id),
                rt=names.turn(platform, place.thread) if place.thread else "",
                fl=names.line(below, "") if below else "",
                joins=follow,
                seen=[[at, order] for at in sightings],
                patience=round(patience * 1000),
                quoted=" ".join(
                    sorted({names.person(platform, id) for id in message.quoted if id != message.author.id})
                ),
                exempt=terms.exempt,
                budgets=self.purse.budgets(terms.payer),
                **where(names, place, message.author),
                **counting(names, place, message.author, terms),
            )
        return self._admitted(reply)

    async def again(self, press: Press, terms: Terms = FREE, *, admin: bool) -> Admission:
        """Make a new turn of a line's newest answer: REGENERATE, RETRY or CONTINUE. Two trips.

        Its id is the press's; its message the old one, the press's address laid over its own. Who presses pays.
        """
        names, vault, platform = self._names, self._vault, press.place.platform
        turn, old = names.turn(platform, press.id), names.turn(platform, press.turn)
        with self._retries.token(turn) as token:
            state, place, *sealed = await self._look(old, press=turn, token=token)
            if state == "said":
                return self._admitted(sealed[0])
            if state == "seen":
                return Admission(Outcome.SEEN)
            made = pressed(vault, sealed, place, old, press) if sealed[0] else None
            if made is None:
                return Admission(Outcome.TOLD, reason={"q": "busy", "older": "older"}.get(state, "gone"))
            question, origin, shown = made
            reply = await self.purse.run_today(
                "again",
                vault.seal_message(question, place, turn),
                vault.seal_origin(replace(origin, payer=terms.payer), place, turn),
                vault.seal_shown(shown, place, turn),
                turn=turn,
                old=old,
                token=token,
                admin=admin,
                author=names.person(platform, press.author.id),
                order=microseconds(press.at) + names.blur(question.place),
                budgets=self.purse.budgets(terms.payer),
                **counting(names, question.place, press.author, terms),
            )
        return self._admitted(reply)

    async def change(self, change: Change) -> None:
        """Follow an edit, in two trips, or a deletion, in one.

        An edit counts until the message is claimed; a deleted one is not answered. A question that was deleted, or lost
        a file, is taken out of the history; one that is being answered is stopped.
        """
        names, less, sealed, turn = self._names, change.less, b"", self._names.turn(change.place.platform, change.id)
        if change.text is not None:
            state, place, message, *_ = await self._look(turn)
            now, fewer = edited(self._vault, message, place, turn, change) if message else (b"", False)
            sealed, less = now if state == "q" else b"", less or fewer
            if not (sealed or less):
                return
        below = names.place(replace(change.place, thread=change.id))
        places = {"place": names.place(change.place), "channel": names.channel(change.place), "below": below}
        shown = names.turn(change.place.platform, change.shown or change.id)
        await self._run("change", sealed, turn=turn, shown=shown, less=less, **places)

    async def stop(
        self, place: Place, author: Person, turn: str = "", *, admin: bool = False, ahead: bool = False
    ) -> bool:
        """Stop a turn, the one that runs in the author's line here, or (`ahead`) theirs before it. False: none is."""
        names = self._names
        here, person = names.line(place, author.id), names.person(place.platform, author.id)
        stopped = names.turn(place.platform, turn) if turn else ""
        return bool(await self._run("stop", turn=stopped, line=here, author=person, admin=admin, ahead=ahead))

    async def stops(self) -> AsyncGenerator[str]:
        """The id of each turn of ours that somebody stops from now on."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._stops.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._stops.discard(queue)

    # Turns

    async def claim(self) -> Claim | None:
        """The oldest message of a free line, leased to us with its history; None: none now.

        Raises Unreadable, after one more trip: go on with the next.
        """
        heard, before = self._heard, self._clock()
        token = self._unanswered.pop() if self._unanswered else secrets.token_hex(8)
        try:
            reply = await self._run("claim", token=token, pools=self._pools)
        except StoreDown:
            self._unanswered.append(token)
            raise
        if not reply[0]:
            self._settled = heard
            self._due = before + reply[1] / 1000 if reply[1] >= 0 else math.inf
            return None
        lease = leased(reply, self._clock, before + LEASE_SECONDS)
        claim, unreadable = claimed(self._vault, reply, lease)
        what = lease.record if claim is None or claim.unread else lease.place
        if unreadable and not self._yielding.is_over(what):
            await self.release(lease, self._yielding.pause)
            raise unreadable
        if unreadable and claim is None:
            await self._run("defer", delay_ms=round(self._yielding.absence * 1000), **held_by(lease))
            raise unreadable
        self._held[lease.record] = lease
        return claim

    async def wait(self, at_most: float) -> None:
        """Return when there may be work, at the latest after `at_most` seconds."""
        if self._unanswered or self._heard != self._settled:  # since the claim that found nothing
            return
        self._news.clear()
        try:
            async with asyncio.timeout(max(0.0, min(at_most, self._due - self._clock()))):
                await self._news.wait()
        except TimeoutError:
            return

    @property
    def promising(self) -> int:
        """How often there may have been more to claim since a claim found nothing."""
        return self._heard - self._settled

    def wake(self) -> None:
        """Let `wait` return."""
        self._heard += 1
        self._news.set()

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Hold on to them for ten more seconds: one trip for all. What is lost is marked, what is stopped is told."""
        held = [lease for lease in leases if not lease.lost]
        before = self._clock()
        for lease, state in zip(held, await self._tenure.renew(held), strict=True):
            if not state:
                self._lose(lease)
                continue
            lease.deadline = max(lease.deadline, before + LEASE_SECONDS)
            if state == 2:
                self._tell(lease)

    async def bind(self, lease: Lease, shown: tuple[str, ...]) -> None:
        """Note the ids of the messages on the screen. Raises StaleLease."""
        self._still(lease, await self._tenure.bind(lease, shown))

    async def note(self, lease: Lease, progress: Progress) -> None:
        """How far an answer came by its tools: the next attempt begins there. Raises StaleLease."""
        sealed = self._vault.seal_progress(progress, lease.place, lease.record)
        self._still(lease, await self._tenure.run("note", lease, sealed))

    async def commit(
        self, lease: Lease, final: Final, said: Exchange | None, quoted: Ids = (), overheard: Ids = ()
    ) -> None:
        """The end of an answer, before it is painted: once, however often it is called. Raises StaleLease.

        The exchange is not written when its place was reset, or its question deleted, after the claim; nor when one of
        the messages `overheard` was, whose words are in it, too. `quoted`: whose these are.
        """
        kept = self._vault.seal_exchange(said, lease.place, lease.exchange) if said and self._remembers else b""
        sealed = self._vault.seal_final(final, lease.place, lease.record)
        named = heard(self._names, lease.platform, quoted, overheard)
        answered = said is not None and final.is_whole
        left = await self._tenure.commit(lease, sealed, kept, answered=answered, **named)
        self._still(lease, left)
        lease.learn(left)

    async def done(self, lease: Lease, *, leaves: bool = False) -> None:
        """The turn is over, the line is another's; nothing happens when the lease is not ours. `leaves`: its place."""
        reply = await self._tenure.done(lease, leaves=leaves)
        self._lose(lease)
        if reply == 2:
            self.wake()

    async def release(self, lease: Lease, delay: float = 0) -> None:
        """Give a turn back unfinished, to be claimed again in `delay` seconds. The attempt does not count."""
        await self._run("release", delay_ms=round(delay * 1000), **held_by(lease))
        self._lose(lease)
        self.wake()

    # Places

    async def choices(self, place: Place) -> Choices:
        """What holds at a place: its own choices, else those of the channel around it."""
        here, root = self._names.place(place), self._names.channel(place)
        own, around = await self._run("choices", place=here, root=root if place.thread else "")
        return chosen(self._vault, (root, pairs(around)), (here, pairs(own)))[0]

    async def choose(self, place: Place, author: Person, **changed: str) -> Choices:
        """Change choices of a place; "" takes one back. Returns what holds then. TypeError: there is no such choice."""
        if changed.keys() - {choice.name for choice in fields(Choices)}:
            raise TypeError("no such choice")
        here, root = self._names.place(place), self._names.channel(place)
        given = {name: value for name, value in changed.items() if value}
        own, around = await self._run(
            "choose",
            *self._vault.seal_choices(given, here),
            set=list(given),
            unset=[name for name in changed if name not in given],
            **where(self._names, place, author),
        )
        return chosen(self._vault, (root, pairs(around)), (here, pairs(own)))[0]

    async def reset(self, place: Place, command: str) -> None:
        """Forget what was said at a place. An answer under way there is finished, but not remembered.

        `command`: the id of the one that says so, which resets once until another does, however often it is tried.
        """
        names = self._names
        await self._run("reset", place=names.place(place), token=names.turn(place.platform, command))

    async def leave(self, thread: Place) -> bool:
        """Take no follow-up there for ours, until we are called there again. False: somebody is being answered."""
        names = self._names
        root = names.turn(thread.platform, thread.thread)
        return bool(await self._run("leave", place=names.place(thread), line=names.line(thread, ""), root=root))

    # The rest

    async def ping(self) -> float:
        """Seconds of a trip."""
        before = self._clock()
        await self._run("ping")
        return self._clock() - before

    async def meet(self, pseudonym: str, history: Sequence[str], *, look: bool = False) -> tuple[str, ...]:
        """Introduce our keys by their fingerprints. Who only wants to `look` does not begin an installation.

        Returns the setting that does not fit what is stored or "", Redis's version, its INFO on persistence, memory and
        replication.
        """
        reply: list[bytes] = await self._run("meet", pseudonym=pseudonym, history=history, look=look)
        return tuple(map(bytes.decode, reply))

    def pseudonym(self, kind: str, value: str) -> Pseudonym:
        """An id as it may stand in a log: the same everywhere in this installation, 80 bits."""
        return Pseudonym(self._names.pseudonym(kind, value))

    def payer(self, platform: str, id: str) -> Pseudonym:
        """A person as the log, the sums of usage and its lines call them."""
        return Pseudonym(self._names.payer(platform, id))

    def site(self, place: Place) -> Pseudonym:
        """A place as the log calls it; one with no thread, as the sums of usage and its lines do."""
        return Pseudonym(self._names.site(place))

    async def listen(self) -> None:
        """Hear what other processes wake and stop, until cancelled. Nothing but how soon we know depends on it."""
        base = self._names.base
        while True:
            try:
                async with aclosing(self._server.listen([f"{base}{channel}" for channel in CHANNELS])) as messages:
                    async for channel, payload in messages:
                        if not channel:
                            await self.cooling.learn()
                        self._hear(channel.removeprefix(base), payload.decode("utf-8", "replace"))
            except StoreDown as down:
                self._burst.note("listen", down)
                await asyncio.sleep(0.2)

    def _hear(self, channel: str, payload: str) -> None:
        if channel == "cool":
            self.cooling.hear(payload)
        elif channel == "room":
            self.purse.heard()
        elif channel != "stop":
            if payload != self._me:
                self.wake()
        elif payload in self._held:
            self._tell(self._held[payload])

    def _tell(self, lease: Lease) -> None:
        if not lease.stopped:
            lease.stopped = True
            for queue in self._stops:
                queue.put_nowait(lease.turn)

    def _lose(self, lease: Lease) -> None:
        lease.lost = True
        if self._held.get(lease.record) is lease:
            del self._held[lease.record]

    def _still(self, lease: Lease, held: int) -> None:
        if not held:
            self._lose(lease)
            raise StaleLease("somebody else holds the turn now")

    # Words of the scripts

    async def _run(self, script: str, *sealed: bytes, **named: Json) -> Any:  # noqa: ANN401  # each script's own reply
        args = self._common + (b"," + to_json(named)[1:] if named else b"}")
        return await self._server.run(script, (f"{self._names.base}clock",), (self._names.base, args, *sealed))

    async def _look(self, turn: str, **named: Json) -> tuple[Any, ...]:
        """State, place, message, origin, shown, final: the last four sealed, empty when they are not there."""
        state, place, *sealed = await self._run("look", turn=turn, **named)
        return (state.decode(), place.decode(), *sealed)

    def _admitted(self, reply: bytes) -> Admission:
        admission = admitted(reply)
        if admission.outcome is Outcome.ACCEPTED:
            self.wake()
        return admission
