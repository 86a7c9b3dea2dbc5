"""Claude's Markdown as Discord shows it. No I/O.

Discord draws no tables, no rules, no images, no headings below the third, and takes `__` for underlining. Its code
fences are three backticks and nothing else, and one word behind them. What it would ring somebody for is broken by a
zero-width space wherever it stands; that nobody is rung is seen to by `allowed_mentions` besides.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from bots.discord import tables
from core import blocks, formulas
from core.blocks import Fence, State, Table
from core.characters import clean
from core.links import allowance, with_hosts, without_badges

ZERO_WIDTH = "\u200b"
HEADER = 500
"""Characters of a fence's first line, or of a table's header: what `pages` takes in a message of 2,000.

In a smaller one it takes fewer, and sets a zero-width space in front of what is longer, so that this finds no fence.
"""

_RINGS = re.compile(r"<(?=@[!&]?\d)|@(?=(?:everyone|here)(?![^\W_]|[/.-]\w))")  # no `a <@ b`, me@here.example, @here/x
_STRAY = re.compile(rf"(?<=[^\s>*+.)-]){ZERO_WIDTH}+")  # where a line's text begins `pages` puts one itself
_ENDS = str.maketrans({"\r": None, "\u2028": " ", "\u2029": " "})
_FIRSTS = frozenset("#-*_+")
_HEADING = re.compile(r"([ \t>]*)#{4,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*\n?")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}\n?")
_PLUS = re.compile(r"^([ \t>]*)\+(?=[ \t])")
_NUMBER = re.compile(r"([ \t]*\d{1,9}[.)])[ \t]+[`~]{3}")
_TASK = re.compile(r"^([ \t>]*(?:[-*]|\d{1,9}[.)])[ \t]+)\[([ xX])\](?=[ \t])")
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\(")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(<?(https?://[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?\)")
_SCHEME = re.compile(r"https?://(?=\w)", re.IGNORECASE)
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u231a\u231b\u23e9-\u23fa\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u20e3\ufe0f]\u200d?"
)
_BOLD = re.compile(r"(?<![\w\\_\0])(_{2,3})(?=[^\s_])((?:[^_\n]|_(?!_))+?)(?<=[^\s\\_])\1(?![\w_])")
"""Not right behind an address, for which `formulas.around` sets \\0: what it ends with are no marks."""
_OR = re.compile(
    r"((?<!\S)(?<!['\"][ \t])(?<!['\"].[ \t])[(\[\"'*_]*\|\|(?=[^\s|])(?:(?!\|\|).)*(?<!\s)\|\|)"
    r"|(?<=[ \t])\|\|(?=[ \t])|(?<=[A-Za-z0-9_)\]'\"])\|\|(?=[A-Za-z0-9_(\['\"])"
)
"""An "or"; and pairs that begin as a word does (but not with the end of `' '` or `", "`), which hide something.

In letters of other scripts stands no code, and some of them know no blanks between words.
"""
_SIGN = re.compile(
    r"\*(?<=[A-Za-z0-9)\]}]\*)(?=[^\s*])|\*(?<!\*\*)(?=\.\w)|_(?<=(?:[^\W_]|[)\]}])_)(?=[^\sA-Za-z0-9_])"
)
"""What Discord takes for a mark, though it is none where no emphasis begins or ends: `A*:`, `r*T`, `*.py`, `C_{ij}`."""
_GAP = re.compile("_{3,}")
"""To be filled in: `____`."""
_EMPHASIS_OR_SIGN = re.compile(
    r"(?<![\w*\\])\*(?=[^\s*])(?:[^*\n]|\*\*)+?(?<=[^\s*\\])\*(?!\*)"
    r"|(?<![\w\\])_(?=[^\s_])[^_\n]*(?<=[^\s_\\])_(?!\w)"
    rf"|({_SIGN.pattern}|(?<!\\){_GAP.pattern})"
)
_BOLDED = re.compile(r"(?<!\\)\*\*(?=\S)((?:(?!\*\*).)+)(?<=[^\s\\])\*\*(?!\*)")
_WHOLE = re.compile(rf"{formulas.SPAN.pattern}|https?://\S+|\[[^\[\]\n]*\](?=\()")
_LISTED = re.compile(r" ?(?:[-*+]|(\d{1,9})\.)[ \t]")
_NUMBERED = re.compile(r"^ ?\d{1,9}\.[ \t]", re.MULTILINE)
_PROMPT = re.compile(r"^([ \t]*)>>>(?=[ \t])")
"""Of Python's. Discord would take all that follows for a quote."""
_THREE = re.compile("``(?=`)")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+.#-]{1,30}(?![A-Za-z0-9_+.#-])")


