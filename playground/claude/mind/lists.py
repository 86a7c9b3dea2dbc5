"""Lists: some things known by heart, and advice that holds for nearly anything. No I/O."""

import re

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import find, simple

_LIST = re.compile(
    r"(?:.*\b)?(?:list|name|give me|tell me|show me|what are|which are|recommend|suggest)\b"
    r"(?: (?:me|us|a|some|the|of|few|top|best|list|all))*"
    r" ?(?P<count>\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve)?"
    r"(?: (?:different|good|best|common|random|famous))* (?P<what>[\w' -]+?)(?: please)?"
)
_TIPS = re.compile(
    r"(?:.*?\b)?(?:(?P<count>\d+|two|three|four|five|six|seven|ten) )?"
    r"(?:tips?|ideas?|advice|steps|ways|suggestions|checklist|plan)\b(?: (?:for|to|on|about|how to))+ (?P<what>.+)"
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_NUMBERS |= {"ten": 10, "twelve": 12}
_ADVICE = (
    "**Say what you want to reach** with {topic}, in one sentence, and how you will know that it is done.",
    "**Look at what is there already**: somebody has probably written down how they did it.",
    "**Begin with the smallest piece** that is of use by itself, and finish it.",
    "**Show it to somebody** early; a question now is cheaper than a change later.",
    "**Write down what you decided** and why, so that you need not decide it twice.",
    "**Leave time for what goes wrong**: about a third of the whole.",
    "**Stop at a good moment** and look back at what you would do differently.",
)


def make_list(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if found := _TIPS.fullmatch(plain):
        return _tips(found["what"], _number(found["count"], 5))
    found = _LIST.fullmatch(plain)
    entry = find("lists", found["what"]) if found else None
    if found is None or entry is None:
        return None
    items = entry.text.splitlines()
    return _numbered(items[: _number(found["count"], 7)])


def _tips(topic: str, count: int) -> str:
    if entry := find("lists", f"tips {topic}"):
        return _numbered(entry.text.splitlines()[:count])
    general = [line.format(topic=topic.replace("{", "").replace("}", "")) for line in _ADVICE]
    note = "(General advice from the offline stand-in. The real Claude would know your case.)"
    return f"{_numbered(general[:count])}\n\n{note}"


def _number(word: str | None, usual: int) -> int:
    if word is None:
        return usual
    return max(1, int(word)) if word.isdecimal() else _NUMBERS[word]


def _numbered(items: list[str]) -> str:
    return "\n".join(f"{place}. {item.removeprefix('- ')}" for place, item in enumerate(items, 1))
