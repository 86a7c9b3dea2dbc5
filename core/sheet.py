"""The page that is being filled: how full it is, where it may end, and how it looks as far as it goes. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from core import blocks, unfinished
from core.blocks import NO_PIECES, Fence, Pieces, State, Table
from core.lines import Flow

Measure = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Break:
    """A place between two lines where a page may end.

    `rank`: 6 in front of a heading, 5 between blocks, 4 between lines, 3 in front of an indented one (of a list), 2 at
    a blank line of code, 1 within code and tables, 0 behind what announces the next line, -1 never if avoidable.
    """

    offset: int
    lines: int
    used: int
    rank: int
    flow: Flow

    def before(self, line: str) -> "Break":
        """The same when this line follows."""
        if self.rank == 5 and blocks.is_heading(line):
            return replace(self, rank=6)
        is_within = self.rank >= 4 and line[:1] in {" ", "\t"} and not line.isspace()
        return replace(self, rank=self.rank - 1) if is_within else self


@dataclass(frozen=True, slots=True, repr=False)
class Coming:
    """The next line, not a blank one, as it would stand on the page: `shown`, below the `end` of a fence it leaves.

    `state`: what it stands in; `behind`: the flow behind it. `pieces`, `used`: what the page has with it.
    """

    line: str
    end: str
    shown: str
    state: State
    behind: Flow
    pieces: Pieces
    used: int

    @property
    def opened(self) -> Fence | None:
        """The fence that it opens."""
        now = self.behind.state
        return now if isinstance(now, Fence) and now is not self.state else None

    @property
    def begins_table(self) -> bool:
        """Whether it is a table's ruler."""
        return isinstance(self.behind.state, Table) and self.behind.state is not self.state


