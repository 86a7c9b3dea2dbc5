"""The lines of a text as they stand on a page: what they stand in, and how far they are indented there. No I/O.

A page is read by itself. So what goes on from the page before is moved to the left, without the indentation of a list
that began there; and code that was not indented like the list it stands in is moved to the right, where it belongs.
"""

from dataclasses import dataclass, replace

from core import blocks
from core.blocks import START, Context, Fence, State
from core.containers import QUOTE, Nest


@dataclass(frozen=True, slots=True)
class Flow:
    """What is open behind a line of a page, and so how the next line stands on it.

    `longest`: see `Context.after`. `outer`: the items, begun on a page before, that the text stands in; `inset`: how
    much further the fence was indented that goes on from there. `is_new`: nothing is on this page yet; `is_cut`: it
    begins within a line, which stands in so many `quotes`. `is_loose`: the fence holds a line that was not indented.
    """

    longest: int
    context: Context = START
    outer: tuple[int, ...] = ()
    inset: int = 0
    is_new: bool = False
    is_cut: bool = False
    quotes: int = 0
    is_loose: bool = False

    @property
    def state(self) -> State:
        return self.context.state

    def of(self, line: str) -> State:
        """What the next line stands in, as far as it is written."""
        state = self.context.state
        if state is None or self.is_cut:
            return state
        if not isinstance(state, Fence):
            return self.context.of(line)
        return state if self._is_indented(state, line) or self._is_meant(state, line) else None

    def may_close(self, fence: Fence, line: str) -> bool:
        """Whether this line, as far as it is written, may become the fence's end."""
        begins = line.lstrip(" \t>")[:1] in {"", fence.marker[0]}
        return begins and not self.is_cut and fence.may_close(self.code(fence, line))

    def closes(self, fence: Fence, line: str) -> bool:
        return self.may_close(fence, line) and fence.closes(self.code(fence, line))

    def shown(self, line: str) -> str:
        """The line as it stands on the page; below the end of a fence, when it leaves one with its list or quote."""
        if self.is_cut:
            return line
        state = self.of(line)
        if isinstance(state, Fence):
            return self.code(state, line)
        return self.end(line) + self.prose(line)

    def end(self, line: str) -> str:
        """The end of the fence which this line leaves."""
        left = self.context.state
        is_left = isinstance(left, Fence) and not self.is_new and self.of(line) is None
        return f"{left.closer}\n" if isinstance(left, Fence) and is_left else ""

    def prose(self, line: str) -> str:
        """The line as it would stand outside of any fence."""
        moved = blocks.dedented(line, sum(self._outer(line))) if self.outer else line
        return blocks.muted(moved, self.longest)

    def code(self, fence: Fence, line: str) -> str:
        """The line as it would stand in the fence."""
        moved = blocks.dedented(line, sum(self.outer) + self.inset)
        shown = moved if fence.is_quoted or not fence.lead else blocks.indented(moved, len(fence.lead))
        return blocks.muted(shown, self.longest, fence)

    def after(self, line: str) -> "Flow":
        """The flow behind the next line, which is whole."""
        state = self.of(line)
        if self.is_cut:
            return self._after_rest(line)
        if not isinstance(state, Fence):
            context = Context(nest=self.context.nest) if isinstance(self.state, Fence) else self.context
            return Flow(self.longest, context.after(self.prose(line), self.longest), self._outer(line))
        context = self.context.after(self.code(state, line), self.longest)
        if context.state is None:
            return Flow(self.longest, context, self.outer)
        is_loose = self.is_loose or not self._is_indented(state, line)
        return replace(self, context=context, is_new=self.is_new and not line.strip(), is_loose=is_loose)

    def amid(self, part: str) -> "Flow":
        """The flow behind the beginning of the next line: what only a whole line can begin does not begin."""
        state, behind = self.of(part), self.after(part)
        if state is behind.state:
            return behind
        return replace(behind, context=replace(behind.context, state=state))

    def overleaf(self, *, is_cut: bool = False) -> "Flow":
        """The same flow at the beginning of the next page. `is_cut`: that begins within a line."""
        state, nest = self.state, self.context.nest
        context, outer = Context(blocks.moved(state, nest.items)), self.outer + nest.items
        here = Flow(self.longest, context, outer, is_new=True, is_cut=is_cut, quotes=nest.within.count(QUOTE))
        if not isinstance(state, Fence):
            return here
        context = Context(here.state, Nest(nest.within[len(nest.items) :]), self.context.previous)
        inset = 0 if state.is_quoted else self.inset + len(state.lead) - sum(nest.items)
        return replace(here, context=context, inset=inset, is_loose=self.is_loose)

    def anew(self) -> "Flow":
        """The flow on a page that is still empty: so far there were blank lines, or the end of what ended before."""
        return Flow(self.longest, outer=self.outer, is_new=True)

    def head(self, cut_at: str) -> str:
        """What is repeated on top of the page. `cut_at`: the first character of the rest of a line."""
        return blocks.reopened(self.state, cut_at, self.quotes)

    def _after_rest(self, line: str) -> "Flow":
        if self.state is None:
            return Flow(self.longest, self.context.after(self.head(line[:1]) + line, self.longest), self.outer)
        return replace(self, context=replace(self.context, previous=line), is_new=False, is_cut=False)

    def _outer(self, line: str) -> tuple[int, ...]:
        """The items, begun on a page before, that this line stands in."""
        outer = self.outer
        while outer and line.strip() and sum(outer) > blocks.indentation(line):
            outer = outer[:-1]
        return outer

    def _is_indented(self, fence: Fence, line: str) -> bool:
        if not self.outer and not fence.within:
            return True
        return self._outer(line) == self.outer and fence.holds(blocks.dedented(line, sum(self.outer) + self.inset))

    def _is_meant(self, fence: Fence, line: str) -> bool:
        """Whether a line that leaves the fence's item, and so would end the fence, was meant to stand in it.

        Models forget to indent code, or the end of it, more often than they forget to end it. So only another item
        ends it, or a line below a blank one, and neither when code was meant before.
        """
        if fence.is_quoted:
            return False
        follows_code = self.context.previous.strip() and not blocks.is_item(line)
        return self.is_loose or bool(follows_code) or self.may_close(fence, line)
