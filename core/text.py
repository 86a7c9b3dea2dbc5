"""Markdown cut into messages. No I/O.

A page ends where the text first outgrows it, and where it is cut depends on nothing behind that character: so a page
that was left stays as it is, however the text goes on. Code fences and tables that are cut are closed and reopened.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from core import blocks, unfinished
from core.blocks import Fence, State, Table
from core.characters import part_at_most
from core.contract import Page

Measure = Callable[[str], int]

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
class _Break:
    """A place between two lines where a page may end.

    `rank`: 3 between blocks, 2 between lines, 1 within fences and tables, 0 behind a heading, -1 never if avoidable.
    """

    offset: int
    lines: int
    used: int
    rank: int
    state: State


@dataclass(slots=True)
class _Sheet:
    """The page that is being filled. `lines` are its whole lines as shown; `at`: where the first other one begins."""

    start: int
    carried: State
    middle: bool  # it begins in the middle of a line
    limit: int
    head: str = ""
    at: int = 0
    state: State = None
    lines: list[str] = field(default_factory=list)
    used: int = 0
    blank: int = 0  # measure of the blank lines at the end; they count when something follows them
    is_solid: bool = False
    previous: str = ""
    paragraph: int = 0  # the line with which the last paragraph begins
    opened: int = -1  # the line that opened the fence
    breaks: list[_Break] = field(default_factory=list)

    def standing(self, line: str) -> State:
        """What this line stands in, as far as it is written."""
        return self.state if self.state is None or self.state.holds(line) else None

    def is_cut_line(self) -> bool:
        """Whether the next line is the rest of one that began on the page before."""
        return self.middle and not self.lines

    def may_close(self, state: State, line: str) -> TypeGuard[Fence]:
        return isinstance(state, Fence) and not self.is_cut_line() and state.may_close(line)

    def closer(self, state: State) -> str:
        if not isinstance(state, Fence):
            return ""
        return state.marker if state is self.carried and not state.is_quoted else state.closer

    def shown(self, line: str) -> str:
        """A fence of a list that goes on here does so without the list's indentation."""
        state = self.standing(line)
        if self.is_cut_line():
            return line
        if not isinstance(state, Fence):
            return blocks.muted(line, self.limit // 4)
        is_list = state is self.carried and not state.is_quoted
        return blocks.dedented(line, len(state.lead)) if is_list else line

    def head_of(self, line: str) -> str:
        """What is repeated above, when this is the first line: nothing if it does not go on with what was cut."""
        goes_on = self.is_solid or self.standing(line) is self.carried
        return self.head if goes_on else ""


@dataclass(frozen=True, slots=True)
class _Left:
    """A page that was left, and what it began with, should it have to be cut again."""

    page: Page
    start: int
    carried: State
    middle: bool


class Cutter:
    """Cuts a text that grows: what was cut is remembered, so a whole stream costs about as much as its text."""

    def __init__(self, size: int, measure: Measure = len, *, most: int = MOST_PAGES) -> None:
        if size < SMALLEST:
            raise ValueError("A page this small holds no text.")
        self._size, self._measure, self._most = size, measure, most
        self._text = ""
        self._left: list[_Left] = []
        self._sheet = self._begin(0, None, middle=False)

    def cut(self, markdown: str, *, final: bool = False, note: str = "") -> tuple[Page, ...]:
        """The pages of `markdown`. Cheapest when it is the last one's text and more; any other text is cut anew."""
        if not markdown.startswith(self._text) and not markdown.startswith(self._text[: self._sheet.at]):
            self._reset()
        self._text = markdown
        while not self._is_full and self._step():
            pass
        cut = [left.page for left in self._left]
        if self._is_full:
            cut[-1] = self._last(cut[-1], final=final)
        elif text := self._rest(final=final):
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
            self._begin(left.start, left.carried, middle=left.middle)
        else:
            self._begin(self._sheet.start, self._sheet.carried, middle=self._sheet.middle)
        return True

    @property
    def _is_full(self) -> bool:
        return len(self._left) >= self._most

    def _reset(self) -> None:
        self._text = ""
        self._left.clear()
        self._begin(0, None, middle=False)

    def _begin(self, start: int, carried: State, *, middle: bool) -> _Sheet:
        limit = self._size
        if len(self._left) + 1 == self._most:
            limit -= max(self._measure("\n\n" + notice) for notice in (REST_FOLLOWS, REST_IN_FILE))
        sheet = _Sheet(start, carried, middle, limit, at=start, state=carried)
        sheet.head = blocks.reopened(carried, self._text[start : start + 1] if middle else "")
        sheet.used = self._measure(sheet.head)
        self._sheet = sheet
        return sheet

    def _step(self) -> bool:
        """Take the next line; False when it is not whole yet and fits as far as it goes."""
        sheet = self._sheet
        end = self._text.find("\n", sheet.at)
        line = self._text[sheet.at : end + 1 or None]
        part = line.removesuffix("\n")
        if self._load(part) > sheet.limit:
            self._leave(part)
        elif end < 0:
            return False
        elif self._load(part, is_whole=True) > sheet.limit:
            self._leave(line)
        elif not part.strip():
            self._take_blank(line)
        else:
            self._take(line)
        return True

    def _load(self, part: str, *, is_whole: bool = False) -> int:
        """How full the page is with this next line, as far as it is written, and closed behind it."""
        sheet = self._sheet
        if not part.strip():
            return 0
        state = sheet.standing(part)
        load = sheet.used + sheet.blank
        if sheet.may_close(state, part) and not (is_whole and not state.closes(part)):
            if not sheet.is_solid and sheet.carried:
                return 0  # nothing but a closer: it was closed on the page before
            return load + max(self._measure(part), self._measure(sheet.closer(state)))
        load += self._measure(sheet.shown(part))
        return load + self._measure("\n" + sheet.closer(state)) if isinstance(state, Fence) else load

    def _take_blank(self, line: str) -> None:
        sheet = self._sheet
        sheet.at += len(line)
        in_fence = isinstance(sheet.state, Fence) and not sheet.state.is_quoted
        if not in_fence:
            sheet.state = None
        if not in_fence and not sheet.is_solid:
            self._begin(sheet.at, None, middle=False)
            return
        sheet.lines.append(sheet.shown(line))
        sheet.blank += self._measure(line)
        sheet.previous = line
        if not in_fence:
            sheet.paragraph = len(sheet.lines)
            rank = 0 if sheet.breaks and sheet.breaks[-1].rank == 0 else 3
            sheet.breaks.append(_Break(sheet.at, len(sheet.lines), sheet.used, rank, None))

    def _take(self, line: str) -> None:
        sheet = self._sheet
        state = sheet.standing(line)
        if sheet.may_close(state, line) and not sheet.is_solid and sheet.carried and state.closes(line):
            self._begin(sheet.at + len(line), None, middle=False)
            return
        after = state if sheet.is_cut_line() else blocks.after(state, line, sheet.previous, sheet.limit // 4)
        opens = isinstance(after, Fence) and after is not state
        shown = sheet.shown(line)
        used = sheet.used + sheet.blank + self._measure(shown)
        if opens and sheet.is_solid and used + self._measure(sheet.closer(after)) > sheet.limit:
            self._leave(line)
            return
        if not sheet.is_solid and sheet.head_of(line) != sheet.head:
            used -= self._measure(sheet.head)
            sheet.head = ""
        self._note_break(line, state, after)
        sheet.lines.append(shown)
        sheet.at += len(line)
        sheet.used, sheet.blank, sheet.state, sheet.is_solid, sheet.previous = used, 0, after, True, line
        sheet.opened = len(sheet.lines) - 1 if opens else sheet.opened
        if after or state or blocks.is_heading(line):
            sheet.paragraph = len(sheet.lines)
        elif blocks.begins(line):
            sheet.paragraph = len(sheet.lines) - 1
        rank = blocks.rank_behind(line, state, after)
        sheet.breaks.append(_Break(sheet.at, len(sheet.lines), used, rank, after))

    def _note_break(self, line: str, state: State, after: State) -> None:
        """What this line shows about the break in front of it."""
        sheet = self._sheet
        if not sheet.breaks or sheet.breaks[-1].offset != sheet.at:
            return
        if isinstance(after, Table) and state is None:
            sheet.breaks[-1] = replace(sheet.breaks[-1], rank=0)
        elif isinstance(sheet.breaks[-1].state, Table) and state is None:
            sheet.breaks[-1] = replace(sheet.breaks[-1], rank=2)

    def _leave(self, part: str) -> None:
        """End the page before this line, or within it, and begin the next one."""
        sheet = self._sheet
        if not sheet.is_solid and sheet.lines:
            self._begin(sheet.at, sheet.carried, middle=False)  # more blank lines than a page holds
            return
        full = self._overflow(part)
        if chosen := self._chosen(part[:full]):
            self._turn(sheet.lines[: chosen.lines], chosen.state, chosen.offset, middle=False)
        elif full == 1 and sheet.blank:
            while not sheet.lines[-1].strip():
                sheet.lines.pop()
            sheet.blank = 0
        else:
            state = sheet.standing(part)
            at = _word_place(part, max(full - 1, 1), in_code=isinstance(state, Fence))
            self._turn([*sheet.lines, sheet.shown(part[:at])], state, sheet.at + at, middle=True)

    def _overflow(self, part: str) -> int:
        """How many characters of this line are the first too many."""
        limit = self._sheet.limit
        if part.endswith("\n"):
            return len(part)  # a fence whose end has no room, or what looked like one's end and is none
        low, high = 0, min(len(part), limit)
        while self._load(part[:high]) <= limit:
            low, high = high, min(len(part), 2 * high)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._load(part[:middle]) > limit else (middle, high)
        return high

    def _chosen(self, part: str) -> _Break | None:
        """Where the page ends when `part` is too much for it; None: within this line."""
        sheet = self._sheet
        breaks = sheet.breaks
        if breaks and sheet.state is None and blocks.is_header(sheet.previous) and blocks.may_be_ruler(part):
            breaks = [*breaks[:-1], replace(breaks[-1], rank=0)]
        good = [place for place in breaks if place.rank >= 2 and place.used >= sheet.limit // 2]
        if good:
            return max(good, key=lambda place: place.used + (sheet.limit * 3 // 10 if place.rank == 3 else 0))
        for rank in (1, 0):
            if fair := [place for place in breaks if place.rank >= rank]:
                return fair[-1]
        is_hopeless = part.endswith("\n") or (len(part) == 1 and not sheet.blank)
        return breaks[-1] if breaks and is_hopeless else None

    def _turn(self, lines: list[str], state: State, start: int, *, middle: bool) -> None:
        sheet = self._sheet
        text = sheet.head + "".join(lines).rstrip()
        if isinstance(state, Fence):
            text += "\n" + sheet.closer(state)
        self._left.append(_Left(Page(text, final=True), sheet.start, sheet.carried, sheet.middle))
        self._begin(start, state, middle=middle)

    def _last(self, page: Page, *, final: bool) -> Page:
        """The last page that there may be, when the text goes on behind it."""
        if not final:
            return Page(f"{page.text}\n\n{REST_FOLLOWS}")
        rest = self._sheet.head + self._text[self._sheet.start :]
        return Page(f"{page.text}\n\n{REST_IN_FILE}", final=True, file=rest.encode("utf-8", "replace"))

    def _rest(self, *, final: bool) -> str:
        """The page that is being filled, "" while there is nothing to see."""
        sheet = self._sheet
        part = self._text[sheet.at :]
        if not sheet.is_solid and (not part.strip() or self._load(part) == 0):
            return ""
        if not final:
            text = self._unfinished(part)
            raw = sheet.head_of(part) + "".join(sheet.lines) + sheet.shown(part)
            return text if self._measure(text) <= sheet.limit else raw.rstrip()  # no room left for closing
        text = sheet.head_of(part) + "".join(sheet.lines) + sheet.shown(part)
        state = sheet.standing(part)
        if isinstance(state, Fence) and state is sheet.carried:
            text = self._shut(text, part)
        return text if self._measure(text) <= sheet.limit else text.rstrip()

    def _shut(self, text: str, part: str) -> str:
        """The text with its open fence closed."""
        state = self._sheet.standing(part)
        if not isinstance(state, Fence) or (self._sheet.may_close(state, part) and state.closes(part)):
            return text
        return f"{text.rstrip()}\n{self._sheet.closer(state)}"

    def _unfinished(self, part: str) -> str:
        sheet = self._sheet
        state = sheet.standing(part)
        head = sheet.head_of(part)
        if isinstance(state, Fence):
            return self._unfinished_code(head, part, state)
        if isinstance(state, Table):
            row = unfinished.close(part).rstrip(" \t|") if blocks.is_row(part) else unfinished.close(part)
            return (head + "".join(sheet.lines) + (row + " |" if row.strip() and blocks.is_row(part) else row)).rstrip()
        lines, rest = sheet.lines, sheet.shown(part)
        if not sheet.is_cut_line() and (blocks.may_open(rest) or blocks.is_row(part)):
            rest = ""
        if lines and blocks.is_row(lines[-1]) and blocks.may_be_ruler(part) and sheet.state is None:
            lines, rest = lines[:-1], ""
        begin = len(lines) if blocks.begins(rest) else min(sheet.paragraph, len(lines))
        return (head + "".join(lines[:begin]) + unfinished.close("".join(lines[begin:]) + rest)).rstrip()

    def _unfinished_code(self, head: str, part: str, state: Fence) -> str:
        sheet = self._sheet
        rest = "" if sheet.may_close(state, part) else sheet.shown(part)
        opened = sheet.opened if state is not sheet.carried else -1
        if not "".join(sheet.lines[opened + 1 :]).strip() and not rest.strip():
            return (head + "".join(sheet.lines[:opened])).rstrip() if opened > 0 else ""
        return head + ("".join(sheet.lines) + rest).rstrip() + "\n" + sheet.closer(state)

    def _noted(self, cut: list[Page], note: str) -> tuple[Page, ...]:
        """The pages with a note of our own below."""
        words = f"*{note}*"
        if not cut:
            return (Page(words, final=True),)
        last = cut[-1]
        text = last.text.rstrip() if self._is_full else self._shut(last.text.rstrip(), self._text[self._sheet.at :])
        text += f"\n\n{words}"
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
