"""One table in a message: Slack draws no more, and takes no message that has more. No I/O.

Pages end in front of a second table (core/text.py). Where one has more all the same, the others are shown as code.
"""

import re

from core import blocks
from core.blocks import Table

_RULER = re.compile(r"^([ \t>]*)(?:\|[ \t]*:?-|:?-+[ \t:]*\|)", re.MULTILINE)
_FENCES = len("```\n\n```\n")


def allowance(text: str) -> int:
    """At most how much longer `lone` makes it; additive over whole lines, and never less for a longer text."""
    return sum(_FENCES + 2 * len(lead) for lead in _RULER.findall(text)) if "|" in text else 0


def lone(text: str) -> str:
    """The text with the first of its tables, and with the others as code."""
    if "|" not in text or len(_RULER.findall(text)) < 2:
        return text
    shown, tables = list[str](), 0
    lead: str | None = None
    for line, within, behind in blocks.standing(text):
        if lead is not None and not (isinstance(within, Table) and line.startswith(lead)):
            shown.append(f"{lead}```\n")
            lead = None
        if within is None and isinstance(behind, Table):
            tables += 1
            lead = _opened(shown, line) if tables > 1 else None
        shown.append(line)
    if lead is not None:
        shown.append(("" if text.endswith("\n") else "\n") + f"{lead}```")
    return "".join(shown)


def _opened(shown: list[str], ruler: str) -> str | None:
    """Begin code above a table's header, the last line, and return what its rows begin with. None where they do not."""
    header = shown[-1]
    marks = blocks.lead(header)
    lead = blocks.unmarked(marks)
    if not _RULER.match(ruler) or not ruler.startswith(lead):
        return None
    shown[-1] = f"{marks}```\n{lead}{header[len(marks) :]}"
    return lead
