"""JSON from outside, where nothing is sure to be there or to be what it should be. No I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Payload: TypeAlias = Mapping[str, object]

_HALF = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """The text without lone halves of characters (surrogates), which JSON can carry and UTF-8 cannot."""
    return _HALF.sub("\ufffd", text)


def text_in(of: Payload, key: str) -> str:
    """A text, "" when there is none."""
    value = of.get(key)
    return whole(value) if isinstance(value, str) else ""


def size_in(of: Payload, key: str) -> int:
    """How many of something, as a file's bytes; 0 when it is not told."""
    value = of.get(key)
    return max(value, 0) if isinstance(value, int) else 0


def object_in(of: Payload, key: str) -> Payload:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def list_in(of: Payload, key: str) -> Sequence[object]:
    value = of.get(key)
    return value if isinstance(value, list) else []


def objects_in(of: Payload, key: str) -> Sequence[Payload]:
    """Those of a list that are objects."""
    return objects(of.get(key))


def objects(value: object) -> Sequence[Payload]:
    """The same of a value; none when it is no list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
