"""Arithmetic, exactly, and nothing that only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.claude.mind.sums import calculate, evaluate, show

from .conftest import Ask, talk


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is 17 * 23?", "17 * 23 = **391**"),
        ("what's 5 plus 7", "5 + 7 = **12**"),
        ("What is seven times eight?", "7 * 8 = **56**"),
        ("Calculate (3+4)*5", "(3+4)*5 = **35**"),
        ("15% of 80", "15 / 100 * 80 = **12**"),
        ("1,234 + 4,321", "1234 + 4321 = **5,555**"),
        ("2^10", "2 ^ 10 = **1,024**"),
        ("10 / 4 =", "10 / 4 = **2.5**"),
        ("7 x 6", "7 * 6 = **42**"),
        ("what is the square root of 144?", "√144 = **12**"),
        ("100 / 0", "That divides by zero, which has no result."),
        ("is 97 prime?", "Yes, **97** is a prime number."),
        ("is 91 a prime number?", "No, **91** is not prime: it is 7 × 13."),
        ("5!", "5! = **120**"),
        ("12 km in miles", "12 km = **7.456** miles"),
        ("What is 100 °F in Celsius?", "100 °F = **37.778** °C"),
        ("how many minutes are in 3 hours?", "3 hours = **180** minutes"),
    ],
)
def test_a_sum_has_its_result(question: str, said: str, ask: Ask) -> None:
    assert ask(question) == said


def test_a_sum_goes_on_from_the_last_result(ask: Ask) -> None:
    assert ask("What is 6 * 7?", "thanks", "and times 2?") == "42 * 2 = **84**"


@pytest.mark.parametrize(
    "text", ["2026-11-21", "What is 7?", "5 apples + 3 pears", "9 ** 9 ** 9 ** 9", "1 +", "__import__('os')"]
)
def test_what_is_no_sum_is_left_alone(text: str) -> None:
    assert calculate(text, talk(text)) is None


@given(st.integers(-999, 999), st.integers(-999, 999), st.sampled_from("+-*"))
def test_it_counts_as_python_does(one: int, two: int, sign: str) -> None:
    assert evaluate(f"{one} {sign} {two}") == eval(f"{one} {sign} {two}")  # noqa: S307  # numbers that this test made


@given(st.text())
def test_anything_may_be_asked(text: str) -> None:
    calculate(text, talk(text))


def test_results_are_written_as_people_write_them() -> None:
    assert [show(number) for number in (1_000_000, 2.0, 0.1 + 0.2, 1 / 3)] == ["1,000,000", "2", "0.3", "0.333333"]
