"""What people told is told again when they ask, to them and not to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.facts import facts, read_fact, recall, you

from .conftest import CONTEXT, Ask, said, talk


@pytest.mark.parametrize(
    ("told", "question", "known"),
    [
        ("My name is Ana.", "What is my name?", "Your name is **Ana**."),
        ("I'm Ana!", "Who am I?", "Your name is **Ana**."),
        ("Hello, I am Ana and I am new here", "do you remember my name?", "Your name is **Ana**."),
        ("please call me Bo", "what's my name?", "Your name is **Bo**."),
        ("My favourite colour is green.", "What is my favorite color?", "Your favourite colour is **green**."),
        ("I live in Oslo.", "Where do I live?", "You told me that you live in Oslo."),
        ("I have two cats and my dog is called Rex", "What is my dog's name?", "Your dog is **Rex**."),
        ("I have two cats and my dog is called Rex", "How many cats do I have?", "You told me that you have two cats."),
        ("I'm 34 years old", "How old am I?", "You told me that you are 34 years old."),
        ("The codeword is BLUE-42.", "What was the codeword?", "The codeword is **BLUE-42**."),
        ("Remember that the deploy is on Tuesday", "When is the deploy?", "The deploy is **on Tuesday**."),
        ("the launch code is 9876, remember it", "tell me the launch code", "The launch code is **9876**."),
        ("Note: our standup is at 9:30", "when is our standup?", "Your standup is **at 9:30**."),
        ("My keys are in the drawer", "Where are my keys?", "Your keys are **in the drawer**."),
    ],
)
def test_a_fact_that_was_told_is_known(told: str, question: str, known: str, ask: Ask) -> None:
    assert ask(told, question) == known
    assert ask(told, "What is 2+2?", "Tell me a joke", question) == known


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("Hi", "What is my name?"),
        ("My name is Ana.", "What is my mother's name?"),
        ("My name is Ana.", "What is my age?"),
    ],
)
def test_what_was_not_told_is_not_known(told: str, question: str, ask: Ask) -> None:
    assert ask(told, question).startswith("You have not told me your")


def test_the_newest_word_counts(ask: Ask) -> None:
    assert "**Eva**" in ask("My name is Ana.", "No, my name is Eva.", "What is my name?")
    assert "**red**" in ask("The door is blue.", "The door is red.", "What is the door?")


def test_everything_that_was_told_is_listed(ask: Ask) -> None:
    known = ask("My name is Ana. I live in Oslo.", "The codeword is BLUE-42.", "What do you know about me?")

    for part in ("Ana", "Oslo", "BLUE-42"):
        assert part in known


def test_one_persons_facts_are_not_told_to_another() -> None:
    def asks(who: str) -> Conversation:
        lines = (said(CONTEXT.format(who="ana") + "My name is Ana. The codeword is BLUE-42."),)
        return Conversation((*lines, said("Hello", "assistant"), said(CONTEXT.format(who=who) + "?")))

    assert recall("What is my name?", asks("ana")) == "Your name is **Ana**."
    assert recall("What is my name?", asks("bo")) == "You have not told me, but the chat says that you are **bo**."
    assert recall("What is the codeword?", asks("bo")) == "The codeword is **BLUE-42**."


def test_a_compaction_is_remembered() -> None:
    conversation = talk("What is my name?", memory="**What you told me**\n- My name is Ana\n- ana said: I live in Oslo")

    assert recall("What is my name?", conversation) == "Your name is **Ana**."
    assert recall("Where do I live?", conversation) == "You told me that you live in Oslo."


def test_questions_tell_nothing() -> None:
    for question in ("Is my name Ana?", "What is the codeword?", "Can I have two cats?", "", "How is my dog called"):
        assert read_fact(question) is None


def test_what_is_told_is_said_back(ask: Ask) -> None:
    assert you("I was born in Oslo and my cat is mine") == "you were born in Oslo and your cat is yours"
    assert ask("My dog is called Rex and I live in Oslo").startswith(
        "Noted: your dog is called Rex, and you live in Oslo."
    )


def test_a_statement_about_something_else_is_no_answer_to_a_definition(ask: Ask) -> None:
    assert "database" in ask("I like Redis.", "What is Redis?")


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=60))
def test_anything_may_be_said(turns: list[str], question: str) -> None:
    conversation = talk(*(turns if len(turns) % 2 == 0 else turns[1:]), question)

    facts(conversation)
    recall(question, conversation)
