"""How often somebody may ask: windows such as "10/minute 100/day". No I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_WINDOW = re.compile(r"(\d{1,7})/(\d{1,5})?(second|minute|hour|day)s?")
_NONE = ("", "none", "off")
MOST_CALLS = 100_000
"""Every call of a window is remembered on its own, so that the count is exact; this bounds them."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` within any `seconds`; one more is refused until the oldest of them is so many seconds ago."""

    calls: int
    seconds: int

    def __str__(self) -> str:
        """As people write it: 10/minute."""
        for word, seconds in reversed(_SECONDS.items()):
            if self.seconds % seconds == 0:
                times = self.seconds // seconds
                return f"{self.calls}/{times}{word}s" if times > 1 else f"{self.calls}/{word}"
        return f"{self.calls}/{self.seconds}seconds"


@dataclass(frozen=True, slots=True)
class Limits:
    """How often each person may ask, and all people of a channel and its threads together; without windows at will."""

    person: Sequence[Window] = ()
    place: Sequence[Window] = ()


def parse_windows(text: str) -> tuple[Window, ...]:
    """Any number of windows with spaces or commas between; "", "none" and "off" are no limit.

    Raises ValueError with a sentence for whoever set it.
    """
    if text.strip().lower() in _NONE:
        return ()
    return tuple(_parse(part) for part in text.lower().replace(",", " ").split())


def longest(windows: Sequence[Window]) -> int:
    """Seconds for which calls must be remembered."""
    return max((window.seconds for window in windows), default=0)


def spoken(seconds: float) -> str:
    """A waiting time as people say it, rounded up: "23 seconds", "5 minutes", "2 hours"."""
    whole = max(1, -int(-seconds // 1))
    for unit, length in (("hour", 3600), ("minute", 60)):
        if whole >= 2 * length:
            return f"{-(-whole // length)} {unit}s"
    return f"{whole} second{'s' if whole > 1 else ''}"


def _parse(part: str) -> Window:
    match = _WINDOW.fullmatch(part)
    if not match:
        raise ValueError(
            f'"{part}" is no limit: write a number, a slash and second, minute, hour or day, as in "10/minute 100/day".'
        )
    calls, seconds = int(match[1]), int(match[2] or 1) * _SECONDS[match[3]]
    if not calls:
        raise ValueError(f'"{part}" would refuse everybody: allow at least 1, or write none for no limit.')
    if calls > MOST_CALLS:
        raise ValueError(
            f'"{part}" is too large to count exactly: allow at most {MOST_CALLS}, or write none for no limit.'
        )
    if not seconds or seconds > 366 * _SECONDS["day"]:
        raise ValueError(f'"{part}" needs a time of one second to a year.')
    return Window(calls, seconds)
