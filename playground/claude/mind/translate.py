"""A few words in a few languages. No I/O."""

import re
from functools import cache

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import shelf, simple

_LANGUAGES = {
    "german": ("deutsch",),
    "french": ("français", "francais"),
    "spanish": ("español", "espanol"),
    "italian": ("italiano",),
    "portuguese": ("português",),
    "dutch": ("nederlands",),
    "swedish": ("svenska",),
    "english": (),
}
_NAMED = {alias: name for name, aliases in _LANGUAGES.items() for alias in (name, *aliases)}
_TO = rf"(?:to|into|in|auf|en) (?P<language>{'|'.join(_NAMED)})"
_ASKS = (
    re.compile(rf"(?:please |can you |could you )*translate (?P<what>.+?) (?:from \w+ )?{_TO}(?: please)?"),
    re.compile(rf"(?:please |can you |could you )*translate {_TO}: ?(?P<what>.+)"),
    re.compile(rf"(?:how (?:do|would|can) (?:you|i|we) say|how to say|say) (?P<what>.+?) {_TO}"),
    re.compile(
        rf"(?:what(?:'s| is)|what does) (?:the \w+ (?:word|phrase|translation) for )?(?P<what>.+?) (?:mean )?{_TO}"
    ),
    re.compile(
        rf"what(?:'s| is) the (?P<language>{'|'.join(_NAMED)}) (?:word|phrase|translation|term)? ?"
        r"(?:for|of) (?P<what>.+)"
    ),
)
_ALL = re.compile(
    r"(?:please |can you )*(?:translate|how do (?:you|i) say) (?P<what>.+?)"
    r"(?: (?:to|into|in) (?:other|several|some|all) languages)?"
)


@cache
def dictionary() -> tuple[dict[str, str], ...]:
    """Rows of words that mean the same, by language."""
    table = next(entry.text for entry in shelf("words")).splitlines()
    names, rows = table[0], table[2:]
    languages = [cell.strip().lower() for cell in names.strip("|").split("|")]
    return tuple(
        dict(zip(languages, (cell.strip() for cell in row.strip("|").split("|")), strict=True)) for row in rows
    )


def translate(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    for pattern in _ASKS:
        if found := pattern.fullmatch(plain):
            return _one(found["what"], _NAMED[found["language"]])
    found = _ALL.fullmatch(plain)
    row = _row(found["what"]) if found else None
    if row is None:
        return None
    lines = "\n".join(f"| {name.title()} | {word} |" for name, word in row.items())
    return f"| Language | |\n|---|---|\n{lines}"


def _one(what: str, language: str) -> str | None:
    row = _row(what)
    asked = what.strip("\"' ")
    if row is not None:
        return f"“{asked}” is **{row[language]}** in {language.title()}."
    if len(asked.split()) > 12 or re.search(r"\b(?:file|code|function|list|table|json)\b", asked):
        return None
    return (
        f"I know only a few dozen words in {language.title()}, and “{asked}” is not among them. "
        "The real Claude translates whole texts."
    )


def _row(what: str) -> dict[str, str] | None:
    asked = re.sub(r"^(?:the (?:word|phrase|sentence) |the |a |an |to )", "", what.strip("\"' ")).strip("\"' ,.!?")
    for row in dictionary():
        if asked in (simple(word).strip("¿¡?! ") for cell in row.values() for word in (cell, *cell.split(" / "))):
            return row
    return None