def looks(text: str) -> str:
    """What is sent. A line that stands stays as it is while the text goes on, except within a table."""
    quiet = _quiet(text)
    lines = quiet.splitlines(keepends=True)
    if not any(mark in quiet for mark in ("```", "~~~", "|")):  # nothing but prose: there is no need to read it
        return _shown(None, lines)
    return "".join(_shown(state, part) for state, part in _parts(lines))


def measure(text: str) -> int:
    """At most how long `looks` makes it; additive over whole lines, and never less for a longer text."""
    seen = _seen(text)
    more = sum(seen.count(mark) for mark in ("<@", "@everyone", "@here")) + 4 * seen.count("![](")
    more += 2 * seen.count("||") + seen.count(">>>") + formulas.allowance(seen)
    more += len(_THREE.findall(seen)) if "```" in seen else 0
    more += 2 * len(_NUMBERED.findall(seen)) if ". " in seen or ".\t" in seen else 0
    more += len(_SIGN.findall(seen)) if "*" in seen or "_" in seen else 0
    more += sum(map(len, _GAP.findall(seen))) if "___" in seen else 0
    more += seen.count("`$") + seen.count("$`")  # as code the formula may make three of two backticks
    return len(text) + more + allowance(seen) + (tables.allowance(seen) if "|" in seen else 0)


def _quiet(text: str) -> str:
    """Without what nobody can see, and with what would ring somebody broken."""
    return _RINGS.sub(lambda match: match[0] + ZERO_WIDTH, _seen(text))


def _seen(text: str) -> str:
    """Without what nobody can see: it may stand between two signs that mean something together."""
    if "\r" in text or "\u2028" in text or "\u2029" in text:
        text = text.translate(_ENDS)
    if ZERO_WIDTH not in text:
        return clean(text)
    return ZERO_WIDTH.join(map(clean, _STRAY.sub("", text).split(ZERO_WIDTH)))


def _parts(lines: Sequence[str]) -> Iterator[tuple[State, list[str]]]:
    """The text as prose, fences and tables, each with what it is."""
    behind, part = blocks.START, list[str]()
    for line in lines:
        standing, now = behind.of(line), behind.after(line, HEADER)
        begins = now.state if standing is None else standing
        if begins is not behind.state:
            header = [part.pop()] if isinstance(begins, Table) and behind.state is None else []
            yield behind.state, part
            part = header
        part.append(line)
        if isinstance(standing, Fence) and now.state is None:
            yield standing, part
            part = []
        behind = now
    yield behind.state, part


def _shown(state: State, part: Sequence[str]) -> str:
    match state:
        case Fence():
            return _fence(state, part)
        case Table():
            return tables.drawn(part, _inline)
    return "".join(_written(part))


def _written(lines: Sequence[str]) -> Iterator[str]:
    """Prose; a formula that stands on lines of its own is code."""
    for prose, formula in formulas.on_lines(lines):
        yield from map(_prose, _apart(_unruled(prose)))
        if formula:
            yield from formulas.fenced([*map(_unfenced, formula)])


def _unruled(lines: Sequence[str]) -> Iterator[str]:
    """Without rules below a blank line: there the blank lines around it are enough of a gap."""
    before = "above"
    for line in lines:
        if before.strip() or not _RULE.fullmatch(line):
            yield line
        before = line


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """With a blank line between items with numbers and others: Discord would make one list of them."""
    before: bool | None = None
    for line in lines:
        if item := _LISTED.match(line):
            now = item[1] is not None
            if before not in {None, now}:
                yield "\n"
            before = now
        elif not line.startswith(("  ", "\t")):
            before = None
        yield line


def _prose(line: str) -> str:
    line = _PROMPT.sub(r"\1\\>>>", line)
    first = line.lstrip(" \t>")[:1]
    if first not in _FIRSTS and not first.isdigit():
        return _inline(line)
    end = "\n" if line.endswith("\n") else ""
    if heading := _HEADING.fullmatch(line):
        words = _inline(heading[2])
        return f"{heading[1]}{tables.bold(words)}{end}" if words else end
    if _RULE.fullmatch(line):
        return end
    line = _TASK.sub(lambda box: box[1] + ("☐" if box[2] == " " else "☑"), _PLUS.sub(r"\1-", line, 1), 1)
    return _inline(line)


