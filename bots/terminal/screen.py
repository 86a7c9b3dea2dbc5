"""An answer in a terminal: finished blocks are printed for good, the growing one is painted again and again."""

from collections.abc import Callable, Sequence
from math import inf

from markdown_it import MarkdownIt
from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown
from rich.spinner import Spinner

from core.contract import Bucket, Page

SIZE = 10_000_000
"""A terminal has no limit; this is the longest answer of any model many times over."""
_BLOCKS = MarkdownIt("commonmark").enable("table")


def settled(text: str) -> int:
    """How many characters of a growing Markdown text are blocks that nothing that follows can change."""
    starts = [token.map[0] for token in _BLOCKS.parse(text) if token.map and token.level == 0 and token.nesting >= 0]
    if len(starts) < 2:
        return 0
    return sum(len(line) for line in text.splitlines(keepends=True)[: starts[-1]])


class Stage:
    """The end of the terminal, where what is not finished is painted again and again: one thing at a time."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None

    def show(self, what: Markdown | Spinner) -> None:
        if not self.console.is_terminal:
            return
        if self._live is None:
            self._live = Live(console=self.console, transient=True, refresh_per_second=12, vertical_overflow="crop")
            self._live.start()
        self._live.update(what, refresh=True)

    def hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class TerminalScreen:
    """Paints one answer. `ended` is called when its last text stands."""

    size = SIZE
    speaks = True
    status_seconds = inf
    lasts = False
    tables_apart = False
    most_pieces = 0
    head = ""

    def __init__(self, stage: Stage, ended: Callable[[], None]) -> None:
        self._stage = stage
        self._console = stage.console
        self._ended = ended
        self._printed = 0

    def measure(self, text: str) -> int:
        return len(text)

    def buckets(self, call: str) -> Sequence[Bucket]:
        return ()

    def unnoticed(self, id: str) -> bool:
        return False

    async def post(self, page: Page, nonce: str) -> str:
        self._paint(page)
        return nonce

    async def edit(self, id: str, page: Page) -> None:
        self._paint(page)

    async def remove(self, id: str) -> None:
        """What a terminal has printed stays."""

    async def status(self, text: str) -> None:
        if text and not self._printed:
            self._stage.show(Spinner("dots", text))

    async def find(self, nonce: str) -> str | None:
        """A terminal that died took its screen along."""
        return None

    def _paint(self, page: Page) -> None:
        if page.final:
            self._finish(page.text)
            return
        if not self._console.is_terminal:
            return
        keep = self._printed + settled(page.text[self._printed :])
        if keep > self._printed:
            self._stage.hide()
            self._console.print(Markdown(page.text[self._printed : keep]))
            self._console.print()
            self._printed = keep
        self._stage.show(Markdown(page.text[self._printed :]))

    def _finish(self, text: str) -> None:
        self._stage.hide()
        rest = text[self._printed :]
        if rest.strip():
            self._console.print(Markdown(rest))
        self._console.print()
        self._printed = len(text)
        self._ended()
