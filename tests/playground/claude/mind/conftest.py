"""Conversations with this Claude's mind: each question gets its answer, and the next one knows both."""

from collections.abc import Callable
from typing import Any

import pytest

from playground.claude.mind import answer
from playground.claude.mind.conversation import Conversation, Said, words

CONTEXT = "<context>\ntime: Saturday, 21 November 2026, 10:20 UTC\nspeaking: {who}\n</context>\n\n"
Ask = Callable[..., str]


def said(text: str, role: str = "user") -> Said:
    own, around = words(text) if role == "user" else (text, {})
    return Said(role, own, around)


def talk(*turns: str, **more: Any) -> Conversation:
    """A conversation, turn by turn, the user first."""
    roles = ("user", "assistant")
    return Conversation(tuple(said(text, roles[place % 2]) for place, text in enumerate(turns)), **more)


def replies(*questions: str) -> list[str]:
    """What is answered to each question of a conversation."""
    lines: list[Said] = []
    for question in questions:
        lines.append(said(question))
        lines.append(said(answer(Conversation(tuple(lines))).text, "assistant"))
    return [line.words for line in lines[1::2]]


@pytest.fixture
def ask() -> Ask:
    """Ask several questions in one conversation; the last answer."""
    return lambda *questions: replies(*questions)[-1]


@pytest.fixture
def dated() -> Ask:
    """The same, with the time and the name that a chat program writes before each question."""

    def go(*questions: str, who: str = "Ana") -> str:
        return replies(*(CONTEXT.format(who=who) + question for question in questions))[-1]

    return go
