"""What people are told of what was used, what is left, and how often they may ask, as text. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.allowance import Allowance, Allowances
from core.limits import Limits, Window
from core.store import Figures

WIDTH = 20
"""Characters of the longest bar: a chart fits a phone."""
DAYS = 7
"""Days of a chart."""
MOST = 5
"""So many rows of models or people have a bar of their own; the others share one."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class Used:
    """What somebody, a channel or everybody used on each of some `days`: this month's, and those of the last week.

    Days are called as in 2026-11-22.
    """

    days: Mapping[str, Figures]
    today: str

    @property
    def now(self) -> Figures:
        return self.days.get(self.today, _NOTHING)

    @property
    def month(self) -> Figures:
        return total(figures for day, figures in self.days.items() if day[:7] == self.today[:7])


@dataclass(frozen=True, slots=True)
class Shares:
    """How much each model and each person used this month; people are pseudonyms, of which `you` is one."""

    models: Mapping[str, Figures] = field(default_factory=dict)
    people: Mapping[str, Figures] = field(default_factory=dict)
    you: str = ""


def total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, _NOTHING)


def summed(days: Mapping[str, Mapping[str, Figures]]) -> Mapping[str, Figures]:
    """What each used on all of the days together."""
    found: dict[str, Figures] = {}
    for day in days.values():
        for who, figures in day.items():
            found[who] = found.get(who, _NOTHING) + figures
    return found


def usage(title: str, used: Used, left: Sequence[str] = (), shares: Shares | None = None) -> str:
    """A few lines with a chart of the last days, and charts of `shares` where there are some.

    `left`: what is left of today's budgets, a line each.
    """
    lines = [f"**{title}**", f"- today: {_said(used.now)}", f"- this month: {_said(used.month)}"]
    lines += [f"- left today: {words}" for words in left]
    lines += ["", "```", *bars({day[5:]: used.days.get(day, _NOTHING) for day in sorted(used.days)[-DAYS:]}), "```"]
    for what, found in (("model", shares.models), ("person", shares.people)) if shares else ():
        named = {("you" if shares and who == shares.you else who): figures for who, figures in _most(found)}
        if named:
            lines += [f"This month by {what}:", "```", *bars(named), "```"]
    return "\n".join(lines)


def left(budget: Allowance, used: Figures) -> list[str]:
    """What of a day's budget is left, in words; nothing where there is none."""
    found = []
    if budget.dollars is not None:
        found.append(f"{dollars(max(0.0, budget.dollars - used.dollars))} of {dollars(budget.dollars)}")
    if budget.tokens is not None:
        found.append(f"{max(0, budget.tokens - used.tokens):,} of {budget.tokens:,} tokens")
    return found


def left_of_all(budget: Allowance, used: Figures) -> list[str]:
    """What is left of everybody's budget, in per cent and in words; nothing where there is none."""
    gone = [used.dollars / budget.dollars] if budget.dollars else []
    gone += [used.tokens / budget.tokens] if budget.tokens else []
    return [f"{max(0, 100 - round(100 * max(gone)))} % of everybody’s budget"] if gone else []


def bars(rows: Mapping[str, Figures]) -> list[str]:
    """A line for each, as long as its part of the largest: by cost, or by tokens where no price is known."""
    by_cost = any(figures.dollars for figures in rows.values())
    values = [figures.dollars if by_cost else figures.tokens for figures in rows.values()]
    most, wide = max([*values, 0]), max(map(len, rows), default=0)
    return [
        f"{name:<{wide}} {bar(value / most if most else 0):<{WIDTH}} {dollars(value) if by_cost else f'{value:,.0f}'}"
        for name, value in zip(rows, values, strict=True)
    ]


def bar(part: float, width: int = WIDTH) -> str:
    """A part of 0 to 1 as a line of blocks, exact to an eighth; what is more than nothing is seen."""
    eighths = max(round(part * width * 8), 1 if part > 0 else 0)
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.995 or not amount else f"${amount:.4f}"


def limits(usual: Limits, own: Mapping[str, Sequence[Window]], budgets: Allowances) -> str:
    """The limits that hold at a place. `usual`: those of the settings; `own`: those that were set there."""
    lines = [
        "**How often you may ask**",
        f"- each person, everywhere together: {_windows(usual.person)}",
        f"- each person, in this channel: {_windows(own.get('each', ()))}",
        f"- all people in this channel together: {_windows(own.get('all', usual.place))}",
    ]
    whose = (("everybody together", budgets.everybody), ("each person", budgets.person))
    lines += [f"- budget of {who} for a day: {words}" for who, budget in whose for words in _budget(budget)]
    return "\n".join(lines)


def _budget(budget: Allowance) -> list[str]:
    found = [dollars(budget.dollars)] if budget.dollars is not None else []
    return [*found, f"{budget.tokens:,} tokens"] if budget.tokens is not None else found


def _windows(windows: Sequence[Window]) -> str:
    return ", ".join(f"`{window}`" for window in windows) or "no limit"


def _most(found: Mapping[str, Figures]) -> list[tuple[str, Figures]]:
    """Those that used the most, and the others together."""
    ranked = sorted(found.items(), key=lambda one: (one[1].dollars, one[1].tokens), reverse=True)
    others = total(figures for _, figures in ranked[MOST:])
    return [*ranked[:MOST], (f"{len(ranked) - MOST} others", others)] if others.calls else ranked


def _said(figures: Figures) -> str:
    if not figures.calls:
        return "nothing"
    calls = f"{figures.calls:,} call{'s' if figures.calls > 1 else ''} to Claude"
    cost = dollars(figures.dollars) if figures.unpriced < figures.calls else "cost unknown"
    more = f" and {figures.unpriced:,} of unknown cost" if 0 < figures.unpriced < figures.calls else ""
    return f"{calls}, {figures.tokens:,} tokens, {cost}{more}"
