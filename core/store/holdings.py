"""All that is kept of a person, of a place, of everybody: told, erased, and for how long. Raises StoreDown.

What the door's scripts note down of each turn (scripts/whose.lua) is what is looked up here.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from secrets import token_hex
from typing import Any

from core.allowance import days_before
from core.contract import Json, Place
from core.store.bounds import USAGE_DAYS
from core.store.keys import Names
from core.store.purse import Figures, Purse
from core.store.replies import chosen, texts
from core.store.sealing import Unreadable
from core.store.vault import Vault
from core.store.words import Run, pairs

AT_ONCE = 200
"""Places that one trip erases, keys that one trip wipes at the most."""
_SPARED = frozenset(("clock", "meta", "platforms", "cool"))
UNREADABLE: Mapping[str, Json] = {"unreadable": True}
"""In the place of what no key of ours opens, or another release wrote in a way of its own."""
_STATES = {"q": "not answered yet", "d": "answered", "x": "deleted"}


@dataclass(frozen=True, slots=True)
class Erased:
    """How much an erasure found: `turns`, `exchanges`, and `places` that had anything.

    `anything`: whether there was anything at all, also of what was chosen, counted or used. `before`: the server's time
    (ms) when the erasure began. It stops answers under way, which go when they have ended: erase again with `before`
    until `turns` is 0. That waits for them, and leaves alone what was accepted later.
    """

    turns: int = 0
    exchanges: int = 0
    places: int = 0
    before: int = field(default=0, compare=False)
    anything: bool = field(default=False, compare=False)

    def __add__(self, more: "Erased") -> "Erased":
        turns, exchanges, places = self.turns + more.turns, self.exchanges + more.exchanges, self.places + more.places
        return Erased(turns, exchanges, places, self.before or more.before, self.anything or more.anything)


class Reach(Enum):
    """How much of a place is meant."""

    HERE = "here"
    """The place, and not what lies in it: others may be there."""
    SHARED = "shared"
    """Also what lies in it, but for what one person alone sees there."""
    ALL = "all"


@dataclass(slots=True)
class _Room:
    """How many characters may still be told; none left: it is too much."""

    left: float

    def take(self, told: Json) -> None:
        if self.left < math.inf:
            self.left -= len(json.dumps(told, ensure_ascii=False))


class Holdings:
    """Looks it up, erases it, and says for how long it is kept. What is told at once is in memory: one at a time."""

    def __init__(self, run: Run, names: Names, vault: Vault, purse: Purse) -> None:
        self._run = run
        self._names = names
        self._vault = vault
        self._purse = purse
        self._one = asyncio.Lock()

    # Told

    async def of_person(self, platform: str, id: str, *, at_most: float = math.inf) -> Mapping[str, Json]:
        """What somebody asked and was answered, in every place of a platform; what waits; what they used.

        And what they chose where they are alone. Nothing when it is more than `at_most` characters.
        """
        async with self._one:
            return await self._of_person(platform, id, _Room(at_most))

    async def _of_person(self, platform: str, id: str, room: _Room) -> Mapping[str, Json]:
        names, whose = self._names, self._names.person(platform, id)
        places, turns = await self._run("found", whose=whose, index="d:")
        used = await self._purse.used(self._days(), "person", names.payer(platform, id))
        sums = {
            day: asdict(figures) for day, found in used.items() for figures in found.values() if figures != Figures()
        }
        messages = await self._turns(turns, room)
        conversations = [one async for one in self._conversations(sorted(map(bytes.decode, places)), whose, room)]
        if room.left < 0:
            return {}
        told: dict[str, Json] = {"person": {"platform": platform, "id": id}, "conversations": conversations}
        return {**told, "messages": messages, "usage": sums}

    async def of_place(
        self, place: Place, reach: Reach = Reach.ALL, *, at_most: float = math.inf
    ) -> Mapping[str, Json]:
        """What was said at a place and at those that lie in it, whoever asked; and what was chosen there.

        Nothing when it is more than `at_most` characters.
        """
        async with self._one:
            return await self._of_place(place, reach, _Room(at_most))

    async def _of_place(self, place: Place, reach: Reach, room: _Room) -> Mapping[str, Json]:
        here, found, turns = self._names.place(place), list[str](), list[Json]()
        async for one in self._within(here, reach):
            if room.left < 0:
                return {}
            found.append(one)
            turns += await self._turns((await self._run("found", whose=one, index=""))[1], room)
        where = {"platform": place.platform, "space": place.space, "channel": place.channel, "thread": place.thread}
        conversations = [one async for one in self._conversations(found, "", room)]
        if room.left < 0:
            return {}
        return {"place": {**where, "is": here}, "conversations": conversations, "messages": turns}

    async def of_all(self) -> AsyncIterator[Mapping[str, Json]]:
        """Everything, a conversation or a message at a time."""
        places = {key[2:] for begin in ("h:", "c:") async for key in self.keys(begin)}
        room = _Room(math.inf)  # each is told by itself
        async for one in self._conversations(sorted(places), "", room):
            yield {"conversation": one}
        for turn in {key[2:] async for key in self.keys("x:")}:
            state, place, *sealed = await self._run("look", turn=turn)
            for message in await self._turns([turn.encode(), place, state, *sealed], room):
                yield {"message": message}

    # Erased

    async def erase_person(
        self, platform: str, id: str, *, alone: Sequence[Place] = (), wholly: bool = False, before: int = 0
    ) -> Erased:
        """Everything of somebody. `alone`: places that are theirs alone, which are found else by what was asked there.

        Only `wholly` also what holds them to limits: counters without words that end by themselves within a day.
        """
        days, today = self._days(), self._purse.today
        return await self._erase(
            place="",
            person=self._names.person(platform, id),
            payer=self._names.payer(platform, id),
            alone=[self._names.place(place) for place in alone],
            platform=platform,
            ago=0,
            today=today.name,
            ends=today.ends,
            days=days if wholly else days[:-1],
            wholly=wholly,
            before=before,
        )

    async def erase_place(
        self, place: Place, *, below: bool = True, left: bool = False, ago: float = 0, before: int = 0
    ) -> Erased:
        """Everything of a place and, if `below`, of those that lie in it; with no channel, of a whole space.

        When it is `left`, also the direct messages of that space, and the limits and days that admins set there; these
        hold on else: they are no words of anybody. What was accepted in the last `ago` seconds stays.
        """
        names, more = self._names, {"platform": place.platform, "left": left, "ago": round(ago * 1000), "below": below}
        if place.channel:
            around = names.channel(place) if place.thread else names.space(place)
            named = {"place": names.place(place), "around": "" if place.private else around}
            return await self._erase(before=before, **named, **more)
        erased = await self._erase(place=names.space(place), around="", before=before, **more)
        if not left:
            return erased
        return erased + await self._erase(place=names.directs(place), around="", before=erased.before, **more)

    async def erase_all(self, *, before: int = 0) -> Erased:
        """Everything of everybody, as it is now; or of the turns that an erasure until `before` stopped."""
        found, _ = await self._wipe((), before)
        keys = [key async for key in self.keys("t:" if before else "") if key not in _SPARED]
        keys.sort(key=lambda key: not key.startswith("t:"))  # what waits leaves its queue before that is looked at
        start = 0
        while start < len(keys):
            more, done = await self._wipe(keys[start : start + AT_ONCE], found.before)
            found, start = found + more, start + done
        return found

    async def _wipe(self, keys: Sequence[str], before: int) -> tuple[Erased, int]:
        """Of as many of these keys as one trip takes: how many."""
        reply: bytes = await self._run("wipe", keys=keys, before=before, token=token_hex(8))
        turns, exchanges, before, done = map(int, reply.split())
        return Erased(turns, exchanges, sum(key.startswith("o:") for key in keys[:done]), before), done

    async def _erase(self, *, before: int, **named: Any) -> Erased:  # noqa: ANN401  # a script's arguments
        found = Erased()
        for trip in count():
            reply: bytes = await self._run(
                "erase", token=token_hex(8), most=AT_ONCE, before=before, again=trip > 0, **named
            )
            turns, exchanges, places, before, more, anything = map(int, reply.split())
            found += Erased(turns, exchanges, places, before, bool(anything))
            if not more:
                break
        return found

    # For how long

    async def keeps(self, place: Place) -> int | None:
        """The days that admins set for a channel and its threads; None: HISTORY_DAYS."""
        return await self._keep(place, "?")

    async def keep(self, place: Place, days: int | None) -> int | None:
        """Keep what is said there for so many days, 0: nothing after the answer. What is older goes at once."""
        return await self._keep(place, "" if days is None else str(days))

    async def _keep(self, place: Place, days: str) -> int | None:
        reply: bytes = await self._run("keep", channel=self._names.channel(place), days=days)
        return int(reply) if reply.isdigit() else None

    # Looked up

    async def keys(self, begin: str) -> AsyncIterator[str]:
        """The names of all keys that begin like this, each at least once, without what comes before."""
        cursor = "0"
        while True:
            cursor, *found = map(bytes.decode, await self._run("scan", cursor=cursor, begin=begin))
            for key in found:
                yield key
            if cursor == "0":
                return

    async def _within(self, place: str, reach: Reach) -> AsyncIterator[str]:
        """A place and those that lie in it."""
        yield place
        if reach is Reach.HERE:
            return
        for below in (await self._run("found", whose=place, index="z:", shared=reach is Reach.SHARED))[0]:
            async for one in self._within(below.decode(), reach):
                yield one

    async def _conversations(
        self, places: Sequence[str], person: str, room: _Room
    ) -> AsyncIterator[Mapping[str, Json]]:
        """`places` and `person` are pseudonyms; "" is everybody. As many as there is room for."""
        for place in places:
            exchanges, choices = await self._run("said", place=place, person=person)
            said = list[Json]()
            for id, sealed in pairs(exchanges):
                if room.left < 0:
                    return
                said.append(self._exchange(place, id, sealed))
                room.take(said[-1])
                await asyncio.sleep(0)  # others go on meanwhile: a place has up to 1 MB, and more when it is opened
            known = asdict(chosen(self._vault, (place, pairs(choices)))[0])
            if said or any(known.values()):
                about = {"place": place, "exchanges": said}
                yield {**about, "chosen": known} if any(known.values()) else about

    def _exchange(self, place: str, id: str, sealed: bytes) -> Json:
        try:
            [exchange] = self._vault.exchanges([(place, id, sealed)])
        except Unreadable:
            return UNREADABLE
        told: dict[str, Json] = {"at": _time(exchange.at), "messages": exchange.messages}
        return {**told, "summary": True} if exchange.memory else told

    async def _turns(self, flat: Sequence[bytes], room: _Room) -> list[Json]:
        """Of the messages that wait or were answered not long ago: as they came, with their answer."""
        found: list[Json] = []
        for at in range(0, len(flat), 7):
            if room.left < 0:
                break
            turn, place, state = map(bytes.decode, flat[at : at + 3])
            if not flat[at + 3]:
                continue
            try:
                message, _, _, final = texts(self._vault, flat[at + 3 : at + 7], place, turn)
            except Unreadable:
                found.append({"place": place, "state": _STATES.get(state, state), **UNREADABLE})
                continue
            where = {"place": place, "space": message.place.space, "channel": message.place.channel}
            told: dict[str, Json] = {"at": _time(message.at), "state": _STATES.get(state, state), **where}
            told |= {"thread": message.place.thread, "author": message.author.id, "name": message.author.name}
            told |= {"text": message.text, "files": [file.name for file in message.files]}
            found.append({**told, "answer": final.text} if final else told)
            room.take(found[-1])
            await asyncio.sleep(0)  # others go on meanwhile: somebody may have 5,000
        return found

    def _days(self) -> Sequence[str]:
        """For so long an older release, which may be at work beside us, keeps what a person used."""
        return days_before(self._purse.today.name, USAGE_DAYS)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
