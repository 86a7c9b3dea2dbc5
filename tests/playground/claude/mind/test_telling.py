"""Explanations and stories known by heart."""

import pytest

from playground.claude.mind.telling import explain

from .conftest import Ask, talk


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("What is recursion?", "base case"),
        ("Explain prompt caching in simple terms", "same beginning"),
        ("Why is the sky blue?", "Rayleigh"),
        ("redis", "in memory"),
        ("What is the capital of New Zealand?", "**Wellington**"),
        ("Write a haiku about autumn", "*Words come one by one,*"),
        ("Tell me a story", "### The lighthouse that answered"),
        ("Give me a long answer", "### The lighthouse that answered"),
        ("Show me some markdown", "### A smaller heading"),
        ("What is Markdown?", "plain text"),
    ],
)
def test_what_is_known_is_told(question: str, part: str, ask: Ask) -> None:
    assert part in ask(question)


def test_a_question_that_only_mentions_a_thing_is_not_answered_with_its_definition() -> None:
    for question in ("How should we deploy our Rust service to Kubernetes?", "Who wrote the Redis book on my desk?"):
        assert explain(question, talk(question)) is None


def test_a_second_joke_is_another_one(ask: Ask) -> None:
    assert ask("tell me a joke") != ask("tell me a joke", "another joke please")


def test_a_country_that_is_not_known_is_left_to_others() -> None:
    assert explain("What is the capital of Atlantis?", talk("")) is None
