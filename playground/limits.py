"""How many calls a platform lets through: fixed windows, or a bucket that refills. The clock is an argument. No I/O."""

from collections.abc import Hashable
from dataclasses import dataclass, field

_SLACK = 1e-6  # a call that comes exactly when it was told to must pass, whatever floating point made of the sum


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one call.

    `wait`: seconds until one would pass, 0 when this one did. `reset`: seconds until all is free again.
    """

    wait: float
    remaining: int
    reset: float

    @property
    def passed(self) -> bool:
        return self.wait <= 0


@dataclass(frozen=True, slots=True)
class Level:
    """How much of a rule is used: calls since `since` (a window), or calls left at `since` (a bucket)."""

    amount: float
    since: float


@dataclass(frozen=True, slots=True)
class Window:
    """`calls` in each `seconds`; a window begins with the first call after the last one has ended."""

    calls: int
    seconds: float

    def take(self, level: Level | None, now: float) -> tuple[Level, Taken]:
        if level is None or now >= level.since + self.seconds - _SLACK:
            level = Level(0, now)
        reset = level.since + self.seconds - now
        if level.amount >= self.calls:
            return level, Taken(reset, 0, reset)
        level = Level(level.amount + 1, level.since)
        return level, Taken(0, int(self.calls - level.amount), reset)


@dataclass(frozen=True, slots=True)
class Refill:
    """`burst` calls at once, then `rate` a second."""

    burst: int
    rate: float

    def take(self, level: Level | None, now: float) -> tuple[Level, Taken]:
        left = self.burst if level is None else min(self.burst, level.amount + (now - level.since) * self.rate)
        if left < 1 - _SLACK:
            return Level(left, now), Taken((1 - left) / self.rate, 0, (self.burst - left) / self.rate)
        left = max(left - 1, 0.0)
        return Level(left, now), Taken(0, int(left), (self.burst - left) / self.rate)


Rule = Window | Refill


@dataclass(eq=False, slots=True)
class Limits:
    """What is used of each rule, by key (a method and a workspace, a route, ...). A refused call counts nowhere."""

    _levels: dict[tuple[Hashable, Rule], Level] = field(default_factory=dict)

    def take(self, key: Hashable, rule: Rule, now: float) -> Taken:
        self._levels[key, rule], taken = rule.take(self._levels.get((key, rule)), now)
        return taken

    def clear(self) -> None:
        self._levels.clear()
