"""What Parley must not forget: who is owed an answer, and what was said. Every method is one trip to Redis.

Redis sees pseudonyms and ciphertext only; the scripts decide, this file seals, opens and keeps the local side of leases.
All methods raise StoreDown when Redis does not do what was asked; nothing of redis-py's goes further up.
"""

import asyncio
import json
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any

from core.contract import Action, Change, Choices, Exchange, Final, Message, Outcome, Person, Place, Press, Turn
from core.errors import StaleLease, StoreDown
from core.limits import Window, longest
from core.store import records
from core.store.keys import SLUG, Names
from core.store.lease import Admission, Claim, Lease
from core.store.records import Errand, Sighting
from core.store.sealing import Sealer
from core.store.server import Server

_DAY_MS = 86_400_000
LEASE_SECONDS = 10.0
QUEUE = 20
"""Messages that may wait or run in one line."""


class Store:
    """The one database. Several stores, of one process or many, may share a server."""

    def __init__(
        self, server: Server, names: Names, sealer: Sealer, history_days: int, *,
        platforms: Sequence[str] = (), clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._server = server
        self._names = names
        self._sealer = sealer
        self._clock = clock
        self._platforms = [_slug(platform) for platform in platforms]
        self._me = secrets.token_hex(8)
        self._bounds = _bounds(history_days)
        self._held: dict[str, Lease] = {}
        self._tellers: list[Callable[[str], None]] = []
        self._news = asyncio.Event()
        self._heard = 1
        self._settled = 0
        self._due = math.inf

    # The door

    async def accept(
        self, message: Message, *, person_windows: Sequence[Window] = (), place_windows: Sequence[Window] = ()
    ) -> Admission:
        """Store a message to be answered, once, unless it was seen, is not for us or is too much.

        `person_windows` count the author's turns, `place_windows` those of the channel with its threads.
        """
        names, place = self._names, message.place
        turn, here = names.turn(place.platform, message.id), names.place(place)
        below = replace(place, thread=message.id) if not place.thread and not place.private else None
        joins = [] if below else [here]
        order = _microseconds(message.at)
        sightings = {here: Sighting(place, message.id)}
        if below:
            joins = [names.place(below)]
            sightings[joins[0]] = Sighting(below, message.id)
        reply = await self._run(
            "accept",
            self._seal(records.MESSAGE.dump(message), here, f"x:{turn}", "m"),
            *(self._seal(records.SIGHTING.dump(seen), at, f"v:{place.platform}", at) for at, seen in sightings.items()),
            turn=turn, token=secrets.token_hex(8), platform=_slug(place.platform), order=order, direct=message.direct,
            line=names.line(place, message.author.id), place=here, author=names.person(place.platform, message.author.id),
            root=names.channel(place) if place.thread else "", rt=names.turn(place.platform, place.thread) if place.thread else "",
            fl=names.line(below, "") if below else "", joins=joins, seen=[[at, order] for at in sightings],
            logs=self._logs(place, message.author, person_windows, place_windows),
        )  # fmt: skip
        return self._admitted(reply, person_windows, place_windows)

    async def again(
        self,
        press: Press,
        admin: bool,
        *,
        person_windows: Sequence[Window] = (),
        place_windows: Sequence[Window] = (),  # noqa: FBT001  # the engine's word on the presser
    ) -> Admission:
        """Make a new turn of a line's newest answer: REGENERATE, RETRY or CONTINUE. Two trips.

        Its id is the press's, its message the old one, with the press's address over the message's.
        """
        names, platform = self._names, press.place.platform
        turn, old = names.turn(platform, press.id), names.turn(platform, press.turn)
        state, place, _, message, errand, shown, final = await self._look(old)
        if not message:
            return Admission(Outcome.TOLD, reason="busy" if state == "q" else "gone")
        question = records.MESSAGE.load(self._open(message, place, f"x:{old}", "m"))
        question = replace(question, address={**question.address, **press.address})
        before = self._errand(errand, place, old, question.id)
        begun = {Action.CONTINUE: self._final(final, place, old), Action.RETRY: Final(before.begun)}.get(press.action)
        fresh = Errand(press.id, before.of or before.id, begun.text if begun else "")
        stands = records.SHOWN.dump(self._shown(shown, place, old))
        reply = await self._run(
            "again",
            self._seal(records.MESSAGE.dump(question), place, f"x:{turn}", "m"),
            self._seal(records.ERRAND.dump(fresh), place, f"x:{turn}", "e"),
            self._seal(stands, place, f"x:{turn}", "s"),
            turn=turn, old=old, token=secrets.token_hex(8), admin=admin, author=names.person(platform, press.author.id),
            order=_microseconds(press.at), logs=self._logs(question.place, press.author, person_windows, place_windows),
        )  # fmt: skip
        return self._admitted(reply, person_windows, place_windows)

    async def change(self, change: Change) -> None:
        """Follow an edit or a deletion. An edit counts until the message is claimed; a deleted one is not answered.

        A deleted question whose answer stands takes its exchange out of the history; one under way is stopped.
        """
        turn, sealed = self._names.turn(change.place.platform, change.id), b""
        if change.text is not None:
            state, place, _, message, *_ = await self._look(turn)
            if state != "q" or not message:
                return
            question = records.MESSAGE.load(self._open(message, place, f"x:{turn}", "m"))
            edited = records.MESSAGE.dump(replace(question, text=change.text))
            sealed = self._seal(edited, place, f"x:{turn}", "m")
        await self._run("change", sealed, turn=turn, place=self._names.place(change.place))

    async def stop(self, place: Place, author: Person, turn: str = "", admin: bool = False) -> bool:  # noqa: FBT001, FBT002  # as the engine has it
        """Stop a turn, or the one that runs in the author's line here. False when there is none of theirs."""
        names = self._names
        return bool(
            await self._run(
                "stop",
                turn=names.turn(place.platform, turn) if turn else "",
                line=names.line(place, author.id),
                author=names.person(place.platform, author.id),
                admin=admin,
            )  # fmt: skip
        )

    def stopped(self, tell: Callable[[str], None]) -> None:
        """Call `tell` with the id of each turn of ours that somebody stops. It must not block."""
        self._tellers.append(tell)

    # Turns

    async def claim(self) -> Claim | None:
        """The oldest message of a line that is free, leased to us with its history; None when there is none now."""
        heard, before = self._heard, self._clock()
        reply = await self._run("claim", token=secrets.token_hex(8), platforms=self._platforms)
        if not reply[0]:
            self._settled = max(self._settled, heard)
            self._due = before + reply[1] / 1000 if reply[1] >= 0 else math.inf
            return None
        return self._claimed(reply, before)

    async def wait(self, at_most: float) -> None:
        """Return when there may be work, at the latest after `at_most` seconds."""
        if self._heard == self._settled:
            self._news = asyncio.Event() if self._news.is_set() else self._news
            try:
                async with asyncio.timeout(max(0.0, min(at_most, self._due - self._clock()))):
                    await self._news.wait()
            except TimeoutError:
                return

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Hold on to them for another ten seconds: one trip for all. What is lost is marked so, what is stopped told."""
        held = [lease for lease in leases if not lease.lost]
        if not held:
            return
        before = self._clock()
        asked = [[lease.platform, lease.line, lease.record, str(lease.fence)] for lease in held]
        for lease, state in zip(held, await self._run("renew", leases=asked), strict=True):
            if state:
                lease.deadline = max(lease.deadline, before + LEASE_SECONDS)
            else:
                self._lose(lease)
            if state == 2:
                self._tell(lease)

    async def bind(self, lease: Lease, shown: tuple[str, ...]) -> None:
        """Note the ids of the messages on the screen. Raises StaleLease."""
        sealed = self._seal(records.SHOWN.dump(shown), lease.place, f"x:{lease.record}", "s")
        self._still(lease, await self._run("bind", sealed, **self._of(lease)))

    async def commit(self, lease: Lease, final: Final, exchange: Exchange | None) -> None:
        """The end of an answer, before it is painted: once, however often it is called. Raises StaleLease.

        The exchange is not written when the place was reset, or the question deleted, after the claim.
        """
        kept = b""
        if exchange:
            packed = records.dump_exchange(exchange)
            kept = self._seal(packed, lease.place, f"h:{lease.place}", lease.exchange)
        sealed = self._seal(records.FINAL.dump(final), lease.place, f"x:{lease.record}", "f")
        self._still(lease, await self._run("commit", sealed, kept, **self._of(lease)))

    async def done(self, lease: Lease) -> None:
        """The turn is over; the line goes to whoever is next. Nothing happens when the lease is not ours any more."""
        reply = await self._run("done", **self._of(lease))
        self._lose(lease)
        if reply == 2:
            self._wake()

    async def release(self, lease: Lease, delay: float = 0) -> None:
        """Give a turn back unfinished, to be claimed again in `delay` seconds. The attempt does not count."""
        await self._run("release", delay_ms=round(delay * 1000), **self._of(lease))
        self._lose(lease)
        self._wake()

    # Places

    async def choices(self, place: Place) -> Choices:
        """What holds at a place: its own choices, else those of the channel around it."""
        here, root = self._names.place(place), self._names.channel(place)
        own, around = await self._run("choices", place=here, root=root if place.thread else "")
        return self._choices(own, here, around, root)

    async def choose(self, place: Place, **changed: str) -> Choices:
        """Change choices of a place; "" takes one back. Returns what holds then. Raises TypeError for no such choice."""
        unknown = changed.keys() - {choice.name for choice in fields(Choices)}
        if unknown:
            raise TypeError("no such choice")
        here, root = self._names.place(place), self._names.channel(place)
        given = {name: value for name, value in changed.items() if value}
        own, around = await self._run(
            "choose",
            *(self._seal(value.encode("utf-8", "replace"), here, f"c:{here}", name) for name, value in given.items()),
            place=here, root=root if place.thread else "", set=list(given), unset=[name for name in changed if name not in given],
        )  # fmt: skip
        return self._choices(own, here, around, root)

    async def reset(self, place: Place) -> None:
        """Forget what was said at a place. An answer under way there is finished, but not remembered."""
        await self._run("reset", place=self._names.place(place))

    async def last_seen(self, platform: str) -> Mapping[Place, str]:
        """The newest event's id of each place of the last two days, at most 500."""
        found = _pairs(await self._run("sightings", platform=_slug(platform)))
        opened = (self._open(sealed, place, f"v:{platform}", place) for place, sealed in found)
        return {seen.place: seen.id for seen in map(records.SIGHTING.load, opened)}

    # The rest

    async def ping(self) -> float:
        """Seconds of a trip."""
        before = self._clock()
        await self._run("choices", place="", root="")
        return self._clock() - before

    def pseudonym(self, kind: str, value: str) -> str:
        """An id as it may stand in a log: the same everywhere in this installation, 80 bits, a slug."""
        return self._names.pseudonym(kind, value)

    async def listen(self) -> None:
        """Hear what other processes wake and stop, until cancelled. Nothing depends on it but how soon we know."""
        channels = (f"{self._names.base}wake", f"{self._names.base}stop")
        while True:
            try:
                async with aclosing(self._server.listen(channels)) as messages:
                    async for channel, payload in messages:
                        self._hear(channel.removeprefix(self._names.base), payload.decode())
            except StoreDown:
                await asyncio.sleep(0.2)

    async def meet(self, pseudonym: str, history: Sequence[str], sealed_for_ms: int) -> str:
        """Introduce our keys by their fingerprints; the name of the one that does not fit what is stored, or ""."""
        reply = await self._run("meet", pseudonym=pseudonym, history=list(history), sealed_ms=sealed_for_ms)
        return str(reply.decode())

    async def close(self) -> None:
        await self._server.close()

    def _hear(self, channel: str, payload: str) -> None:
        if channel == "stop":
            if payload in self._held:
                self._tell(self._held[payload])
        elif payload != self._me:
            self._wake()

    def _wake(self) -> None:
        self._heard += 1
        self._news.set()

    def _tell(self, lease: Lease) -> None:
        if not lease.stopped:
            lease.stopped = True
            for tell in self._tellers:
                tell(lease.turn)

    def _lose(self, lease: Lease) -> None:
        lease.lost = True
        if self._held.get(lease.record) is lease:
            del self._held[lease.record]

    def _still(self, lease: Lease, held: int) -> None:
        if not held:
            self._lose(lease)
            raise StaleLease("somebody else holds the turn now")

    # Words of the scripts

    async def _run(self, script: str, *sealed: bytes, **named: Any) -> Any:
        args = json.dumps({**self._bounds, "me": self._me, **named}, separators=(",", ":"))
        return await self._server.run(script, (f"{self._names.base}clock",), (self._names.base, args, *sealed))

    async def _look(self, turn: str) -> tuple[str, str, str, bytes, bytes, bytes, bytes]:
        state, place, attempts, *sealed = await self._run("look", turn=turn)
        message, errand, shown, final = sealed
        return state.decode(), place.decode(), attempts.decode(), message, errand, shown, final

    def _of(self, lease: Lease) -> dict[str, str]:
        return {"platform": lease.platform, "line": lease.line, "turn": lease.record, "fence": str(lease.fence)}

    def _logs(self, place: Place, author: Person, persons: Sequence[Window], places: Sequence[Window]) -> list[Any]:
        counted = ((self._names.person(place.platform, author.id), persons), (self._names.channel(place), places))
        return [
            {"of": of, "longest": longest(windows) * 1000, "windows": [[w.calls, w.seconds * 1000] for w in windows]}
            for of, windows in counted
            if windows
        ]

    def _admitted(self, reply: bytes, persons: Sequence[Window], places: Sequence[Window]) -> Admission:
        outcome, ahead, full, which, wait, *reason = reply.decode().split()
        if outcome == "accepted":
            self._wake()
        window = (*persons, *places)[int(which) - 1] if int(which) else None
        return Admission(Outcome(outcome), int(ahead), full == "1", window, int(wait) / 1000, *reason)

    def _claimed(self, reply: list[Any], before: float) -> Claim:
        record, line, fence, attempt, stop, place, root, first_id, exchange, platform = (
            part.decode() for part in reply[:10]
        )
        message, errand, shown, final = reply[10:14]
        history, first, own, around = reply[14:]
        question = records.MESSAGE.load(self._open(message, place, f"x:{record}", "m"))
        about = self._errand(errand, place, record, question.id)
        turn = Turn(
            about.id, int(fence), int(attempt), question, about.of, about.begun, self._shown(shown, place, record),
            self._final(final, place, record) if final else None,
        )  # fmt: skip
        lease = Lease(
            about.id, turn.fence, self._clock, before + LEASE_SECONDS, record, line, place, exchange, platform,
            stopped=stop == "1",
        )  # fmt: skip
        sealed = [(root, first_id, first)] if first else []
        sealed += [(place, id, text) for id, text in _pairs(history)]
        exchanges = tuple(records.load_exchange(self._open(text, at, f"h:{at}", id)) for at, id, text in sealed)
        self._held[record] = lease
        return Claim(turn, lease, exchanges, self._choices(own, place, around, root), lease.stopped)

    def _errand(self, sealed: bytes, place: str, turn: str, id: str) -> Errand:
        return records.ERRAND.load(self._open(sealed, place, f"x:{turn}", "e")) if sealed else Errand(id)

    def _shown(self, sealed: bytes, place: str, turn: str) -> tuple[str, ...]:
        return records.SHOWN.load(self._open(sealed, place, f"x:{turn}", "s")) if sealed else ()

    def _final(self, sealed: bytes, place: str, turn: str) -> Final:
        return records.FINAL.load(self._open(sealed, place, f"x:{turn}", "f")) if sealed else Final("")

    def _choices(self, own: list[bytes], here: str, around: list[bytes], root: str) -> Choices:
        chosen = {
            name: self._open(sealed, place, f"c:{place}", name).decode()
            for place, found in ((root, around), (here, own))
            for name, sealed in _pairs(found)
        }
        return Choices(**chosen)

    def _seal(self, text: bytes, place: str, key: str, field: str) -> bytes:
        return self._sealer.seal(text, place, self._names.base + key, field)

    def _open(self, sealed: bytes, place: str, key: str, field: str) -> bytes:
        return self._sealer.open(sealed, place, self._names.base + key, field)


def sealed_ms(history_days: int) -> int:
    """How long anything sealed may lie in Redis."""
    bounds = _bounds(history_days)
    return max(bounds["history_ms"], bounds["choices_ms"], bounds["record_ms"])


def _bounds(history_days: int) -> dict[str, int]:
    """Lifetimes in ms and numbers, as the scripts know them; keys.py says what they are for."""
    return {
        "lease_ms": round(LEASE_SECONDS * 1000),
        "record_ms": 7 * _DAY_MS,
        "tombstone_ms": 2 * _DAY_MS,
        "told_ms": 600_000,
        "retry_ms": 3_600_000,
        "root_ms": 1000,
        "seen_ms": 2 * _DAY_MS,
        "choices_ms": 90 * _DAY_MS,
        "history_ms": history_days * _DAY_MS,
        "place_ms": max(history_days, 7) * _DAY_MS,
        "most_queued": QUEUE,
        "most_seen": 500,
        "most_lines": 500,
        "most_done": 50_000,
        "most_exchanges": 1000,
        "most_bytes": 1 << 20,
    }


def _microseconds(seconds: float) -> int:
    """A platform's time as an exact score; a nonsensical one is bounded."""
    return round(min(max(seconds, 0.0), 4e9) * 1e6) if seconds == seconds else 0  # noqa: PLR0124  # NaN


def _pairs(flat: Sequence[bytes]) -> list[tuple[str, bytes]]:
    return [(flat[i].decode(), flat[i + 1]) for i in range(0, len(flat), 2)]


def _slug(platform: str) -> str:
    if not SLUG.fullmatch(platform):
        raise ValueError("a platform's name is a slug")
    return platform
