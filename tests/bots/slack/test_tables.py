"""A message of Slack's has one table at most: whatever else was one is code, and nothing of it is lost."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bots.slack.markup import measure, quiet
from bots.slack.tables import allowance, lone
from core.text import pages
from tests.core.adversaries import adversary
from tests.core.test_text import is_balanced

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"
PARSER = MarkdownIt("commonmark").enable("table")
PIECES = st.lists(
    st.sampled_from(
        ["| a | b |", "|---|---|", "| 1 |", "\n", "\n\n", "> ", "- ", "  ", "\t", "a|b", "-|-", ":-", "```"]
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"One:\n\n{TABLE}\nTwo.", f"One:\n\n{TABLE}\nTwo."),
        (f"{TABLE}\n{TABLE}\nEnd.", f"{TABLE}\n```\n{TABLE}```\n\nEnd."),
        (f"{TABLE}\nTwo:\n{TABLE.strip()}", f"{TABLE}\nTwo:\n```\n{TABLE}```"),
        (f"{TABLE}\n{TABLE}so\n\n{TABLE}", f"{TABLE}\n```\n{TABLE}```\nso\n\n```\n{TABLE}```"),
        (f"{TABLE}\n> a | b\n> --|--\n> 1 | 2\nno", f"{TABLE}\n> ```\n> a | b\n> --|--\n> 1 | 2\n> ```\nno"),
        (f"{TABLE}\n- a | b\n  --|--\n  1 | 2\n", f"{TABLE}\n- ```\n  a | b\n  --|--\n  1 | 2\n  ```"),
        (f"```\n{TABLE}```\n{TABLE}", f"```\n{TABLE}```\n{TABLE}"),
    ],
)
def test_the_first_table_stays_and_the_others_are_code(text: str, shown: str) -> None:
    assert lone(text) == shown
    assert measure(text) >= len(lone(quiet(text, "U1")))


@given(PIECES)
def test_nothing_but_fences_is_put_in_and_all_of_it_is_counted(text: str) -> None:
    shown = lone(text)

    assert len(shown) <= len(text) + allowance(text)
    assert all(char in "`> \t\n" or shown.count(char) == text.count(char) for char in set(shown + text))


@given(PIECES, PIECES)
def test_what_is_counted_never_shrinks_and_adds_up_over_lines(first: str, second: str) -> None:
    assert allowance(first + second) >= allowance(first)
    assert allowance(f"{first}\n{second}") == allowance(f"{first}\n") + allowance(second)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32))
def test_what_pages_cuts_is_balanced_as_it_is_sent_and_fits(seed: int) -> None:
    cut = pages(adversary(Random(seed)), 600, measure, final=False, most=50)
    sent = [lone(quiet(page.text, "U1")) for page in cut]

    assert all(is_balanced(text) for text in sent)
    assert all(len(text) <= 600 for text in sent)


@pytest.mark.parametrize("piece", ["|-", "|-\n", "a|b\n-|-\n\n", "> a|b\n> -|-\n\n", "-", " ", "> "])
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    text = piece * (20_000 // len(piece))

    started = time.process_time()
    lone(text)
    allowance(text)

    assert time.process_time() - started < 0.5
