"""Sizes of conversations: counted where the API counted, estimated on the safe side elsewhere."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import files, sizes
from core.contract import File
from core.dialogue import Exchange

PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 4_000_000}}
PAPER = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "A" * 4_000_000}}


def past(text: str, tokens: int = 0) -> Exchange:
    return Exchange("1", 0, ({"role": "user", "content": text}, {"role": "assistant", "content": "ok"}), tokens)


@given(st.text())
def test_no_text_is_thought_smaller_than_a_third_of_its_bytes(text: str) -> None:
    assert sizes.of_text(text) * 3 >= len(text.encode("utf-8", "replace"))


@given(st.lists(st.integers(0, 9)), st.integers(-5, 40))
def test_as_many_fit_a_room_as_are_not_larger_together(found: list[int], room: int) -> None:
    count = sizes.fitting(found, room)

    assert sum(found[:count]) <= room or count == 0
    assert count == len(found) or sum(found[: count + 1]) > room


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("x" * 300, 104),
        ([{"type": "text", "text": "x" * 300}], 104),
        ([PICTURE], 4),
        ([PAPER], 4),
        ([{"type": "tool_result", "tool_use_id": "t", "content": "x" * 300}], 124),
        (None, 4),
        (["odd"], 4),
    ],
)
def test_each_kind_of_content_has_its_size(content: Any, tokens: int) -> None:
    assert sizes.of_message({"role": "user", "content": content}) == pytest.approx(tokens, abs=4)


@pytest.mark.parametrize(
    ("reference", "tokens"),
    [
        (files.reference(File("F", "a", 524_000), "pdf", 300), 900_000),
        (files.reference(File("F", "a", 29_999), "pdf"), 90_000),
        (files.reference(File("F", "a", 9_000_000), "pdf"), 1_800_000),
        (files.reference(File("F", "a", 300), "text"), 100),
        (files.reference(File("F", "a", 4_000_000), "image"), 4_784),
        (files.reference(File("F", "a", 4_000_000), "image", tokens=2_691), 2_691),
    ],
)
def test_a_pdf_costs_by_its_pages_and_an_image_by_its_pixels_apart_from_words(reference: Any, tokens: int) -> None:
    asked = {"role": "user", "content": [reference, {"type": "text", "text": "x" * 300}]}

    assert sizes.of_files(asked) == sizes.of_file(reference) == tokens
    assert sizes.of_message(asked) < 150


def test_files_that_were_sent_cost_no_more_than_the_api_counted_with_them() -> None:
    refs = [files.reference(File(name, name, 50), "pdf", count) for name, count in (("a", 10), ("b", 30))]

    def costs(tokens: int) -> list[int]:
        exchange = Exchange("1", 0, ({"role": "user", "content": refs}, {"role": "assistant", "content": "ok"}), tokens)
        known = sizes.of_each_file([past("hi", 9), exchange])
        return [known[name] for name in "ab"]

    assert costs(60_009) == [15_000, 45_000]
    assert costs(0) == costs(500_000) == [30_000, 90_000]


@pytest.mark.parametrize(
    ("before", "after", "size"),
    [
        *((100_000, 160_000, 60_000), (0, 60_000, 60_000), (0, 200_000, 90_000)),
        *((100_000, 110_000, 90_000), (100_000, 70_000, 70_000)),  # something before it went meanwhile
    ],
)
def test_files_have_no_more_than_the_api_counted_since_the_exchange_before(before: int, after: int, size: int) -> None:
    pdf = files.reference(File("a", "a.pdf", 300_000), "pdf", 30)
    asked = Exchange("1", 0, ({"role": "user", "content": [pdf]}, {"role": "assistant", "content": "ok"}), after)

    assert sizes.of_each_file([past("hello", before), asked]) == {"a": size}


def test_what_the_api_counted_goes_before_the_estimate() -> None:
    exchanges = [past("x" * 3_000, 1_500), past("x" * 3_000, 2_200), past("x" * 3_000, 3_100)]

    assert sizes.of_exchanges(exchanges)[1:] == (700, 900)


def test_a_count_that_cannot_be_is_not_believed() -> None:
    guess = sizes.of_exchange(past("x" * 3_000))
    shrunk, grown, unknown = past("x" * 3_000, 100), past("x" * 3_000, 90_000), past("x" * 3_000)

    assert sizes.of_exchanges([past("hello", 5_000), shrunk, grown, unknown])[1:] == (guess, guess, guess)
