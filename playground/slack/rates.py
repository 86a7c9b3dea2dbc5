"""The budgets of the Web API. No I/O.

Published (docs.slack.dev/apis/web-api/rate-limits): per method and workspace, tier 2 allows 20 calls a minute, tier 3
50, tier 4 100; chat.postMessage one a second in a channel, "short bursts" allowed. The rest of the special tier has no
number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.limits import Refill, Rule, Window
from playground.slack.errors import Nonsense

PER_MINUTE = {2: 20, 3: 50, 4: 100}
POST = Refill(burst=3, rate=1.0)  # Slack does not say how short a burst is
MODES = ("published", "refill", "off")


@dataclass(frozen=True, slots=True)
class Rates:
    """Which rule a method is under: `own` first (None lifts it), then what `mode` makes of its tier."""

    mode: str = "published"
    own: Mapping[str, Rule | None] = field(default_factory=dict)

    def rule(self, method: str, tier: int) -> Rule | None:
        if method in self.own:
            return self.own[method]
        if self.mode == "off":
            return None
        if method == "chat.postMessage":
            return POST
        calls = PER_MINUTE.get(tier)
        if calls is None:
            return None
        return Window(calls, 60) if self.mode == "published" else Refill(9, calls / 60)


def read(raw: str | Mapping[str, Any]) -> Rates:
    """A mode, or `{"mode"?: a mode, method: [calls, seconds] | {"burst", "rate"} | null}`. Raises Nonsense."""
    if isinstance(raw, str):
        raw = {"mode": raw}
    own = {str(method): _rule(value) for method, value in raw.items() if method != "mode"}
    mode = str(raw.get("mode", "published"))
    if mode not in MODES:
        raise Nonsense(f"limits are one of {', '.join(MODES)}")
    return Rates(mode, own)


def _rule(raw: object) -> Rule | None:
    match raw:
        case None:
            return None
        case [int(calls), int() | float() as seconds] if calls > 0 and seconds > 0:
            return Window(calls, float(seconds))
        case {"burst": int(burst), "rate": int() | float() as rate} if burst > 0 and rate > 0:
            return Refill(burst, float(rate))
    raise Nonsense('a limit is [calls, seconds], {"burst": calls, "rate": calls a second} or null')
