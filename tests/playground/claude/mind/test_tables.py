"""Tables when a table or a comparison is asked for."""

import pytest

from .conftest import Ask


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("Make a table of the planets", "| Jupiter |"),
        ("Compare Slack and Discord", "| Longest message |"),
        ("What is the difference between TCP and UDP?", "| Order and arrival |"),
        ("compare Python and Rust in a table", "| In a sentence | **Python**"),
        ("Compare cats with dogs", "| | Cats | Dogs |"),
        ("multiplication table of 7", "| 6 | 42 |"),
        ("show me the times table", "| **7** | 7 | 14 |"),
        ("a table of our quarterly numbers", "| Our quarterly numbers |"),
    ],
)
def test_a_table_is_a_table(question: str, part: str, ask: Ask) -> None:
    said = ask(question)
    rows = [line for line in said.splitlines() if line.startswith("|")]

    assert part in said
    assert set(rows[1]) <= set("|-:")
    assert len({row.count("|") for row in rows}) == 1


def test_what_is_not_known_is_said_to_be_so(ask: Ask) -> None:
    assert "offline stand-in" in ask("compare cats with dogs")
    assert "not one of them" in ask("a table of our quarterly numbers")
