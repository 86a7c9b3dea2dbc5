"""How often a reply may move: even gaps over its life, so that the budget lasts for all who write now and come next.

The clock is an argument. No I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf

from core.budget import Budget

LIFE = 6.0
"""Seconds from a reply's first text to its end, as long as nothing is known."""
SHORTEST_LIFE = 4.0
"""Seconds: replies are never expected to last less, whatever a few odd ones took."""
LONGEST_LIFE = 60.0
"""Seconds: nor to last longer, as no bucket has a longer window."""
LEARNING = 0.1
"""Weight of the newest reply in the running mean of their lives."""
MEMORY = 120.0
"""Seconds after which a reply counts for a third (1/e) in the rate at which replies come."""
PRIOR_RATE = 0.025
"""Replies a second that are expected of a bucket that nobody has used yet."""
PRIOR_SECONDS = 20.0
"""The weight of that expectation: as if it had been seen for so many seconds."""
TOGETHER = 1.0
"""Seconds within which replies that begin are one burst."""
NEAREST = 2.0
"""Seconds: a part of a window that is shorter is not reckoned with, as that only makes paints jump."""
CAUTION = 1.3
"""By so many standard deviations more replies are expected than come on average.

All numbers here were found by trying on the stand-in. This one and the three above lie in ranges in which a burst,
waves and ordinary use all do well.
"""
LAST = 0.7
"""The part of a gap that has gone by, on average, between a reply's last paint and its end."""
_HORIZONS = (0.1, 0.25, 0.5, 0.75, 1.0)  # parts of a bucket's window that the budget must last for


@dataclass(slots=True)
class Lives:
    """How long replies last: a running mean."""

    mean: float = LIFE

    def ended(self, seconds: float) -> None:
        self.mean += LEARNING * (seconds - self.mean)

    @property
    def expected(self) -> float:
        return min(max(self.mean, SHORTEST_LIFE), LONGEST_LIFE)

    def remaining(self, age: float) -> float:
        """What is left of a reply that has been going on for `age` seconds.

        One that has lasted longer than expected is taken to last as long again. With half as long, three replies of a
        minute spent all their calls in its first quarter and then stood still for forty seconds; with more, replies of
        a quarter of a minute lag more.
        """
        return age if age > self.expected else max(self.expected - age, age / 2, 0.3)


@dataclass(slots=True)
class Demand:
    """How many replies a second come to a bucket: a count of those that came, in which older ones fade away.

    Replies that begin together are only counted when the next one comes, or as they end: one burst is not yet a rate.
    """

    since: float
    _count: float = 0.0
    _at: float = 0.0
    _newest: float = -inf
    _together: int = 0

    def began(self, now: float) -> None:
        if now > self._newest + TOGETHER:
            self._add(self._together, now)
            self._newest, self._together = now, 0
        self._together += 1

    def ended(self, began: float, now: float) -> None:
        if began >= self._newest and self._together:
            self._together -= 1
            self._add(1, now)

    def _add(self, replies: int, now: float) -> None:
        self._count, self._at = self._now(now) + replies, now

    def rate(self, now: float) -> float:
        """Replies a second that are expected to come."""
        return self.seen(now) + PRIOR_RATE * PRIOR_SECONDS / self._seconds(now)

    def seen(self, now: float) -> float:
        """The part of it that was seen, which other processes can add to theirs."""
        return self._now(now) / self._seconds(now)

    def _seconds(self, now: float) -> float:
        return PRIOR_SECONDS + MEMORY * (1 - exp((self.since - now) / MEMORY))

    def _now(self, now: float) -> float:
        return self._count * exp((self._at - now) / MEMORY)


def gap(budget: Budget, rate: float, lives: Lives, remaining: Iterable[float], now: float) -> float:
    """Seconds between two paints of each reply that draws on the bucket.

    `remaining`: for each live reply the seconds until its end. `rate`: replies a second that are expected to come.

    It is the smallest gap with which the budget lasts over each part of the bucket's window, and one for all, as no
    second of anybody's reply is worth more than another's. The calls for the replies' ends count by `Budget.weight`:
    where the window is short, an end finds a call anyway.
    """
    live, window, life = tuple(remaining), budget.bucket.seconds, lives.expected
    longest = 0.0
    for part in _HORIZONS:
        horizon = part * window
        if horizon < NEAREST and part < 1:
            continue
        comers = rate * horizon
        more = max(0.0, CAUTION * comers**0.5 - 0.5) / comers
        comers *= 1 + more
        wanted = sum(min(left, horizon) for left in live) + (1 + more) * rate * _overlap(horizon, life)
        ends = sum(min(1.0, horizon / left) for left in live) + comers
        calls = budget.within(now, horizon) - ends * (1 - LAST) * budget.weight
        longest = max(longest, wanted / calls if calls > 1 else wanted)
    return longest


def _overlap(horizon: float, life: float) -> float:
    """Seconds that replies beginning at one a second will have lasted, all together, within the horizon."""
    return horizon * horizon / 2 if horizon < life else life * (horizon - life / 2)
