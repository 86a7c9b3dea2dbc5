"""An image counts by its pixels, whatever kind it is."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.claude import pictures
from tests.core.test_files import EXTENDED, GIF, LOSSLESS, LOSSY, jpeg, png


@pytest.mark.parametrize("image", [png(), jpeg(), GIF, LOSSY, LOSSLESS, EXTENDED])
def test_the_size_of_every_kind_is_read(image: bytes) -> None:
    assert pictures.size(image) == (3, 2)


@pytest.mark.parametrize(
    ("width", "height", "tokens"),
    [(28, 28, 1), (1_920, 1_080, 2_691), (1_080, 1_920, 2_691), (5_152, 100, 184), (4_032, 3_024, 4_784)],
)
def test_an_image_counts_by_its_pixels_and_never_more_than_the_most(width: int, height: int, tokens: int) -> None:
    assert pictures.tokens({"data": base64.b64encode(png(width, height)).decode()}) == tokens


@given(st.binary(max_size=60))
def test_what_cannot_be_read_has_no_size(content: bytes) -> None:
    for head in (b"", b"\xff\xd8", b"\x89PNG", b"RIFF....WEBP"):
        assert min(pictures.size(head + content)) >= 0
    assert pictures.tokens({"type": "url"}) == pictures.tokens({"data": "?"}) == 0
