"""DISCORD_SHARDS: which part of its servers a process listens to. No I/O."""

import re
from dataclasses import dataclass

_ADVICE = "write auto, or which of how many this process listens to, such as 0,1/4."


@dataclass(frozen=True, slots=True)
class Shards:
    """`ids` of `count`; without a count Discord says how many there are, and all are listened to."""

    ids: tuple[int, ...] = ()
    count: int | None = None


ALONE = Shards((0,), 1)
"""One connection, for all servers."""


def read(value: object) -> object:
    """A setting: "auto", or "0,1/4", the first two of four. Raises ValueError with what to do about it."""
    if not isinstance(value, str):
        return value
    if value == "auto":
        return Shards()
    found = re.fullmatch(r"(\d{1,5}(?:,\d{1,5})*)/(\d{1,5})", value.replace(" ", ""))
    if found is None:
        raise ValueError(_ADVICE)
    ids, count = tuple(sorted({int(id) for id in found[1].split(",")})), int(found[2])
    if ids[-1] >= count:
        raise ValueError(_ADVICE)
    return Shards(ids, count)
