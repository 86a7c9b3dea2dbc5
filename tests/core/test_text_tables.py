"""Where a message has one table at most: pages end in front of the second one, and are promised what others are."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.characters import clean
from core.text import REST_FOLLOWS, Cutter
from tests.core.adversaries import adversary
from tests.core.documents import document
from tests.core.test_text import is_balanced, is_within, shortened, texts, visible

PARSER = MarkdownIt("commonmark").enable("table")
TABLE = "| region | sales |\n|---|---|\n| north | 1 |\n| south | 2 |\n"


def tables(text: str) -> int:
    return sum(token.type == "table_open" for token in PARSER.parse(text))


def cut(markdown: str, size: int = 2_000, *, final: bool = True) -> list[str]:
    return texts(Cutter(size, tables_apart=True).cut(markdown, final=final))


@pytest.mark.parametrize(
    ("between", "first", "second"),
    [
        ("\n## Products\n\n", "", "## Products\n\n"),
        ("\nThe north grows.\n\nBy product:\n\n", "\nThe north grows.", "By product:\n\n"),
        ("\nHere are the products.\n\n", "\nHere are the products.", ""),
        ("That was all.\n", "That was all.", ""),
    ],
)
def test_a_page_ends_in_front_of_its_second_table_and_of_what_announces_that(
    between: str, first: str, second: str
) -> None:
    pages = cut(f"Sales:\n\n{TABLE}{between}{TABLE}\nThat is all.")

    assert pages == [f"Sales:\n\n{TABLE}{first}".rstrip(), f"{second}{TABLE}\nThat is all."]


def test_one_table_after_another_while_they_come() -> None:
    markdown = "\n".join(f"## Part {number}\n\n{TABLE}" for number in range(4))
    seen = [cut(markdown[:end], final=False) for end in range(len(markdown))]

    assert max(tables(page) for pages in seen for page in pages) == 1
    assert all(pages[: len(before) - 1] == before[:-1] for before, pages in pairwise(seen))
    assert [page.splitlines()[0] for page in cut(markdown)] == [f"## Part {number}" for number in range(4)]


def test_a_table_that_goes_on_is_the_one_of_its_page() -> None:
    long = TABLE + "| west | 3 |\n" * 30
    pages = cut(f"{long}\n{long}", 300)

    assert [tables(page) for page in pages] == [1] * 4
    assert [page.count("| region") for page in pages] == [1] * 4


def test_many_tables_come_on_as_many_messages_as_there_may_be_and_the_last_one_has_the_rest() -> None:
    pages = cut("\n".join([TABLE] * 9))

    assert [tables(page) for page in pages] == [1, 1, 1, 1, 5]


def test_tables_stay_together_where_a_message_may_have_many() -> None:
    assert len(Cutter(2_000).cut(f"{TABLE}\n{TABLE}")) == 1


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from([200, 300, 500]), st.sampled_from([document, adversary]))
def test_what_is_promised_of_pages_holds(seed: int, size: int, make: object) -> None:
    markdown = document(Random(seed)) if make is document else adversary(Random(seed))
    cutter, frozen = Cutter(size, tables_apart=True), list[str]()
    for end in (*range(0, len(markdown), 7), len(markdown)):
        pages = texts(cutter.cut(markdown[:end]))
        assert all(len(text) <= size for text in pages)
        assert pages[: len(frozen)] == frozen
        frozen = pages if pages and pages[-1].endswith(REST_FOLLOWS) else pages[:-1]
    last = Cutter(size, tables_apart=True).cut(markdown, final=True)

    assert texts(Cutter(size, tables_apart=True).cut(markdown)) == texts(cutter.cut(markdown))
    assert all(is_balanced(text) for text in texts(last)[:-1])
    shown = "\n".join((*texts(last), *(page.file.decode() for page in last)))
    assert is_within(visible(shortened(clean(markdown))), visible(shown))
