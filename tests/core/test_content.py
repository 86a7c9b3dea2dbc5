"""A message is a text or blocks, and read as blocks either way."""

from typing import Any

import pytest

from core import content

IMAGE = {"type": "image", "source": {}}
WORDS = {"type": "text", "text": "why?"}


@pytest.mark.parametrize(
    ("said", "blocks", "words"),
    [
        ("why?", [WORDS], "why?"),
        (
            [IMAGE, WORDS, {"type": "text", "text": " Say."}],
            [IMAGE, WORDS, {"type": "text", "text": " Say."}],
            "why? Say.",
        ),
        ((WORDS,), [WORDS], "why?"),
        (["odd", 5, WORDS], [WORDS], "why?"),
        (None, [], ""),
        ([], [], ""),
    ],
)
def test_a_message_is_blocks_whatever_way_it_is_written(said: Any, blocks: list[Any], words: str) -> None:
    message = {"role": "user", "content": said}

    assert content.blocks(message) == blocks
    assert content.words(message) == words
