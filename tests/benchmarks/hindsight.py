"""The least lag that any governor could reach who knew all questions and answers beforehand. No I/O."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.limits import Level, Window

SHORTEST_GAP = 0.32  # seconds; as for a governor


@dataclass(frozen=True, slots=True)
class Life:
    """A reply: its first token comes at `begin`, its last one at `end`."""

    begin: float
    end: float
    tokens: int

    def gap(self, edits: int) -> float:
        return (self.end - self.begin) / (edits + 1)

    def paints(self, edits: int) -> list[float]:
        """A post and so many edits, the last one at the end, in even gaps: for even tokens nothing lags less."""
        return [self.begin + self.gap(edits) * (number + 1) for number in range(edits + 1)]


def lags(lives: Sequence[Life], window: Window, *, effect: float) -> list[float]:
    """The lag of each token, when every reply has a post and at least an edit for its end.

    The other edits of the window go, one after the other, where they save most. `effect`: seconds until a call is seen.
    """
    found = list[float]()
    for life, count in zip(lives, _counts(lives, window), strict=True):
        paints = life.paints(count)
        for number in range(life.tokens):
            at = life.begin + (life.end - life.begin) * number / max(life.tokens - 1, 1)
            found.append(paints[min(bisect_left(paints, at - 1e-9), count)] - at + effect)
    return found


def _counts(lives: Sequence[Life], window: Window) -> list[int]:
    counts = [1] * len(lives)
    growing = set(range(len(lives)))
    while growing:
        best = max(growing, key=lambda place: _gain(lives[place], counts[place]))
        more, gap = lives[best].paints(counts[best] + 1)[1:], lives[best].gap(counts[best] + 1)
        others = (at for place, life in enumerate(lives) if place != best for at in life.paints(counts[place])[1:])
        if gap < SHORTEST_GAP or not _fits([*others, *more], window):
            growing.remove(best)
        else:
            counts[best] += 1
    return counts


def _gain(life: Life, count: int) -> float:
    """Token-seconds of lag that one more edit saves."""
    return life.tokens * (life.gap(count) - life.gap(count + 1)) / 2


def _fits(times: Iterable[float], window: Window) -> bool:
    level: Level | None = None
    for at in sorted(times):
        level, taken = window.take(level, at)
        if not taken.passed:
            return False
    return True
