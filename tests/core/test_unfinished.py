"""What a half-written paragraph looks like."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.unfinished import close, is_open


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("plain words", "plain words"),
        ("a *b", "a *b*"),
        ("a **b *c", "a **b *c***"),
        ("a ***b", "a ***b***"),
        ("a **b*", "a **b**"),
        ("a **b**", "a **b**"),
        ("a **", "a"),
        ("a **b ", "a **b**"),
        ("a _b", "a _b_"),
        ("snake_case", "snake_case"),
        ("2 * 3", "2 * 3"),
        ("2*3", "2*3"),
        ("这是**粗", "这是**粗**"),
        ("~~go", "~~go~~"),
        ("~~go~", "~~go~~"),
        ("`a", "`a`"),
        ("``a`b", "``a`b``"),
        ("``a`", "``a``"),
        ("`", ""),
        ("**run `pip", "**run `pip`**"),
        ("`**`", "`**`"),
        ("\\*not", "\\*not"),
        ("end\\", "end"),
        ("end\\\\", "end\\\\"),
        ("[li", "li"),
        ("[link]", "[link]"),
        ("[link](", "link"),
        ("[link](https://a.b/c_(d", "link"),
        ("[link](https://a.b/c)", "[link](https://a.b/c)"),
        ('[link](https://a.b "tit', "link"),
        ("![image](https://a", "image"),
        ("[a] and (b", "[a] and (b"),
        ("[a](b c d", "[a](b c d"),
        ("**[bold](https://a", "**bold**"),
        ("go to <https://exa", "go to"),
        ("a < b", "a < b"),
        ("a <b> c", "a <b> c"),
        ("text\n#", "text"),
        ("text\n---", "text"),
        ("text\n- **", "text"),
        ("text:\n1. `", "text:"),
        ("- a\n  - ![", "- a"),
        ("1.", ""),
        ("42", "42"),
        ("- [ ", ""),
        ("- [ ] do", "- [ ] do"),
    ],
)
def test_what_is_open_is_closed_and_what_only_begins_is_left_out(begun: str, shown: str) -> None:
    assert close(begun) == shown


def test_a_text_of_nothing_but_beginnings_is_closed_quickly() -> None:
    """Each paint of a live answer does it."""
    began = time.process_time()

    shown = [close(sign * 4_000) for sign in ("<a", "<@<#", "a<b<c/")]

    assert [len(one) > 4_000 for one in shown] == [True] * 3
    assert time.process_time() - began < 0.06


def test_what_is_whole_is_left_alone() -> None:
    assert not is_open("a **b** `c` [d](https://e.f) *g*.")
    assert is_open("a **b")


@given(st.text(alphabet="ab *_`[]()~<\\\n!", max_size=60))
def test_closing_never_fails_and_invents_nothing_but_markers(text: str) -> None:
    shown = close(text)

    assert set(shown) <= set(text)
    assert len(shown) <= 2 * len(text)
