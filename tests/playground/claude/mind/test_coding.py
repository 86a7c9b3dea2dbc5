"""Code when it is asked for: in a fence, in the language that was named."""

import ast
import re

import pytest

from playground.claude.mind.coding import language_of, write_code
from playground.claude.mind.library import shelf

from .conftest import Ask, talk


@pytest.mark.parametrize(
    ("question", "language", "part"),
    [
        ("Write a Python function for Fibonacci numbers", "python", "def fibonacci"),
        ("a bash script to back up a folder", "bash", "tar -czf"),
        ("SQL query to find duplicate emails", "sql", "HAVING count(*) > 1"),
        ("show me a JavaScript fetch example", "javascript", "await fetch"),
        ("write a regex for an email address", "regex", "@"),
        ("How do I reverse a string in Python?", "python", "[::-1]"),
        ("write a function that checks for primes", "python", "def primes"),
        ("Write a Rust program that parses logs", "rust", "fn main"),
        ("Show me some code", "python", "def fibonacci"),
        ("give me a Dockerfile for my service", "dockerfile", "FROM"),
    ],
)
def test_code_comes_in_a_fence_of_its_language(question: str, language: str, part: str, ask: Ask) -> None:
    said = ask(question)

    assert f"```{language}\n" in said
    assert part in said
    assert said.count("```") % 2 == 0


def test_what_is_not_known_is_only_a_frame_and_says_so(ask: Ask) -> None:
    said = ask("Write a Python script that trades on the moon")

    assert "offline stand-in" in said
    assert "trades on the moon" in said


def test_a_question_about_a_language_is_no_order_for_code() -> None:
    for question in ("What is Python?", "I like rust on old cars", "Who wrote the code of Hammurabi?"):
        assert write_code(question, talk(question)) is None


def test_short_names_of_languages_count_only_after_in() -> None:
    assert language_of("write it in c") == "c"
    assert language_of("give me plan c") == ""
    assert language_of("write it in go") == "go"


def test_every_piece_of_python_known_by_heart_is_python() -> None:
    for entry in shelf("code_python"):
        for code in re.findall(r"```python\n(.*?)```", entry.text, re.DOTALL):
            ast.parse(code)
