"""What a line of Markdown stands in: quotes and items of lists, as CommonMark has them. No I/O."""

import re
from dataclasses import dataclass, field, replace

QUOTE = 0
"""Stands for a quote where an item of a list has its indentation."""

_MARKER = re.compile(r"(?P<marker>[-*+]|(?P<number>\d{1,9})[.)])(?P<space> +|(?=\n)|$)")
_SPACES = re.compile(" *")
_RULE = re.compile(r"([-*_]) *(?:\1 *){2,}\n?")
_LEAF = re.compile(r"`{3,}[^`]*$|~{3}|#{1,6}(?:[ \n]|$)|([-*_]) *(?:\1 *){2,}$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+) *\n?")
_SIGNS = frozenset("> \t\n-*+0123456789`~#=_")  # a line that begins with none of these is a paragraph's
_LONGEST_START = 1_000  # a line that nests deeper than so many characters is text


@dataclass(frozen=True, slots=True)
class Nest:
    """What is open behind a line, outermost first: QUOTE, or by how many columns the lines of an item are indented.

    `is_lazy`: a paragraph is open, that may go on in a line which is not quoted or indented like it.
    `is_bare`: the innermost item has no text yet: a blank line ends it.
    """

    within: tuple[int, ...] = ()
    is_lazy: bool = False
    is_bare: bool = False

    def holds(self, line: str) -> bool:
        """Whether this line, as far as it is written, is surely within all that is open."""
        return not self.within or _matched(self.within, _spaced(line))[0] == len(self.within)

    def text(self, line: str) -> str:
        """The line without the signs and the indentation of those that it goes on with."""
        spaced = _spaced(line)
        return spaced[_matched(self.within, spaced)[1] :]

    @property
    def items(self) -> tuple[int, ...]:
        """The items that stand in no quote."""
        return self.within[: self.within.index(QUOTE)] if QUOTE in self.within else self.within


NOWHERE = Nest()
_PARAGRAPH = Nest(is_lazy=True)


@dataclass(frozen=True, slots=True)
class Inner:
    """A line within its quotes and items.

    `text`: the rest of it, still indented; `lead`: what stands before that, as it would on the line below.
    """

    nest: Nest
    text: str = field(repr=False)
    lead: str = field(default="", repr=False)

    def in_block(self) -> Nest:
        """The nest behind this line, when it is no paragraph after all."""
        return replace(self.nest, is_lazy=False)


def inner(nest: Nest, line: str) -> Inner:
    """The line as it stands behind others that led to `nest`, and what is open behind it.

    Code fences and tables are not known here: of a line within a fence nothing must be asked but whether it `holds`.
    """
    if not nest.within and line[:1] not in _SIGNS:
        return Inner(_PARAGRAPH, line)
    spaced = _spaced(line)
    kept, at = _matched(nest.within, spaced)
    if not spaced[at:].strip():
        within = nest.within[: kept - 1 if nest.is_bare and kept == len(nest.within) else kept]
        return Inner(Nest(within), "\n")
    goes_on = nest.is_lazy and kept == len(nest.within)
    opened, start, is_bare = _opened(spaced, at, goes_on=goes_on)
    text, lead = spaced[start:], _lead(spaced, start)
    is_text = _is_text(text, goes_on=goes_on and not opened)
    if nest.is_lazy and not opened and is_text:
        return Inner(Nest(nest.within, is_lazy=True), text, lead)
    is_code = text.startswith("    ") or not text.strip()
    return Inner(Nest(nest.within[:kept] + opened, is_text and not is_code, is_bare), text, lead)


def _spaced(line: str) -> str:
    return line.expandtabs(4) if "\t" in line else line


def _lead(line: str, end: int) -> str:
    return "".join(">" if char == ">" else " " for char in line[:end])


def _indentation(line: str, at: int) -> int:
    found = _SPACES.match(line, at)
    return found.end() - at if found else 0


def _matched(within: tuple[int, ...], line: str) -> tuple[int, int]:
    """How many of the containers this line goes on with, and where in it they end."""
    at = 0
    for kept, width in enumerate(within):
        indentation = _indentation(line, at)
        if width == QUOTE:
            if indentation > 3 or line[at + indentation : at + indentation + 1] != ">":
                return kept, at
            at += indentation + 1
            at += line[at : at + 1] == " "
        elif indentation >= width:
            at += width
        elif line[at + indentation : at + indentation + 1] not in {"", "\n"}:
            return kept, at
    return len(within), at


def _opened(line: str, at: int, *, goes_on: bool) -> tuple[tuple[int, ...], int, bool]:
    """The containers that this line opens, where they end, and whether there is nothing in them.

    `goes_on`: a paragraph is open here, which only some of them interrupt.
    """
    opened: list[int] = []
    while at < _LONGEST_START:
        indentation = _indentation(line, at)
        start = at + indentation
        if indentation > 3:
            break
        if line[start : start + 1] == ">":
            opened.append(QUOTE)
            at = start + 1
            at += line[at : at + 1] == " "
        elif (found := _MARKER.match(line, start)) and not _RULE.fullmatch(line, start):
            is_bare = line[found.end() : found.end() + 1] in {"", "\n"}
            if goes_on and not opened and (is_bare or int(found["number"] or 1) != 1):
                break
            spaces = 1 if is_bare or len(found["space"]) > 4 else len(found["space"])
            opened.append(indentation + len(found["marker"]) + spaces)
            at = min(start + len(found["marker"]) + spaces, len(line))
            if is_bare:
                return tuple(opened), at, True
        else:
            break
    return tuple(opened), at, False


def _is_text(text: str, *, goes_on: bool) -> bool:
    """Whether this text is a paragraph's. `goes_on`: one is open right here."""
    bare = text.lstrip(" ")
    if len(text) - len(bare) > 3:
        return True
    return not _LEAF.match(bare) and not (goes_on and _UNDERLINE.fullmatch(text))
