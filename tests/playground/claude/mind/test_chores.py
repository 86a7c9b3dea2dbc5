"""Small things done with words."""

import pytest

from .conftest import Ask


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Repeat after me: the quick brown fox", "the quick brown fox"),
        ('Say "hello world"', "hello world"),
        ("Reply only with OK", "OK"),
        ("reverse 'parley'", "yelrap"),
        ("please uppercase the word quiet", "QUIET"),
        ("spell cat", "C – A – T"),
        ("Count to 5", "1, 2, 3, 4, 5"),
        ("count from 8 to 10", "8, 9, 10"),
        ("count to 100000", "That is too long."),
        ("How many r's are in strawberry?", "The letter “r” stands **3** times in “strawberry”."),
        ("how many words are in the sentence 'one two three'", "“one two three” has **3** words."),
        ("sort: pear, apple, fig", "1. apple\n2. fig\n3. pear"),
        ("sort these numbers: 10, 9, 100", "1. 9\n2. 10\n3. 100"),
    ],
)
def test_a_chore_is_done(question: str, said: str, ask: Ask) -> None:
    assert ask(question) == said


def test_chance_is_the_same_for_the_same_conversation(ask: Ask) -> None:
    assert ask("flip a coin") == ask("flip a coin")
    assert "**tea**" in ask("choose tea or coffee") or "**coffee**" in ask("choose tea or coffee")
    assert ask("roll a die").startswith("You rolled a **")


def test_a_text_in_several_lines_is_repeated_whole(ask: Ask) -> None:
    assert ask("Repeat exactly: ```\na\nb\n```") == "```\na\nb\n```"
