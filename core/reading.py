"""Reads the files of messages: when their turn runs, and again while they are recent."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final, Protocol

from core import files, paper
from core.content import Block
from core.contract import File, Namer
from core.errors import FileError, Throttled, Uncertain
from core.trouble import READ_PAUSES

READ_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 20.0
"""For all files of a question together: so long after the first failed try began, nothing more is tried."""
AT_ONCE: Final = 4
"""Files of one message: those of another do not wait for them."""
ALL_AT_ONCE: Final = 16
"""Files of all messages together: each may have as many bytes as are read of one at the most."""
KEPT_BYTES: Final = 32_000_000
"""Of files that were read of late: a conversation about a picture asks for it at every turn."""
KEPT_SECONDS: Final = 300.0
"""And no longer: whoever deletes a file in the chat does not want it read any more."""
AWAY: Final = "I could not fetch this file. Please try again."
SLOW: Final = "It took too long to fetch. Please try to send it again."
_LARGE: Final = 200_000
"""Bytes from which the work on a file would be felt by everybody else on the loop."""


class Source(Protocol):
    """Who has the files. A platform is one."""

    @property
    def name(self) -> str: ...
    async def read(self, file: File, at_most: int) -> bytes:
        """One try. Raises FileError; Throttled and Uncertain of what may be over soon."""


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """What became of one file: as the API takes it, or why it cannot. `pages` are a PDF's, `tokens` an image's."""

    file: File
    block: Block | None = None
    advice: str = ""
    size: int = 0
    pages: int = 0
    tokens: int = 0

    @property
    def kind(self) -> str:
        return files.kind_of(self.block) if self.block else ""


@dataclass(frozen=True, slots=True)
class Eyes:
    """What a model can take."""

    images: bool = True
    pdf: bool = True


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a request may have of files: so many images and bytes, of what the model can take."""

    images: int = files.MOST_IMAGES
    size: int = files.TOGETHER_BYTES
    eyes: Eyes = Eyes()

    def refusal(self, kind: str, size: int) -> str:
        """Why such a file cannot be among them, or "". `kind` is "" before that is known."""
        if size > files.MOST_BYTES:
            return files.TOO_LARGE
        if kind == "image" and not self.eyes.images:
            return files.BLIND
        if kind == "pdf" and not self.eyes.pdf:
            return files.PAPERLESS
        return files.TOO_MUCH if size > self.size or (kind == "image" and self.images < 1) else ""

    def less(self, kind: str, size: int) -> "Allotment":
        return replace(self, images=self.images - (kind == "image"), size=self.size - size)


_WHOLE = Allotment()


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """A file that should go with a request. `kind` is image, pdf or text, "" before it was ever read."""

    file: File
    kind: str = ""


class Reader:
    """One per process: so many files are read at the same time, and what was read of late it still has."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self.turns = asyncio.Semaphore(ALL_AT_ONCE)
        self._most = kept_bytes
        self._kept: OrderedDict[tuple[str, str], tuple[Read, asyncio.TimerHandle]] = OrderedDict()
        self._bytes = 0

    def kept(self, key: tuple[str, str]) -> Read | None:
        """`key`: whose file it is, and its reference."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def keep(self, key: tuple[str, str], read: Read) -> None:
        if key in self._kept or read.size > self._most:
            return
        self._kept[key] = read, asyncio.get_running_loop().call_later(KEPT_SECONDS, self._drop, key)
        self._bytes += read.size
        while self._bytes > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[str, str]) -> None:
        read, end = self._kept.pop(key)
        end.cancel()  # so that it ends no younger one
        self._bytes -= read.size


class Reading:
    """How the files of one question are read: from where, and how much of them its request may have. Never raises."""

    def __init__(self, reader: Reader, source: Source, allotment: Allotment = _WHOLE) -> None:
        self._reader = reader
        self._source = source
        self.allotment = allotment
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._until = inf
        """On the loop's clock; then nothing that failed is tried again."""

    async def take(self, wanted: Sequence[Wanted]) -> tuple[Read, ...]:
        """What goes with a request, the first before others; what cannot is not fetched.

        Only what fits together is fetched at a time: the rest afterwards, when of that something cannot be read.
        """
        found: dict[int, Read] = {}
        allotment = self.allotment
        while now := _next(wanted, found, allotment):
            read = await self.read([wanted[place].file for place in now])
            for place, one in zip(now, read, strict=True):
                advice = one.advice or allotment.refusal(one.kind, one.size)
                found[place] = Read(one.file, advice=advice) if advice else one
                allotment = allotment if advice else allotment.less(one.kind, one.size)
        return tuple(
            found.get(place) or Read(one.file, advice=allotment.refusal(one.kind, one.file.size))
            for place, one in enumerate(wanted)
        )

    async def read(self, wanted: Sequence[File]) -> tuple[Read, ...]:
        """Each of these files, in their order."""
        return tuple(await asyncio.gather(*map(self._one, wanted)))

    async def _one(self, file: File) -> Read:
        key = (self._source.name, file.ref)
        if kept := self._reader.kept(key):
            return kept
        read = await self._patiently(file)
        if read.block is not None:
            self._reader.keep(key, read)
        return read

    async def _patiently(self, file: File) -> Read:
        """A first try has the time that it takes; who waits for another one holds no turn meanwhile."""
        loop, until = asyncio.get_running_loop(), None
        for pause in (*READ_PAUSES, inf):
            try:
                async with asyncio.timeout_at(until), self._turns, self._reader.turns:
                    began = loop.time()
                    return await _fetched(self._source, file)
            except (Throttled, Uncertain) as error:
                self._until = until = min(self._until, began + AGAIN_SECONDS)
                wait = max(pause, error.retry_after)
                if loop.time() + wait >= until:
                    break
            except TimeoutError:
                break
            await asyncio.sleep(wait)
        return Read(_named(self._source, file), advice=AWAY)


def _next(wanted: Sequence[Wanted], found: Collection[int], allotment: Allotment) -> list[int]:
    """The places of those that are fetched now: as many of what is left as fit together."""
    places = []
    for place, one in enumerate(wanted):
        if place not in found and not allotment.refusal(one.kind, one.file.size):
            places.append(place)
            allotment = allotment.less(one.kind, one.file.size)
    return places


async def _fetched(source: Source, file: File) -> Read:
    """Raises Throttled and Uncertain."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            content = await source.read(file, files.MOST_BYTES)
        file = _named(source, file)
        if len(content) < _LARGE:
            return _understood(file, content)
        return await asyncio.to_thread(_understood, file, content)
    except FileError as error:
        return Read(_named(source, file), advice=error.advice)
    except TimeoutError:
        return Read(_named(source, file), advice=SLOW)


def _named(source: Source, file: File) -> File:
    return replace(file, name=source.file_name(file)) if isinstance(source, Namer) else file


def _understood(file: File, content: bytes) -> Read:
    """Raises FileError."""
    found = files.block(file.name, content)
    kind = files.kind_of(found)
    pages = paper.pages(content) if kind == "pdf" else 0
    tokens = files.image_tokens(files.image_type(content), content) if kind == "image" else 0
    return Read(file, found, size=len(content), pages=pages, tokens=tokens)
