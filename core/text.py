"""Markdown cut into messages. No I/O.

A page ends where the text first outgrows it, and where it is cut depends on nothing behind that character: so a page
that was left stays as it is, however the text goes on. Code fences and tables that are cut are closed and reopened.
"""

from dataclasses import dataclass, replace

from core import unfinished
from core.blocks import Fence
from core.characters import clean, part_at_most
from core.contract import Page
from core.lines import Flow
from core.sheet import Break, Measure, Sheet

MOST_PAGES = 5
REST_FOLLOWS = "*This is getting long: the rest will follow as a file.*"
REST_IN_FILE = "*This was too long for chat: the rest is in the file.*"
SMALLEST = 200  # below this, closing and reopening a fence leaves too little room for the text


def pages(
    markdown: str, size: int, measure: Measure = len, *, final: bool = True, most: int = MOST_PAGES, note: str = ""
) -> tuple[Page, ...]:
    """The messages that show `markdown`, each within `size` as `measure` counts.

    `measure` is additive over whole lines and never smaller for a longer text. `final=False`: the text still grows;
    what is half written at its end is closed for the screen. `note` is our own sentence below the text. What does not
    fit into `most` pages is the last one's `file`. Raises ValueError for a size below SMALLEST.
    """
    return Cutter(size, measure, most=most).cut(markdown, final=final, note=note)


@dataclass(frozen=True, slots=True)
class _Left:
    """A page that was left, and what it began with, should it have to be cut again."""

    page: Page
    start: int
    first: Flow


