"""Keys and pastes that come while nobody asks for a line."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.terminal.typed import ends, line

PASTE = "\x1b[200~{}\x1b[201~"
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1)


@pytest.mark.parametrize(
    ("typed", "first", "rest"),
    [
        ("and then?\rwhy?", "and then?", "why?"),
        ("thee\x7fn?\n", "then?", ""),
        ("nonsense\x15why?\n", "why?", ""),
        ("so why  not \x17then?\n", "so why  then?", ""),
        ("\x7f\x17why?\n", "why?", ""),
        ("wh\x1b[Dy\x1bOP?\x1b[3~\n", "why?", ""),
        ("a\tb\x01\n", "a\tb", ""),
        (PASTE.format("one\rtwo\r\nthree") + " four\n", "one\ntwo\nthree four", ""),
        ("not yet", None, "not yet"),
        (PASTE.format("one\ntwo"), None, "one\ntwo"),
    ],
)
def test_a_line_is_what_readline_would_have_made_of_it(typed: str, first: str | None, rest: str) -> None:
    assert line(typed) == (first, rest)


@given(st.lists(WORDS, min_size=1))
def test_lines_that_are_pasted_are_one(words: list[str]) -> None:
    assert line(PASTE.format("\n".join(words)) + "\n") == ("\n".join(words), "")


@pytest.mark.parametrize(
    ("typed", "is_end"),
    [("\x04", True), ("why?\n\x04", True), ("why?\x04", False), (PASTE.format("one\n\x04two"), False)],
)
def test_ctrl_d_ends_at_the_beginning_of_a_line_alone(typed: str, *, is_end: bool) -> None:
    assert ends(typed) is is_end


def test_a_long_paste_that_comes_in_pieces_keeps_nobody_waiting() -> None:
    text = PASTE.format("a line of a log\n" * 20_000)

    started = time.process_time()
    is_end = any(ends(text[:end]) for end in range(0, len(text), 4_096))

    assert not is_end
    assert time.process_time() - started < 0.5
