"""Greetings and polite words."""

import pytest

from playground.claude.mind.manners import greet

from .conftest import Ask, talk


@pytest.mark.parametrize("hello", ["Hi", "Hello!", "hey there", "Good morning", "Hallo", "Bonjour!", "hi Parley"])
def test_a_greeting_introduces_itself_once(hello: str, ask: Ask) -> None:
    assert "offline stand-in" in ask(hello)
    assert ask(hello, hello) == "Hello! What can I do for you?"


def test_a_greeting_uses_the_name(ask: Ask, dated: Ask) -> None:
    assert dated("Hi").startswith("Hello, Ana!")
    assert ask("My name is Bo.", "Hi").startswith("Hello, Bo!")


def test_a_greeting_tells_of_a_persona() -> None:
    system = "You are helpful.\n\nThe people of this place asked you to behave like this:\nTalk like a pirate."
    assert "“Talk like a pirate.”" in str(greet("Hi", talk("Hi", system=system)))


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("How are you?", "I am fine"),
        ("Thanks a lot!", "welcome"),
        ("ok thanks", "welcome"),
        ("What is the weather like?", "no window"),
        ("Bye!", "Goodbye"),
        ("ok", "next"),
        ("ping", "pong"),
        ("this is a test", "loud and clear"),
        ("That's wrong.", "You may well be right"),
    ],
)
def test_polite_words_get_polite_words(words: str, part: str, ask: Ask) -> None:
    assert part in ask(words)


def test_a_greeting_with_a_question_is_no_bare_greeting() -> None:
    assert greet("Hi, what is 2+2?", talk("")) is None
