"""Where a text may be parted, and what it must not carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.characters import clean, may_part, part_at_most


@pytest.mark.parametrize(
    "whole",
    [
        "e\u0301",
        "👍🏽",
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "❤\ufe0f",
        "\r\n",
        "\ud83d\ude00",
        "각",
        "नि",
        "🏴\U000e0067\U000e0062\U000e007f",
    ],
)
def test_what_is_seen_as_one_is_never_parted(whole: str) -> None:
    text = f"a{whole}b"

    assert [at for at in range(1, len(text)) if may_part(text, at)] == [1, len(text) - 1]


def test_flags_are_parted_in_pairs() -> None:
    text = "🇩🇪🇫🇷🇮🇹"

    assert [at for at in range(1, len(text)) if may_part(text, at)] == [2, 4]


def test_a_text_is_parted_as_late_as_it_may_be() -> None:
    assert part_at_most("abcdef", 4) == 4
    assert part_at_most("ab👩‍👩‍👧‍👦cd", 6) == 2
    assert part_at_most("e" + "\u0301" * 50, 10) == 10
    assert part_at_most("\ud83d\ude00" * 3, 3) == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("a\u2066b\u2069\u200ec", "abc"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("hi\U000e0068\U000e0069!", "hi!"),
        ("x\U000e0100y", "xy"),
        ("\ud800 half", "\ufffd half"),
        ("\ud83d\ude00", "😀"),
        ("👩‍👩‍👧‍👦 👍🏽 ❤\ufe0f 🇩🇪", "👩‍👩‍👧‍👦 👍🏽 ❤\ufe0f 🇩🇪"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("a\u200db", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("日本語 e\u0301", "日本語 e\u0301"),
    ],
)
def test_what_nobody_can_see_is_taken_out(text: str, kept: str) -> None:
    assert clean(text) == kept


@given(st.text())
def test_a_clean_text_is_left_alone_and_can_be_sent(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned.encode("utf-8") is not None
