"""Code fences and tables, line by line: what a line opens, goes on with or ends. No I/O."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.containers import NOWHERE, QUOTE, Inner, Nest, inner

_LEAD = r"(?P<lead>(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*)"
_FENCE = re.compile(r"(?P<indent> {0,3})(?P<marker>`{3,}|~{3,})(?P<info>[^\n]*?)\s*")
_FENCE_BEGINS = re.compile(_LEAD + r"(?:`{3,}[^`]*|~{3,}.*)", re.DOTALL)
_HTML_BEGINS = re.compile(_LEAD + r"(?=<[A-Za-z/!?])(?!<[A-Za-z][A-Za-z0-9+.-]*:)")
_LEAD_ALONE = re.compile(_LEAD)
_BLOCK = re.compile(r"[ \t]*(?:[-*+>]|\d{1,9}[.)]|#{1,6})(?:[ \t]|$)")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t\n]")
_HEADING = re.compile(r"[ \t>]*#{1,6}[ \t]")
_APART = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|=+[ \t]*$|([-*_])(?:[ \t]*\1){2,}[ \t]*$|--?[ \t]*$)", re.MULTILINE)
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*")
_RULER = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?\s*")
_RULER_BEGINS = re.compile(r"[ \t>]*[|:\- \t]*")
_OUTER = re.compile(r"^[ \t>]*\|?|\|?\s*$")
_LOOKS_LIKE_A_BLOCK = frozenset("`~#>-+*|=<0123456789 \t")
GUARD = "\u200b"  # in front of the rest of a cut line, so that it does not read as a fence, a heading, a list


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence. `lead`: what its own lines begin with (quote marks, indentation); `within`: what it is in."""

    lead: str = field(repr=False)
    marker: str
    info: str = field(repr=False)
    within: tuple[int, ...] = ()

    @property
    def is_quoted(self) -> bool:
        return QUOTE in self.within

    @property
    def opener(self) -> str:
        return f"{self.lead}{self.marker}{self.info}\n"

    @property
    def closer(self) -> str:
        return self.lead + self.marker

    def holds(self, line: str) -> bool:
        """Whether this line is still within the quotes and items that the fence stands in."""
        return not self.within or Nest(self.within).holds(line)

    def may_close(self, line: str) -> bool:
        """Whether this line, as far as it is written, may become the fence's end."""
        text = Nest(self.within).text(line)
        run = text.lstrip(" ")
        return not run.rstrip().strip(self.marker[0]) and (len(text) - len(run) <= 3 or not run)

    def closes(self, line: str) -> bool:
        return line.count(self.marker[0]) >= len(self.marker) and self.may_close(line)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header and the row below it, as they are repeated ("" when they are too long for that)."""

    opener: str = field(repr=False)

    def holds(self, line: str) -> bool:
        return "|" in line


State = Fence | Table | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """How many blocks a platform may make of a text: of each heading, rule and table, and of all that is between two.

    At least as many as it does. `is_between`: what comes next belongs to the last of them.
    """

    count: int = 0
    is_between: bool = False

    @property
    def needed(self) -> int:
        """With what follows a heading."""
        return self.count + (not self.is_between)

    def after(self, line: str, state: State, now: State) -> "Pieces":
        """Behind the next line that is not blank, which leads from `state` to `now`."""
        if isinstance(now, Table):
            return self if now is state else Pieces(self.count + 1)
        if state is None and now is None and _APART.match(line):
            return Pieces(self.count + 1)
        return self if self.is_between else Pieces(self.count + 1, is_between=True)


NO_PIECES = Pieces()


@dataclass(frozen=True, slots=True)
class Context:
    """What the text stands in behind a line: a fence or a table, quotes and items. `previous`: that line."""

    state: State = None
    nest: Nest = NOWHERE
    previous: str = field(default="", repr=False)

    def of(self, line: str) -> State:
        """What the next line stands in, as far as it is written."""
        return self.state if self.state is None or self.state.holds(line) else None

    def after(self, line: str, longest: int) -> "Context":
        """Behind the next line, which is whole.

        What takes more than `longest` characters to repeat is no fence, and a table whose header is not repeated.
        """
        state = self.of(line)
        if isinstance(state, Fence):
            return Context(None if state.closes(line) else state, self.nest, line)
        here = inner(self.nest, line)
        if isinstance(state, Table):
            return Context(state, here.in_block(), line)
        if fence := _fence(here, longest):
            return Context(fence, Nest(fence.within), line)
        goes_on = self.nest.is_lazy and here.nest.within == self.nest.within
        if goes_on and is_header(self.previous) and _RULER.fullmatch(here.text):
            header = unmarked(self.previous)
            if _are_table(self.nest.text(header), here.text):
                opener = header + line
                return Context(Table(opener if len(opener) <= longest else ""), here.in_block(), line)
        return Context(None, here.nest, line)


START = Context()


def standing(text: str) -> Iterator[tuple[str, State, State]]:
    """Each line of a whole text, what it stands in, and what is open behind it."""
    behind = START
    for line in text.splitlines(keepends=True):
        within, behind = behind.of(line), behind.after(line, sys.maxsize)
        yield line, within, behind.state


def _fence(here: Inner, longest: int) -> Fence | None:
    begins = here.text.lstrip(" ")[:1] in {"`", "~"} and len(here.lead) + len(here.text) <= longest
    match = _FENCE.fullmatch(here.text) if begins else None
    if not match or (match["marker"][0] == "`" and "`" in match["info"]):
        return None
    return Fence(here.lead + match["indent"], match["marker"], match["info"], here.nest.within)


def lead(line: str) -> str:
    """What the line begins with: quote marks, markers of lists, white space."""
    found = _LEAD_ALONE.match(line)
    return found[0] if found else ""


def unmarked(line: str) -> str:
    """A line of a list without the list's markers, as far indented."""
    return _LEAD_ALONE.sub(lambda lead: re.sub(r"[^>\s]", " ", lead[0]), line, count=1)


