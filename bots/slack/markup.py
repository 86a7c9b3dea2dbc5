"""Slack's text as Markdown, and Markdown as Slack may show it. No I/O.

What comes from Slack is its own markup: `<@U1>`, `<https://…|label>`, `&amp;`. What goes out is a `markdown` block. It
takes standard Markdown, but Slack still reads its own `<@…>`, `<#…>` and `<!…>` in it; an escaped `&lt;` it shows as a
`<` that it does not read again (measured in PostHog/posthog #95054).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from bots.slack import bold, prose, tables
from core import blocks, formulas
from core.characters import clean
from core.contract import Json
from core.links import allowance, with_hosts, without_badges

NOTIFIES = 3_500
"""Characters of the plain text beside the blocks, for notifications and screen readers; chat.update refuses 4,000."""
_SHORT = 1_500
"""Characters that leave room for the longest notification, whatever `measure` says of them."""
LOADING = 50
"""Characters of a line of a status, by docs.slack.dev."""
IN_ALL = 13_000
"""Characters of a whole message: beyond about 13,200 Slack says msg_blocks_too_long (bolt-js #2509)."""

_ENTITY = re.compile(r"<((?:[@#][A-Za-z0-9_-]+|![a-z]+|[a-z][a-z0-9+.-]*:)[^<>\n]*)>")
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ESCAPED = re.compile("|".join(_ESCAPES))
_LANGUAGE = re.compile(r"[A-Za-z0-9+#-]{1,20}")
_AWKWARD = re.compile(r"[()\s]")

_GUARD = "\u200b"
_SCHEME = r"[a-z][a-z0-9+.-]*:"
_OPENED = re.compile(f"<{_SCHEME}", re.IGNORECASE)
_UNCLOSED = re.compile(r"[^>\n]+")
_IMAGE = re.compile(r"!+(?=\[)")
_DEFINED = re.compile(r"\](?=:[ \t]*(?:<?[A-Za-z][A-Za-z0-9+.-]*:|//|[&\\]|$))")
_HEADS = re.compile(r"\n(?:[ \t]*(?:```|~~~)[^\n]*| {0,3}#{1,6} )")  # it begins with what re can look for fast


def to_markdown(text: str, names: Mapping[str, str]) -> str:
    """What Slack sent, as Markdown: its entities as what they stand for, its fences on lines of their own.

    `names` are people's and channels', by id; whoever is not in it keeps their id.
    """
    parts = text.split("```")
    if len(parts) % 2 == 0:  # a fence that nobody closed is no fence
        parts[-2:] = ["```".join(parts[-2:])]
    prose = [_unescaped(_entities(part, names, code=False)) for part in parts[::2]]
    code = [_unescaped(_entities(part, names, code=True)) for part in parts[1::2]]
    return "".join(_joined(prose, code)).strip()


def _joined(prose: list[str], code: list[str]) -> Iterator[str]:
    yield prose[0]
    before = prose[0].rstrip(" ")
    for block, after in zip(code, prose[1:], strict=True):
        yield "" if not before or before.endswith("\n") else "\n"
        yield _fenced(block)
        yield "" if not after.strip(" ") or after.startswith("\n") else "\n"
        yield after
        before = after.rstrip(" ")


def _fenced(code: str) -> str:
    """In Slack code begins right after the fence, where Markdown has the language."""
    head, line, _ = code.partition("\n")
    is_opened = not head.strip() or (line and _LANGUAGE.fullmatch(head))
    opened = code if is_opened and line else "\n" + code
    return f"```{opened}```" if opened.endswith("\n") else f"```{opened}\n```"


def _entities(text: str, names: Mapping[str, str], *, code: bool) -> str:
    return _ENTITY.sub(lambda match: _entity(match[1], names, code=code), text)


def _entity(inner: str, names: Mapping[str, str], *, code: bool) -> str:
    target, _, label = inner.partition("|")
    rest = target[1:]
    match target[0]:
        case "@":
            return f"@{names.get(rest) or label.removeprefix('@') or rest}"
        case "#":
            return f"#{label.removeprefix('#') or names.get(rest) or rest}"
        case "!":
            kind, _, id = rest.partition("^")
            return label or f"@{(kind == 'subteam' and id) or kind}"
    return (label or target) if code else _link(target, label)


def _link(target: str, label: str) -> str:
    scheme, _, address = target.partition(":")
    if scheme in {"mailto", "tel"}:
        return label or address
    if target == f"http://{label}":  # Slack makes a link of whatever looks like a host, as README.md does
        return label
    if not label or (target.endswith(label) and "." in label):
        return target
    return f"[{label}](<{target}>)" if _AWKWARD.search(target) else f"[{label}]({target})"


def _unescaped(text: str) -> str:
    """In one pass, so that an escaped escape stays one."""
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)