class Cutter:
    """Cuts a text that grows: what was cut is remembered, so a whole stream costs about as much as its text."""

    def __init__(
        self,
        size: int,
        measure: Measure = len,
        *,
        most: int = MOST_PAGES,
        tables_apart: bool = False,
        most_pieces: int = 0,
    ) -> None:
        """`tables_apart`: a page ends in front of its second table, unless it is the last one that there may be.

        `most_pieces`: and before it is made of more of them (0: of any number), but for a last line and a note.
        """
        if size < SMALLEST:
            raise ValueError("A page this small holds no text.")
        self._size, self._measure, self._most = size, measure, most
        self._tables_apart, self._most_pieces = tables_apart, most_pieces
        self._notice = max(measure("\n\n" + notice) for notice in (REST_FOLLOWS, REST_IN_FILE))
        self._text = ""
        self._raw = self._clean = ""  # lines that stand: as they were written, and without what nobody can see
        self._left: list[_Left] = []
        self._sheet: Sheet
        self._reset()

    def cut(self, markdown: str, *, final: bool = False, note: str = "") -> tuple[Page, ...]:
        """The pages of `markdown`. Cheapest when it is the last one's text and more; any other text is cut anew."""
        markdown = self._cleaned(markdown)
        if not markdown.startswith(self._text) and not markdown.startswith(self._text[: self._sheet.at]):
            self._reset()
        self._text = markdown
        while not self._is_full and self._step(final=final):
            pass
        cut = [left.page for left in self._left]
        if self._is_full:
            cut[-1] = self._last(cut[-1], final=final)
        elif text := self._sheet.text(markdown[self._sheet.at :], final=final):
            cut.append(Page(text, final=final))
        return self._noted(cut, note) if note else tuple(cut)

    def shrink(self, page: int) -> bool:
        """Cut this page (from 0) and all behind it again, half as large; False when they cannot get any smaller."""
        if self._size // 2 < SMALLEST:
            return False
        self._size //= 2
        if page < len(self._left):
            left = self._left[page]
            del self._left[page:]
            self._begin(left.start, left.first)
        else:
            self._begin(self._sheet.start, self._sheet.first)
        return True

    def _cleaned(self, markdown: str) -> str:
        """As platforms show it: a fence that stands behind an invisible character is one for who reads it there."""
        if not markdown.startswith(self._raw):
            self._raw = self._clean = ""
        end = markdown.rfind("\n") + 1
        if end > len(self._raw):
            self._clean += clean(markdown[len(self._raw) : end])
            self._raw = markdown[:end]
        return self._clean + clean(markdown[end:])

    @property
    def _is_full(self) -> bool:
        return len(self._left) >= self._most

    @property
    def _is_last(self) -> bool:
        """Whether the page that is being filled is the last one that there may be."""
        return len(self._left) + 1 == self._most

    def _reset(self) -> None:
        self._text = ""
        self._left.clear()
        self._begin(0, Flow(self._size // 4))

    def _begin(self, start: int, flow: Flow) -> None:
        limit = self._size - (self._notice if self._is_last else 0)
        head = flow.head(self._text[start : start + 1] if flow.is_cut else "")
        self._sheet = Sheet(start, replace(flow, longest=self._size // 4), head, limit, self._measure)

    def _step(self, *, final: bool) -> bool:
        """Take the next line; False when it is not whole yet and fits as far as it goes."""
        sheet = self._sheet
        end = self._text.find("\n", sheet.at)
        line = self._text[sheet.at : end + 1 or None]
        part = line.removesuffix("\n")
        if sheet.load(part, is_whole=end >= 0 or final) > sheet.limit:
            is_code_after_all = sheet.load(part) <= sheet.limit  # it looked like a fence's end, and is none
            self._leave(f"{part}\n" if is_code_after_all else part)
        elif end < 0:
            return False
        elif not part.strip():
            self._take_blank(line)
        else:
            self._take(line)
        return True

    def _take_blank(self, line: str) -> None:
        sheet, after = self._sheet, self._sheet.at + len(line)
        if sheet.is_solid or isinstance(sheet.flow.of(line), Fence):
            sheet.add_blank(line)
        elif sheet.head or sheet.lines:
            self._begin(after, sheet.flow.after(line).anew())
        else:
            sheet.start = sheet.at = after

    def _take(self, line: str) -> None:
        sheet = self._sheet
        coming = sheet.coming(line)
        if coming is None:
            self._begin(sheet.at + len(line), sheet.flow.after(line).anew())
            return
        is_crowded = 0 < self._most_pieces < coming.pieces.needed
        if is_crowded or (coming.begins_table and self._tables_apart and sheet.tabled and not self._is_last):
            self._end_at(sheet.end_apart(coming, is_crowded=is_crowded))
        elif coming.opened and sheet.is_solid and coming.used + self._measure(coming.opened.closer) > sheet.limit:
            self._leave(line)
        else:
            sheet.add(coming)

    def _leave(self, part: str) -> None:
        """End the page before this line, or within it, and begin the next one."""
        sheet = self._sheet
        if not sheet.is_solid and sheet.lines:
            self._begin(sheet.at, replace(sheet.flow, is_cut=False))  # more blank lines than a page holds
            return
        full = sheet.overflow(part)
        if place := sheet.end_before(part[:full]):
            self._end_at(place)
        elif full == 1 and sheet.blank:
            sheet.drop_blank()
        else:
            at = _word_place(part, max(full - 1, 1), in_code=isinstance(sheet.flow.of(part), Fence))
            sheet.head = sheet.head_of(part[:full])
            lines = [*sheet.lines, sheet.flow.shown(part[:at])]
            self._turn(lines, sheet.flow.amid(part[:at]), sheet.at + at, is_cut=True)

    def _end_at(self, place: Break) -> None:
        self._turn(self._sheet.lines[: place.lines], place.flow, place.offset)

    def _turn(self, lines: list[str], behind: Flow, start: int, *, is_cut: bool = False) -> None:
        sheet = self._sheet
        self._left.append(_Left(Page(sheet.left(lines, behind), final=True), sheet.start, sheet.first))
        self._begin(start, behind.overleaf(is_cut=is_cut))

    def _last(self, page: Page, *, final: bool) -> Page:
        """The last page that there may be, when the text goes on behind it."""
        if not final:
            return Page(f"{page.text}\n\n{REST_FOLLOWS}")
        rest = self._sheet.head + self._text[self._sheet.start :]
        return Page(f"{page.text}\n\n{REST_IN_FILE}", final=True, file=rest.encode("utf-8", "replace"))

    def _noted(self, cut: list[Page], note: str) -> tuple[Page, ...]:
        """The pages with a note of our own below."""
        words = f"*{note}*"
        if not cut:
            return (Page(words, final=True),)
        last, sheet = cut[-1], self._sheet
        text = last.text.rstrip()
        text = f"{text if self._is_full else sheet.shut(text, self._text[sheet.at :])}\n\n{words}"
        if self._measure(text) <= self._size:
            return (*cut[:-1], replace(last, text=text))
        return (*cut, Page(words, final=True))


def _word_place(line: str, most: int, *, in_code: bool) -> int:
    """Where a line that is too long is parted: in front of a word and with nothing inline open, where that can be."""
    spots = [at for at in range(most, most // 2, -1) if line[at - 1].isspace() and not line[at].isspace()]
    if not spots:
        return part_at_most(line, most)
    whole = (at for at in spots[:12] if in_code or not unfinished.is_open(line[:at]))
    return next(whole, spots[0])
