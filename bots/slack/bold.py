"""Bold words in languages that put no blanks between words. No I/O.

By CommonMark a `**` between a bracket, quote or colon and a letter begins or ends nothing on the letter's side: of
`これは**「重要」**です` people would see the asterisks. A blank between the letter and the `**` mends it.
"""

import re
import unicodedata

from core import blocks
from core.formulas import around

_BOLD = re.compile(r"(?<![\\*])(\*{2,3})(?![\s*])[^*\n]*(?<![\s\\*])\1(?!\*)")
_COUNTED = re.compile(r"(?<=[^\x00-\x7f])\*\*|\*\*(?=[^\x00-\x7f])")


def allowance(text: str) -> int:
    """At most how many blanks `spaced` puts in; additive over whole lines, and never less for a longer text."""
    return len(_COUNTED.findall(text)) if "**" in text else 0


def spaced(text: str) -> str:
    """The text with the blanks that its bold words need; code stays as it is."""
    if not allowance(text):
        return text
    shown = list[str]()
    for line, within, behind in blocks.standing(text):
        is_code = isinstance(within or behind, blocks.Fence)
        shown.append(line if is_code or "**" not in line else around(line, _spaced))
    return "".join(shown)


def _spaced(line: str) -> str:
    return _BOLD.sub(_with_blanks, line)


def _with_blanks(bold: re.Match[str]) -> str:
    line, marks = bold.string, len(bold[1])
    before, first = line[: bold.start()][-1:], bold[0][marks]
    last, after = bold[0][-marks - 1], line[bold.end() : bold.end() + 1]
    return " " * _clings(before, first) + bold[0] + " " * _clings(after, last)


def _clings(outer: str, inner: str) -> bool:
    """Whether marks between these two characters do nothing. What is written in English stays as it is."""
    if not outer or outer.isspace() or _is_sign(outer) or not _is_sign(inner):
        return False
    return not outer.isascii() or unicodedata.east_asian_width(inner) in {"W", "F"}


def _is_sign(char: str) -> bool:
    """Whether CommonMark has it among punctuation."""
    return not char.isalnum() if char.isascii() else unicodedata.category(char)[0] in {"P", "S"}
