"""How many pages a PDF has, which is what it costs the model: its bytes do not tell. No I/O."""

import re
import zlib
from collections.abc import Iterator
from typing import Final

MOST_PAGES: Final = 600
"""The API takes no more; of models with less than a million tokens of context, 100."""
_LEAST_BYTES: Final = 1_000
"""Of a page, where pages cannot be counted: one of plain text, packed, has about 1,700."""
_LEAST_WORK: Final = 4_000_000
_MOST_WORK: Final = 32_000_000
_RATIO: Final = 20
"""Bytes of a PDF that are taken and unpacked at the most: so many times its own, within these.

A list of objects packs 5:1.
"""

_END: Final = rb"(?=[\s()<>\[\]{}/%])"
_PAGE: Final = re.compile(rb"/Type\s*/Page" + _END)
_PACKED: Final = re.compile(rb"/Type\s*/ObjStm" + _END)
_STREAM: Final = re.compile(rb"stream\r?\n")
_HEAD: Final = 4_096  # bytes within which the dictionary of a stream ends


def pages(content: bytes) -> int:
    """The pages of a PDF: at least one, and rather too many than too few.

    They are objects, in the open or in packed streams of objects. A page that was changed later counts twice. Where
    none is seen, or not all is unpacked, the size says how many there may be.
    """
    found, left = len(_PAGE.findall(content)), min(max(_LEAST_WORK, _RATIO * len(content)), _MOST_WORK)
    for packed in _streams(content):
        objects = _unpacked(packed, left)
        found += len(_PAGE.findall(objects))
        left -= len(packed) + len(objects) + _HEAD  # of a stream without an end, all that follows is taken
        if left <= 0:
            found = max(found, guessed(len(content)))
            break
    return min(found, MOST_PAGES) or guessed(len(content))


def guessed(size: int) -> int:
    """The pages that a PDF of so many bytes may have."""
    return min(MOST_PAGES, 1 + size // _LEAST_BYTES)


def _streams(content: bytes) -> Iterator[bytes]:
    for head in _PACKED.finditer(content):
        begin = _STREAM.search(content, head.end(), head.end() + _HEAD)
        end = content.find(b"endstream", begin.end()) if begin else 0
        yield content[begin.end() : end if end >= 0 else len(content)] if begin else b""


def _unpacked(packed: bytes, most: int) -> bytes:
    """As far as it can be, and `most` bytes of it; as it is where it is not packed in the usual way."""
    try:
        return zlib.decompressobj().decompress(packed, max(most, 1))
    except zlib.error:
        return packed
