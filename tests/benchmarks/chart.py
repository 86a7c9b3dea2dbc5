"""A chart as SVG: lines over a number of replies, seconds on a logarithmic scale. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 200, 44, 48
FONT = "font-family='system-ui, sans-serif' font-size='13'"
LEAST_GAP = 16
"""Pixels between two labels."""


@dataclass(frozen=True, slots=True)
class Line:
    """`points`: (replies, seconds). `dashes`: as in stroke-dasharray; `dots`: points only."""

    label: str
    colour: str
    points: Sequence[tuple[float, float]]
    dashes: str = ""
    dots: bool = False


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a value to a pixel, logarithmic."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        part = log(value / self.low) / log(self.high / self.low)
        return round(self.start + part * (self.end - self.start), 1)


def chart(title: str, lines: Sequence[Line], columns: Sequence[int], rows: Sequence[float]) -> str:
    """`columns`, `rows`: where the axes are marked; the first and the last are their ends."""
    x = _Scale(columns[0], columns[-1], LEFT, WIDTH - RIGHT)
    y = _Scale(rows[0], rows[-1], HEIGHT - BOTTOM, TOP)
    drawn = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' {FONT}>",
        f"<title>{escape(title)}</title>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        f"<text x='{LEFT}' y='24' font-size='15' font-weight='600'>{escape(title)}</text>",
        *_axes(x, y, columns, rows),
        *(mark for line in lines for mark in _line(line, x, y)),
        *_labels(lines, y),
        "</svg>",
    ]
    return "\n".join(drawn) + "\n"


def _axes(x: _Scale, y: _Scale, columns: Sequence[int], rows: Sequence[float]) -> Iterator[str]:
    for row in rows:
        at = y.at(row)
        yield f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{at}' y2='{at}' stroke='#ddd'/>"
        yield f"<text x='{LEFT - 8}' y='{at + 4}' text-anchor='end' fill='#555'>{row:g} s</text>"
    for column in columns:
        at = x.at(column)
        yield f"<line x1='{at}' x2='{at}' y1='{HEIGHT - BOTTOM}' y2='{HEIGHT - BOTTOM + 5}' stroke='#999'/>"
        yield f"<text x='{at}' y='{HEIGHT - BOTTOM + 20}' text-anchor='middle' fill='#555'>{column}</text>"
    middle = (LEFT + WIDTH - RIGHT) / 2
    below = f"x='{middle}' y='{HEIGHT - 8}' text-anchor='middle' fill='#555'"
    yield f"<text {below}>replies at once in one workspace</text>"


def _line(line: Line, x: _Scale, y: _Scale) -> Iterator[str]:
    places = [(x.at(replies), y.at(seconds)) for replies, seconds in line.points]
    if line.dots:
        for across, down in places:
            yield f"<circle cx='{across}' cy='{down}' r='4' fill='white' stroke='{line.colour}' stroke-width='2'/>"
        return
    path = " ".join(f"{across},{down}" for across, down in places)
    dashes = f" stroke-dasharray='{line.dashes}'" if line.dashes else ""
    yield f"<polyline points='{path}' fill='none' stroke='{line.colour}' stroke-width='2'{dashes}/>"


def _labels(lines: Sequence[Line], y: _Scale) -> Iterator[str]:
    """At the lines' right ends, none on another."""
    free = float(TOP)
    for line in sorted(lines, key=lambda line: y.at(line.points[-1][1])):
        free = max(free, y.at(line.points[-1][1]))
        yield f"<text x='{WIDTH - RIGHT + 10}' y='{free + 4}' fill='{line.colour}'>{escape(line.label)}</text>"
        free += LEAST_GAP
