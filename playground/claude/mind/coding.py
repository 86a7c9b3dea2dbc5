"""Small programs that are known by heart, and the frame of a file for all others. No I/O."""

import re

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import POLITE, content, find, shelf, simple

_LANGUAGES = {
    "python": ("python", "py"),
    "bash": ("bash", "shell", "sh", "terminal", "command line", "linux", "unix", "zsh"),
    "sql": ("sql", "postgres", "postgresql", "mysql", "sqlite", "database query"),
    "javascript": ("javascript", "js", "node", "node.js"),
    "typescript": ("typescript", "ts"),
    "html": ("html",),
    "css": ("css",),
    "go": ("golang", "go"),
    "rust": ("rust",),
    "java": ("java",),
    "c": ("c",),
    "regex": ("regex", "regular expression", "regexp"),
    "dockerfile": ("dockerfile",),
    "yaml": ("yaml",),
    "json": ("json",),
}
_SHELVES = ("python", "bash", "sql", "javascript", "regex")
_CODE = re.compile(
    r"\b(?:code|script|function|program|snippet|one-liner|query|regex|regexp|regular expression|implement|algorithm"
    r"|dockerfile)\b"
)
_MAKE = re.compile(
    r"\b(?:write|show|give|make|create|generate|implement|need|want|example|how (?:do|can|to)|build)\b"
    r"|^(?:code|program) "
)
_DEFINITION = re.compile(r"what (?:is|are|does) (?:a |an |the )?\w+\??$")
_ANY = content(
    "write show give make create generate code example snippet function script program query small short simple"
)
_LEAD = re.compile(rf"^{POLITE}(?:write|show|give|make|create|generate|implement|code|i need|i want)(?: me| us)? ")


def write_code(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence)
    language = language_of(plain)
    signs = (bool(language), bool(_CODE.search(plain)), bool(_MAKE.search(plain)))
    if _DEFINITION.match(plain) or sum(signs) < 2:
        return None
    shown = language or "python"
    if shown not in _SHELVES:
        return _frame(plain, shown)
    if not content(plain) - _ANY - set(_LANGUAGES[shown]):  # any code will do
        return shelf(f"code_{shown}")[0].text
    entry = find(f"code_{shown}", plain)
    return entry.text if entry else _frame(plain, shown)


def language_of(plain: str) -> str:
    """The language that a request names first; "" for none. Short names count only after "in"."""
    named = []
    for name, aliases in _LANGUAGES.items():
        for alias in aliases:
            before = r"\bin " if len(alias) < 3 else r"(?<![\w+#.])"
            if found := re.search(rf"{before}{re.escape(alias)}(?![\w+#])", plain):
                named.append((found.start(), name))
    return min(named)[1] if named else ""


def _frame(plain: str, language: str) -> str:
    """The frame of a file that is not known by heart, and an honest word about it."""
    topic = _LEAD.sub("", plain).rstrip("?!. ").replace("\\", " ").replace('"', "'")[:80]
    frame = next(entry.text for entry in shelf("frames") if entry.name == language)
    return (
        f"I do not know this one by heart (I am the offline stand-in), so here is only a frame in {language.title()}; "
        f"the real Claude fills it:\n\n```{language}\n{frame.replace('TOPIC', topic)}\n```"
    )