@dataclass(slots=True, repr=False)
class Sheet:
    """`lines` are its whole lines as shown; `at`: where in the text the first other one begins.

    `start`, `first`: where it begins, and the flow there; `head`: what is repeated above; `limit`: of its size.
    """

    start: int
    first: Flow
    head: str
    limit: int
    measure: Measure
    at: int = field(init=False)
    flow: Flow = field(init=False)
    used: int = field(init=False)
    lines: list[str] = field(default_factory=list)
    blank: int = 0  # measure of the blank lines at the end; they count when something follows them
    is_solid: bool = False
    paragraph: int = 0  # the line with which the last paragraph begins
    tabled: int = 0  # where its last table ends, as far as it goes
    opened: int = -1  # the line that opened the fence, when it was not the head
    pieces: Pieces = NO_PIECES
    breaks: list[Break] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at, self.flow, self.used = self.start, self.first, self.measure(self.head)

    def load(self, part: str, *, is_whole: bool = False) -> int:
        """How full it is with this next line, as far as it is written or `is_whole`, and closed behind it."""
        flow = self.flow
        if not part.strip():
            return 0
        state, open_fence = flow.of(part), flow.state
        load, shown = self.used + self.blank, flow.shown(part)
        if isinstance(state, Fence) and (flow.closes if is_whole else flow.may_close)(state, part):
            if self._is_carried():
                return 0  # nothing but a closer: it was closed on the page before
            return load + max(self.measure(shown), self.measure(state.closer))
        if isinstance(open_fence, Fence):  # as much at least if the line leaves it, which is not seen at its beginning
            code = shown if state else flow.code(open_fence, part)
            in_code = self.measure(code) + self.measure("\n" + open_fence.closer)
            return load + (in_code if state else max(in_code, self.measure(shown)))
        return load + self.measure(shown)

    def overflow(self, part: str) -> int:
        """How many characters of this line are the first too many."""
        if part.endswith("\n"):
            return len(part)  # a fence whose end has no room, or what looked like one's end and is none
        low, high = 0, min(len(part), self.limit)
        while self.load(part[:high]) <= self.limit:
            low, high = high, min(len(part), 2 * high)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.load(part[:middle]) > self.limit else (middle, high)
        return high

    def _is_carried(self) -> bool:
        """Whether a fence or a table goes on of which nothing is on this page yet."""
        return self.flow.is_new and self.flow.state is not None

    def head_of(self, line: str) -> str:
        """What is repeated above, when this is the first line: nothing if it does not go on with what was cut."""
        goes_on = self.is_solid or self.flow.is_cut or self.flow.of(line) is not None
        return self.head if goes_on else ""

    def coming(self, line: str) -> Coming | None:
        """This line, whole; None of the end of a fence that was closed on the page before."""
        state, behind, shown = self.flow.of(line), self.flow.after(line), self.flow.shown(line)
        if isinstance(state, Fence) and behind.state is None and self._is_carried():
            return None
        used, end = self.used + self.blank + self.measure(shown), self.flow.end(line)
        shown = shown.removeprefix(end)
        return Coming(line, end, shown, state, behind, self.pieces.after(shown, state, behind.state), used)

    def add(self, coming: Coming) -> None:
        line, state, behind, used = coming.line, coming.state, coming.behind, coming.used
        if not self.is_solid and self.head_of(line) != self.head:
            used -= self.measure(self.head)
            self.head = ""
        self._note_break(coming)
        self.lines += [coming.end, coming.shown] if coming.end else [coming.shown]
        self.at += len(line)
        self.tabled = self.at if isinstance(behind.state, Table) else self.tabled
        self.used, self.blank, self.flow, self.is_solid, self.pieces = used, 0, behind, True, coming.pieces
        self.opened = len(self.lines) - 1 if coming.opened else self.opened
        if behind.state or state or blocks.is_heading(line):
            self.paragraph = len(self.lines)
        elif blocks.begins(line):
            self.paragraph = len(self.lines) - 1
        self._may_end(blocks.rank_behind(line, state, behind.state))

    def add_blank(self, line: str) -> None:
        in_fence = isinstance(self.flow.of(line), Fence)
        shown = self.flow.shown(line)
        self.lines.append(shown)
        self.at += len(line)
        self.blank += self.measure(shown)
        self.flow = self.flow.after(line)
        if not in_fence:
            self.paragraph = len(self.lines)
        if self.is_solid:
            self._may_end(2 if in_fence else 0 if self.breaks[-1].rank == 0 else 5)

    def drop_blank(self) -> None:
        """Take the blank lines at its end away."""
        while not self.lines[-1].strip():
            self.lines.pop()
        self.blank = 0

    def _may_end(self, rank: int) -> None:
        self.breaks.append(Break(self.at, len(self.lines), self.used, rank, self.flow))

    def _note_break(self, coming: Coming) -> None:
        """What the next line shows about the break in front of it."""
        if not self.breaks or coming.state is not None:
            return
        place = self.breaks[-1]
        if isinstance(coming.behind.state, Table):
            self.breaks[-1] = replace(place, rank=0)
        elif place.flow.state is not None:
            self.breaks[-1] = replace(place, rank=4)
        else:
            self.breaks[-1] = place.before(coming.shown)

    def end_before(self, part: str) -> Break | None:
        """Where it ends when `part` is too much for it; None: within this line."""
        breaks, behind = self.breaks, self.flow.context
        if breaks and behind.state is None:
            is_table = blocks.is_header(behind.previous) and blocks.may_be_ruler(part)
            breaks = [*breaks[:-1], replace(breaks[-1], rank=0) if is_table else breaks[-1].before(part)]
        good = [place for place in breaks if place.rank >= 3 and place.used >= self.limit // 2]
        if good:
            return max(good, key=lambda place: place.used + self.limit * 3 // 20 * (place.rank - 3))
        if fair := [place for place in breaks if place.rank >= 1]:
            return max(fair, key=lambda place: place.used + (self.limit // 5 if place.rank == 2 else 0))
        if poor := [place for place in breaks if place.rank == 0]:
            return poor[-1]
        is_hopeless = part.endswith("\n") or (len(part) == 1 and not self.blank)
        return breaks[-1] if breaks and is_hopeless else None

    def end_apart(self, coming: Coming, *, is_crowded: bool) -> Break:
        """Where it ends in front of a line that makes one piece too many of it, or (else) a second table."""
        goes_on = coming.begins_table or (not self.blank and not coming.end and blocks.may_underline(coming.shown))
        places = self.breaks[:-1] if goes_on else self.breaks
        good = [place for place in places if is_crowded or place.offset >= self.tabled]
        late = [place for place in good if place.used >= self.used // 2 or not is_crowded]
        return max(late or good, key=lambda place: (place.rank >= 3, place.offset))

    def left(self, lines: list[str], behind: Flow) -> str:
        """As it looks with these lines, and nothing more."""
        text = self.head + "".join(lines).rstrip()
        return f"{text}\n{behind.state.closer}" if isinstance(behind.state, Fence) else text

    def text(self, part: str, *, final: bool) -> str:
        """As it looks with the next line as far as that is written, "" while there is nothing to see."""
        if not self.is_solid and (not part.strip() or self.load(part) == 0):
            return ""
        if not final:
            text = self._unfinished(part)
            return text if text.strip(f"{blocks.GUARD} \n") else ""
        text = self.head_of(part) + "".join(self.lines) + self.flow.shown(part)
        if self.opened < 0:  # what we opened ourselves
            text = self.shut(text, part)
        return text if self.measure(text) <= self.limit else text.rstrip()

    def shut(self, text: str, part: str) -> str:
        """The text with its open fence closed."""
        state = self.flow.of(part)
        if not isinstance(state, Fence) or self.flow.closes(state, part):
            return text
        return f"{text.rstrip()}\n{state.closer}"

    def _unfinished(self, part: str) -> str:
        head, state = self.head_of(part), self.flow.of(part)
        if isinstance(state, Fence):
            return self._unfinished_code(head, part, state)
        lines, rest = self._begun(part)
        if isinstance(state, Table):
            begin, row = len(lines), unfinished.close(rest)
            closed = row.rstrip(" \t|") + " |" if blocks.is_row(row) and row.strip(" \t|") else row
        else:
            begin = len(lines) if blocks.begins(rest) or self.flow.end(part) else min(self.paragraph, len(lines))
            closed = unfinished.close("".join(lines[begin:]) + rest)
            last = closed.rfind("\n") + 1
            closed = closed[:last] if blocks.may_open(closed[last:]) and not self.flow.is_cut else closed
        raw = head + "".join(lines) + rest
        if closed == rest and begin == len(lines):
            return raw.rstrip()
        text = head + "".join(lines[:begin]) + closed
        added = "".join(lines[len(self.lines) :]) + closed
        fits = self.used + self.blank + self.measure(added) <= self.limit  # cheaper than measuring all
        return (text if fits or self.measure(text) <= self.limit else raw).rstrip()

    def _begun(self, part: str) -> tuple[list[str], str]:
        """The whole lines, and the next one as far as it is written, but for what is to become a fence or a table."""
        flow, lines = self.flow, self.lines
        end = flow.end(part)
        rest = flow.shown(part).removeprefix(end)
        if flow.state is None and lines and blocks.is_row(lines[-1]) and blocks.may_be_ruler(part):
            return lines[:-1], ""
        if flow.of(part) is None and not flow.is_cut and (blocks.may_open(rest) or blocks.is_row(part)):
            rest = ""
        return [*lines, end] if end else lines, rest

    def _unfinished_code(self, head: str, part: str, state: Fence) -> str:
        rest = "" if self.flow.may_close(state, part) else self.flow.shown(part)
        if not "".join(self.lines[self.opened + 1 :]).strip() and not rest.strip():
            return (head + "".join(self.lines[: self.opened])).rstrip() if self.opened > 0 else ""
        return head + ("".join(self.lines) + rest).rstrip() + "\n" + state.closer
