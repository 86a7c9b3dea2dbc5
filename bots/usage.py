"""`parley usage`: what was used, from the counters, as a table, CSV or JSON; and whether the lines say the same."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

from bots.storeroom import what_is_there
from core.allowance import PARTS, parts
from core.contract import Place
from core.errors import SettingsError
from core.reports import WIDTH, bar, summed, total
from core.settings import Settings
from core.store import PEOPLE_DAYS, USAGE_DAYS, Figures, Store
from core.usage import files

COLUMNS = tuple(field.name for field in fields(Figures))
_NONE = [0] * len(COLUMNS)


class By(StrEnum):
    DAY = "day"
    MODEL = "model"
    PLACE = "place"
    PERSON = "person"


KEPT = {By.DAY: USAGE_DAYS, By.MODEL: USAGE_DAYS, By.PLACE: PEOPLE_DAYS, By.PERSON: PEOPLE_DAYS}
_OVER = (
    "What was used before {} is not told by {}: that is kept for {} days. The usage lines have it, for as long as you "
    "keep them."
)


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Report:
    """What to print. `over`: a sentence on what was asked for and is kept no longer, or "".

    `differences`: a sentence for each day on which the usage lines say something else.
    """

    text: str
    over: str = ""
    differences: Sequence[str] = ()


def days(since: str, today: str, kept: int = USAGE_DAYS) -> Sequence[str]:
    """Every day from this one to today, so many at most; "" is the first of the month. Raises SettingsError."""
    last = date.fromisoformat(today)
    try:
        first = date.fromisoformat(since) if since else last.replace(day=1)
    except ValueError:
        raise SettingsError(["--since: write a day such as 2026-11-01."]) from None
    if first > last:
        raise SettingsError([f"--since: {since} has not begun. Write a day such as {last.replace(day=1)}."])
    first = max(first, last - timedelta(kept - 1))
    return [(first + timedelta(number)).isoformat() for number in range((last - first).days + 1)]


async def rows(store: Store, by: By, since: Sequence[str]) -> Mapping[str, Figures]:
    """What each used on these days; days in their order, others the largest first."""
    if by is By.DAY:
        found = await store.purse.used(since)
        return {day: found[day].get("", Figures()) for day in since}
    used = summed(await store.purse.used(since, by))
    return dict(sorted(used.items(), key=lambda one: (one[1].dollars, one[1].tokens), reverse=True))


def written(found: Mapping[str, Figures], by: By, form: Format, columns: int = 120) -> str:
    """`columns`: how wide a table may be."""
    if form is Format.JSON:
        return json.dumps([{by.value: name} | asdict(figures) for name, figures in found.items()], indent=1)
    if form is Format.CSV:
        out = io.StringIO()
        lines = csv.DictWriter(out, [by.value, *COLUMNS], lineterminator="\n")
        lines.writeheader()
        lines.writerows({by.value: name} | asdict(figures) for name, figures in found.items())
        return out.getvalue().rstrip("\n")
    return "\n".join(_table(found, by, columns))


def _table(found: Mapping[str, Figures], by: By, columns: int) -> Iterator[str]:
    """Names to the left, figures to the right, and a bar for the part of the largest cost, as far as there is room."""
    sums = total(found.values())
    rows = [[by.value, *_heads(sums)], *([name, *_cells(one, sums)] for name, one in found.items())]
    rows += [["total", *_cells(sums, sums)]]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    most, room = max((one.dollars for one in found.values()), default=0), columns - sum(wide) - 2 * len(wide)
    drawn = [bar(one.dollars / most if most and room > 2 else 0, min(WIDTH, room)) for one in found.values()]
    for (name, *figures), last in zip(rows, ["", *drawn, ""], strict=True):
        cells = (cell.rjust(width) for cell, width in zip(figures, wide[1:], strict=True))
        yield "  ".join([name.ljust(wide[0]), *cells, last]).rstrip()


def _heads(sums: Figures) -> list[str]:
    return ["calls", "input", "output", "cached", *(["unpriced"] if sums.unpriced else []), "cost"]


def _cells(figures: Figures, sums: Figures) -> list[str]:
    """With cents, and hundredths of them where all together is little."""
    prompt = figures.input + figures.cache_read + figures.cache_write
    counts = [figures.calls, prompt, figures.output, figures.cache_read, *([figures.unpriced] if sums.unpriced else [])]
    return [*(f"{count:,}" for count in counts), f"${figures.dollars:,.{2 if sums.dollars >= 100 else 4}f}"]


async def told(
    chosen: Settings, by: By, since: str, form: Format, *, check: bool = False, known: Sequence[str] = ()
) -> Report:
    """`check`: compare with the usage lines.

    `known`: ids of people (platform:id) and channels (platform:space:channel) that stand there in clear. Raises
    SettingsError, also where no bot has ever run: asking shall leave nothing behind.
    """
    async with what_is_there(chosen) as store:
        today = store.purse.today.name
        wanted = days(since, today, KEPT[by])
        clear = in_clear(store, known)
        found = {clear.get(name, name): figures for name, figures in (await rows(store, by, wanted)).items()}
        counted = await rows(store, By.DAY, days(since, today)) if check else {}
    folder = chosen.usage_folder
    columns = shutil.get_terminal_size((120, 0)).columns
    over = (
        _OVER.format(wanted[0], by.value, KEPT[by])
        if since and date.fromisoformat(since) < date.fromisoformat(wanted[0])
        else ""
    )
    return Report(written(found, by, form, columns), over, tuple(differences(counted, folder, chosen.timezone)))


def in_clear(store: Store, known: Sequence[str]) -> Mapping[str, str]:
    """Whom a pseudonym stands for, of whom that is known: nobody can tell it from the pseudonym alone."""
    found: dict[str, str] = {}
    for id in known:
        match id.split(":"):
            case [platform, person]:
                found[store.payer(platform, person)] = id
            case [platform, space, channel]:
                found[store.site(Place(platform, space, channel))] = id
            case _:
                raise SettingsError(
                    ["--show: write slack:U012AB3CD for a person, slack:T012AB3CD:C012AB3CD for a channel."]
                )
    return found


# The usage lines


def differences(counted: Mapping[str, Figures], folder: Path, zone: tzinfo) -> Iterator[str]:
    """A sentence for each day on which the lines in a folder do not add up to what the counters say.

    A call that ends with its day may stand in the lines on that day and in the counters on the next.
    """
    lines, torn = _lines(folder, zone, counted)
    if torn:
        yield f"Usage lines here that cannot be read, since a process was killed or its disk full: {torn:,}."
    for day, figures in counted.items():
        told = lines.get(day, Figures())
        if told != figures:
            yield f"{day}: the counters say {_sum(figures)}; the usage lines here {_sum(told)}."


def _sum(figures: Figures) -> str:
    return f"{figures.calls:,} calls, {figures.tokens:,} tokens, ${figures.dollars:.8f}"


def _lines(folder: Path, zone: tzinfo, wanted: Mapping[str, Figures]) -> tuple[Mapping[str, Figures], int]:
    """The sums of each day, and how many lines are not whole."""
    found: dict[str, list[int]] = {}
    torn = 0
    for file in files(folder):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for text in lines:
                try:
                    day, numbers = _read(json.loads(text), zone)
                except (ValueError, TypeError, KeyError):
                    torn += 1
                    continue
                if day in wanted:
                    found[day] = [a + b for a, b in zip(found.get(day, _NONE), numbers, strict=True)]
    figures = {day: Figures(calls, none, cost / PARTS, *rest) for day, (calls, none, cost, *rest) in found.items()}
    return figures, torn


def _read(line: Mapping[str, Any], zone: tzinfo) -> tuple[str, tuple[int, ...]]:
    """The day of a line, and its numbers."""
    return datetime.fromisoformat(line["time"]).astimezone(zone).date().isoformat(), _numbers(line)


def _numbers(line: Mapping[str, Any]) -> tuple[int, ...]:
    """A line in the order of Figures, its cost in parts of a dollar."""
    cost = line["cost"]
    read, written = int(line["cache_read"] or 0), int(line["cache_write_5m"] or 0) + int(line["cache_write_1h"] or 0)
    said, asked = int(line["output"] or 0), int(line["input"] or 0)
    priced = parts(cost) if cost is not None else 0
    return 1, int(cost is None), priced, asked + said + read + written, asked, said, read, written
