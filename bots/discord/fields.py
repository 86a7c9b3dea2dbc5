"""The fields of Discord's JSON, as far as they are there and of the right type. No I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Payload: TypeAlias = Mapping[str, object]

_HALF = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """JSON can carry half a character, which nothing else here could write down."""
    return _HALF.sub("\ufffd", text)


def text_of(of: Payload, key: str) -> str:
    value = of.get(key)
    return whole(value) if isinstance(value, str) else ""


def object_of(of: Payload, key: str) -> Payload:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def list_of(of: Payload, key: str) -> Sequence[object]:
    value = of.get(key)
    return value if isinstance(value, list) else []


def objects_of(of: Payload, key: str) -> Sequence[Payload]:
    return [one for one in list_of(of, key) if isinstance(one, Mapping)]
