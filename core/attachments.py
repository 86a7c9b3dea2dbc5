"""The files of a conversation: read for the question, read again where they are recent, named where they cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core import files
from core.contract import File, Json
from core.files import Block
from core.reading import Eyes, Read, Reader, Source, chosen

RECENT = 20
"""Messages from the end of a conversation within which files are read again."""


class Platform(Source, Protocol):
    """Where the files are."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Attached:
    """What stands for a message's files before its words, and a sentence for each that could not be read."""

    blocks: tuple[Block, ...] = ()
    problems: tuple[str, ...] = ()


async def attached(reader: Reader, platform: Platform, wanted: Sequence[File], eyes: Eyes) -> Attached:
    """The files of a question, as the history keeps them: by reference, or as why not."""
    found = await reader.read(platform.name, platform, wanted[: files.MOST_FILES])
    found = chosen(found, eyes, images=files.MOST_IMAGES, size=files.TOGETHER_BYTES)
    found += tuple(Read(file, advice=files.TOO_MANY) for file in wanted[files.MOST_FILES :])
    return Attached(
        tuple(files.unread(one.file.name, one.advice) if one.advice else _reference(one) for one in found),
        tuple(f"“{files.title(one.file.name)}”: {one.advice}" for one in found if one.advice),
    )


async def filled(
    reader: Reader, platform: Platform, messages: Sequence[Mapping[str, Json]], eyes: Eyes
) -> tuple[Mapping[str, Json], ...]:
    """The conversation with its recent files in the place of their references, the newest before others."""
    recent = [block for said in reversed(messages[-RECENT:]) for block in _references(said)]
    if not recent and not any(map(_references, messages)):
        return tuple(messages)
    found = await reader.read(platform.name, platform, [files.file_of(block) for block in recent])
    taken = chosen(found, eyes, images=files.MOST_IMAGES, size=files.TOGETHER_BYTES)
    blocks = {one.file.ref: one.block for one in taken if one.block}
    return tuple(_with(said, blocks) for said in messages)


def bare(messages: Sequence[Mapping[str, Json]]) -> tuple[Mapping[str, Json], ...]:
    """The conversation without any file."""
    return tuple(_with(said, {}) for said in messages)


def has_files(said: Mapping[str, Json]) -> bool:
    return bool(_references(said))


def _reference(read: Read) -> Block:
    return files.reference(File(read.file.ref, read.file.name, read.size), read.kind)


def _references(said: Mapping[str, Json]) -> list[Block]:
    content = said["content"]
    if isinstance(content, str) or not isinstance(content, Sequence):
        return []
    return [block for block in content if isinstance(block, Mapping) and files.is_reference(block)]


def _with(said: Mapping[str, Json], blocks: Mapping[str, Block]) -> Mapping[str, Json]:
    if not _references(said):
        return said
    content = said["content"]
    assert isinstance(content, Sequence)  # noqa: S101  # it has references
    return {**said, "content": [_filled(block, blocks) for block in content]}


def _filled(block: Json, blocks: Mapping[str, Block]) -> Json:
    if not isinstance(block, Mapping) or not files.is_reference(block):
        return block
    return blocks.get(str(block["ref"])) or files.gone(str(block["name"]))
