"""How many pages a PDF has, which is what it costs the model: its bytes do not tell. No I/O."""

import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Final

MOST_PAGES: Final = 600
"""The API takes no more; of models with less than a million tokens of context, 100."""
_LEAST_BYTES: Final = 1_000
"""Where pages cannot be counted, each is taken to have so many: one of plain text, packed, has about 1,700."""
_RATIO: Final = 20
"""So many times its own bytes may be unpacked of a PDF, within the two bounds below. A list of objects packs 5:1."""
_LEAST_WORK: Final = 4_000_000
"""Bytes that may be unpacked of the smallest PDF."""
_MOST_WORK: Final = 32_000_000
"""Bytes that may be unpacked of the largest."""

_END: Final = rb"(?=[\s()<>\[\]{}/%])"
_PAGE: Final = re.compile(rb"/Type\s*/Page" + _END)
_PACKED: Final = re.compile(rb"/Type\s*/ObjStm" + _END)
_STREAM: Final = re.compile(rb"stream\r?\n")
_HEAD: Final = 4_096  # bytes within which the dictionary of a stream ends
_STEP: Final = 1_000_000
"""Bytes that are searched at once: meanwhile nothing else of this process runs, whatever thread that is in."""
_OVER: Final = 100  # bytes of the next ones, for what begins here and ends there


def pages(content: bytes) -> int:
    """The pages of a PDF: at least one, and rather too many than too few.

    Pages are objects, in the open or in packed streams of objects. One that was changed later counts twice. Where none
    is found, or not all could be unpacked, their number is guessed from the size.
    """
    found, left = _counted(content), min(max(_LEAST_WORK, _RATIO * len(content)), _MOST_WORK)
    for packed in _streams(content):
        objects = _unpacked(packed, left)
        found += _counted(objects)
        left -= len(packed) + len(objects) + _HEAD  # of a stream without an end, all that follows is taken
        if left <= 0:
            found = max(found, guessed(len(content)))
            break
    return min(found, MOST_PAGES) or guessed(len(content))


def _counted(content: bytes) -> int:
    """The pages in the open, MOST_PAGES at the most."""
    places = range(0, len(content), _STEP)
    found = ((at, page) for at in places for page in _PAGE.finditer(content, at, at + _STEP + _OVER))
    return sum(1 for _ in islice((page for at, page in found if page.start() < at + _STEP), MOST_PAGES))


def guessed(size: int) -> int:
    """The pages that a PDF of so many bytes may have."""
    return min(MOST_PAGES, 1 + size // _LEAST_BYTES)


def _streams(content: bytes) -> Iterator[bytes]:
    for head in _PACKED.finditer(content):
        begin = _STREAM.search(content, head.end(), head.end() + _HEAD)
        end = content.find(b"endstream", begin.end()) if begin else 0
        yield content[begin.end() : end if end >= 0 else len(content)] if begin else b""


def _unpacked(packed: bytes, most: int) -> bytes:
    """A stream unpacked, as far as it goes and `most` bytes of it; as it is where it is packed in another way."""
    try:
        return zlib.decompressobj().decompress(packed, max(most, 1))
    except zlib.error:
        return packed
