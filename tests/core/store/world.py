"""A real Valkey for a test: made empty, with a clock that goes when it is told to."""

import itertools
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis import Redis

from core.contract import Action, Change, Event, Final, Message, Person, Place, Press
from core.dialogue import Exchange
from core.store import Claim, Store
from core.store.keys import Names
from core.store.sealing import Sealer
from core.store.server import RedisServer, Server
from core.store.vault import Vault

CHANNEL = Place("slack", "T1", "C1")
ANN, BOB = Person("U-ann", "Ann"), Person("U-bob", "Bob")
KEYS = (b"h" * 32,)
NAMES = Names("parley", b"p" * 32)
START = 1_700_000_000_000

CLOCK = """
local function server_ms()
  return tonumber(redis.call('GET', '{parley}test-clock'))
end
"""


class Through:
    """A server behind a server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        return await self._server.run(script, keys, args)

    def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        return self._server.listen(channels)

    async def rewrite(self) -> None:
        await self._server.rewrite()

    async def close(self) -> None:
        await self._server.close()


class Twice(Through):
    """Every reply is lost once, so that the client sends everything twice."""

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:
        first = await self._server.run(script, keys, args)
        again = await self._server.run(script, keys, args)
        looked_in_vain = first == b"wait" or (script == "claim" and not first[0])  # what came meanwhile may be found
        assert again == first or looked_in_vain or script == "meet", script
        return again


LASTING = {":clock", ":meta", ":platforms"}
"""All that may stay for ever: nothing of it holds or points to what people wrote."""


class World:
    """Stores on one server, as many as replicas are wanted, and the time that they all see."""

    def __init__(self, socket: Path, *, twice: bool = False) -> None:
        self.socket = socket
        self.redis = Redis(unix_socket_path=str(socket), protocol=3)
        self._twice = twice
        self._stack = AsyncExitStack()
        self._ids = itertools.count(1)
        self._seconds = 0.0
        self.now = START

    async def __aenter__(self) -> "World":
        self.redis.flushall()
        self.jump(0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        await self._stack.aclose()
        left = [key for key in self.keys() if self.redis.pttl(key) == -1 and key.partition("}")[2] not in LASTING]
        self.redis.close()
        assert kind or not left, left

    async def store(
        self,
        *,
        keys: tuple[bytes, ...] = KEYS,
        through: Callable[[Server], Server] = lambda server: server,
        seat: str = "",
        **options: Any,
    ) -> Store:
        server: Server = RedisServer(f"unix://{self.socket}", clock=CLOCK)
        server = through(Twice(server) if self._twice else server)
        names = replace(NAMES, seat=seat)
        store = Store(server, names, Vault(names, Sealer(keys)), clock=lambda: self._seconds, **options)
        self._stack.push_async_callback(server.close)
        return store

    def sleep(self, seconds: float) -> None:
        """Time goes by, for everybody; and somebody looks at the clock, as workers do all the time."""
        self._seconds += seconds
        self.jump(seconds)
        seen, offset = (int(ms or 0) for ms in self.redis.hmget("{parley}:clock", "seen", "offset"))
        if seen:
            self.redis.hset("{parley}:clock", "seen", max(seen, self.now + offset))

    def jump(self, seconds: float) -> None:
        """Only the server's clock is set, forwards or back."""
        self.now += round(seconds * 1000)
        self.redis.set("{parley}test-clock", self.now)

    def message(self, text: str = "hello", **more: Any) -> Message:
        number = next(self._ids)
        return Message(
            **{"id": f"C1:{number}", "place": CHANNEL, "author": ANN, "at": 1e9 + number, "text": text, **more}
        )

    def press(self, action: Action, turn: str, **more: Any) -> Press:
        number = next(self._ids)
        return Press(
            **{
                "id": f"press-{number}",
                "place": CHANNEL,
                "author": ANN,
                "at": 1e9 + number,
                "action": action,
                "turn": turn,
                **more,
            }
        )

    def keys(self, pattern: str = "*") -> list[str]:
        """Without the clock's, which is the tests' own."""
        found = (key for key in self.redis.keys(pattern) if isinstance(key, bytes))
        return sorted(key.decode() for key in found if key != b"{parley}test-clock")


def thread(root: str, place: Place = CHANNEL) -> Place:
    return replace(place, thread=root)


def change(message: Message, text: str | None) -> Change:
    return Change(id=message.id, place=message.place, author=message.author, at=message.at, text=text)


def exchange(claim: Claim, answer: str = "an answer") -> Exchange:
    turn = claim.turn
    said = ({"role": "user", "content": turn.message.text}, {"role": "assistant", "content": answer})
    return Exchange(turn.of or turn.id, turn.message.at, said, 10)


async def is_first(store: Store, event: Event) -> bool:
    async with store.sights.first(event) as is_new:
        return is_new


async def claimed(store: Store) -> Claim:
    claim = await store.claim()
    assert claim is not None
    return claim


async def taken(store: Store, message: Message) -> Claim:
    """It is accepted, and claimed."""
    await store.accept(message)
    return await claimed(store)


async def finish(store: Store, claim: Claim, answer: str = "an answer") -> None:
    await store.bind(claim.lease, ("m1",))
    await store.commit(claim.lease, Final(answer), exchange(claim, answer))
    await store.done(claim.lease)


async def answer(store: Store, message: Message, text: str = "an answer") -> Claim:
    """The whole walk of a message."""
    claim = await taken(store, message)
    await finish(store, claim, text)
    return claim


def texts(claim: Claim) -> list[str]:
    """What the history says, in order."""
    return [str(message["content"]) for past in claim.exchanges for message in past.messages]
