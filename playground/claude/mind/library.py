"""What this Claude knows by heart: Markdown files of entries, found by what they are called. No I/O after the import.

An entry is a heading with its names, `## recursion | recursive function`, and the Markdown below it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

POLITE = r"(?:please |can you |could you |would you |now |and |so )*"
"""How a request may begin, in the middle of a regular expression."""
_STOP = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "is",
            "are",
            "was",
            "were",
            "be",
            "been",
            "am",
            "do",
            "does",
            "did",
            "my",
            "your",
            "our",
            "his",
        ),
        *(
            "her",
            "their",
            "its",
            "i",
            "you",
            "we",
            "me",
            "us",
            "it",
            "that",
            "this",
            "what",
            "which",
            "who",
            "whom",
            "whose",
        ),
        *(
            "where",
            "when",
            "why",
            "how",
            "of",
            "in",
            "on",
            "at",
            "to",
            "for",
            "from",
            "with",
            "about",
            "and",
            "or",
            "but",
        ),
        *("so", "please", "tell", "told", "say", "said", "again", "know", "remember", "can", "could", "would", "will"),
        *("shall", "should", "have", "has", "had", "there", "here", "just", "now", "still", "called", "one", "give"),
        *("exactly", "whats", "earlier", "before", "if", "any", "some", "many", "much", "they", "he", "she", "them"),
    )
)
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    names: tuple[str, ...]
    text: str

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def first_sentence(self) -> str:
        return re.split(r"(?<=[.!?])\s", self.text.strip(), maxsplit=1)[0]


@cache
def shelf(name: str) -> tuple[Entry, ...]:
    """All entries of a file beside this one."""
    text = resources.files(__package__).joinpath(f"{name}.md").read_text("utf-8")
    return tuple(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    parts = _HEADING.split(text)[1:]
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        yield Entry(tuple(name.strip().lower() for name in heading.split("|")), body.strip())


def find(name: str, text: str) -> Entry | None:
    """The entry whose longest name stands in a text, in the singular or the plural."""
    pattern, by_name = _index(name)
    found = [match[1] for match in pattern.finditer(simple(text))]
    return by_name[max(found, key=len)] if found else None


@cache
def _index(name: str) -> tuple[re.Pattern[str], dict[str, Entry]]:
    by_name = {
        alias: entry for entry in reversed(shelf(name)) for alias in entry.names
    }  # the first to claim a name has it
    longest_first = sorted(map(re.escape, by_name), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(longest_first)})(?:s|es)?(?!\w)"), by_name


def simple(text: str) -> str:
    """Lower case, one space between words, no typographic quotes: as rules and names are written."""
    return " ".join(text.lower().replace("’", "'").replace("“", '"').replace("”", '"').split())


def content(text: str) -> frozenset[str]:
    """The words that carry a text's meaning, in the singular, spelt the American way."""
    found = re.findall(r"[\w-]+", simple(text).replace("'s", ""))
    singular = (word.removesuffix("s") if len(word) > 3 else word for word in found if word not in _STOP)
    return frozenset(word.replace("our", "or") if len(word) > 4 else word for word in singular)
