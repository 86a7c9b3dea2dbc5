"""How often a reply may move: even gaps over its life, so that the budget lasts for all who write now and come next.

The clock is an argument. No I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf

from core.budget import Budget

LIFE = 6.0
"""Seconds from a reply's first text to its end, as long as nothing is known."""
SHORTEST_LIFE, LONGEST_LIFE = 4.0, 60.0
"""Where what was learnt ends: what a few odd ones took says nothing, and no window is longer than a minute."""
LEARNING = 0.1
"""Weight of the newest reply in the running mean of their lives."""
MEMORY = 120.0
"""Seconds after which a reply counts for a third (1/e) in the rate at which replies come."""
PRIOR_RATE, PRIOR_SECONDS = 0.025, 20.0
"""Replies a second that are expected of a bucket that nobody has used, and how long that is believed."""
TOGETHER = 1.0
"""Seconds within which replies that begin are one burst."""
NEAREST = 2.0
"""Seconds: to look at a nearer future than this only makes paints jump."""
CAUTION = 1.3
"""Standard deviations by which more replies are expected than on average. Found on the stand-in, like the others here:
this and the three above in the range where a burst, waves and ordinary use all do well; none of them is sharp."""
LAST = 0.7
"""Of a gap: how much of its last one a reply's end fills on average."""
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

        One that has lasted longer than expected is taken to last as long again: with half of that, three of a minute
        spent all they had in the first quarter of it, and stood still for forty seconds. With more, those of a quarter
        of a minute lag more.
        """
        return age if age > self.expected else max(self.expected - age, age / 2, 0.3)


@dataclass(slots=True)
class Demand:
    """How many replies come to a bucket: those that came lately, forgotten bit by bit.

    Those that came together count when the next one comes, or when they have ended: a burst is not a rate.
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
    """Seconds between two paints of each of these live replies (`remaining`: seconds until each one's end).

    `rate`: how many more are expected a second.

    The same for all of them, and for those expected to come: then no second of anybody's reply is worth more than
    another's. The smallest for which the budget lasts over each part of the bucket's window. Ends count as far as they
    are kept room for: where a window is short, they find it anyway.
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
