"""Discord's ids: the milliseconds since 2015 in the upper bits, so that they sort by time. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass

EPOCH_MS = 1_420_070_400_000
TIME_SHIFT = 22


def at(seconds: float) -> int:
    """The smallest id of this moment, in seconds since 1970."""
    return (int(seconds * 1000) - EPOCH_MS) << TIME_SHIFT


def seconds(snowflake: int) -> float:
    """When this id was made, in seconds since 1970."""
    return ((snowflake >> TIME_SHIFT) + EPOCH_MS) / 1000


def shard(guild: int, count: int) -> int:
    """Which of `count` shards hears of this guild; 0 for direct messages, which have none."""
    return (guild >> TIME_SHIFT) % count


@dataclass(eq=False, slots=True)
class Snowflakes:
    """Makes ids from the clock, each larger than the one before."""

    clock: Callable[[], float]
    _last: int = 0

    def __call__(self) -> int:
        self._last = max(at(self.clock()), self._last + 1)
        return self._last
