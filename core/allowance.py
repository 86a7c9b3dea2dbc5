"""What may be spent in a calendar day, in dollars and tokens: by everybody together, and by each person. No I/O."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo

from core.limits import spoken

PARTS = 100_000_000
"""A dollar is counted in so many parts, as whole numbers add up without an error."""
NEAR = 80
"""With so many per cent gone a budget is nearly spent, which people are told once a day."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be spent in a day; None is no limit."""

    dollars: float | None = None
    tokens: int | None = None

    def __bool__(self) -> bool:
        return self.dollars is not None or self.tokens is not None


@dataclass(frozen=True, slots=True)
class Allowances:
    """The budgets of a day, which begins at midnight in `zone`. Tokens are all that went in and out, cached or not."""

    everybody: Allowance = field(default_factory=Allowance)
    person: Allowance = field(default_factory=Allowance)
    zone: tzinfo = UTC

    def __bool__(self) -> bool:
        return bool(self.everybody or self.person)

    @property
    def needs_prices(self) -> bool:
        """Whether a model whose price nobody knows could spend without being noticed."""
        return self.everybody.dollars is not None or self.person.dollars is not None


NO_BUDGET = Allowances()


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day in some time zone. `name`: 2026-11-22. `begins`, `ends`: ms since 1970, mostly 24 hours apart."""

    name: str
    begins: int
    ends: int


def day_at(seconds: float, zone: tzinfo) -> Day:
    """The day in `zone` that a time (s since 1970) is in."""
    date = datetime.fromtimestamp(seconds, zone).date()
    begins, ends = (datetime.combine(one, time(), zone) for one in (date, date + timedelta(1)))
    return Day(date.isoformat(), round(begins.timestamp() * 1000), round(ends.timestamp() * 1000))


def days_before(name: str, count: int) -> tuple[str, ...]:
    """The names of `count` days, oldest first, of which the day `name` is the last."""
    last = datetime.strptime(name, "%Y-%m-%d").replace(tzinfo=UTC).date()
    return tuple((last - timedelta(back)).isoformat() for back in reversed(range(count)))


def parts(dollars: float) -> int:
    """Dollars as they are counted."""
    return round(dollars * PARTS)


def spent(which: str, seconds: float) -> str:
    """The sentence for whoever asks when nothing is left: `which` is "all" or "own"."""
    whose = "Your budget for today is" if which == "own" else "Today's budget for everybody here is"
    return f"{whose} used up. It begins anew in {spoken(seconds)}."
