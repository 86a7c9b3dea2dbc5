"""Tables: those known by heart, two things side by side, multiplication. No I/O."""

import re

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import Entry, find, simple

_TABLE = re.compile(r"\b(?:tables?|compare|comparison|versus|vs\.?|differences? between|pros and cons)\b")
_PAIR = re.compile(
    r"(?:.*\b(?:compare|comparison (?:of|between)|differences? between|table (?:of|for|comparing|with))\b )?(?:the )?"
    r"(?P<one>[\w+#. -]{2,40}?) (?:and|with|to|versus|vs\.?|or) (?P<two>[\w+#. -]{2,40}?)"
    r"(?: (?:in|as|with|using|for) .*| please)?"
)
_TIMES = re.compile(r".*\b(?:multiplication|times) table\b(?:.*?\b(?P<number>\d{1,3})\b)?.*")
_TOPIC = re.compile(r".*\btables? (?:of|about|with|for|showing) ")
_ROWS = ("Good at", "Bad at", "Cost", "Choose it when")


def make_table(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if found := _TIMES.fullmatch(plain):
        return _times_table(int(found["number"])) if found["number"] else _square()
    if not _TABLE.search(plain):
        return None
    if entry := find("tables", plain):
        return entry.text
    pair = _PAIR.fullmatch(plain)
    return _side_by_side(pair["one"].strip(), pair["two"].strip()) if pair else _unknown(plain)


def _side_by_side(one: str, two: str) -> str:
    """Two things: what is known of each, and what to ask the real Claude where nothing is."""
    left, right = find("lore", one), find("lore", two)
    head = f"| | {one.title()} | {two.title()} |\n|---|---|---|\n"
    if left and right and left is not right:
        rows = f"| In a sentence | {left.first_sentence} | {right.first_sentence} |\n"
        points = zip(_points(left), _points(right), strict=False)
        rows += "".join(
            f"| {'Also' if place else 'Worth knowing'} | {a} | {b} |\n" for place, (a, b) in enumerate(points)
        )
        return f"{head}{rows}\nThat is what stands in my small book; the real Claude knows far more about both."
    known = [entry.first_sentence if entry else "?" for entry in (left, right)]
    rows = f"| In a sentence | {known[0]} | {known[1]} |\n" + "".join(f"| {row} | ? | ? |\n" for row in _ROWS)
    note = "This is the table that I would begin with. I am the offline stand-in; the real Claude fills the “?”."
    return f"{head}{rows}\n{note}"


def _points(entry: Entry) -> list[str]:
    return [line[2:] for line in entry.text.splitlines() if line.startswith("- ")]


def _unknown(plain: str) -> str:
    topic = _TOPIC.sub("", plain)[:60]
    return (
        f"| {topic[:1].upper()}{topic[1:]} | What | Why |\n|---|---|---|\n"
        "| First | ? | ? |\n| Second | ? | ? |\n| Third | ? | ? |\n\n"
        "I know a few tables by heart (planets, HTTP status codes, Git commands, Slack and Discord, multiplication), "
        "and this is not one of them. The real Claude fills it."
    )


def _times_table(number: int) -> str:
    return f"| × | {number} |\n|---:|---:|\n" + "\n".join(f"| {one} | {one * number} |" for one in range(1, 11))


def _square() -> str:
    head = "| × |" + "".join(f" {one} |" for one in range(1, 11)) + "\n|---:|" + "---:|" * 10
    rows = (f"| **{one}** |" + "".join(f" {one * two} |" for two in range(1, 11)) for one in range(1, 11))
    return head + "\n" + "\n".join(rows)
