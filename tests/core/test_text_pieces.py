"""Where a message is made of so many pieces at most: pages end in time, and are promised what others are."""

from itertools import pairwise
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.characters import clean
from core.contract import Page
from core.text import REST_FOLLOWS, Cutter
from tests.core.adversaries import adversary
from tests.core.documents import document
from tests.core.test_text import is_balanced, is_within, shortened, texts, visible

PARSER = MarkdownIt("commonmark").enable("table")
APART = ("heading_open", "hr", "table_open")
MOST = 45
NEVER_COUNTED = 3
"""A table that goes on from the page before, a line that is not whole yet, and a note."""


def pieces(text: str) -> int:
    """A block for each heading, rule and table, and for each run of anything else: a parser that is not ours counts."""
    outer = [token.type for token in PARSER.parse(text) if token.nesting >= 0 and not token.level]
    kinds = ["start", *(kind if kind in APART else "" for kind in outer)]
    return sum(bool(kind) or kind != before for before, kind in pairwise(kinds))


def cut(markdown: str, *, size: int = 11_500, most: int = MOST, final: bool = True) -> tuple[Page, ...]:
    return Cutter(size, tables_apart=True, most_pieces=most).cut(markdown, final=final)


def sheet_of(items: int, between: str = "\n\n") -> str:
    return between.join(f"### {number}. `command-{number}`\n\nSets the *thing*." for number in range(items))


def test_a_page_ends_in_front_of_the_heading_for_which_there_is_no_room() -> None:
    found = texts(cut(sheet_of(60)))

    assert [pieces(text) for text in found] == [44, 44, 32]
    assert [text.split(".")[0] for text in found] == ["### 0", "### 22", "### 44"]
    assert all(text.endswith("Sets the *thing*.") for text in found)


@pytest.mark.parametrize("between", ["\n\n---\n\n", "\n***\n", "\n\n> a quote\n\n", "\n\n| a |\n|---|\n| b |\n\n"])
def test_all_that_stands_apart_counts(between: str) -> None:
    found = texts(cut(sheet_of(40, between)))

    assert max(map(pieces, found)) <= MOST
    assert len(found) > 1


def test_what_stands_together_is_one_piece() -> None:
    together = "Words.\n\n- an item\n\n```\n# code\n---\n```\n\n> # quoted\n> ---\n\n    # indented\n\n"

    assert len(cut(together * 60)) == 1


def test_a_heading_goes_with_what_follows_it_and_an_underlined_one_stays_whole() -> None:
    heads = texts(cut("Words.\n\n" + "# A part\n\n## A chapter\n\nWords.\n\n" * 40, most=6))
    underlined = texts(cut("A part\n------\n\nWords.\n\n" * 40, most=6))

    assert {text.splitlines()[-1] for text in heads[:-1]} == {"Words."}
    assert {text.splitlines()[0] for text in underlined} == {"A part"}


def test_a_message_may_have_any_number_where_nobody_counts() -> None:
    assert len(Cutter(11_500).cut(sheet_of(60))) == 1


def test_nothing_but_headings_is_cut_in_time_and_in_little_of_it() -> None:
    began = process_time()
    found = cut("# a\n" * 50_000)

    assert [pieces(page.text) for page in found] == [MOST - 1] * 4 + [MOST]
    assert found[-1].file.count(b"# a") == 50_000 - 5 * (MOST - 1)
    assert process_time() - began < 1


@settings(deadline=None, max_examples=80)
@given(
    st.integers(0, 2**32),
    st.sampled_from([200, 500, 3_000]),
    st.sampled_from([3, 4, 7]),
    st.sampled_from([document, adversary]),
)
def test_what_is_promised_of_pages_holds(seed: int, size: int, most: int, make: object) -> None:
    markdown = document(Random(seed)) if make is document else adversary(Random(seed))
    cutter, frozen = Cutter(size, tables_apart=True, most_pieces=most), list[str]()
    for end in (*range(0, len(markdown), 7), len(markdown)):
        pages = texts(cutter.cut(markdown[:end]))
        assert all(len(text) <= size for text in pages)
        assert all(pieces(text) <= most + NEVER_COUNTED for text in pages[:4])
        assert pages[: len(frozen)] == frozen
        frozen = pages if pages and pages[-1].endswith(REST_FOLLOWS) else pages[:-1]
    last = cut(markdown, size=size, most=most)

    assert texts(cut(markdown, size=size, most=most, final=False)) == texts(cutter.cut(markdown))
    assert all(is_balanced(text) for text in texts(last)[:-1])
    shown = "\n".join((*texts(last), *(page.file.decode() for page in last)))
    assert is_within(visible(shortened(clean(markdown))), visible(shown))
