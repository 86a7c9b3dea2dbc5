"""What a line opens, goes on with or ends."""

import pytest

from core import blocks
from core.blocks import Fence, Table


@pytest.mark.parametrize(
    ("line", "fence"),
    [
        ("```\n", Fence("", "```", "")),
        ("```python x=1 \n", Fence("", "```", "python x=1")),
        ("~~~~ a`b\n", Fence("", "~~~~", " a`b")),
        ("  ```\n", Fence("  ", "```", "")),
        ("- ```py\n", Fence("  ", "```", "py")),
        ("1. ```py\n", Fence("   ", "```", "py")),
        ("> ```py\n", Fence("> ", "```", "py")),
        ("```a`b\n", None),
        ("``\n", None),
        ("a ```\n", None),
    ],
)
def test_a_line_opens_a_fence(line: str, fence: Fence | None) -> None:
    assert blocks.after(None, line, "", 100) == fence


def test_a_line_too_long_to_repeat_opens_no_fence() -> None:
    assert blocks.after(None, "```" + "x" * 100, "", 50) is None
    assert blocks.muted("```" + "x" * 100, 50) == "\u200b```" + "x" * 100


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ("````\n", True),
        ("  ````  \n", True),
        ("`````\n", True),
        ("```\n", False),
        ("```` x\n", False),
        ("~~~~\n", False),
        ("     ````\n", False),
    ],
)
def test_a_fence_is_closed_by_one_at_least_as_long(line: str, closes: bool) -> None:
    fence = Fence("", "````", "")

    assert blocks.after(fence, line, "", 100) == (None if closes else fence)


def test_a_table_begins_with_its_second_line() -> None:
    assert blocks.after(None, "| a | b |\n", "", 100) is None
    assert blocks.after(None, "|---|:-:|\n", "| a | b |\n", 100) == Table("| a | b |\n|---|:-:|\n")
    assert blocks.after(None, "|---|\n", "| a | b |\n", 100) is None
    assert blocks.after(None, "|---|---|\n", "| a | b |\n", 10) == Table("")
    assert blocks.after(None, "---\n", "text\n", 100) is None


def test_a_quoted_fence_ends_with_its_quote() -> None:
    fence = Fence("> ", "```", "")

    assert fence.holds("> code")
    assert not fence.holds("code")


def test_nothing_shows_what_somebody_wrote() -> None:
    assert "secret" not in repr((Fence("> secret", "```", "secret"), Table("secret")))
