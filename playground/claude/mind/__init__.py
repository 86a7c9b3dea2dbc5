"""What this Claude says by itself: small honest rules over the conversation that was sent. No I/O.

The same conversation always gets the same answer. Each sentence of a question goes to the first rule that knows it;
where none does, it says so, and how to get the real Claude.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from playground.claude.mind import earlier, toolbox
from playground.claude.mind.about import tell_about_parley
from playground.claude.mind.chores import do_chore
from playground.claude.mind.coding import write_code
from playground.claude.mind.conversation import Conversation, Rule, Said, hear
from playground.claude.mind.dates import answer_date
from playground.claude.mind.earlier import answer_about_earlier, summary
from playground.claude.mind.facts import acknowledge, recall
from playground.claude.mind.library import simple
from playground.claude.mind.lists import make_list
from playground.claude.mind.manners import INTRODUCTION, WHAT_NEXT, answer_politely, greet
from playground.claude.mind.otherwise import say_honestly, topic_of
from playground.claude.mind.sums import calculate
from playground.claude.mind.tables import make_table
from playground.claude.mind.telling import explain, tell_story
from playground.claude.mind.translate import translate

__all__ = ["Thought", "answer", "hear", "summary"]

# The first that knows a sentence answers it: what is certain before what is likely.
_RULES: tuple[Rule, ...] = (
    greet,
    answer_politely,
    calculate,
    answer_about_earlier,
    translate,
    do_chore,
    acknowledge,
    recall,
    answer_date,
    make_table,
    write_code,
    tell_story,
    make_list,
    tell_about_parley,
    explain,
)
_DEEP = re.compile(
    r"\b(?:why|how|plan|compare|prove|design|analy[sz]e|step by step|difference|code|function|script|think)\b"
)
_MOST_SENTENCES = 12
_LONG = 2_000
"""Characters from which on a text is material, not a question: it may be asked to be repeated, no more."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What is to be said, what was thought before, and which tools to run: `searches` of the web run here."""

    text: str = ""
    thinking: str = ""
    tools: tuple[tuple[str, dict[str, Any]], ...] = ()
    searches: tuple[str, ...] = ()


def answer(conversation: Conversation, told: Iterable[str] = ()) -> Thought:
    """The answer to a conversation's question. `told` are whole texts given of late, of which one may have been cut."""
    if conversation.begun:
        return Thought(_rest_of(conversation.begun, [*told, _say(conversation)], conversation.question) or "")
    if conversation.used:
        return Thought(toolbox.tell_results(conversation.used))
    tools = toolbox.wanted_tools(conversation)
    if tools:
        names = " and ".join(f"`{name}`" for name, _ in tools)
        return Thought(thinking=f"The question asks for something that {names} can tell me.", tools=tools)
    if earlier.asks_to_go_on(conversation.question) and conversation.last_answer:
        return Thought(_rest(conversation, told))
    searches = toolbox.wanted_searches(conversation)
    if searches:
        return Thought(
            f"I searched, but the web is out of my reach: I am offline.\n\n{_say(conversation)}", "", (), searches
        )
    return Thought(_say(conversation), _think(conversation))


def _say(conversation: Conversation) -> str:
    """What the rules say to each sentence, without repeating."""
    said: list[str] = []
    for sentence in conversation.question.sentences[:_MOST_SENTENCES]:
        rules = _RULES if len(sentence) <= _LONG else (do_chore,)
        text = next((text for rule in rules if (text := rule(sentence, conversation)) is not None), None)
        if text is None and sentence.endswith("?"):
            text = say_honestly(conversation, sentence)
        if text is not None and text not in said:
            said.append(text)
    if len(said) > 1:
        # With something behind it, a greeting is answered in a word.
        said = [text.split(INTRODUCTION, 1)[0].removesuffix(WHAT_NEXT).strip() for text in said]
    return "\n\n".join(said) or say_honestly(conversation, conversation.question.words)


def _rest(conversation: Conversation, told: Iterable[str]) -> str:
    """The rest of the last answer: of what was given of late, else thought anew from the conversation before it."""
    begun = conversation.last_answer
    place = max(at for at, said in enumerate(conversation.before) if said.role == "assistant")
    asked = next((at for at in range(place - 1, -1, -1) if conversation.before[at].role == "user"), None)
    texts = list(told)
    if asked is not None:
        texts.insert(0, _say(replace(conversation, said=conversation.said[: asked + 1])))
    rest = _rest_of(begun, texts, conversation.question)
    return "There is nothing more to say about it from my side: that was all I know." if rest is None else rest


def _rest_of(begun: str, texts: list[str], asked: Said) -> str | None:
    """What follows in the newest text that begins so; None when none does."""
    found = (earlier.rest_of(whole, begun, asked) for whole in reversed(texts))
    return next((rest for rest in found if rest is not None), None)


def _think(conversation: Conversation) -> str:
    """A few words of thinking before an answer to a question that looks as if it needed some."""
    words = conversation.question.words
    if len(words) < 200 and not _DEEP.search(simple(words)):
        return ""
    return (
        f"The question is about {topic_of(words) or 'this'}. I look through my rules for one that knows it, "
        "and if there is none I say so instead of making something up."
    )
