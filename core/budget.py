"""The budget of one bucket, in calls to a platform, not in money: what of it is used, and when more is free. No I/O.

The clock is an argument: `now` is seconds of a clock that never goes back.
"""

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from math import ceil, inf

from core.contract import Bucket
from core.sharing import NOBODY, News

_MARGIN = 0.001  # seconds: a call that comes to the instant when a window ends may be counted in it
BURST = 9 / 50
"""Part of the published calls that a platform lets through at once when it refills slowly instead of counting a window;
measured on Slack's chat.update: 9 of 50."""
SHORT = 5.0
"""Seconds: in a bucket with a shorter window, fewer calls are kept free for ends (see `Budget.weight`)."""
_SPILL = 0.5
"""Calls: a full bucket does not refill while a call is on its way to it, so it may hold so much less than we reckon."""
_DOUBT = 60.0
"""Seconds after a refusal here in which others, who may not have heard of it, cannot make us forget it."""


@dataclass(slots=True)
class _Refill:
    """A bucket that turned out to refill instead of counting a window: `level` calls were left at `since`."""

    level: float
    since: float


@dataclass(slots=True, eq=False)
class Budget:
    """The calls of one bucket, as far as this process knows.

    A platform counts a call somewhere between its sending and its answer, in a window that begins somewhere. So a call
    is taken to be used from its sending until `seconds` after its answer: that is safe wherever the window begins.
    After the first refusal the bucket is believed to refill at its published rate, with a small burst.

    `held`: edits that are kept for the ends of unfinished messages. `flying`: calls that have not come back. `frozen`:
    the time until which nothing goes out, after a 429. `refusals`: how many of those there were here. `others`: what
    the other processes told last.
    """

    bucket: Bucket
    held: int = 0
    flying: int = 0
    frozen: float = 0
    refusals: int = 0
    others: News = NOBODY
    _refused: float = -inf
    _ended: list[float] = field(default_factory=list)
    _theirs: list[float] = field(default_factory=list)
    _refill: _Refill | None = None

    @property
    def rate(self) -> float:
        """Calls a second in the long run."""
        return self.bucket.calls / self.bucket.seconds

    @property
    def most(self) -> float:
        """How many calls the bucket holds at most if it refills."""
        return max(1.0, max(1.0, self.bucket.calls * BURST) - _SPILL)

    @property
    def weight(self) -> float:
        """The part, from 0 to 1, of the held edits for which calls are really kept free.

        Less where the window is short: an end seldom comes just when it is used up, and then waits no longer than that.
        """
        if self.bucket.seconds <= 1:
            return 0
        return min(1.0, self.bucket.seconds / SHORT) ** 2

    @property
    def kept(self) -> int:
        """How many free calls progress must leave: one for each unfinished message, other processes' too, weighted."""
        return ceil((self.held + self.others.held) * self.weight)

    def take(self, now: float) -> None:
        """A call goes out."""
        self.flying += 1
        self._pour(-1, now)

    def untake(self, now: float) -> None:
        """The call that was to go out did not."""
        self.flying -= 1
        self._pour(1, now)

    def returned(self, now: float) -> None:
        """A call came back, whatever became of it."""
        self.flying -= 1
        insort(self._ended, now)

    def refused(self, now: float, retry_after: float) -> None:
        """The platform said 429: nothing goes out for `retry_after` seconds; from then on the bucket only refills."""
        self.refusals += 1
        self._refused = now
        self.frozen = max(self.frozen, now + retry_after)
        self._refill = _Refill(1.0, self.frozen)

    def learn(self, news: News, now: float) -> None:
        """Take over what the other processes told of this bucket."""
        self.others = news
        window = self.bucket.seconds + _MARGIN
        self._theirs = sorted(now + seconds - window for seconds in news.used)
        self.frozen = max(self.frozen, now + news.frozen)
        if news.level is not None:
            self._refill = _Refill(news.level, max(now, self.frozen))
        elif now > self._refused + _DOUBT:
            self._refill = None

    def part(self, now: float, live: int) -> None:
        """The other processes cannot be asked any more: each keeps to its own part of the calls that are spare.

        The parts are by live replies, of which this process has `live`; the others' part is taken as spent.
        """
        if not self.others.live:
            return
        spare = max(0, self.free(now) - self.kept)
        share = ceil(spare * self.others.live / (self.others.live + live))
        self._theirs = sorted([*self._theirs, *[now] * share])
        self._pour(-share, now)

    def free(self, now: float) -> int:
        """How many calls may go out now."""
        if now < self.frozen:
            return 0
        if self._refill:
            return int(self._level(now) + 1e-9)
        return self.bucket.calls - self.flying - self._used(now)

    def until(self, now: float, calls: int = 1) -> float:
        """The time at which so many calls will be free if none is made; infinity when that cannot be told yet."""
        if self.free(now) >= calls:
            return now
        if self._refill:
            short = calls - self._level(max(now, self.frozen))
            return max(now, self.frozen) + short / self.rate if calls <= self.most else inf
        missing = calls - (self.bucket.calls - self.flying - self._used(now))
        if missing <= 0:
            return self.frozen
        ended = sorted(self._ended + self._theirs) if self._theirs else self._ended
        if missing > len(ended):
            return inf
        return max(ended[missing - 1] + self.bucket.seconds + _MARGIN, self.frozen)

    def within(self, now: float, seconds: float) -> float:
        """How many calls can be made from now on within so many seconds (up to the bucket's window)."""
        if self._refill:
            start = max(now, self.frozen)
            return max(0.0, self._level(start) + (now + seconds - start) * self.rate)
        if now + seconds <= self.frozen:
            return 0
        past = now + seconds - self.bucket.seconds - _MARGIN
        staying = sum(len(ended) - bisect_right(ended, past) for ended in (self._ended, self._theirs))
        return self.bucket.calls - self.flying - staying

    def _pour(self, calls: int, now: float) -> None:
        if self._refill:
            self._refill = _Refill(self._level(now) + calls, max(now, self._refill.since))

    def _level(self, now: float) -> float:
        refill = self._refill
        if refill is None:
            return 0
        return min(self.most, refill.level + max(0.0, now - refill.since) * self.rate)

    def _used(self, now: float) -> int:
        past = now - self.bucket.seconds - _MARGIN
        for ended in (self._ended, self._theirs):
            del ended[: bisect_right(ended, past)]
        return len(self._ended) + len(self._theirs)
