"""How often somebody may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.limits import Window, longest, parse_windows, spoken


def test_windows_are_read_as_people_write_them() -> None:
    assert parse_windows("10/minute 100/day") == (Window(10, 60), Window(100, 86400))
    assert parse_windows(" 3/Second,5/hours ") == (Window(3, 1), Window(5, 3600))
    assert parse_windows("20/5minutes") == (Window(20, 300),)


@pytest.mark.parametrize("text", ["", "  ", "none", "None", "off"])
def test_no_limit_is_no_window(text: str) -> None:
    assert parse_windows(text) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("10", '"10" is no limit'),
        ("ten/minute", '"ten/minute" is no limit'),
        ("10/fortnight", '"10/fortnight" is no limit'),
        ("-1/minute", '"-1/minute" is no limit'),
        ("10 / minute", '"10" is no limit'),
        ("0/minute", "would refuse everybody"),
        ("100001/minute", "too large"),
        ("1/0minute", "a time of"),
        ("1/367days", "a time of"),
        ("10/minute 5/", '"5/" is no limit'),
    ],
)
def test_a_wrong_limit_is_named_with_its_fix(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_windows(text)


def test_the_longest_window_says_how_long_calls_are_remembered() -> None:
    assert longest(parse_windows("10/minute 100/day 3/second")) == 86400
    assert longest(()) == 0


@given(st.builds(Window, st.integers(1, 100_000), st.integers(1, 99_999)))
def test_a_window_reads_back_as_it_is_written(window: Window) -> None:
    assert parse_windows(str(window)) == (window,)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 second"),
        (0.2, "1 second"),
        (23.01, "24 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7200, "2 hours"),
    ],
)
def test_a_wait_is_said_in_words_and_rounded_up(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


@given(st.floats(0, 1e7))
def test_who_waits_as_long_as_told_has_waited_long_enough(seconds: float) -> None:
    number, unit = spoken(seconds).split()

    assert int(number) * {"s": 1, "m": 60, "h": 3600}[unit[0]] >= seconds
