"""An answer that broke off goes on without a seam."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.claude.seam import Seam, anchor, awaited, going_on, unrepeated

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat.", "| 0 |", "```", "Äpfel", "🙂"]), min_size=1)
SPACES = st.sampled_from([" ", "\n", "\n\n", "  "])


@st.composite
def texts(draw: st.DrawFn) -> str:
    return "".join(word + draw(SPACES) for word in draw(WORDS)).strip()


def shown(text: str, pieces: list[str]) -> str:
    seam = Seam(text)
    return "".join([*map(seam.feed, pieces), seam.flush()])


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


PLACES = st.lists(st.integers(0, 500), max_size=8)


@given(texts(), st.text(max_size=30), PLACES)
@example("0,\n0,\n0,", "\n0,\n0,\n1", [3])
@example("I", " think", [])
def test_repeated_last_words_are_taken_away_exactly(text: str, rest: str, places: list[int]) -> None:
    assert shown(text, cut(anchor(text) + rest, places)) == rest


@given(texts(), SPACES, texts(), PLACES)
def test_white_space_at_the_break_stands_once(text: str, space: str, rest: str, places: list[int]) -> None:
    assert shown(text + space, cut(anchor(text) + space + rest, places)) == rest


@given(texts(), SPACES, texts())
def test_white_space_that_the_model_forgot_is_there_all_the_same(text: str, space: str, rest: str) -> None:
    assert shown(text + space, [anchor(text), rest]) == rest


@given(texts(), st.text(max_size=80), PLACES)
def test_how_it_was_cut_into_pieces_makes_no_difference(text: str, more: str, places: list[int]) -> None:
    assert shown(text, cut(more, places)) == shown(text, [more])


@given(texts(), st.text(max_size=80))
def test_only_what_repeats_is_taken_away(text: str, more: str) -> None:
    new = shown(text, [more])

    gone = more[: len(more) - len(new)]
    assert more.endswith(new)
    assert not gone.strip() or text.rstrip().endswith(gone.strip())


@pytest.mark.parametrize(
    ("text", "more", "new"),
    [
        ("The capital of France is", " Paris.", " Paris."),  # went on by itself
        ("The capi", "capital of France", "tal of France"),  # began the broken word again
        ("and then he said ha", "ha ha", "ha ha"),  # a short word twice is no repetition
        ("so we begin: first, wash the apples", "first, wash the apples and then", " and then"),  # more than asked
        ("x = [\n    0,\n", "    0,\n]", "    0,\n]"),  # the next row looks like the last one
        ("Done.", "", ""),
        ("", "All of it.", "All of it."),
    ],
)
def test_without_the_last_words_only_a_sure_repetition_is_taken_away(text: str, more: str, new: str) -> None:
    assert shown(text, [more]) == new


def test_nothing_is_held_back_once_the_seam_is_closed() -> None:
    seam = Seam("one two three")

    assert [seam.feed("one two"), seam.feed(" three"), seam.feed(" four"), seam.feed(" one")] == [
        "",
        "",
        " four",
        " one",
    ]


@given(st.text(max_size=300))
def test_the_last_words_end_the_text_and_begin_with_a_word(text: str) -> None:
    last = anchor(text)

    assert text.rstrip().endswith(last)
    assert last == last.strip()
    assert len(last) <= 60
    assert bool(last) == bool(text.strip())


def test_the_question_for_the_rest_keeps_the_roles_alternating() -> None:
    asked = going_on([{"role": "user", "content": "Tell me"}], "Once upon a")

    assert [message["role"] for message in asked] == ["user", "assistant", "user"]
    assert asked[1]["content"] == "Once upon a"
    assert "<last_words>Once upon a</last_words>" in asked[2]["content"]


ROUND = ({"role": "assistant", "content": [{"type": "tool_use"}]}, {"role": "user", "content": [{"type": "x"}]})


def test_the_rest_is_awaited_until_some_of_it_stands() -> None:
    asked = going_on([{"role": "user", "content": "Tell me"}], "Once upon a")
    twice = going_on((*asked, *ROUND), "time there was")

    assert awaited((*asked, *ROUND, *ROUND), "Once upon a") == "Once upon a"
    assert awaited((*asked, *ROUND), "Once upon a time") == ""
    assert awaited((*twice, *ROUND), "Once upon a time there was") == "time there was"
    assert awaited([{"role": "user", "content": "Tell me"}, *ROUND], "Let me look.") == ""


def test_a_long_text_is_joined_in_time_that_does_not_grow_with_it() -> None:
    assert unrepeated("lorem ipsum " * 20_000, "something else") == "something else"