def _inline(line: str) -> str:
    line = formulas.as_code(line)
    if "`" in line and any("**" in span[2] for span in formulas.SPAN.finditer(line)):
        # Discord would end the bold words within that code.
        line = formulas.around(line, lambda words: _BOLDED.sub(_lightened, words))
    if not any(mark in line for mark in ("![", "](", "__", "```", "||")):
        return formulas.around(line, _unmarked, what=_WHOLE) if _SIGN.search(line) else line
    if line.count("```") % 2:  # Discord begins a block of code in mid-line, and would read the next one inside out
        line = _unfenced(line)
    if "[`" in line:
        line = formulas.SPAN.sub(_uncoded, line)
    # In code as well: a span goes on over lines, and where it began is not sure.
    line = formulas.around(formulas.outside(line, _words), _unmarked, what=_WHOLE)
    return with_hosts(formulas.around(line, lambda words: _LINK.sub(_labelled, words)))


def _lightened(bold: re.Match[str]) -> str:
    """Bold words without their marks, where there is code among them."""
    return bold[1] if "\0" in bold[1] else bold[0]


def _unmarked(text: str) -> str:
    """With those signs escaped that mark nothing."""
    return _EMPHASIS_OR_SIGN.sub(lambda mark: "".join(f"\\{sign}" for sign in mark[1]) if mark[1] else mark[0], text)


def _words(text: str) -> str:
    """What stands outside of code: images become links, underscores asterisks, an "or" hides nothing."""
    text = _IMAGE.sub(_link, without_badges(text))
    return formulas.around(text, lambda words: _OR.sub(_or, _BOLD.sub(_bold, words)), what=formulas.ADDRESS)


def _or(bars: re.Match[str]) -> str:
    return bars[1] or r"\|\|"


def _link(image: re.Match[str]) -> str:
    return f"[{image[1] or 'image'}]("


def _uncoded(span: re.Match[str]) -> str:
    """Code that is all of a link's label, as words where an address is in it: as code that would stay there."""
    is_label = span.string.endswith("[", 0, span.start()) and span.string.startswith("](http", span.end())
    return span[2].strip() if is_label and _SCHEME.search(span[2]) else span[0]


def _labelled(link: re.Match[str]) -> str:
    """A link as Discord draws it: one whose label has an address or an emoji in it stays as it is written there."""
    label, target = _EMOJI.sub("", link[1]).strip(), link[2]
    is_address = label.rstrip("/") in {"", target.rstrip("/")}
    if is_address and not any(sign in target for sign in "@\0"):  # what stands before @ looks like a host; \0 is code
        return f"<{target}>"
    return f"[{_SCHEME.sub('', label)}]({target})"


def _bold(found: re.Match[str]) -> str:
    stars = "*" * len(found[1])
    return f"{stars}{found[2]}{stars}"


def _fence(fence: Fence, part: Sequence[str]) -> str:
    """A fence as Discord knows it, at the beginning of the line. One with nothing in it is not shown.

    But for words that stand behind the end of a block which began in mid-line: that looks like a beginning.
    """
    lead = fence.lead if fence.is_quoted else ""
    is_closed = len(part) > 1 and fence.closes(part[-1])
    code = part[1:-1] if is_closed else part[1:]
    if not any(line.strip(" \t\n>") for line in code):
        before, _, after = part[0].partition(fence.marker)
        if fence.info.startswith(" ") or (" " in fence.info and "=" not in fence.info):  # no ```py title="x"
            return _prose(before + after.lstrip(" "))
        return "\n" if part[-1].endswith("\n") else ""
    language = _LANGUAGE.match(fence.info.strip())
    number = "" if lead else _numbered(part[0])
    shown = [f"{number}{lead}```{language[0] if language else ''}\n", *(_code(fence, line) for line in code)]
    if is_closed:
        shown.append(f"{lead}```" + ("\n" if part[-1].endswith("\n") else ""))
    return "".join(shown)


def _numbered(line: str) -> str:
    """The number of the item that begins with code, on a line of its own: `1. ```py`."""
    found = _NUMBER.match(line)
    return f"{found[1]}\n" if found else ""


def _code(fence: Fence, line: str) -> str:
    """Three backticks would end it, whatever it was opened with."""
    line = line if fence.is_quoted else blocks.dedented(line, len(fence.lead))
    return _unfenced(line)


def _unfenced(line: str) -> str:
    """No three backticks in a row, however many there were."""
    return _THREE.sub(f"``{ZERO_WIDTH}", line) if "```" in line else line
