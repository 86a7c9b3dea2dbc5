"""How full a page is, where it may end, and how it looks as far as it goes."""

import pytest

from core.lines import Flow
from core.sheet import Sheet


def filled(text: str) -> tuple[Sheet, str]:
    """A page with the whole lines of a text, and the one that is still written."""
    sheet = Sheet(0, Flow(100), "", 200, len)
    *whole, last = text.split("\n")
    for line in whole:
        if line and (coming := sheet.coming(f"{line}\n")):
            sheet.add(coming)
        else:
            sheet.add_blank("\n")
    return sheet, last


def ended(text: str) -> str:
    """What stands on a page that ends before its last line, for which there is no room."""
    sheet, last = filled(text)
    place = sheet.end_before(last)
    return "".join(sheet.lines[: place.lines]) if place else "within the line"


def test_an_open_fence_takes_the_room_of_its_end() -> None:
    sheet, last = filled("```\ncode\nmore")

    assert sheet.load(last) == len("```\ncode\nmore\n```")
    assert sheet.load("```") == len("```\ncode\n```")
    assert sheet.load("``` no end", is_whole=True) == len("```\ncode\n``` no end\n```")


def test_it_ends_where_that_is_seen_least() -> None:
    prose, code = "word " * 30, "x = 1\n" * 20

    assert ended(f"{prose}\n\n# Heading\n\nlast") == f"{prose}\n\n"
    assert ended(f"{prose}\nDo this:\nlast") == f"{prose}\n"
    assert ended(f"```\n{code}\ny = 2\nlast") == f"```\n{code}\n"
    assert ended("last") == "within the line"


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("so **bol", "so **bol**"),
        ("so `co", "so `co`"),
        ("see [docs](https://exa", "see docs"),
        ("Text\n\n```pyth", "Text"),
        ("Text\n\n```python\n", "Text"),
        ("Text\n\n```python\nx = 1", "Text\n\n```python\nx = 1\n```"),
        ("```python\nx = 1\n``", "```python\nx = 1\n```"),
        ("Text\n\n| a | b |", "Text"),
        ("Text\n\n| a | b |\n|--", "Text"),
        ("| a | b |\n|---|---|\n| 1 |", "| a | b |\n|---|---|\n| 1 |"),
        ("| a | b |\n|---|---|\n| **1", "| a | b |\n|---|---|\n| **1** |"),
        ("Text\n-", "Text"),
        ("Text\n\n- one **b", "Text\n\n- one **b**"),
        ("**a**\n\nso _it", "**a**\n\nso _it_"),
    ],
)
def test_what_is_half_written_is_closed_for_the_screen(begun: str, shown: str) -> None:
    sheet, last = filled(begun)

    assert sheet.text(last, final=False) == shown
    assert sheet.text(last, final=True) == begun
