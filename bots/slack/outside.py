"""JSON from outside, where nothing is sure to be what it should be. No I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Payload: TypeAlias = Mapping[str, object]

_HALF = re.compile("[\ud800-\udfff]")


def text_in(of: Payload, key: str) -> str:
    """A text, "" when there is none. JSON can carry half a character, which nothing else here could write down."""
    value = of.get(key)
    return _HALF.sub("\ufffd", value) if isinstance(value, str) else ""


def object_in(of: Payload, key: str) -> Payload:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def objects_in(of: Payload, key: str) -> Sequence[Payload]:
    return objects(of.get(key))


def objects(value: object) -> Sequence[Payload]:
    """Those of a list that are objects; none when it is no list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
