"""The rules together: several sentences in one question, tools, going on, and what is said when no rule fits."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.claude.mind import answer
from playground.claude.mind.conversation import Used

from .conftest import Ask, talk

CLOCK = {"name": "current_time", "input_schema": {"type": "object", "properties": {}}}


def test_the_same_conversation_gets_the_same_answer() -> None:
    for question in ("Hi", "Flip a coin", "Explain the tides to me", "Tell me a joke"):
        assert answer(talk(question)) == answer(talk(question))


def test_each_sentence_gets_its_answer(ask: Ask) -> None:
    said = ask("Hello! My name is Ana. What is 2+3? And what is the capital of France?")

    assert "Hello" in said
    assert "Nice to meet you, Ana!" in said
    assert "2+3 = **5**" in said
    assert "**Paris**" in said
    assert "offline" not in said


def test_a_question_beyond_the_rules_is_named_also_beside_others(ask: Ask) -> None:
    said = ask("What is 2+3? Who will win the election?")

    assert "**5**" in said
    assert "“Who will win the election?”" in said
    assert "offline stand-in" in said


def test_results_of_tools_are_told() -> None:
    used = Used("current_time", {}, "10:20 UTC", failed=False)

    assert answer(talk("What time is it?", used=(used,))).text == "It is **10:20 UTC** (from `current_time`)."


def test_a_tool_that_the_question_asks_for_is_run_first() -> None:
    thought = answer(talk("What time is it?", tools=(CLOCK,)))

    assert thought.tools == (("current_time", {}),)
    assert "current_time" in thought.thinking
    assert answer(talk("What is 2+2?", tools=(CLOCK,))).tools == ()


def test_an_answer_that_was_cut_is_gone_on_with_exactly_there(ask: Ask) -> None:
    whole = ask("Tell me a story")
    begun = whole[:200]

    rest = answer(talk("Tell me a story", begun, "Please continue")).text

    assert begun.rstrip() + rest == whole


def test_the_last_words_are_repeated_when_they_are_asked_for(ask: Ask) -> None:
    whole = ask("Tell me a story")
    begun = whole[:200].rstrip()
    last = begun[-30:]

    rest = answer(talk("Tell me a story", begun, f"It broke off. <last_words>{last}</last_words>")).text

    assert rest.startswith(last)
    assert begun.removesuffix(last) + rest == whole


def test_what_was_told_of_late_is_gone_on_with_too() -> None:
    told = ("One text.", "Another text that was cut in its middle.")

    assert answer(talk("Go", "Another text that", "continue"), told).text == " was cut in its middle."
    assert "nothing more" in answer(talk("Go", "Another text that was cut in its middle.", "continue"), told).text
    assert "nothing more" in answer(talk("Go", "Something that I never said", "continue"), told).text


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_anything_may_be_asked_and_something_is_answered(turns: list[str]) -> None:
    if len(turns) % 2 == 0:
        turns = turns[1:]

    assert answer(talk(*turns)).text.strip() or "```" in turns[-1]


@pytest.mark.parametrize("part", ["what is my ", "1 + ", "compare a and b with ", "x", "remember that my ", "a\nb? "])
def test_a_long_message_does_not_hold_up_everybody(part: str) -> None:
    began = time.process_time()

    answer(talk(part * (100_000 // len(part))))

    assert time.process_time() - began < 0.5


def test_thinking_goes_before_what_looks_hard() -> None:
    assert answer(talk("Why is the sky blue?")).thinking
    assert not answer(talk("Hi")).thinking
