"""Whatever people ask at once, wherever, and whatever the model passes on: no conversation knows of another one.

Each message has a canary of its own. The model runs every tool that it has and repeats all that it is told, in its
answers and in the memories that it makes. What it is sent for a question may have the canaries of that conversation, in
a thread also of the exchange at its root, and of nothing else; and none that somebody had deleted.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from core import history
from core.access import Access
from core.contract import Action, Change, Json, Message, Person, Place, Press, Reply
from core.dialogue import Answer, Prompt, Usage
from core.store import Erased
from core.store.holdings import Holdings
from core.store.keys import Names
from core.tools import toolbox
from tests.core.office import OPTIONS, Office, Speaker, office
from tests.core.store.conftest import valkey as valkey
from tests.waits import until

CANARY = re.compile(r"qzx\d+j")
PEOPLE = tuple(Person(f"U{number}", f"Person {number}") for number in range(3))
CHANNELS = (Place("fake", "T1", "C1"), Place("fake", "T1", "C2"), Place("fake", "T2", "C1"))
ALONE = (Place("fake", "T1", "D1", private=True), Place("fake", "T1", "C1", PEOPLE[0].id, private=True))
PADDING = "x" * 420
"""So that a handful of questions is too much, and a memory is made."""


@dataclass
class Gossip(Speaker):
    """Runs every tool, and repeats what it knows."""

    gone: Set[str] = field(default_factory=set)
    heard: list[tuple[str, set[str], Set[str]]] = field(default_factory=list)
    """Questions, with what was known and what was gone when they were asked."""

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        self.prompts.append(prompt)
        told = [await tool.run({}) for tool in prompt.tools if tool.run]
        known = canaries((prompt.messages, told))
        question = CANARY.findall(self.questions[-1])[-1]
        self.heard.append((question, known, frozenset(self.gone)))
        text = f"{prompt.begun} I was asked {question}."
        reply.write(text)
        kept: Json = [{"type": "text", "text": text}]
        return Answer(text, "end_turn", ({"role": "assistant", "content": kept},), Usage(1, 1), prompt.model)

    async def remember(self, prompt: Prompt, tell: Callable[[str], None]) -> Sequence[Any]:
        self.summed.append(prompt)
        return history.remembered(" ".join(sorted(canaries(prompt.messages))))


def canaries(found: object) -> set[str]:
    return set(CANARY.findall(str(found)))


@dataclass
class Town:
    """Who asked what where, and what of it may still be known."""

    here: Office
    said: list[Message] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.here.speaker.gone = self.gone  # type: ignore[attr-defined]  # a Gossip's
        self.here.desk.before = self.before  # type: ignore[method-assign]  # a platform that tells of its threads

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        """Everything in the thread, also what was said to nobody."""
        if not message.place.thread or message.place.private:
            return []
        return [
            one for one in self.said if one.place == message.place and one.at < message.at and not self._is_gone(one)
        ]

    def place(self, number: int) -> Place:
        """A channel, a place of one's own, or the thread below the first or the newest question of a channel."""
        if number < len(CHANNELS):
            return CHANNELS[number]
        if number < len(CHANNELS) + len(ALONE):
            return ALONE[number - len(CHANNELS)]
        roots = [one for one in self.said if one.place in CHANNELS[:2] and one.direct and not self._is_gone(one)]
        if not roots:
            return CHANNELS[0]
        root = roots[0 if number % 2 else -1]
        return replace(root.place, thread=root.id)

    def allowed(self, question: str, gone: Set[str]) -> set[str]:
        message = next(one for one in self.said if question in one.text)
        own = [one for one in self.said if message.place in (one.place, replace(one.place, thread=one.id))]
        return {canary for one in own for canary in canaries(one.text)} - gone | {question}

    def leaks(self, speaker: Gossip) -> list[tuple[str, set[str]]]:
        """Of each question what the model should not have known; what was deleted later it may have known."""
        return [(asked, more) for asked, known, gone in speaker.heard if (more := known - self.allowed(asked, gone))]

    def _is_gone(self, message: Message) -> bool:
        return bool(canaries(message.text) & self.gone)

    # What people do

    def written(self, place: Place, person: Person, *, direct: bool) -> Message:
        message = self.here.message(id=f"asked-{len(self.said)}", place=place, author=person, direct=direct)
        self.said.append(replace(message, text=f"{PADDING} qzx{len(self.said)}j"))
        return self.said[-1]

    async def ask(self, place: Place, person: Person) -> None:
        await self.here.tell(self.written(place, person, direct=True))

    async def chat(self, place: Place, person: Person) -> None:
        """To nobody in particular; the bot may take part there."""
        await self.here.tell(self.written(place, person, direct=False))

    async def again(self, place: Place, person: Person) -> None:
        asked = [one for one in self.said if (one.place, one.author) == (place, person) and one.direct]
        if asked:
            one, turn = self.here.message(place=place, author=person), asked[-1].id
            press = Press(id=one.id, place=place, author=person, at=one.at, action=Action.REGENERATE, turn=turn)
            await self.here.tell(press)

    async def reset(self, place: Place, person: Person) -> None:
        await self.here.tell(self.here.command("reset", place=place, author=person))

    async def take_back(self, place: Place, person: Person) -> None:
        for one in [one for one in self.said if (one.place, one.author) == (place, person)][:1]:
            self.gone |= canaries(one.text)
            await self.here.tell(Change(id=one.id, place=place, author=person, at=one.at, text=None))

    async def delete_all_of_me(self, place: Place, person: Person) -> None:
        for one in self.said:
            self.gone |= canaries(one.text) if one.author == person else set()
        await self.here.tell(self.here.command("privacy", "delete yes", place=place, author=person))

    async def delete_place(self, place: Place, person: Person) -> None:
        for one in self.said:
            is_in = place in (one.place, replace(one.place, thread="")) and (place.thread or not one.place.private)
            self.gone |= canaries(one.text) if is_in or one.place == place else set()
        await self.here.tell(self.here.command("privacy", "delete place yes", place=place, author=person))


