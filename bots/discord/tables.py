"""Tables for Discord, which draws none: columns in a block of code, or a list where they would be too wide. No I/O.

Nothing grows beyond what `allowance` reserves for it line by line, so that a message's size is known before its tables
are drawn. As a table grows it may become a list, once; it never becomes columns again.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

from core.formulas import SPAN, around

MOST_WIDTH = 60
"""Columns of a table: wider ones wrap on most screens, and then nobody can read them."""
EXTRA = 12
"""Characters that a row may grow by, besides its own length or MOST_WIDTH, for aligning it or naming its cells."""
FENCE = len("```\n```\n\n")
NESTED = 3  # marks around marks: as many as there are kinds of them

_ROW = re.compile(r"^[ \t]*\|.*\n?", re.MULTILINE)
_SPLIT = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"[ \t]*<br[ \t]*/?>[ \t]*", re.IGNORECASE)
_MARKED = "(.{1,200}?)"
"""What stands between two marks: bounded, since a mark that is never closed would be looked for to the line's end."""
_BOLD = re.compile(rf"(?<!\\)\*\*(?=\S){_MARKED}(?<=[^\s\\])\*\*")
_EMPHASIS = re.compile(
    rf"(?<!\\)(?P<stars>\*{{2,3}})(?=\S){_MARKED}(?<=[^\s\\])(?P=stars)"
    rf"|(?<!\\)~~(?=\S){_MARKED}(?<=[^\s\\])~~"
    rf"|(?<![\w\\_])(?P<lines>_{{2,3}})(?=[^\s_]){_MARKED}(?<=[^\s\\_])(?P=lines)(?![\w_])"
)
_ESCAPE = re.compile(r"\\([\\`*_~|\[\]<>#-])|`")
_LINK = re.compile(r"\]\(|https?://")
_EMOJI = re.compile("[\U0001f300-\U0001faff]")

Row = Sequence[str]
Inline = Callable[[str], str]


def allowance(text: str) -> int:
    """How much longer the rows in a text may become."""
    return sum(min(len(row), MOST_WIDTH) + EXTRA for row in _ROW.findall(text))


def drawn(lines: Sequence[str], inline: Inline) -> str:
    """A table, from its header to its last row, which may be half written. `inline` draws what stands in a cell."""
    header, ruler, *body = lines
    if not header.lstrip(" \t").startswith("|"):
        return "".join(map(inline, lines))
    end = "\n" if lines[-1].endswith("\n") else ""
    heads = _cells(header)
    rows = [_cells(line, len(heads)) for line in body]
    columns = None if _has_links([heads, *rows]) else _columns(heads, _cells(ruler), rows, lines)
    shown = columns or _list(
        [inline(_piped(head)) for head in heads], [[inline(_piped(cell)) for cell in row] for row in rows], body
    )
    whole = "\n".join(shown) + end
    return whole if len(whole) <= sum(map(_room, lines)) else "".join(map(inline, lines))


def _room(line: str) -> int:
    return len(line) + allowance(line)


def _cells(line: str, most: int = 0) -> Row:
    """A row's cells; what is beyond the `most` that the header has stays with the last one."""
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    cells = [_BREAK.sub(" ", cell).strip() for cell in _SPLIT.split(inner)]
    return [*cells[: most - 1], " | ".join(cells[most - 1 :])] if 0 < most < len(cells) else cells


def _has_links(rows: Sequence[Row]) -> bool:
    """In code nobody could click them."""
    return any(_LINK.search(cell) for row in rows for cell in row)


def _piped(cell: str) -> str:
    """In code a bar that is escaped for the table's sake would show its escape."""
    return SPAN.sub(lambda span: span[0].replace("\\|", "|"), cell) if "\\|" in cell else cell


# Columns


def _columns(heads: Row, ruler: Row, rows: Sequence[Row], lines: Sequence[str]) -> list[str] | None:
    """The table as code, None where that would be too wide, or end within. A row without room is not aligned."""
    plain = [[_plain(cell) for cell in row] for row in (heads, *rows)]
    count = max(map(len, plain))
    widths = [max(width(row[place]) for row in plain if place < len(row)) for place in range(count)]
    aligned = [_aligned(row, widths, ruler) for row in plain]
    if max(map(width, aligned)) > MOST_WIDTH or any("```" in row for row in aligned):
        return None
    top = [aligned[0], _rule(widths, width(aligned[0]))]
    if sum(map(len, top)) + 2 + FENCE > _room(lines[0]) + _room(lines[1]):
        return None
    fitting = [
        shown if len(shown) < _room(line) else " | ".join(row)
        for shown, row, line in zip(aligned[1:], plain[1:], lines[2:], strict=True)
    ]
    return ["```", *top, *fitting, "```"]


def _plain(cell: str) -> str:
    """Without the marks that would show: of code its backticks alone."""
    return around(cell, _unmarked, lambda span: span[2].replace("\\|", "|").strip() or span[2])


def _unmarked(text: str) -> str:
    for _ in range(NESTED):
        text, count = _EMPHASIS.subn(lambda mark: mark[2] or mark[3] or mark[5], text)
        if not count:
            break
    return _ESCAPE.sub(lambda mark: mark[1] or "", text)


def _aligned(row: Row, widths: Sequence[int], ruler: Row) -> str:
    cells = [_padded(cell, widths[place], ruler[place] if place < len(ruler) else "") for place, cell in enumerate(row)]
    return " | ".join(cells).rstrip()


def _padded(cell: str, columns: int, rule: str) -> str:
    space = columns - width(cell)
    left = space if rule.endswith(":") and not rule.startswith(":") else space // 2 if rule.endswith(":") else 0
    return " " * left + cell + " " * (space - left)


def _rule(widths: Sequence[int], columns: int) -> str:
    """The line below the header, as long as the header."""
    return "-+-".join("-" * columns for columns in widths)[:columns]


def width(text: str) -> int:
    """Columns that a text takes in a fixed-width font."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} or _EMOJI.match(char) else 1


# A list


def _list(heads: Row, rows: Sequence[Row], body: Sequence[str]) -> list[str]:
    """One item a row, below the first column's name, and with the others' where there is room for them in every row.

    Else all the names stand above.
    """
    named = [_named(heads, row) for row in rows]
    whole = [len(item) < _room(line) or not line.endswith("\n") for item, line in zip(named, body, strict=True)]
    bare = ["- " + " · ".join(cell for cell in row if cell) for row in rows]
    if not rows or not all(whole):
        return [*_title(heads), *bare]
    last = [item if len(item) < _room(line) else plain for item, plain, line in zip(named, bare, body, strict=True)]
    return [*_title(heads[:1]), *last]


def _title(heads: Row) -> list[str]:
    """Nothing above a column without a name."""
    return [bold(" · ".join(heads))] if any(heads) else []


def _named(heads: Row, row: Row) -> str:
    first, *others = row
    pairs = [f"{head}: {cell}" for head, cell in zip(heads[1:], others, strict=False) if cell]
    return f"- {bold(first or '–')}" + (" — " + "; ".join(pairs) if pairs else "")


def bold(text: str) -> str:
    """In bold, without what is bold in it. Two asterisks that remain would end that, in Discord those of code, too."""
    plain = around(text, lambda outside: _BOLD.sub(r"\1", outside))
    return plain if "**" in plain else f"**{plain}**"
