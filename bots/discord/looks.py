"""Claude's Markdown as Discord shows it. No I/O."""

import re

from core.characters import clean

_RINGS = re.compile(r"<(?=@)|@(?=everyone|here)")


def looks(text: str) -> str:
    return _RINGS.sub(lambda match: match[0] + "\u200b", clean(text))


def measure(text: str) -> int:
    return len(text) + len(_RINGS.findall(text))
