"""The connection to Redis: one script is one round trip; whatever redis-py raises becomes StoreDown."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from importlib.resources import files
from typing import Any, Protocol

from redis.asyncio.client import PubSub
from redis.exceptions import NoScriptError, RedisClusterException, ResponseError

from core.errors import StoreDown
from core.network import is_untrusted
from core.store.address import FAILURES, Client, connect, rewrite
from core.store.pipe import Connections, Pipe

_SHARED = ("clock", "lib", "forgetting", "whose")
_TRY = 2.0
"""Seconds for a reply, after which the script is sent again; and with it, on another connection, all that waits on one
that was silent for half of that."""
_DEADLINE = 6.0
"""Seconds for one script, all tries together."""
_SILENCE = 15.0
"""Seconds without a message after which a subscription asks whether it is still alive."""
_FORBIDDEN = ("ACL failure in script", "The user executing the script")  # the second one is Redis 7.0's
_WORD = re.compile(r"[A-Z]{4,20}(?= )")
_AT_ONCE = 32
"""Connections; not every kind of client of redis-py can wait for a free one, so we do."""


class Server(Protocol):
    """What the store needs of Redis; a simulator has one of its own."""

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:  # noqa: ANN401  # its own
        """The script's reply: ints, bytes, lists of them. Sent again when the reply was lost. Raises StoreDown."""

    def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        """Messages, and ("", b"") whenever it begins to listen. Raises StoreDown when the connection is lost."""

    async def rewrite(self) -> None:
        """Ask it to write its append-only file anew. Raises StoreDown when it does not begin."""

    async def close(self) -> None: ...


def sources(clock: str = "") -> dict[str, str]:
    """Each script's text: the clock (another one by argument), what all share, and its own."""
    texts = {
        file.name.removesuffix(".lua"): file.read_text("utf-8") for file in (files(__package__) / "scripts").iterdir()
    }
    texts["clock"] = clock or texts["clock"]
    shared = "".join(f"{texts[name]}\n" for name in _SHARED)
    return {name: shared + text for name, text in texts.items() if name not in _SHARED}


class RedisServer:
    """A Redis, Sentinel or Cluster behind a URL."""

    def __init__(self, url: str, *, clock: str = "", deadline: float = _DEADLINE) -> None:
        self._deadline = deadline
        self._url = url
        self._client: Client = connect(url)
        self._room = asyncio.Semaphore(_AT_ONCE)
        pool: Connections | None = getattr(self._client, "connection_pool", None)  # a Cluster has one for each node
        self._pipe = Pipe(pool) if pool is not None else None
        self._key = ""  # any of ours: all are on one node
        self._sources = sources(clock)
        self._shas = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in self._sources.items()
        }

    async def run(self, script: str, keys: Sequence[str], args: Sequence[bytes | str]) -> Any:  # noqa: ANN401  # its own
        sent, time = (str(len(keys)), *keys, *args), asyncio.get_running_loop().time
        over, self._key = time() + self._deadline, keys[0]
        try:
            while (left := over - time()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(_TRY, left)):
                        return await self._try(script, sent)
                if self._pipe:
                    self._pipe.leave(silent=_TRY / 2)
        except FAILURES as error:
            raise StoreDown(_kind(error)) from None
        raise StoreDown("TimeoutError")

    async def _try(self, script: str, sent: Sequence[bytes | str]) -> Any:  # noqa: ANN401  # its own
        try:
            return await self._call("EVALSHA", self._shas[script], *sent)
        except NoScriptError:
            return await self._call("EVAL", self._sources[script], *sent)

    async def _call(self, *words: bytes | str) -> Any:  # noqa: ANN401  # its own
        if self._pipe:
            return await self._pipe.call(*words)
        async with self._room:
            return await self._client.execute_command(*words)

    async def setting(self, name: str) -> str:
        """A setting of the server itself; "" when it does not tell. Raises StoreDown when it does not answer."""
        try:
            async with asyncio.timeout(self._deadline):
                told = await self._client.config_get(name)
        except (ResponseError, RedisClusterException):  # not everybody may ask
            return ""
        except FAILURES as error:
            raise StoreDown(_kind(error)) from None
        return next((_text(value) for key, value in told.items() if _text(key) == name), "")

    async def rewrite(self) -> None:
        try:
            async with asyncio.timeout(self._deadline):
                await (self._pipe.call("BGREWRITEAOF") if self._pipe else rewrite(self._client, self._key))
        except FAILURES as error:
            raise StoreDown(_kind(error)) from None

    async def listen(self, channels: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
        ears = connect(self._url)  # each time anew: a connection goes on with the certificates that it has once read
        try:
            await ears.initialize()  # a Cluster's client knows its nodes only then
            async with aclosing(ears.pubsub()) as pubsub:
                await pubsub.subscribe(*channels)
                async with aclosing(_messages(pubsub, len(channels))) as messages:
                    async for message in messages:
                        yield message
        except FAILURES as error:
            raise StoreDown(_kind(error)) from None
        finally:
            await _closed(ears)

    async def close(self) -> None:
        if self._pipe:
            await self._pipe.close()
        await _closed(self._client)


async def _closed(client: Client) -> None:
    with suppress(*FAILURES):
        await client.aclose()


async def _messages(pubsub: PubSub, channels: int) -> AsyncGenerator[tuple[str, bytes]]:
    """ "" as soon as all channels are heard, and again after every new connection."""
    asked = False
    while True:
        message = await pubsub.get_message(timeout=_SILENCE)
        if message is None:
            if asked:
                raise TimeoutError
            asked = True
            await pubsub.ping()
            continue
        asked = False
        if message["type"] == "subscribe":  # also after redis-py connected again by itself: something may be missed
            if message["data"] == channels:
                yield "", b""
        elif message["type"] == "message":
            yield _text(message["channel"]), message["data"]


def _text(word: bytes | str) -> str:
    return word.decode() if isinstance(word, bytes) else word


def _kind(error: BaseException) -> str:
    """What was raised, or the word with which Redis refused where redis-py has no class for it, such as MISCONF.

    It has none either for a certificate, a database that is not there, or what a user may not do in a script.
    """
    if is_untrusted(error):
        return "SSLCertVerificationError"
    said = str(error)
    if any(words in said for words in _FORBIDDEN):
        return "NoPermissionError"
    if "DB index" in said:
        return "NoSuchDatabase"
    word = _WORD.match(said) if type(error) is ResponseError else None
    return word[0] if word else type(error).__name__
