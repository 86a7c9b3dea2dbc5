"""Half-written Markdown, closed for the screen while it streams. No I/O."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"\\.|`+|\*+|_+|~~+|!?\[|\]|<(?=[A-Za-z/!@#:])", re.DOTALL)
_BARE = re.compile(r"[ \t>]*(?:([-*+_=~`#|])(?:\1|[ \t])*|(?:[-*+]|\d{1,9}[.)])[ \t]*(?:\[[ xX]?\]?)?[ \t]*)?")
_LINK = re.compile(r"\]\([ \t]*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)")
_HALF_LINK = re.compile(
    r"\]\([ \t]*(?:<[^<>\n]*>?|[^\s()]*(?:\([^\s()]*\)?[^\s()]*)*)(?:\s+(?:\"[^\"]*\"?|'[^']*'?)?)?\Z"
)
_HALF_TAG = re.compile(r"<[^\s>]*\Z")
_TAG = 2_000  # characters of the longest tag, or link in such brackets, that is looked for
_LONG_AGO = 300  # characters: a bracket that was opened further back will hardly be closed any more


@dataclass(slots=True)
class _Open:
    """What a paragraph leaves open. What follows `end` is not shown.

    `markers` of emphasis, and the backticks of `code`: the text, where it stands, and where its content begins.
    `brackets`: from where to where each stands.
    """

    end: int
    markers: list[tuple[str, int, int]] = field(default_factory=list)
    brackets: list[tuple[int, int]] = field(default_factory=list)
    code: tuple[str, int, int] | None = None


def close(paragraph: str) -> str:
    """A paragraph as far as it is written, made to look right: what is open is closed, what only begins is left out.

    >>> close("see **the [docs](https://exa")
    'see **the docs**'
    >>> close("run `pip inst")
    'run `pip inst`'
    """
    text = _unbared(paragraph)
    if (len(text) - len(text.rstrip("\\"))) % 2:
        text = text[:-1]
    return _unbared(_closed(text, _scan(text))).rstrip()


def _unbared(text: str) -> str:
    """Without a last line of nothing but signs: below a line of text a lone `-` would make a heading of that."""
    start = text.rfind("\n") + 1
    return text[:start] if _BARE.fullmatch(text, start) else text


def is_open(paragraph: str) -> bool:
    """Whether something inline (emphasis, code, a link) stands open at the end."""
    return close(paragraph) != paragraph.rstrip()


def _closed(text: str, found: _Open) -> str:
    end, tail = found.end, ""
    markers = [*found.markers, found.code] if found.code else found.markers
    while markers:
        marker, where, begins = markers[-1]
        content = text[begins:end].rstrip()
        if content.strip("[!"):
            break
        end = where  # an opener with nothing behind it yet
        markers = markers[:-1]
    shown = _without_brackets(text, end, found.brackets).rstrip()
    for place, (marker, _, _) in enumerate(reversed(markers)):
        if place == 0:
            shown = shown.rstrip(marker[0]).rstrip() if marker[0] != "`" or not tail else shown
        tail += marker
    return shown + tail


def _without_brackets(text: str, end: int, brackets: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, stop in brackets:
        if end - _LONG_AGO <= start < end:
            parts.append(text[at:start])
            at = min(stop, end)
    return "".join(parts) + text[at:end]


def _scan(text: str) -> _Open:
    found, at = _Open(len(text)), 0
    while match := _TOKEN.search(text, at):
        sign, at = match[0], match.end()
        if sign[0] == "`":
            after = _end_of_code(text, sign, at)
            if after < 0:
                found.code = (sign, match.start(), at)
                break
            at = after
        elif sign[-1] == "[":
            found.brackets.append(match.span())
        elif sign == "]":
            at = _end_of_bracket(text, match.start(), found)
        elif sign == "<":
            if len(text) - match.start() <= _TAG and _HALF_TAG.match(text, match.start()):
                found.end = match.start()
        elif sign[0] != "\\":
            _emphasis(text, match, found)
        if found.end < len(text):
            break
    return found


def _end_of_code(text: str, run: str, at: int) -> int:
    while (at := text.find(run, at)) >= 0:
        stop = at + len(run)
        if text[stop : stop + 1] != "`" and text[at - 1] != "`":
            return stop
        while text[at : at + 1] == "`":
            at += 1
    return -1


def _end_of_bracket(text: str, at: int, found: _Open) -> int:
    if not found.brackets:
        return at + 1
    if whole := _LINK.match(text, at):
        found.brackets.pop()
        return whole.end()
    if _HALF_LINK.match(text, at):
        found.end = at
        return at
    found.brackets.pop()
    return at + 1


def _emphasis(text: str, match: re.Match[str], found: _Open) -> None:
    run, start, stop = match[0], match.start(), match.end()
    before, after = text[start - 1 : start] or "\n", text[stop : stop + 1]
    rest = len(run)
    if not before.isspace() and not (run[0] == "_" and after.isalnum()):
        rest = _shut(run, found)
    if not rest:
        return
    if not after:
        found.end = stop - rest  # half a closer, or an opener with nothing behind it
    elif rest <= 3 and not after.isspace() and not (before.isalnum() and (run[0] == "_" or rest == 1)):
        found.markers.append((run[0] * rest, stop - rest, stop))


def _shut(run: str, found: _Open) -> int:
    """Close what this run of markers closes; return how many of its characters are left over."""
    rest = len(run)
    for place in range(len(found.markers) - 1, max(len(found.markers) - 9, -1), -1):
        marker = found.markers[place][0]
        if marker[0] == run[0] and len(marker) <= rest:
            rest -= len(marker)
            del found.markers[place:]
            if not rest:
                break
    return rest
