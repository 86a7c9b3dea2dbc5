"""An answer in a terminal: blocks that are finished are printed once, and the whole text is there in the end."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bots.terminal.screen import Stage, TerminalScreen, settled
from core.contract import Page

pytestmark = pytest.mark.anyio

BLOCKS = st.sampled_from(
    ["A paragraph of words.", "- one\n- two", "```py\nx = 1\n\ny = 2\n```", "# Head", "| a | b |\n|---|---|\n| 1 | 2 |"]
)


@given(st.lists(BLOCKS, max_size=8).map("\n\n".join), st.data())
def test_a_settled_block_stays_settled_whatever_follows(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))

    keep = settled(text[:cut])

    assert keep <= settled(text)
    assert text[:keep].endswith("\n") or keep == 0


async def test_the_last_text_stands_and_its_end_is_told() -> None:
    out, ended = io.StringIO(), []
    screen = TerminalScreen(Stage(Console(file=out, force_terminal=True, width=80)), lambda: ended.append(True))

    await screen.status("Thinking…")
    await screen.post(Page("First par"), "n")
    await screen.edit("n", Page("First paragraph.\n\nSecond"))
    assert not ended
    await screen.edit("n", Page("First paragraph.\n\nSecond one.", final=True))

    shown = out.getvalue()
    assert ended == [True]
    assert "Second one." in shown.rpartition("First paragraph.")[2]


async def test_where_there_is_no_terminal_only_the_finished_text_is_written() -> None:
    out = io.StringIO()
    screen = TerminalScreen(Stage(Console(file=out, width=80)), lambda: None)

    await screen.status("Thinking…")
    await screen.post(Page("First par"), "n")
    assert out.getvalue() == ""
    await screen.edit("n", Page("First paragraph.", final=True))

    assert out.getvalue().split() == ["First", "paragraph."]


async def test_what_waits_is_not_painted_beside_what_is_written() -> None:
    stage = Stage(Console(file=io.StringIO(), force_terminal=True, width=80))
    waiting, written = TerminalScreen(stage, lambda: None), TerminalScreen(stage, lambda: None)

    await written.post(Page("First"), "n")
    await waiting.status("Queued, 1 ahead…")
    await written.edit("n", Page("First paragraph.", final=True))

    assert not stage.console._live_stack
