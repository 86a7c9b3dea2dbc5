"""What of a Markdown text is code for whoever reads it, what may be prose, and what surely is. No I/O.

What is code is left as it is, so whoever could make us see code where Slack sees prose could have links of his own
there. Only what no reading of CommonMark makes prose counts as code: a fence at the beginning of a line, as long as
none was met that stands in a list, in a quote or further in; a span within one line before which nothing is left open.
"""

import re
from collections.abc import Callable, Iterable, Iterator

Change = Callable[[str], str]

HTML = re.compile(r"^( {0,3})<(?=[A-Za-z/!?])(?![A-Za-z][A-Za-z0-9+.-]*:)", re.MULTILINE)
"""What would begin a block of HTML, in which a fence is none."""

_OPENS = re.compile(r"(`{3,}(?=[^`\n]*\n?\Z)|~{3,})([^\n|]*)([^\n]*\n?)")
_CLOSES = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*\n?")
_INNER = re.compile(r"[\s>*+\d.)-]+(?:`{3}|~{3})")
_RUN = re.compile("`+")
_TAG = re.compile(r"<(?=[A-Za-z/!?])(?![A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>)")


def changed(text: str, maybe: Change, surely: Change) -> str:
    """The text with HTML made harmless, `surely` done to what is prose, `maybe` to that and to what may be prose."""
    return "".join(_pieces(text, maybe, surely))


def _pieces(text: str, maybe: Change, surely: Change) -> Iterator[str]:
    fence, is_open, is_sure = "", False, True
    for line in text.splitlines(keepends=True):
        if fence:
            closing = _CLOSES.fullmatch(line)
            fence = "" if closing and closing[1].startswith(fence) else fence
            yield line
        elif is_sure and (opening := _OPENS.fullmatch(line)):
            fence, is_open = opening[1], False
            yield line if opening[3] in {"", "\n"} else f"{fence}{opening[2]}\n"  # with a | it might be a table's head
        else:
            is_sure = is_sure and not _INNER.match(line)
            is_open = is_open and bool(line.strip())
            yield from _parts(HTML.sub(r"\1&lt;", line), _no_spans if is_open else _spans, surely if is_sure else maybe)
            is_open = is_open or _leaves_open(line)


def _parts(line: str, spans: Callable[[str], Iterable[tuple[int, int]]], change: Change) -> Iterator[str]:
    done = 0
    for start, end in spans(line):
        yield change(line[done:start])
        yield line[start:end]
        done = end
    yield change(line[done:])


def _no_spans(line: str) -> Iterable[tuple[int, int]]:
    return ()


def _spans(line: str) -> Iterator[tuple[int, int]]:
    """Where code begins and ends, as far as that is sure: a tag's attributes hold what they like, a | ends a cell."""
    tag, done = line.find("<"), 0
    for opener in _RUN.finditer(line):
        start, run = opener.start(), opener[0]
        if start < done:
            continue
        if line[start - 1 : start] == "\\" or 0 <= tag < start:
            return
        closer = next((one for one in _RUN.finditer(line, opener.end()) if one[0] == run), None)
        if closer is None:
            continue
        done = closer.end()
        if "|" in line[start:done]:
            return
        yield start, done


def _leaves_open(line: str) -> bool:
    """Whether a run of backticks is left over, or a tag or comment was begun, in which a later line may go on."""
    done, rest = 0, ""
    for start, end in _spans(line):
        rest, done = rest + line[done:start], end
    rest += line[done:]
    return "`" in rest or bool(_TAG.search(rest))
