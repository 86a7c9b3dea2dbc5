"""A process of the bot in a simulated world: the real engine, worker, screen, governor and store, until it dies."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.access import Access
from core.commands import QUEUE
from core.contract import Event, File, Inbox, Message, Screen, Turn, Verdict
from core.dialogue import Choices
from core.door import Door
from core.engine import Engine
from core.errors import FileError, StoreDown, StoreError
from core.governor import Governor
from core.options import Options
from core.store import Store
from core.worker import Worker
from tests.simulator.chat import NAME, Chat
from tests.simulator.keys import NAMES, VAULT
from tests.simulator.oracle import MODEL, Oracle, Voice
from tests.simulator.redis import Redis, Wire
from tests.simulator.timeline import Loop, Timeline, running

AWAITED = ("LiveReply._paint", "Voice.answer")
"""Tasks that somebody waits for, who expects them to fail."""
OPTIONS = Options(Choices(model=MODEL, stream="edit", mode=QUEUE), Access(), system="s")


@dataclass(frozen=True, slots=True)
class Variant:
    """What a process is made of; ablation.py puts something else in a place."""

    screen: Callable[[Screen], Screen] = lambda screen: screen
    store: type[Store] = Store


class Service:
    """The `Platform` of one simulated process."""

    name = NAME

    def __init__(self, chat: Chat, loop: Loop, number: int, size: int, variant: Variant) -> None:
        self._chat = chat
        self._loop = loop
        self._number = number
        self._size = size
        self._variant = variant

    async def open(self) -> None: ...

    async def run(self, inbox: Inbox) -> None: ...

    async def close(self) -> None: ...

    def screen(self, turn: Turn) -> Screen:
        return self._variant.screen(self._chat.screen(self._loop, self._number, turn, self._size))

    async def read(self, file: File, at_most: int) -> bytes:
        raise FileError("There are no files here.")

    async def before(self, message: Message, since: float = 0) -> Sequence[Message]:
        return ()


class Bot:
    """One process, from its start to its end."""

    def __init__(
        self, number: int, timeline: Timeline, redis: Redis, chat: Chat, oracle: Oracle, size: int, variant: Variant
    ) -> None:
        self.number = number
        self.born = timeline.now
        self.loop = timeline.loop()
        self.died: float | None = None
        self.is_leaving = False
        self.hearing = 0
        """Events on which it has not said its word yet."""
        self._timeline = timeline
        self._trace = redis.trace
        with running(self.loop):
            service = Service(chat, self.loop, number, size, variant)
            self._store = variant.store(Wire(redis, self.loop, number), NAMES, VAULT, clock=self.loop.time)
            what = (self._store, Voice(oracle, number), {NAME: service}, Governor(), OPTIONS)
            self.door, engine = Door(*what), Engine(*what)
            self.worker = Worker(self._store, engine)
            self._ears = self.loop.create_task(self._store.listen())
            self._works = self.loop.create_task(self._work())

    async def _work(self) -> None:
        while True:
            try:
                await self._store.meet("p", ["h"])
                break
            except StoreDown:
                await asyncio.sleep(1.0)
        await self.worker.run()

    @property
    def faults(self) -> list[str]:
        """What ended by an exception that nobody waits for."""
        return [
            f"{what}: {type(error).__name__}"
            for what, error in self.loop.failures
            if what not in AWAITED or isinstance(error, AttributeError | TypeError)
        ]

    @property
    def is_alive(self) -> bool:
        return self.died is None

    @property
    def works(self) -> bool:
        """Whether it would take a turn now."""
        return self.is_alive and self.loop.runs and not self.is_leaving

    def hear(self, event: Event, told: Callable[[Verdict], None]) -> None:
        """The platform delivers something. `told` is called with our word on it, unless there is none."""
        self.hearing += 1
        with running(self.loop):
            self.loop.create_task(self._hear(event, told))

    async def _hear(self, event: Event, told: Callable[[Verdict], None]) -> None:
        try:
            verdict = await self.door.accept(event)
        except StoreError:
            return
        finally:
            self.hearing -= 1
        self._timeline.after(0.01, told, verdict)

    def die(self) -> None:
        """From one step to the next."""
        if self.is_alive:
            self.died = self._timeline.now
            self._trace.note(f"bot {self.number}", "dies")
            self.loop.kill()

    def leave(self, seconds: float) -> None:
        """SIGTERM: what runs may end within so many seconds."""
        self.is_leaving = True
        self._trace.note(f"bot {self.number}", f"is told to leave within {seconds:.3f}")
        with running(self.loop):
            self.loop.create_task(self._leave(seconds))

    async def _leave(self, seconds: float) -> None:
        await self.worker.drain(seconds)
        await asyncio.wait([self._works])
        self._ears.cancel()
        await asyncio.wait([self._ears])
        self._works.result()
        self.died = self._timeline.now
        self._trace.note(f"bot {self.number}", "leaves")
        self.loop.call_soon(self.loop.kill)
