"""The organization's rate limits: buckets that refill within a minute, and the headers that tell of them. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

PUBLISHED = {"requests": 1_000, "input_tokens": 500_000, "output_tokens": 100_000}
"""Per minute: the API's Start tier as published in October 2026."""
KINDS = tuple(PUBLISHED)


@dataclass(eq=False, slots=True)
class Budget:
    """What is left of each limit. `enforced`: a request that finds one used up is refused; else it is only told."""

    limits: Mapping[str, int] = field(default_factory=lambda: dict(PUBLISHED))
    enforced: bool = False
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)  # kind -> (left, at that time)

    def wait(self, now: float) -> tuple[str, float]:
        """The limit that is used up and the seconds until it is not, ("", 0) when none is."""
        waits = {kind: (1 - self._left(kind, now)) * 60 / self.limits[kind] for kind in KINDS}
        kind = max(waits, key=lambda name: waits[name])
        return (kind, waits[kind]) if self.enforced and waits[kind] > 0 else ("", 0.0)

    def spend(self, kind: str, amount: int, now: float) -> None:
        """What was used, also when more was used than was left."""
        self._levels[kind] = self._left(kind, now) - amount, now

    def headers(self, now: float, wall: float) -> dict[str, str]:
        """`anthropic-ratelimit-*`. `now` is the clock of the limits, `wall` the time since 1970, both in seconds."""
        found: dict[str, str] = {}
        levels = {kind: (self.limits[kind], self._left(kind, now)) for kind in KINDS}
        both = ("input_tokens", "output_tokens")
        levels["tokens"] = (sum(levels[kind][0] for kind in both), sum(levels[kind][1] for kind in both))
        for kind, (limit, left) in levels.items():
            name = f"anthropic-ratelimit-{kind.replace('_', '-')}"
            full = wall + (limit - left) * 60 / limit
            found[f"{name}-limit"] = str(limit)
            found[f"{name}-remaining"] = str(max(0, int(left)))
            found[f"{name}-reset"] = f"{datetime.fromtimestamp(full, UTC):%Y-%m-%dT%H:%M:%SZ}"
        return found

    def clear(self) -> None:
        self._levels.clear()

    def _left(self, kind: str, now: float) -> float:
        limit = self.limits[kind]
        left, at = self._levels.get(kind, (float(limit), now))
        return min(limit, left + (now - at) * limit / 60)
