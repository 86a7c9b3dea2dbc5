"""Days and dates, from the time that the prompt tells."""

import pytest

from .conftest import Ask


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What day is it today?", "Today is **Saturday, 21 November 2026**."),
        ("what's the date?", "Today is **Saturday, 21 November 2026**."),
        ("What is the date tomorrow?", "Tomorrow is **Sunday, 22 November 2026**."),
        ("which day was yesterday?", "Yesterday was **Friday, 20 November 2026**."),
        ("What day is the day after tomorrow?", "In 2 days it will be **Monday, 23 November 2026**."),
        ("What date is it in 10 days?", "In 10 days it will be **Tuesday, 1 December 2026**."),
        ("What day was it 2 weeks ago?", "14 days ago it was **Saturday, 7 November 2026**."),
        ("How many days until Christmas?", "It is **34 days** until Friday, 25 December 2026."),
        ("how many days until new year's eve", "It is **40 days** until Thursday, 31 December 2026."),
        ("How many days since 1 November 2026?", "It is **20 days** since Sunday, 1 November 2026."),
        ("What weekday was July 4, 2026?", "4 July 2026 is a **Saturday**."),
        ("what day of the week is 2027-01-01?", "1 January 2027 is a **Friday**."),
        ("What time is it?", "When you sent your message it was **10:20 UTC**."),
    ],
)
def test_a_date_is_counted_from_the_prompts(question: str, said: str, dated: Ask) -> None:
    assert dated(question) == said


def test_without_a_date_in_the_prompt_there_is_none(ask: Ask) -> None:
    for question in ("What day is it today?", "What time is it?", "How many days until Christmas?"):
        assert ask(question).startswith("I have no clock")


def test_a_date_that_is_none_is_no_date(dated: Ask) -> None:
    assert "offline" in dated("What weekday is 31 February 2027?")
