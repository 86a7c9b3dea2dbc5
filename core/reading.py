"""Reads the files of messages: when their turn runs, and again while they are recent."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from core import files
from core.contract import File
from core.errors import FileError
from core.files import Block

READ_SECONDS: Final = 30.0
AT_ONCE: Final = 4
KEPT_BYTES: Final = 32_000_000
"""Of files that were read of late: a conversation about a picture asks for it at every turn."""
KEPT_SECONDS: Final = 300.0
"""And no longer: whoever deletes a file in the chat does not want it read any more."""
SLOW: Final = "It took too long to fetch. Please try to send it again."
_LARGE: Final = 200_000
"""Bytes from which the work on a file would be felt by everybody else on the loop."""


class Source(Protocol):
    """Who has the files. A platform is one."""

    async def read(self, file: File, at_most: int) -> bytes: ...


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """What became of one file: as the API takes it, or why it cannot."""

    file: File
    block: Block | None = None
    advice: str = ""
    size: int = 0

    @property
    def kind(self) -> str:
        return files.kind_of(self.block) if self.block else ""


class Reader:
    """One per process. What it read of late it still has."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._most = kept_bytes
        self._kept: OrderedDict[tuple[str, str], tuple[Read, asyncio.TimerHandle]] = OrderedDict()
        self._bytes = 0
        self._room = asyncio.Semaphore(AT_ONCE)

    async def read(self, name: str, source: Source, wanted: Sequence[File]) -> tuple[Read, ...]:
        """Each of these files of the platform `name`, in their order. Never raises."""
        return tuple(await asyncio.gather(*(self._one(name, source, file) for file in wanted)))

    async def _one(self, name: str, source: Source, file: File) -> Read:
        key = (name, file.ref)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        async with self._room:
            read = await _fetched(source, file)
        if read.block is not None:
            self._keep(key, read)
        return read

    def _keep(self, key: tuple[str, str], read: Read) -> None:
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


async def _fetched(source: Source, file: File) -> Read:
    if file.size > files.MOST_BYTES:
        return Read(file, advice=files.TOO_LARGE)
    try:
        async with asyncio.timeout(READ_SECONDS):
            content = await source.read(file, files.MOST_BYTES)
        if len(content) < _LARGE:
            found = files.block(file.name, content)
        else:
            found = await asyncio.to_thread(files.block, file.name, content)
    except FileError as error:
        return Read(file, advice=error.advice)
    except TimeoutError:
        return Read(file, advice=SLOW)
    return Read(file, found, size=len(content))


@dataclass(frozen=True, slots=True)
class Eyes:
    """What a model can take."""

    images: bool = True
    pdf: bool = True


def chosen(found: Sequence[Read], eyes: Eyes, *, images: int, size: int) -> tuple[Read, ...]:
    """What of the files goes with a request that may have so many images and bytes; the first before others."""
    taken = []
    for read in found:
        advice = read.advice or _refusal(read, eyes, images, size)
        taken.append(Read(read.file, advice=advice) if advice else read)
        if not advice:
            images -= read.kind == "image"
            size -= read.size
    return tuple(taken)


def _refusal(read: Read, eyes: Eyes, images: int, size: int) -> str:
    if read.kind == "image" and not eyes.images:
        return files.BLIND
    if read.kind == "pdf" and not eyes.pdf:
        return files.PAPERLESS
    if read.size > size or (read.kind == "image" and images < 1):
        return files.TOO_MUCH
    return ""
