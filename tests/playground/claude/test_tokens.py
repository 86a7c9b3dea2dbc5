"""Counting and cutting: nothing is lost, and a longer text is never fewer tokens."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playground.claude import tokens


@given(st.text())
def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join(tokens.pieces(text)) == text


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert tokens.count(text) <= tokens.count(text + more) <= tokens.count(text) + tokens.count(more)


def test_english_has_about_four_characters_to_a_token() -> None:
    text = "The quick brown fox jumps over the lazy dog, and nobody in the office seems to mind it at all. " * 10

    assert 3.5 < len(text) / tokens.count(text) < 4.5
    assert 3.5 < len(text) / len(tokens.pieces(text)) < 6


def test_every_kind_of_block_has_a_size() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "document", "source": {"type": "text", "data": "word " * 100}},
        {"type": "document", "source": {"type": "base64", "data": "a" * 400_000}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        {"type": "tool_result", "tool_use_id": "t", "content": "word " * 100},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "word " * 100}]},
        {"type": "tool_use", "id": "t", "name": "roll", "input": {"sides": 6}},
        {"type": "compaction", "content": "In short."},
    ]
    assert [tokens.of_block(block) for block in blocks] == [1_600, 125, 7_500, 1_600, 125, 125, 18, 3]
