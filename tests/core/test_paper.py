"""The pages of a PDF are counted where they stand, in the open or packed, and guessed on the safe side elsewhere."""

import asyncio
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import paper

HEAD = b"%PDF-1.7\n"


def page(number: int) -> bytes:
    return b"%d 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\n" % number


def packed(objects: bytes, end: bytes = b"\nendstream\nendobj\n") -> bytes:
    head = b"9 0 obj\n<< /Type /ObjStm /N 3 /First 20 /Filter /FlateDecode >>\nstream\r\n"
    return head + zlib.compress(objects) + end


def paper_of(count: int) -> bytes:
    """A PDF with so many pages, packed as programs that write text do it."""
    objects = b"".join(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % number for number in range(count))
    return HEAD + packed(b"<</Type/Pages/Count %d>>" % count + objects) + b"%%EOF\n"


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (HEAD + page(1) + page(2), 2),
        (HEAD + b"<</Type/Pages/Count 3>><</Type /PageLabel>><</Type\n/Page>>", 1),
        (paper_of(300), 300),
        (HEAD + page(1) + packed(b"<</Type/Page>>"), 2),
        (HEAD + b"% /Type/ObjStm\nstream\n" + packed(b"<</Type/Page>> " * 3), 3),
        (HEAD + packed(b"<</Type/Page>> " * 2) * 250, 500),
        (HEAD + packed(b"<</Type/Page>> " * 9, end=b""), 9),
        (HEAD + b"<</Type/ObjStm>> stream\n<</Type/Page/A 1>> endstream", 2),
        (paper_of(2_000), paper.MOST_PAGES),
    ],
)
def test_pages_are_counted_in_the_open_and_packed_and_rather_twice_than_not_at_all(content: bytes, count: int) -> None:
    assert paper.pages(content) == count


@pytest.mark.parametrize("place", [999_970, 999_990, 1_000_000, 1_000_050])
def test_a_page_counts_once_wherever_it_stands(place: int) -> None:
    """They are looked for in steps of a million bytes."""
    assert paper.pages((HEAD + page(1)).ljust(place, b"%") + page(2) + b"%" * 100) == 2


def test_where_none_is_seen_the_size_says_how_many_there_may_be() -> None:
    assert paper.pages(HEAD) == 1
    assert paper.pages(HEAD + b"x" * 99_990) == 100
    assert paper.pages(HEAD + b"x" * 5_000_000) == paper.MOST_PAGES


@pytest.mark.parametrize(
    "content",
    [
        packed(b"\0" * 3_000_000) * 60,
        b"<</Type/ObjStm>>" * 12_500,
        b"<</Type/ObjStm>>stream\n" * 8_700,
        (b"/Type/ObjStm \nstream\n" + zlib.compress(b"") + b"\n") * 100_000,
    ],
)
def test_what_would_unpack_to_very_much_is_not_unpacked(content: bytes) -> None:
    began = time.process_time()

    assert paper.pages(HEAD + content) == paper.guessed(len(HEAD + content))
    assert time.process_time() - began < 1


@pytest.mark.anyio
async def test_no_paper_keeps_all_others_waiting_while_it_is_looked_through() -> None:
    content = HEAD + packed(b"/Type/Page " * 2_500_000) + b"%" * 1_500_000
    told, gaps = time.process_time(), list[float]()

    counting = asyncio.create_task(asyncio.to_thread(paper.pages, content))
    while not counting.done():
        await asyncio.sleep(0.001)
        gaps.append(time.process_time() - told)
        told = time.process_time()

    assert await counting == paper.MOST_PAGES
    assert max(gaps) < 0.1


def test_what_was_counted_before_it_was_too_much_is_not_forgotten() -> None:
    content = HEAD + page(1) * 400 + packed(b"\0" * 3_000_000) * 2

    assert paper.guessed(len(content)) < 50
    assert paper.pages(content) == 400


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    for head in (HEAD, HEAD + b"/Type/ObjStm stream\n", packed(b"<</Type/Page>>")[:90]):
        assert 1 <= paper.pages(head + content) <= paper.MOST_PAGES