def _are_table(header: str, ruler: str) -> bool:
    is_code = header.startswith("    ") or ruler.startswith("    ")
    return not is_code and _cells(header) == _cells(ruler)


def _cells(row: str) -> int:
    return _OUTER.sub("", row.strip().replace("\\|", "")).count("|")


def is_header(line: str) -> bool:
    return "|" in line and not line.isspace()


def is_heading(line: str) -> bool:
    return bool(_HEADING.match(line))


def may_underline(line: str) -> bool:
    """Whether this line makes a heading of the one above it."""
    return bool(_UNDERLINE.fullmatch(line))


def is_item(line: str) -> bool:
    return bool(_ITEM.match(line))


def begins(line: str) -> bool:
    """Whether this line begins a block of its own: an item of a list, a quote, a heading."""
    return bool(_BLOCK.match(line))


def may_open(part: str) -> bool:
    """Whether this line, as far as it is written, may open a fence."""
    return ("```" in part or "~~~" in part) and bool(_FENCE_BEGINS.fullmatch(part))


def muted(line: str, longest: int, fence: Fence | None = None) -> str:
    """The line, made to open or close no fence when it is longer than such a line may be, and to begin no HTML.

    HTML is text on every platform; for a parser that knows it no fence begins there.
    """
    is_too_long = (
        len(line) > longest and not line.isspace() and (fence.may_close if fence else may_open)(line[: longest + 1])
    )
    if is_too_long or (not fence and "<" in line and _HTML_BEGINS.match(line)):
        return _LEAD_ALONE.sub(rf"\g<lead>{GUARD}", line, count=1)
    return line


def may_be_ruler(part: str) -> bool:
    """Whether this line, as far as it is written, may be the row below a table's header."""
    return bool(_RULER_BEGINS.fullmatch(part))


def is_row(part: str) -> bool:
    return part.lstrip(" \t>").startswith("|")


def rank_behind(line: str, state: State, now: State) -> int:
    """How well a page may end behind this line (see `Break` in sheet.py), which led from `state` to `now`."""
    if now is not None:
        return 1 if now is state else -1  # never behind a bare opener, or a header without its rows
    if isinstance(state, Fence):
        return 5
    return 0 if is_heading(line) or line.rstrip(" \t\n*_").endswith((":", "：")) else 4


def moved(state: State, items: tuple[int, ...]) -> State:
    """The same without the indentation of these items; a fence that is not quoted without any."""
    if isinstance(state, Fence):
        lead = dedented(state.lead, sum(items)) if state.is_quoted else ""
        return Fence(lead, state.marker, state.info, state.within[len(items) :])
    if isinstance(state, Table):
        return Table("".join(dedented(line, sum(items)) for line in state.opener.splitlines(keepends=True)))
    return None


def reopened(state: State, cut_at: str, quotes: int) -> str:
    """What goes on top of a page that goes on with `state`; `cut_at`: the first character of the rest of a line."""
    if isinstance(state, Fence):
        goes_on = state.lead if cut_at else ""
        return state.opener + goes_on + (GUARD if cut_at and cut_at in " \t" + state.marker[0] else "")
    if isinstance(state, Table) and not cut_at:
        return state.opener
    return ("> " * quotes if cut_at and state is None else "") + (GUARD if cut_at in _LOOKS_LIKE_A_BLOCK else "")


def indentation(line: str) -> int:
    """How many columns of white space the line begins with."""
    kept = line.lstrip(" \t")
    return len(line[: len(line) - len(kept)].expandtabs(4))


def dedented(line: str, columns: int) -> str:
    """The line without up to `columns` of its indentation. A tab that reaches beyond them leaves spaces."""
    at = column = 0
    while column < columns and line[at : at + 1] in {" ", "\t"}:
        column += 4 - column % 4 if line[at] == "\t" else 1
        at += 1
    return " " * (column - columns) + line[at:] if at else line


def indented(line: str, columns: int) -> str:
    """The line, indented by at least so many columns if there is anything in it."""
    is_enough = indentation(line) >= columns or not line.strip()
    return line if is_enough else " " * columns + line.lstrip(" \t")
