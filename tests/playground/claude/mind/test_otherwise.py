"""What is said when no rule fits."""

import pytest

from playground.claude.mind.conversation import Conversation, Said
from playground.claude.mind.otherwise import KEY, say_honestly, topic_of

from .conftest import Ask, talk


def test_it_names_the_question_says_what_it_is_and_how_to_get_the_real_one(ask: Ask) -> None:
    said = ask("How should we price our new product?")

    assert "“How should we price our new product?”" in said
    assert "offline stand-in" in said
    assert KEY in said


def test_a_question_of_one_word_is_taken_with_the_one_before_it(ask: Ask) -> None:
    assert "“why?” (after “How should we price our new product?”)" in ask(
        "How should we price our new product?", "why?"
    )


def test_the_way_to_a_key_is_told_once(ask: Ask) -> None:
    said = ask("How should we price our new product?", "And who should sell it?")

    assert "“And who should sell it?”" in said
    assert KEY not in said


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("Draft a letter to the landlord about the heating", "would write that"),
        ("My build fails, can you look at it?", "show the line to change"),
        ("Which of the two offers is better?", "weigh the reasons"),
        ("Why do cats purr?", "explain the reasons"),
    ],
)
def test_it_says_what_the_real_one_would_do(question: str, part: str, ask: Ask) -> None:
    assert part in ask(question)


def test_another_tongue_is_answered_with_a_sentence_in_it() -> None:
    assert say_honestly(talk("x"), "Wie ist das Wetter und kannst du mir helfen?").startswith("Ich bin nur")
    assert say_honestly(talk("x"), "Pourquoi est-ce que je dois payer une amende?").startswith("Je ne suis")
    assert say_honestly(talk("x"), "Why is the weather so bad?").startswith("“Why")


def test_what_was_attached_is_mentioned() -> None:
    question = Said("user", "What is on it?", {}, ("a PNG image", "a PDF of 3 kB"))

    assert "I received a PNG image and a PDF of 3 kB" in say_honestly(Conversation((question,)), question.words)


def test_a_topic_is_what_the_question_is_about() -> None:
    assert topic_of("Can you tell me about the history of tea?") == "history of tea"
    assert topic_of("") == ""
    assert len(topic_of("word " * 100)) <= 70
