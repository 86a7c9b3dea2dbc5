"""An engine with its worker on a real Valkey, a platform in memory, and a model that says what it is told."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from redis import Redis

from core import history
from core.access import Access
from core.claude import Model
from core.contract import (
    Action,
    Command,
    Event,
    File,
    Inbox,
    Json,
    Message,
    Outcome,
    Person,
    Place,
    Press,
    Reply,
    Turn,
    Verdict,
)
from core.dialogue import Answer, Choices, Offer, Prompt, Usage
from core.door import Door
from core.engine import Engine
from core.errors import FileError, ScreenError
from core.governor import Governor
from core.options import Options
from core.store import Store
from core.store.sealing import Sealer
from core.store.server import RedisServer
from core.store.vault import Vault
from core.worker import Worker
from tests.core.stand_in import Platform as Service
from tests.core.stand_in import StandIn
from tests.core.store.world import NAMES
from tests.waits import until

CHANNEL = Place("fake", "T1", "C1")
ANA, BEN = Person("U-ana", "Ana"), Person("U-ben", "Ben")
OPTIONS = Options(defaults=Choices(model="claude-sonnet-5-5", stream="edit"), access=Access())


class Desk:
    """A platform of one process, whose screens remember."""

    name = "fake"

    def __init__(self, service: Service) -> None:
        self._service = service
        self.screens: dict[str, StandIn] = {}
        self.earlier: list[Message] = []

    async def open(self) -> None: ...

    async def run(self, inbox: Inbox) -> None: ...

    async def close(self) -> None: ...

    def screen(self, turn: Turn) -> StandIn:
        """One place on the screen a question: a regenerated answer stands where the first one stood."""
        return self.screens.setdefault(turn.message.id, StandIn(self._service, edits=()))

    async def read(self, file: File, at_most: int) -> bytes:
        raise FileError("no files here")

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        return self.earlier


class Lettered(Desk):
    """One on which people can be written to besides."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.letters: list[tuple[str, str]] = []
        self.failures: list[ScreenError] = []

    async def write_to(self, person: str, text: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.letters.append((person, text))


@dataclass
class Speaker:
    """A model that answers each question with what `says` makes of it, in pieces, and remembers what it was asked."""

    says: Callable[[str], str] = lambda question: f"You said: {question}"
    pause: float = 0.0
    prompts: list[Prompt] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    summed: list[Prompt] = field(default_factory=list)
    summing: float = 0.0
    trouble: Exception | None = None
    context: int = 0
    tokens: int = 0
    counted: int = 0

    @property
    def questions(self) -> list[str]:
        return [str(prompt.messages[-1]["content"]).rpartition("\n\n")[2] for prompt in self.prompts]

    async def answer(self, prompt: Prompt, reply: Reply) -> Answer:
        if prompt.check is not None:
            prompt.check()
        self.prompts.append(prompt)
        if self.failures:
            raise self.failures.pop(0)
        said, text = self.says(self.questions[-1]), prompt.begun
        for word in said.split(" "):
            text = f"{text} {word}".strip()
            reply.write(text)
            await asyncio.sleep(self.pause)
        kept = {"role": "assistant", "content": text}
        return Answer(text, "end_turn", (kept,), Usage(input=1, output=1), prompt.model, context=self.tokens)

    async def remember(self, prompt: Prompt, tell: Callable[[str], None]) -> Sequence[Mapping[str, Json]]:
        self.summed.append(prompt)
        if self.trouble is not None:
            raise self.trouble
        await asyncio.sleep(self.summing)
        return history.remembered(f"{len(prompt.messages)} messages")

    async def count(self, prompt: Prompt) -> int:
        return self.counted

    async def models(self) -> Sequence[Offer]:
        return Offer("claude-sonnet-5-5"), Offer("claude-haiku-5-5")

    async def takes(self, model: str) -> Mapping[str, Sequence[str]]:
        return {}

    async def model(self, name: str) -> Model:
        return Model(name, context=self.context, longest=min(self.context, 1_000))


class Office:
    """What a test drives."""

    def __init__(self, store: Store, speaker: Speaker, options: Options) -> None:
        self.store, self.speaker = store, speaker
        self.desk = Lettered(Service(latency=0.002))
        self.governor = Governor()
        what = (store, speaker, {"fake": self.desk}, self.governor, options)
        self.door = Door(*what)
        self.worker = Worker(store, Engine(*what))
        self._ids = itertools.count(1)

    def message(self, text: str = "hello", **more: Any) -> Message:
        id = next(self._ids)
        return Message(**{"id": f"m{id}", "place": CHANNEL, "author": ANA, "at": 1e9 + id, "text": text, **more})

    def command(self, name: str, argument: str = "", **more: Any) -> Command:
        id = next(self._ids)
        what = {"id": f"c{id}", "place": CHANNEL, "author": ANA, "at": 1e9 + id, "name": name, "argument": argument}
        return Command(**{**what, **more})

    def press(self, action: Action, turn: str, **more: Any) -> Press:
        """Newer than any question."""
        id = next(self._ids)
        return Press(
            **{"id": f"p{id}", "place": CHANNEL, "author": ANA, "at": 2e9, "action": action, "turn": turn, **more}
        )

    async def tell(self, event: Event) -> Verdict:
        return await self.door.accept(event)

    async def ask(self, text: str = "hello", **more: Any) -> str:
        """Ask, wait for the end, and return what stands on the screen."""
        return await self.answer(await self.asked(text, **more))

    async def asked(self, text: str = "hello", **more: Any) -> Message:
        """Ask, and return the question."""
        message = self.message(text, **more)
        assert (await self.tell(message)).outcome is Outcome.ACCEPTED
        return message

    async def begin(self, text: str = "hello", **more: Any) -> Message:
        """Ask, and wait until the answer shows something."""
        message = await self.asked(text, **more)
        await self.begun(message.id)
        return message

    async def answered(self, text: str = "hello", **more: Any) -> Message:
        """Ask, and wait for the end."""
        message = await self.asked(text, **more)
        await self.settled(message)
        return message

    async def answer(self, message: Message) -> str:
        await self.settled(message)
        return "\n".join(self.desk.screens[message.id].shown)

    async def begun(self, id: str) -> None:
        """Until the answer to a turn shows something."""
        await until(lambda: id in self.desk.screens and bool(self.desk.screens[id].shown))

    async def settled(self, message: Message) -> None:
        async def look() -> bool:
            screen = self.desk.screens.get(message.id)
            return screen is not None and bool(screen.messages) and all(page.final for page in screen.messages.values())

        await until(look)
        await until(self._is_idle)

    def _is_idle(self) -> bool:
        return self.worker.busy == 0


@asynccontextmanager
async def office(
    valkey: Path, *, options: Options = OPTIONS, keep: bool = False, model: type[Speaker] = Speaker, **speaker: Any
) -> AsyncIterator[Office]:
    """Open for questions. `keep`: with what an earlier one has left in Redis."""
    async with staffed(valkey, model(**speaker), options, keep=keep) as opened:
        yield opened


@asynccontextmanager
async def staffed(
    valkey: Path, model: Speaker, options: Options, *, keep: bool = False, drain: float = 5
) -> AsyncIterator[Office]:
    """The same with this model. `drain`: how long answers may take on at the end, in seconds."""
    if not keep:
        with Redis(unix_socket_path=str(valkey), protocol=3) as redis:
            redis.flushall()
    server = RedisServer(f"unix://{valkey}")
    vault = Vault(NAMES, Sealer((b"h" * 32,)))
    store = Store(server, NAMES, vault, platforms=["fake"], history_days=options.history_days)
    office = Office(store, model, options)
    working, listening = asyncio.create_task(office.worker.run()), asyncio.create_task(store.listen())
    try:
        yield office
        await office.worker.drain(drain)
        await working
    finally:
        working.cancel()
        listening.cancel()
        await asyncio.wait([working, listening])
        await server.close()


def thread(message: Message) -> Place:
    """The place of what is said below a message."""
    return replace(message.place, thread=message.id)
