"""What a line opens, goes on with or ends."""

import pytest

from core import blocks
from core.blocks import START, Context, Fence, State, Table, standing
from core.containers import QUOTE


@pytest.mark.parametrize(
    ("line", "fence"),
    [
        ("```\n", Fence("", "```", "")),
        ("```python x=1 \n", Fence("", "```", "python x=1")),
        ("~~~~ a`b\n", Fence("", "~~~~", " a`b")),
        ("  ```\n", Fence("  ", "```", "")),
        ("    ```\n", None),
        ("- ```py\n", Fence("  ", "```", "py", (2,))),
        ("1.  ```py\n", Fence("    ", "```", "py", (4,))),
        ("1.     ```py\n", None),
        ("> ```py\n", Fence("> ", "```", "py", (QUOTE,))),
        ("> -\t```\n", Fence(">   ", "```", "", (QUOTE, 2))),
        ("```a`b\n", None),
        ("``\n", None),
        ("a ```\n", None),
    ],
)
def test_a_line_opens_a_fence(line: str, fence: Fence | None) -> None:
    assert START.after(line, 100).state == fence


def test_a_line_too_long_to_repeat_opens_no_fence() -> None:
    assert START.after("```" + "x" * 100, 50).state is None
    assert blocks.muted("- ```" + "x" * 100, 50) == "- \u200b```" + "x" * 100


def test_a_line_too_long_for_it_closes_no_fence() -> None:
    assert blocks.muted("> " + "`" * 100, 50, Fence("> ", "```", "", (QUOTE,))) == "> \u200b" + "`" * 100


@pytest.mark.parametrize("line", ["<div>\n", "- <!-- x", "> <?php", "</p>"])
def test_html_is_text(line: str) -> None:
    lead, tag, rest = line.partition("<")

    assert blocks.muted(line, 50) == f"{lead}\u200b{tag}{rest}"


@pytest.mark.parametrize("line", ["<https://a.b>", "a <div>", "< b", "x < y"])
def test_what_is_no_html_stays(line: str) -> None:
    assert blocks.muted(line, 50) == line


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

    assert Context(fence).after(line, 100).state == (None if closes else fence)


@pytest.mark.parametrize(
    ("markdown", "goes_on"),
    [
        ("- ```\n  code", True),
        ("- ```\n\n  code", True),
        ("- ```\n code", False),
        ("- ```\n- next", False),
        ("  ```\ncode", True),
        ("- item\n  ```\ncode", False),
        ("- item\nlazy\n  ```\ncode", False),
        ("- item\n# no item\n  ```\ncode", True),
        ("> ```\n> code", True),
        ("> ```\ncode", False),
        ("> ```\n\n> code", False),
        ("> - ```\n>   code", True),
        ("> - ```\n> code", False),
        ("- > ```\n  > code", True),
        ("- > ```\n> code", False),
    ],
)
def test_a_fence_ends_with_the_item_or_quote_that_it_stands_in(markdown: str, goes_on: bool) -> None:
    *lines, last = markdown.split("\n")
    behind = START
    for line in lines:
        behind = behind.after(line + "\n", 100)

    assert (behind.of(last) is not None) == goes_on


def after(*lines: str, longest: int = 100) -> State:
    behind = START
    for line in lines:
        behind = behind.after(line, longest)
    return behind.state


def test_a_table_begins_with_its_second_line() -> None:
    assert after("| a | b |\n") is None
    assert after("| a | b |\n", "|---|:-:|\n") == Table("| a | b |\n|---|:-:|\n")
    assert after("| a | b |\n", "|---|\n") is None
    assert after("| a | b |\n", "|---|---|\n", longest=10) == Table("")
    assert after("text\n", "---\n") is None


def test_a_table_of_a_list_is_repeated_without_the_marker() -> None:
    table = after("- | a | b |\n", "  |---|---|\n")

    assert table == Table("  | a | b |\n  |---|---|\n")
    assert blocks.moved(table, (2,)) == Table("| a | b |\n|---|---|\n")


def test_indentation_is_counted_in_columns() -> None:
    assert blocks.indentation(" \tx") == 4
    assert blocks.dedented("\t\tx", 4) == "\tx"
    assert blocks.dedented("\tx", 2) == "  x"
    assert blocks.dedented(" x", 2) == "x"
    assert blocks.indented(" x", 3) == "   x"
    assert blocks.indented("\tx", 6) == "      x"
    assert blocks.indented("\n", 3) == "\n"


def test_nothing_shows_what_somebody_wrote() -> None:
    assert "secret" not in repr((Fence("> secret", "```", "secret"), Table("secret")))


def test_each_line_of_a_text_is_told_with_what_it_stands_in_and_what_is_open_behind_it() -> None:
    told = [
        (line, type(within), type(behind)) for line, within, behind in standing("a\n```\nb\n```\n|c|d|\n|-|-|\n|1|2|")
    ]

    nothing = type(None)
    assert told == [
        ("a\n", nothing, nothing),
        ("```\n", nothing, Fence),
        ("b\n", Fence, Fence),
        ("```\n", Fence, nothing),
        ("|c|d|\n", nothing, nothing),
        ("|-|-|\n", nothing, Table),
        ("|1|2|", Table, Table),
    ]