BUSY = (Town.ask, Town.ask, Town.ask, Town.chat)
QUIET = (Town.reset, Town.take_back, Town.delete_all_of_me, Town.delete_place, Town.again, Town.ask)
Deed: TypeAlias = "Callable[[Town, Place, Person], Coroutine[Any, Any, None]]"
Step: TypeAlias = "tuple[Deed, int, Person]"
Day: TypeAlias = "tuple[list[Step], Step]"


def steps(deeds: Sequence[Deed]) -> st.SearchStrategy[Step]:
    where = st.sampled_from((0, 0, 0, 1, 2, 3, 4, 5, 5, 6))
    return st.tuples(st.sampled_from(deeds), where, st.sampled_from(PEOPLE))


DAYS = st.lists(st.tuples(st.lists(steps(BUSY), min_size=2, max_size=7), steps(QUIET)), min_size=2, max_size=4)
"""Much at once, then one thing alone, and so on."""


async def lived(valkey: Path, days: Sequence[Day]) -> tuple[Town, Gossip]:
    admins = Access(admins=frozenset(person.id for person in PEOPLE))  # who have a channel deleted with its threads
    options = replace(OPTIONS, toolbox=toolbox(["earlier_messages"]), access=admins)
    async with office(valkey, options=options, model=Gossip, context=4_000) as here:
        town, worker = Town(here), here.worker
        with Redis(unix_socket_path=str(valkey), protocol=3) as redis:

            async def idle() -> bool:
                return not (worker.busy or worker._chores or redis.keys("*:q:*"))

            for crowd, alone in days:
                for group in (crowd, [alone]):
                    await asyncio.gather(*(deed(town, town.place(where), who) for deed, where, who in group))
                    await until(idle)
        assert isinstance(here.speaker, Gossip)
        return town, here.speaker


@pytest.mark.timeout(120)
@settings(max_examples=12)
@given(days=DAYS)
def test_no_request_knows_of_another_conversation(valkey: Path, days: list[Day]) -> None:
    town, speaker = asyncio.run(lived(valkey, days))

    assert town.leaks(speaker) == []


CROWD: list[Step] = [*[(Town.ask, 0, PEOPLE[0])] * 4, *[(Town.ask, 1, PEOPLE[1])] * 3]
LONG: list[Day] = [(CROWD, (Town.ask, 5, PEOPLE[2]))] * 3


def test_what_is_said_at_length_is_passed_on_within_its_conversation(valkey: Path) -> None:
    town, speaker = asyncio.run(lived(valkey, LONG))

    assert town.leaks(speaker) == []
    assert speaker.summed
    assert max(len(known) for _, known, _ in speaker.heard) >= 8


def test_where_places_have_one_name_the_leak_is_found(valkey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Names, "place", lambda self, place: self.pseudonym("place", place.platform))

    town, speaker = asyncio.run(lived(valkey, LONG))

    assert len(town.leaks(speaker)) >= 5


def test_what_was_not_deleted_is_found_too(valkey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> Erased:
        return Erased()

    monkeypatch.setattr(Holdings, "erase_person", nothing)
    day: Day = ([(Town.ask, 0, PEOPLE[0])], (Town.delete_all_of_me, 0, PEOPLE[0]))

    town, speaker = asyncio.run(lived(valkey, [day, ([(Town.ask, 0, PEOPLE[1])], (Town.ask, 0, PEOPLE[2]))]))

    assert len(town.leaks(speaker)) == 2
