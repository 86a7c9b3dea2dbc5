"""A few words in a few languages."""

import pytest

from playground.claude.mind.translate import dictionary

from .conftest import Ask


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Translate good morning to French", "“good morning” is **bonjour** in French."),
        ("How do you say thank you in German?", "“thank you” is **danke** in German."),
        ("What is 'cat' in Spanish?", "“cat” is **gato** in Spanish."),
        ("What's the Italian word for water?", "“water” is **acqua** in Italian."),
        ("translate Hund to English", "“hund” is **dog** in English."),
    ],
)
def test_a_word_that_is_known_is_translated(question: str, said: str, ask: Ask) -> None:
    assert ask(question) == said


def test_a_word_without_a_language_is_given_in_all(ask: Ask) -> None:
    assert ask("translate hello").count("\n| ") == 8


def test_what_is_not_known_is_said_to_be_so(ask: Ask) -> None:
    assert "not among them" in ask("Translate “the report is late” into Dutch")


def test_every_row_has_a_word_in_every_language() -> None:
    assert len(dictionary()) > 50
    assert all(all(row.values()) and len(row) == 8 for row in dictionary())
