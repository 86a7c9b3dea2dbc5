"""What a line stands in, and what of it is left there."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.containers import NOWHERE, QUOTE, Nest, inner
from tests.core.adversaries import contained

_PARSER = MarkdownIt("commonmark")


def behind(markdown: str) -> Nest:
    nest = NOWHERE
    for line in markdown.splitlines(keepends=True):
        nest = inner(nest, line).nest
    return nest


@pytest.mark.parametrize(
    ("markdown", "within"),
    [
        ("text", ()),
        ("> a", (QUOTE,)),
        (">> a", (QUOTE, QUOTE)),
        ("- a", (2,)),
        ("-   a", (4,)),
        ("-     code", (2,)),
        ("  10. a", (6,)),
        ("1234567890. no item", ()),
        ("-no item", ()),
        ("- - a", (2, 2)),
        ("> - a", (QUOTE, 2)),
        ("-\ta", (4,)),
        ("* * *", ()),
        ("- a\n\n  b", (2,)),
        ("- a\n\nb", ()),
        ("-\n  a", (2,)),
        ("-\n\n  a", ()),
        ("> a\nlazy", (QUOTE,)),
        ("> a\n\nb", ()),
        ("- a\nlazy", (2,)),
        ("- a\n# H", ()),
        ("- # H\nb", ()),
        ("- a\n---", ()),
        ("- a\n  ===\nb", ()),
        ("a\n2. no item", ()),
        ("a\n1. item", (3,)),
        ("a\n-", ()),
        ("- a\n2. item", (3,)),
        ("-     code\nb", ()),
        ("    - code", ()),
        ("a\n    - b", ()),
        ("> - a\n> b\nc", (QUOTE, 2)),
    ],
)
def test_a_line_stands_in_quotes_and_items(markdown: str, within: tuple[int, ...]) -> None:
    assert behind(markdown).within == within


def test_what_is_left_of_a_line_keeps_its_own_indentation() -> None:
    here = inner(behind("> - a\n"), ">     b\n")

    assert (here.lead, here.text) == (">   ", "  b\n")


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32))
def test_a_parser_that_is_not_ours_sees_the_same(seed: int) -> None:
    markdown = contained(Random(seed))

    assert [QUOTE if width == QUOTE else 1 for width in behind(markdown).within] == within_at_end(markdown)


def within_at_end(markdown: str) -> list[int]:
    """What a paragraph at the end stands in: 0 for a quote, 1 for an item."""
    open_here: list[int] = []
    for token in _PARSER.parse(markdown):
        if token.type in {"blockquote_open", "list_item_open"}:
            open_here.append(QUOTE if token.type == "blockquote_open" else 1)
        elif token.type in {"blockquote_close", "list_item_close"}:
            open_here.pop()
        elif token.content.rstrip().endswith("END"):
            return open_here
    raise AssertionError(markdown)


def test_a_line_of_nothing_but_markers_is_read_in_no_time() -> None:
    assert len(inner(NOWHERE, "> " * 50_000).nest.within) < 1_000
    assert len(inner(NOWHERE, "- " * 50_000).nest.within) < 1_000
