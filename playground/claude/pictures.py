"""How many tokens this Claude makes of an image: one for each 28 by 28 pixels, after it was made smaller. No I/O."""

import base64
import binascii
from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import Any, Literal

PATCH = 28
EDGE = 2_576
MOST = 4_784
HEAD = 400_000  # of base64: a photograph's size may stand behind a preview and a colour profile


def tokens(source: Mapping[str, Any]) -> int:
    """Of an image's source; 0 where its size cannot be read."""
    data = source.get("data")
    width, height = size(_head(data)) if isinstance(data, str) else (0, 0)
    whole = max(width, height, EDGE)
    across, down = (ceil(Fraction(edge * EDGE, whole * PATCH)) for edge in (width, height))
    return min(across * down, MOST)


def size(image: bytes) -> tuple[int, int]:
    """Width and height of a PNG, GIF, WebP or JPEG; 0, 0 of anything else."""
    if image.startswith(b"\x89PNG"):
        return _number(image[16:20], "big"), _number(image[20:24], "big")
    if image.startswith(b"GIF8"):
        return _number(image[6:8]), _number(image[8:10])
    if image[8:12] == b"WEBP":
        return _of_webp(image)
    return _of_jpeg(image) if image.startswith(b"\xff\xd8") else (0, 0)


def _of_webp(image: bytes) -> tuple[int, int]:
    kind, said = image[12:16], image[20:]
    if kind == b"VP8X":
        return _number(said[4:7]) + 1, _number(said[7:10]) + 1
    if kind == b"VP8L":
        bits = _number(said[1:5])
        return bits % 2**14 + 1, bits // 2**14 % 2**14 + 1
    return _number(said[6:8]) % 2**14, _number(said[8:10]) % 2**14


def _of_jpeg(image: bytes) -> tuple[int, int]:
    """Its segments each say how long they are; those of a frame's beginning have its size."""
    at = 2
    while at + 9 <= len(image) and image[at] == 0xFF:
        if 0xC0 <= image[at + 1] <= 0xCF and image[at + 1] not in (0xC4, 0xC8, 0xCC):
            return _number(image[at + 7 : at + 9], "big"), _number(image[at + 5 : at + 7], "big")
        at += 2 + _number(image[at + 2 : at + 4], "big")
    return 0, 0


def _number(content: bytes, order: Literal["little", "big"] = "little") -> int:
    return int.from_bytes(content, order)


def _head(data: str) -> bytes:
    try:
        return base64.b64decode(data[:HEAD])
    except (binascii.Error, ValueError):
        return b""
