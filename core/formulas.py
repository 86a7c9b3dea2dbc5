"""Mathematics in Claude's Markdown as code, for platforms that draw none: no sign of it is taken for others. No I/O."""

import re
from collections.abc import Callable, Iterator, Sequence

DISPLAY = {"$$": "$$", "\\[": "\\]"}
"""What begins a formula on lines of its own, and what ends it."""
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
"""Code within a line: its backticks, and what stands between them."""
ADDRESS = re.compile(r"https?://[^\s<>()]*[^\s<>()\\*_~]")
"""An address on the web, in which no sign may be changed. Punctuation behind it is no part of it."""
_KEPT = "\0"  # in no text that people see

# A bracket that is escaped ends it, or begins another one, and one behind two backslashes is Markdown's own: that keeps
# it linear.
_SIGN = r"(?:[^`\n\\]|\\[^`\n()\[\]])"
_INLINE = re.compile(
    rf"(?<!\\)(?:\\\(({_SIGN}+)\\\)|\\\[({_SIGN}+)\\\])|\$\$(\s*[^\s`$][^`$\n]*?)\$\$"
    r"|(?<![\w$\\])\$((?=[^`$\n]*[\\^_{])[^\s`$](?:[^`$\n]*[^\s`$])?)\$(?![\w$])"
)
_SIGNS = re.compile(r"[\\^_{}=+<>]")
_TEX = re.compile(r"[\\^{}]")
_CLOSE = re.compile(r"[A-Za-z0-9_]")
"""What a bracket of prose may stand right behind: `a\\[0\\]`. Words of Chinese stand as close to a formula."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_REST = re.compile(r"\s*\\[A-Za-z]|[^\n]*\\\\\s*\Z")
"""A line that is surely one of a formula: it begins with a command, or ends as the lines of one do."""
_ROOM = 6
"""Characters that a text may grow by, for each mark that begins a formula on lines of its own."""


def allowance(text: str) -> int:
    """How much longer a text may become by its formulas on lines of their own."""
    return _ROOM * sum(map(text.count, DISPLAY))


def outside(line: str, change: Callable[[str], str]) -> str:
    """The line with what stands outside of code changed."""
    done, parts = 0, []
    for span in SPAN.finditer(line):
        parts += [change(line[done : span.start()]), span[0]]
        done = span.end()
    return "".join([*parts, change(line[done:])])


def around(
    line: str,
    change: Callable[[str], str],
    shown: Callable[[re.Match[str]], str] = lambda kept: kept[0],
    *,
    what: re.Pattern[str] = SPAN,
) -> str:
    """The line changed as a whole, as marks may stand around code. Each piece of code comes back as it is `shown`.

    While `change` works, a sign stands for each piece. It must keep all signs in order: one that is left out shows its
    code in another's place. `what`: something else than code.
    """
    kept = what.finditer(line)
    changed = change(what.sub(_KEPT, line)).split(_KEPT)
    return "".join([part + shown(one) for part, one in zip(changed, kept, strict=False)] + changed[-1:])


def as_code(line: str) -> str:
    """A line with its formulas as code. Sums of money stay, and brackets that are escaped in prose.

    Square brackets within a line are a formula only with a sign of one in them: `\\[1\\]` is a footnote.
    """
    if "$" not in line and "\\(" not in line and "\\[" not in line:
        return line
    return outside(line, lambda text: around(text, lambda words: _INLINE.sub(_coded, words), what=ADDRESS))


def _coded(found: re.Match[str]) -> str:
    formula = next(filter(None, found.groups())).strip()
    is_prose = found[0].startswith("\\") and _is_prose(found, formula)
    return found[0] if is_prose or not formula else f"`{formula}`"


def _is_prose(found: re.Match[str], formula: str) -> bool:
    """Whether these brackets, which Markdown takes for escaped ones, are no formula's."""
    if found.start() and _CLOSE.match(found.string, found.start() - 1):
        return not _TEX.search(formula)
    is_square = found[0].startswith("\\[")
    return not _SIGNS.search(formula) and (is_square or bool(_WORD.search(formula)))


def fenced(formula: Sequence[str]) -> Iterator[str]:
    """A formula on lines of its own, as a block of code."""
    yield from ("```\n", *formula, "```\n" if formula[-1].endswith("\n") else "\n```")


def on_lines(lines: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Pairs of some prose and the formula below it, without its marks; either may be empty.

    A formula without an end goes up to a blank line, or up to the last line. If the mark of its end comes below that
    blank line after all, right below a line with text, it begins no other formula. Nor does the end of a formula that
    began before these lines: that the lines above it are a formula's is seen by their signs.
    """
    prose, formula, end, is_cut, is_first = list[str](), list[str](), "", False, True
    for line in lines:
        mark = line.strip()
        if not end:
            prose.append(line)
        elif mark in {end, ""}:
            yield [], formula
            is_cut = not mark and end == "$$"
            prose, formula, end = [] if mark else [line], [], ""
        else:
            formula.append(line)
        if not end and prose and mark in DISPLAY:
            rest = prose[:-1] if is_first and mark == "$$" and all(map(_REST.match, prose[:-1])) else []
            is_end = bool(rest) or (is_cut and mark == "$$" and bool(prose[-2].strip()))
            yield ([], rest) if rest else (prose[:-1], [])
            prose, end, is_cut = [], "" if is_end else DISPLAY[mark], False
            is_first = False
    yield prose, formula


def may_be_in(text: str) -> bool:
    """Whether it may hold any."""
    return any(mark in text for mark in ("$$", "\\[", "\\(")) or ("$" in text and bool(_INLINE.search(text)))
