"""Explanations and stories that are known by heart. No I/O."""

import re

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import content, find, shelf, simple

_CAPITAL = re.compile(r".*\bcapital(?: city)? of (?:the )?(?P<country>[\w ]+)")
_ASKS = re.compile(
    r".*\b(?:what|who|why|how|explain|describe|define|tell|about|meaning|mean|is|are|does|teach|introduc\w+|overview)\b.*"
)
_STORY = re.compile(
    r".*\b(?:joke|poem|haiku|story|limerick|riddle|fun fact|tongue twister|essay|something funny|lorem"
    r"|(?:long|longer) (?:text|answer|message|reply)|something long"
    r"|(?:show|say|write|give|demo|example|answer)\b.*\b(?:markdown|formatting|headings))\b.*"
)
# What may stand beside the name of a thing in a question that only asks what it is.
_TELLING = content(
    "explain describe define detail word simple simply term short shortly briefly work mean meaning use used people "
    "really difference child five year old understand concept thing"
)


def explain(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if found := _CAPITAL.fullmatch(plain):
        return _capital(found["country"].strip())
    entry = find("lore", plain)
    if entry is None or not (_ASKS.fullmatch(plain) or len(plain.split()) <= 3):
        return None
    named = _TELLING.union(*(content(name) for name in entry.names))
    return entry.text if len(content(plain) - named) <= 1 else None


def tell_story(sentence: str, conversation: Conversation) -> str | None:
    plain = simple(sentence)
    entry = find("stories", plain) if _STORY.fullmatch(plain) else None
    if entry is None:
        return None
    variants = [text.strip() for text in entry.text.split("\n***\n")]
    told = sum(variant in said.words for said in conversation.before for variant in variants)
    return variants[told % len(variants)]


def _capital(country: str) -> str | None:
    table = next(entry for entry in shelf("tables") if entry.name == "capitals")
    for row in table.text.splitlines()[2:]:
        name, capital, *_ = (cell.strip() for cell in row.strip("|").split("|"))
        if simple(name) == country:
            return f"The capital of {name} is **{capital}**."
    return None
