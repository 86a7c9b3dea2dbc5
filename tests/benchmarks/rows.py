"""What was measured, as rows of a table: how far the screen lagged behind the model, and the goals for it. No I/O."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean


@dataclass(slots=True)
class Seen:
    """What became of one reply. Seconds; `lags` of each token, `sign` from the question to the first sign of life."""

    first_lag: float = 0
    end_lag: float = 0
    sign: float = 0
    lags: list[float] = field(default_factory=list)
    edits: int = 0
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """At most so many seconds, or edits; 0: nothing was promised."""

    p50: float = 0
    p95: float = 0
    mean: float = 0
    first: float = 0
    end: float = 0
    edits: int = 0
    sign: float = 0
    refused: int = 0


NOTHING = Goal()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Seconds; `best`: with hindsight, where it was reckoned."""

    name: str
    replies: int
    exact: int
    refused: int
    p50: float
    p95: float
    mean: float
    first: float
    end: float
    edits: int
    sign: float = 0
    best_p50: float = 0
    best_p95: float = 0
    best_mean: float = 0
    goal: Goal = NOTHING

    @property
    def missed(self) -> tuple[str, ...]:
        """The goals that were missed, by their names."""
        goal = self.goal
        names = [name for name in ("p50", "p95", "mean", "first", "end", "edits", "sign") if getattr(goal, name)]
        late = [name for name in names if getattr(self, name) > getattr(goal, name)]
        refused = ["429s"] if self.refused > goal.refused else []
        return (*(["exact"] if self.exact < self.replies else []), *refused, *late)


def row(
    name: str, seen: Sequence[Seen], refused: int, best: Sequence[float] = (), goal: Goal = Goal()
) -> Row:  # frozen
    lags = [lag for one in seen for lag in one.lags]
    return Row(
        name=name,
        replies=len(seen),
        exact=sum(one.is_exact for one in seen),
        refused=refused,
        p50=quantile(lags, 0.5),
        p95=quantile(lags, 0.95),
        mean=round(mean(lags), 3),
        first=round(max(one.first_lag for one in seen), 3),
        end=round(max(one.end_lag for one in seen), 3),
        edits=max(one.edits for one in seen),
        sign=round(max(one.sign for one in seen), 3),
        best_p50=quantile(best, 0.5) if best else 0,
        best_p95=quantile(best, 0.95) if best else 0,
        best_mean=round(mean(best), 3) if best else 0,
        goal=goal,
    )


def seen(arrived: Sequence[tuple[float, int]], shown: Sequence[tuple[float, int]], *, edits: int, exact: bool) -> Seen:
    """`arrived`: when the model had said so many characters, for each token. `shown`: when so many were visible."""
    times, counts = [at for at, _ in shown], list[int]()
    for _, count in shown:
        counts.append(max(count, counts[-1] if counts else 0))
    lags = [times[place] - at for at, count in arrived if (place := bisect_left(counts, count)) < len(times)]
    return Seen(
        first_lag=times[0] - arrived[0][0],
        end_lag=times[-1] - arrived[-1][0],
        lags=lags,
        edits=edits,
        is_exact=exact and len(lags) == len(arrived),
    )


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 3)


# The goals, as they were set

BURSTS = {
    1: Goal(0.225, 0.400, first=0.110, end=0.170, edits=16, sign=0.15),
    5: Goal(0.600, 1.150, end=0.3, sign=0.15),
    10: Goal(0.950, 1.900, end=0.3, sign=0.15),
    20: Goal(1.900, 3.900, end=0.3, sign=0.15),
    50: Goal(2.650, 4.900, end=0.3, sign=0.15),
}
"""So many replies at once on Slack."""
ORDINARY, WAVES, SUSTAINED = Goal(mean=1.3, end=0.5), Goal(mean=2.15), Goal(end=0.5)
LEARNT = Goal(end=0.3)


def refilling(count: int) -> Goal:
    """Not known yet that the bucket refills: one batch of refusals teaches it."""
    return Goal(refused=count)


def channels(count: int) -> Goal:
    """So many replies at once on Discord, each in a channel of its own."""
    return Goal(0.65 if count > 20 else 0.6, sign=0.15)


ONE_CHANNEL = Goal(p95=2.2, sign=0.15)
BY_COMMAND, COMMANDS = (
    "Discord, {} in a channel by /ask",
    {1: channels(1), 5: ONE_CHANNEL, 20: channels(20), 50: channels(50)},
)


# As a table in Markdown

_SEPARATED = ["replies", "exact", "429s", "p50", "p95", "mean", "first", "end", "edits", "sign", "best"]
HEAD = f"| {'':44} | {' | '.join(f'{word:>5}' for word in _SEPARATED)} | missed |\n|---|{'---:|' * 11}---|\n"


def line(found: Row) -> str:
    """Seconds; `best`: the least mean with hindsight."""
    cells = [f"{number:5}" for number in (found.replies, found.exact, found.refused)]
    times = (found.p50, found.p95, found.mean, found.first, found.end)
    cells += [f"{seconds:5.2f}" for seconds in times]
    cells += [f"{found.edits:5}", _or_none(found.sign), _or_none(found.best_mean)]
    return f"| {found.name:44} | {' | '.join(cells)} | {', '.join(found.missed)} |\n"


def _or_none(seconds: float) -> str:
    return f"{seconds:5.2f}" if seconds else "     "