# What goes out


def quiet(text: str, asker: str) -> str:
    """Markdown that pings nobody but its asker, shows no image, hides no link's host, and holds nothing unseen.

    A zero-width space stays: core/text.py parts a line with it.
    """
    text = _GUARD.join(map(clean, text.split(_GUARD)))
    text = _labelless(_live(asker).sub("&lt;", text)) if "<" in text else text
    text = "".join(_formulas(text)) if formulas.may_be_in(text) else text  # whatever became code: now it is read
    text = bold.spaced(text)
    return prose.changed(text, _with_hosts, _plain) if any(mark in text for mark in ("![", "](", "]:")) else text


def _formulas(text: str) -> Iterator[str]:
    """Formulas as code, outside of code and tables."""
    lines = list[str]()
    for line, within, behind in blocks.standing(text):
        if within is None and behind is None:
            lines.append(line)
            continue
        head = [lines.pop()] if within is None and lines and isinstance(behind, blocks.Table) else []
        yield from (*_coded(lines), *head, line)
        lines = []
    yield from _coded(lines)


def _coded(lines: Sequence[str]) -> Iterator[str]:
    for said, formula in formulas.on_lines(lines):
        yield from map(formulas.as_code, said)
        if formula:
            yield from formulas.fenced(formula)


@lru_cache
def _live(asker: str) -> re.Pattern[str]:
    """The `<` of all that would notify somebody or link to a channel, except the asker's own mention."""
    return re.compile(
        rf"<(?=[@#][A-Za-z0-9]|!(?:here|channel|everyone|group|subteam|date)\b)(?!@{re.escape(asker or '-')}[|>])",
        re.IGNORECASE,
    )


def _labelless(text: str) -> str:
    """Without Slack's own links that have a label, `<https://…|label>`: it would hide where they lead."""
    return _UNCLOSED.sub(_opened, text) if "|" in text else text


def _opened(chunk: re.Match[str]) -> str:
    last = chunk[0].rfind("|")
    return _OPENED.sub(lambda link: f"&lt;{link[0][1:]}", chunk[0][:last]) + chunk[0][last:] if last > 0 else chunk[0]


def status(text: str) -> str:
    """A status as Slack shows it, behind the bot's name: "Claude is thinking…"."""
    if not text:
        return ""
    if text.partition(" ")[0].rstrip("….").endswith("ing"):
        return f"is {text[0].lower()}{text[1:]}"
    return f"is waiting: {text}"


def loading(text: str) -> Mapping[str, Json]:
    """The same for its apps that show no status: words of Slack's own stand there instead, on telephones nothing."""
    return {"loading_messages": [text if len(text) <= LOADING else f"{text[: LOADING - 1]}…"]} if text else {}


def measure(text: str) -> int:
    """At most how long `quiet`, and `tables.lone`, make it, and never less for a longer text.

    Slack does not say what it counts: UTF-16 units are the most it can mean.
    """
    units = _units(text) + sum(3 * text.count(mark) for mark in ("<@", "<#", "<!")) + 4 * text.count("![](")
    tags = 3 * (len(_OPENED.findall(text)) + len(prose.HTML.findall(text))) if "<" in text else 0
    grown = formulas.allowance(text) + bold.allowance(text) + tables.allowance(text) + allowance(text, _units)
    return units + tags + grown + text.count("]:")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _plain(text: str) -> str:
    """Images become links."""
    text = without_badges(text).replace("![](", "[image](")
    last = text.rfind("](")
    return _with_hosts(_IMAGE.sub("", text[:last]) + text[last:] if last > 0 else text)


def _with_hosts(text: str) -> str:
    """A link's address may stand elsewhere, `[1]: https://…`: such lines are shown as they are."""
    return with_hosts(_DEFINED.sub(f"]{_GUARD}", text))


def notification(text: str) -> str:
    """The plain text beside the blocks, within what is left of the message's size. Each edit makes it: it is cheap."""
    room = min(NOTIFIES, IN_ALL - (measure(text) if len(text) > _SHORT else 0))
    heads = _HEADS.sub("\n", f"\n{text[:NOTIFIES]}")
    plain = escaped(heads.replace("**", "").replace("__", "").replace("`", "").strip())
    if len(plain) <= room and len(text) <= NOTIFIES:
        return plain or "…"
    return _cut(plain, room)


def _cut(plain: str, room: int) -> str:
    """Its beginning, without half an escape at the end."""
    kept = plain[: max(room - 1, 0)]
    head, ampersand, tail = kept.rpartition("&")
    return (head if ampersand and ";" not in tail and len(tail) < 4 else kept) + "…"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
