"""Links as people should see them: with the host that they lead to. No I/O.

A model may be talked into writing `[your bank](https://evil.example)`. Of `[label](https://host/…)` the host is shown
behind the label, unless the label names it. A target that hides its host (another scheme, an entity, an escape) is
shown instead of linked: a zero-width space parts it from its label.
"""

import re
from collections.abc import Callable

GUARD = "\u200b"

_HOST = r"[\w.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?"
_CLEAR = re.compile(rf"[ \t]*<?https?://(?:[^\s/?#<>()@\\&]*@)?({_HOST})(?=[/?#)>\s]|\Z)", re.IGNORECASE)
_ENDS = r"(?![\w:@&%\\-]|[*_~]*\.\w)"
"""Behind a host that ends there: also where signs that are not shown stand within it, `gle.example*.bank.example*`."""
_ADDRESS = re.compile(rf"://([\w.-]+(?::\d{{1,5}})?){_ENDS}")
_TARGET = re.compile(r"\]\((?=([ \t]*<?[^\s<>()]*))")
_HARMLESS = re.compile(r"[ \t]*<?(?!//)[\w./?#=,~+-]+")
"""A target that leads nowhere from within a chat, or no target at all: `a[0](x)`."""
_COUNTED = re.compile(r"\]\((?=[ \t]*<?(https?://)?([^\s/?#<>()]*))", re.IGNORECASE)
_BADGE = re.compile(r"\[!\[([^\[\]\n]*)\]\([^()\n]*\)\]\(")
_SCHEME = 8  # characters of https://
_LABEL = 300  # characters: a label is looked for only so far back


def with_hosts(line: str) -> str:
    """A line, or a part of one, with the host behind each label that does not name it. It must hold no code."""
    if "](" not in line:
        return line
    parts, done = [], 0
    for found in _TARGET.finditer(line):
        parts += [line[done : found.start()], _shown(line, found)]
        done = found.end()
    return "".join([*parts, line[done:]])


def _shown(line: str, found: re.Match[str]) -> str:
    clear = _CLEAR.match(line, found.start() + 2)
    if clear is not None:
        most = max(found.start() - _LABEL, 0)
        label = line[max(line.rfind("[", most, found.start()), most - 1) + 1 : found.start()]
        return found[0] if _names(label, clear[1]) else f" ({clear[1]}){found[0]}"
    return found[0] if _HARMLESS.fullmatch(found[1]) else f"]{GUARD}("


def _names(label: str, host: str) -> bool:
    """Whether a word of it begins with the host: not `gle.example` within `google.example`.

    Nor `gle.example` in `bank.example/?by=gle.example`: the label of an address names the host of that one alone.
    """
    label, name = label.lower(), host.lower().removeprefix("www.") or host
    if "://" in label and not label.endswith(f"({host.lower()})"):
        address = _ADDRESS.search(label)
        return address is not None and address[1].rstrip("._").removeprefix("www.") == name
    return bool(re.search(rf"(?:^|\s)(?:[^\w\s]|_)*(?:www\.)?{re.escape(name)}{_ENDS}", label))


def without_badges(text: str) -> str:
    """The text, in which of each picture that is a link, `[![build](picture)](target)`, only its words remain."""
    return _BADGE.sub(lambda badge: f"[{badge[1] or 'image'}](", text) if "[![" in text else text


def allowance(text: str, units: Callable[[str], int] = len) -> int:
    """The most that `with_hosts` adds to a text, in `units`: additive over whole lines, never less for more text."""
    if "](" not in text:
        return 0
    return sum(_cost(units(found[2]), bool(found[1])) for found in _COUNTED.finditer(text))


def _cost(length: int, is_host: bool) -> int:  # noqa: FBT001  # it says whose length
    return 3 + (_SCHEME + length if is_host else min(length, _SCHEME))
