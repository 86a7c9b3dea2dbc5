"""Code fences and tables, line by line: what a line opens, goes on with or ends. No I/O."""

import re
from dataclasses import dataclass, field

_LEAD = r"(?P<lead>(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*)"
_FENCE = re.compile(_LEAD + r"(?P<marker>`{3,}|~{3,})(?P<info>[^\n]*?)[ \t\r]*\n?")
_FENCE_BEGINS = re.compile(_LEAD + r"(?:`{3,}[^`]*|~{3,}.*)", re.DOTALL)
_LIST_MARKER = re.compile(r"[-*+]|\d+[.)]")
_BLOCK = re.compile(r"[ \t]*(?:[-*+>]|\d{1,9}[.)]|#{1,6})(?:[ \t]|$)")
_HEADING = re.compile(r"[ \t>]*#{1,6}[ \t]")
_RULER = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?\s*")
_RULER_BEGINS = re.compile(r"[ \t>]*[|:\- \t]*")
_OUTER = re.compile(r"^[ \t>]*\|?|\|?\s*$")
_LOOKS_LIKE_A_BLOCK = frozenset("`~#>-+*|= \t")
_GUARD = "\u200b"  # in front of the rest of a cut line, so that it does not read as a fence, a heading, a list


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence. `lead`: what its own lines begin with (quote marks, the indentation of a list)."""

    lead: str = field(repr=False)
    marker: str
    info: str = field(repr=False)

    @property
    def is_quoted(self) -> bool:
        return ">" in self.lead

    @property
    def opener(self) -> str:
        return f"{self.lead if self.is_quoted else ''}{self.marker}{self.info}\n"

    @property
    def closer(self) -> str:
        return self.lead + self.marker

    def holds(self, line: str) -> bool:
        """Whether this line is still within the quote that the fence stands in."""
        return not self.is_quoted or not line.strip() or line.lstrip().startswith(">")

    def may_close(self, line: str) -> bool:
        """Whether this line, as far as it is written, may become the fence's end."""
        run = line.lstrip(" \t>" if self.is_quoted else " \t")
        is_deeper = len(line) - len(run) > len(self.lead) + 3
        return not run.rstrip().strip(self.marker[0]) and not (is_deeper and run)

    def closes(self, line: str) -> bool:
        return self.may_close(line) and line.count(self.marker[0]) >= len(self.marker)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header and the row below it, as they are repeated ("" when they are too long for that)."""

    opener: str = field(repr=False)

    def holds(self, line: str) -> bool:
        return "|" in line


State = Fence | Table | None


def after(state: State, line: str, previous: str, longest: int) -> State:
    """What the text stands in behind this whole line, which stands in `state`; `previous` is the line before it.

    What would take more than `longest` characters to repeat is no fence, and a table whose header is not repeated.
    """
    if isinstance(state, Fence):
        return None if state.closes(line) else state
    if isinstance(state, Table):
        return state
    if fence := _fence(line, longest):
        return fence
    if is_header(previous) and _RULER.fullmatch(line) and _cells(previous) == _cells(line):
        repeated = previous + line
        return Table(repeated if len(repeated) <= longest else "")
    return None


def _fence(line: str, longest: int) -> Fence | None:
    match = _FENCE.fullmatch(line) if len(line) <= longest else None
    if not match or (match["marker"][0] == "`" and "`" in match["info"]):
        return None
    lead = _LIST_MARKER.sub(lambda marker: " " * len(marker[0]), match["lead"])
    return Fence(lead, match["marker"], match["info"])


def _cells(row: str) -> int:
    return _OUTER.sub("", row.strip().replace("\\|", "")).count("|")


def is_header(line: str) -> bool:
    return "|" in line and not line.isspace()


def is_heading(line: str) -> bool:
    return bool(_HEADING.match(line))


def begins(line: str) -> bool:
    """Whether this line begins a block of its own: an item of a list, a quote, a heading."""
    return bool(_BLOCK.match(line))


def may_open(part: str) -> bool:
    """Whether this line, as far as it is written, may open a fence."""
    return bool(_FENCE_BEGINS.fullmatch(part))


def muted(line: str, longest: int) -> str:
    """The line, made to open no fence when it is longer than such a line may be."""
    return _GUARD + line if len(line) > longest and may_open(line[: longest + 1]) else line


def may_be_ruler(part: str) -> bool:
    """Whether this line, as far as it is written, may be the row below a table's header."""
    return bool(_RULER_BEGINS.fullmatch(part))


def is_row(part: str) -> bool:
    return part.lstrip(" \t>").startswith("|")


def rank_behind(line: str, state: State, now: State) -> int:
    """How well a page may end behind this line (see `_Break` in text.py), which led from `state` to `now`."""
    if now is not None:
        return 1 if now is state else -1  # never behind a bare opener, or a header without its rows
    if isinstance(state, Fence):
        return 3
    return 0 if is_heading(line) else 2


def reopened(state: State, cut_at: str) -> str:
    """What goes on top of a page that goes on with `state`; `cut_at`: the first character of the rest of a line."""
    if isinstance(state, Fence):
        return state.opener + (_GUARD if cut_at and cut_at in " \t" + state.marker[0] else "")
    guard = _GUARD if cut_at in _LOOKS_LIKE_A_BLOCK else ""
    return state.opener if isinstance(state, Table) and not cut_at else guard


def dedented(line: str, columns: int) -> str:
    """The line without up to `columns` of its leading white space."""
    kept = line.lstrip(" \t")
    return line[min(columns, len(line) - len(kept)) :]
