"""Markdown cut into messages. No I/O.

A page ends where the text first outgrows it, and where it is cut depends on nothing behind that character: so a page
that was left stays as it is, however the text goes on. Code fences and tables that are cut are closed and reopened.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from core import blocks, unfinished
from core.blocks import NO_PIECES, Fence, Pieces, State, Table
from core.characters import clean, part_at_most
from core.contract import Page
from core.lines import Flow

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

    `rank`: 6 in front of a heading, 5 between blocks, 4 between lines, 3 in front of an indented one (of a list), 2 at
    a blank line of code, 1 within code and tables, 0 behind what announces the next line, -1 never if avoidable.
    """

    offset: int
    lines: int
    used: int
    rank: int
    flow: Flow


@dataclass(slots=True)
class _Sheet:
    """The page that is being filled. `lines` are its whole lines as shown; `at`: where the first other one begins."""

    start: int
    first: Flow
    flow: Flow
    limit: int
    head: str = ""
    at: int = 0
    lines: list[str] = field(default_factory=list)
    used: int = 0
    blank: int = 0  # measure of the blank lines at the end; they count when something follows them
    is_solid: bool = False
    paragraph: int = 0  # the line with which the last paragraph begins
    tabled: int = 0  # where its last table ends, as far as it goes
    opened: int = -1  # the line that opened the fence, when it was not the head
    pieces: Pieces = NO_PIECES
    breaks: list[_Break] = field(default_factory=list)

    def is_carried(self) -> bool:
        """Whether a fence or a table goes on of which nothing is on this page yet."""
        return self.flow.is_new and self.flow.state is not None

    def head_of(self, line: str) -> str:
        """What is repeated above, when this is the first line: nothing if it does not go on with what was cut."""
        goes_on = self.is_solid or self.flow.is_cut or self.flow.of(line) is not None
        return self.head if goes_on else ""


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
        self._sheet = self._begin(0, Flow(self._size // 4))

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

    def _reset(self) -> None:
        self._text = ""
        self._left.clear()
        self._begin(0, Flow(self._size // 4))

    def _begin(self, start: int, flow: Flow) -> _Sheet:
        limit = self._size
        if len(self._left) + 1 == self._most:
            limit -= self._notice
        sheet = _Sheet(start, flow, replace(flow, longest=self._size // 4), limit, at=start)
        sheet.head = flow.head(self._text[start : start + 1] if flow.is_cut else "")
        sheet.used = self._measure(sheet.head)
        self._sheet = sheet
        return sheet

    def _step(self, *, final: bool) -> bool:
        """Take the next line; False when it is not whole yet and fits as far as it goes."""
        sheet = self._sheet
        end = self._text.find("\n", sheet.at)
        line = self._text[sheet.at : end + 1 or None]
        part = line.removesuffix("\n")
        if self._load(part) > sheet.limit:
            self._leave(part)
        elif (end >= 0 or final) and self._is_code_after_all(part) and self._load(part, is_code=True) > sheet.limit:
            self._leave(f"{part}\n")
        elif end < 0:
            return False
        elif not part.strip():
            self._take_blank(line)
        else:
            self._take(line)
        return True

    def _is_code_after_all(self, part: str) -> bool:
        """Whether this line looked like a fence's end, and is none."""
        state = self._sheet.flow.of(part)
        if not isinstance(state, Fence) or not self._sheet.flow.may_close(state, part):
            return False
        return not self._sheet.flow.closes(state, part)

    def _load(self, part: str, *, is_code: bool = False) -> int:
        """How full the page is with this next line, as far as it is written, and closed behind it."""
        sheet, flow = self._sheet, self._sheet.flow
        if not part.strip():
            return 0
        state, open_fence = flow.of(part), flow.state
        load, shown = sheet.used + sheet.blank, flow.shown(part)
        if isinstance(state, Fence) and flow.may_close(state, part) and not is_code:
            if sheet.is_carried():
                return 0  # nothing but a closer: it was closed on the page before
            return load + max(self._measure(shown), self._measure(state.closer))
        if isinstance(open_fence, Fence):  # as much at least if the line leaves it, which is not seen at its beginning
            code = shown if state else flow.code(open_fence, part)
            in_code = self._measure(code) + self._measure("\n" + open_fence.closer)
            return load + (in_code if state else max(in_code, self._measure(shown)))
        return load + self._measure(shown)

    def _take_blank(self, line: str) -> None:
        sheet = self._sheet
        sheet.at += len(line)
        in_fence = isinstance(sheet.flow.of(line), Fence)
        shown, flow = sheet.flow.shown(line), sheet.flow.after(line)
        if not in_fence and not sheet.is_solid:
            if sheet.head or sheet.lines:
                self._begin(sheet.at, flow.anew())
            sheet.start = sheet.at
            return
        sheet.lines.append(shown)
        sheet.blank += self._measure(shown)
        sheet.flow = flow
        if not in_fence:
            sheet.paragraph = len(sheet.lines)
        if sheet.is_solid:
            rank = 2 if in_fence else 0 if sheet.breaks and sheet.breaks[-1].rank == 0 else 5
            sheet.breaks.append(_Break(sheet.at, len(sheet.lines), sheet.used, rank, flow))

    def _take(self, line: str) -> None:
        sheet, flow = self._sheet, self._sheet.flow
        state, shown = flow.of(line), sheet.flow.shown(line)
        behind = flow.after(line)
        after = behind.state
        if isinstance(state, Fence) and after is None and sheet.is_carried():
            self._begin(sheet.at + len(line), behind.anew())
            return
        end = flow.end(line)
        pieces = sheet.pieces.after(shown.removeprefix(end), state, after)
        if self._part(shown, pieces, is_table=isinstance(after, Table) and after is not state):
            return
        opened = after if isinstance(after, Fence) and after is not state else None
        used = sheet.used + sheet.blank + self._measure(shown)
        if opened and sheet.is_solid and used + self._measure(opened.closer) > sheet.limit:
            self._leave(line)
            return
        if not sheet.is_solid and sheet.head_of(line) != sheet.head:
            used -= self._measure(sheet.head)
            sheet.head = ""
        self._note_break(shown, state, after)
        sheet.lines += [end, shown.removeprefix(end)] if end else [shown]
        sheet.at += len(line)
        sheet.tabled = sheet.at if isinstance(after, Table) else sheet.tabled
        sheet.used, sheet.blank, sheet.flow, sheet.is_solid, sheet.pieces = used, 0, behind, True, pieces
        sheet.opened = len(sheet.lines) - 1 if opened else sheet.opened
        if after or state or blocks.is_heading(line):
            sheet.paragraph = len(sheet.lines)
        elif blocks.begins(line):
            sheet.paragraph = len(sheet.lines) - 1
        rank = blocks.rank_behind(line, state, after)
        sheet.breaks.append(_Break(sheet.at, len(sheet.lines), used, rank, behind))

    def _part(self, shown: str, pieces: Pieces, *, is_table: bool) -> bool:
        """End the page in front of a line that makes one piece too many of it or, as a table's ruler, one table."""
        sheet = self._sheet
        is_last = len(self._left) + 1 == self._most
        is_too_much = 0 < self._most_pieces < pieces.needed
        if not is_too_much and (not is_table or not self._tables_apart or is_last or not sheet.tabled):
            return False
        goes_on = is_table or (not sheet.blank and blocks.may_underline(shown))
        places = sheet.breaks[:-1] if goes_on else sheet.breaks
        good = [place for place in places if is_too_much or place.offset >= sheet.tabled]
        late = [place for place in good if place.used >= sheet.used // 2 or not is_too_much]
        chosen = max(late or good, key=lambda place: (place.rank >= 3, place.offset))
        self._turn(sheet.lines[: chosen.lines], chosen.flow, chosen.offset)
        return True

    def _note_break(self, shown: str, state: State, after: State) -> None:
        """What a line that stands in `state` and leads to `after` shows about the break in front of it."""
        sheet = self._sheet
        if not sheet.breaks or state is not None:
            return
        place = sheet.breaks[-1]
        if isinstance(after, Table):
            sheet.breaks[-1] = replace(place, rank=0)
        elif place.flow.state is not None:
            sheet.breaks[-1] = replace(place, rank=4)
        else:
            sheet.breaks[-1] = _before(place, shown)

    def _leave(self, part: str) -> None:
        """End the page before this line, or within it, and begin the next one."""
        sheet = self._sheet
        if not sheet.is_solid and sheet.lines:
            self._begin(sheet.at, replace(sheet.flow, is_cut=False))  # more blank lines than a page holds
            return
        full = self._overflow(part)
        if chosen := self._chosen(part[:full]):
            self._turn(sheet.lines[: chosen.lines], chosen.flow, chosen.offset)
        elif full == 1 and sheet.blank:
            while not sheet.lines[-1].strip():
                sheet.lines.pop()
            sheet.blank = 0
        else:
            at = _word_place(part, max(full - 1, 1), in_code=isinstance(sheet.flow.of(part), Fence))
            sheet.head = sheet.head_of(part[:full])
            shown = sheet.flow.shown(part[:at])
            behind = sheet.flow.amid(part[:at])
            self._turn([*sheet.lines, shown], behind, sheet.at + at, is_cut=True)

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
        breaks, behind = sheet.breaks, sheet.flow.context
        if breaks and behind.state is None:
            is_table = blocks.is_header(behind.previous) and blocks.may_be_ruler(part)
            breaks = [*breaks[:-1], replace(breaks[-1], rank=0) if is_table else _before(breaks[-1], part)]
        good = [place for place in breaks if place.rank >= 3 and place.used >= sheet.limit // 2]
        if good:
            return max(good, key=lambda place: place.used + sheet.limit * 3 // 20 * (place.rank - 3))
        if fair := [place for place in breaks if place.rank >= 1]:
            return max(fair, key=lambda place: place.used + (sheet.limit // 5 if place.rank == 2 else 0))
        if poor := [place for place in breaks if place.rank == 0]:
            return poor[-1]
        is_hopeless = part.endswith("\n") or (len(part) == 1 and not sheet.blank)
        return breaks[-1] if breaks and is_hopeless else None

    def _turn(self, lines: list[str], behind: Flow, start: int, *, is_cut: bool = False) -> None:
        sheet = self._sheet
        text = sheet.head + "".join(lines).rstrip()
        if isinstance(behind.state, Fence):
            text += "\n" + behind.state.closer
        self._left.append(_Left(Page(text, final=True), sheet.start, sheet.first))
        self._begin(start, behind.overleaf(is_cut=is_cut))

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
            return text if text.strip(f"{blocks.GUARD} \n") else ""
        text = sheet.head_of(part) + "".join(sheet.lines) + sheet.flow.shown(part)
        if sheet.opened < 0:  # what we opened ourselves
            text = self._shut(text, part)
        return text if self._measure(text) <= sheet.limit else text.rstrip()

    def _shut(self, text: str, part: str) -> str:
        """The text with its open fence closed."""
        flow = self._sheet.flow
        state = flow.of(part)
        if not isinstance(state, Fence) or flow.closes(state, part):
            return text
        return f"{text.rstrip()}\n{state.closer}"

    def _unfinished(self, part: str) -> str:
        sheet, state = self._sheet, self._sheet.flow.of(part)
        head = sheet.head_of(part)
        if isinstance(state, Fence):
            return self._unfinished_code(head, part, state)
        lines, rest = self._begun(part)
        if isinstance(state, Table):
            begin, row = len(lines), unfinished.close(rest)
            closed = row.rstrip(" \t|") + " |" if blocks.is_row(row) and row.strip(" \t|") else row
        else:
            begin = len(lines) if blocks.begins(rest) or sheet.flow.end(part) else min(sheet.paragraph, len(lines))
            closed = unfinished.close("".join(lines[begin:]) + rest)
            last = closed.rfind("\n") + 1
            closed = closed[:last] if blocks.may_open(closed[last:]) and not sheet.flow.is_cut else closed
        raw = head + "".join(lines) + rest
        if closed == rest and begin == len(lines):
            return raw.rstrip()
        text = head + "".join(lines[:begin]) + closed
        added = "".join(lines[len(sheet.lines) :]) + closed
        fits = sheet.used + sheet.blank + self._measure(added) <= sheet.limit  # cheaper than measuring all
        return (text if fits or self._measure(text) <= sheet.limit else raw).rstrip()

    def _begun(self, part: str) -> tuple[list[str], str]:
        """The whole lines, and the next one as far as it is written, but for what is to become a fence or a table."""
        flow, lines = self._sheet.flow, self._sheet.lines
        end = flow.end(part)
        rest = flow.shown(part).removeprefix(end)
        if flow.state is None and lines and blocks.is_row(lines[-1]) and blocks.may_be_ruler(part):
            return lines[:-1], ""
        if flow.of(part) is None and not flow.is_cut and (blocks.may_open(rest) or blocks.is_row(part)):
            rest = ""
        return [*lines, end] if end else lines, rest

    def _unfinished_code(self, head: str, part: str, state: Fence) -> str:
        sheet = self._sheet
        rest = "" if sheet.flow.may_close(state, part) else sheet.flow.shown(part)
        if not "".join(sheet.lines[sheet.opened + 1 :]).strip() and not rest.strip():
            return (head + "".join(sheet.lines[: sheet.opened])).rstrip() if sheet.opened > 0 else ""
        return head + ("".join(sheet.lines) + rest).rstrip() + "\n" + state.closer

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


def _before(place: _Break, line: str) -> _Break:
    """The break in front of this line."""
    if place.rank == 5 and blocks.is_heading(line):
        return replace(place, rank=6)
    is_within = place.rank >= 4 and line[:1] in {" ", "\t"} and not line.isspace()
    return replace(place, rank=place.rank - 1) if is_within else place


def _word_place(line: str, most: int, *, in_code: bool) -> int:
    """Where a line that is too long is parted: in front of a word and with nothing inline open, where that can be."""
    spots = [at for at in range(most, most // 2, -1) if line[at - 1].isspace() and not line[at].isspace()]
    if not spots:
        return part_at_most(line, most)
    whole = (at for at in spots[:12] if in_code or not unfinished.is_open(line[:at]))
    return next(whole, spots[0])
