"""Which of the offered tools a question asks for, with what arguments, and what their results mean. No I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from playground.claude.mind.conversation import Conversation, Used
from playground.claude.mind.library import simple

_KINDS = (
    (
        r"time|clock|now",
        r"\b(?:what time|the time|current time|time is it|what(?:'s| is) the date|today's date|what day is)\b",
    ),
    (r"weather|forecast", r"\b(?:weather|forecast|temperature|rain(?:ing)?|sunny|umbrella)\b"),
    (r"calculat|math|arithmetic", r"\b(?:calculate|compute|sum of|multiply|divide)\b|\d ?[-+*/x] ?\d"),
    (
        r"earlier|history|read_messages|channel|transcript",
        r"\b(?:earlier|yesterday|before today|last week|older messages|scroll back)\b",
    ),
    (r"search|lookup|look_up|find", r"\b(?:search|look up|find out|google|look for)\b"),
    (r"dice|roll", r"\b(?:roll|dice|die)\b"),
    (r"stock|price|quote", r"\b(?:stock|share price|ticker)\b"),
)
_SEARCHES = re.compile(r"\b(?:search|look up|google|on the web|online|latest|news about|in the news|current price)\b")
_PLACE = re.compile(r"\b(?:in|at|for|near) (?P<place>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)")
_QUOTED = re.compile(r"[\"“'‘]([^\"”'’]+)[\"”'’]")
_PLAIN: Mapping[str, object] = {"boolean": True, "array": [], "object": {}}
Call = tuple[str, dict[str, Any]]


def wanted_tools(conversation: Conversation) -> tuple[Call, ...]:
    """The tools to run now: those that the question asks for, all at once; the forced one in any case."""
    if conversation.used:
        return ()
    offered = [tool for tool in conversation.tools if (tool.get("type") or "custom") == "custom"]
    question = conversation.question.words
    chosen = [tool for tool in offered if _asks_for(tool, question)]
    if conversation.must_use is not None and not chosen:
        chosen = [tool for tool in offered if conversation.must_use in ("", tool["name"])][:1]
    if conversation.must_use:
        chosen = [tool for tool in offered if tool["name"] == conversation.must_use]
    return tuple((tool["name"], _arguments(tool, question)) for tool in chosen)


def wanted_searches(conversation: Conversation) -> tuple[str, ...]:
    """What to ask the web's search for, when that tool is offered and the question wants it."""
    offers = any(str(tool.get("type", "")).startswith("web_search") for tool in conversation.tools)
    question = simple(conversation.question.words)
    if not offers or conversation.used or not _SEARCHES.search(question):
        return ()
    query = re.sub(
        r"^(?:please |can you |could you )*(?:search|look up|google)(?: the web| online)?(?: for| about)? ",
        "",
        question,
    )
    return (query.rstrip("?!. ")[:200],)


def _asks_for(tool: Mapping[str, Any], question: str) -> bool:
    plain, name = simple(question), tool["name"].lower()
    spoken = name.replace("_", " ").replace("-", " ")
    if name in plain or spoken in plain:
        return True
    if any(re.search(kind, name) and re.search(asked, plain) for kind, asked in _KINDS):
        return True
    words = [word for word in spoken.split() if len(word) > 3 and word not in ("tool", "current", "with", "from")]
    return len(words) > 1 and all(re.search(rf"\b{re.escape(word)}", plain) for word in words)


def _arguments(tool: Mapping[str, Any], question: str) -> dict[str, Any]:
    """A value for each argument that must be given, and for others that the question names."""
    schema = tool["input_schema"]
    needed = schema.get("required") or ()
    found: dict[str, Any] = {}
    numbers = re.findall(r"-?\d+(?:\.\d+)?", question)
    for name, shape in (schema.get("properties") or {}).items():
        value = _value(name, shape, question, numbers, needed=name in needed)
        if value is not None:
            found[name] = value
    return found


def _value(name: str, shape: Mapping[str, Any], question: str, numbers: list[str], *, needed: bool) -> object:
    plain = simple(question)
    if options := shape.get("enum"):
        named = [option for option in options if str(option).lower() in plain]
        return named[0] if named else options[0] if needed else None
    kind = str(shape.get("type"))
    if kind in ("integer", "number"):
        if numbers:
            return int(float(numbers.pop(0))) if kind == "integer" else float(numbers.pop(0))
        return 1 if needed else None
    if kind in _PLAIN:
        return _PLAIN[kind] if needed else None
    return _words(name, question, needed=needed)


def _words(name: str, question: str, *, needed: bool) -> str | None:
    if re.search(r"zone|tz", name):
        return "UTC" if needed else None
    if re.search(r"place|city|location|country|where", name):
        found = _PLACE.search(question)
        return found["place"] if found else ("here" if needed else None)
    if quoted := _QUOTED.search(question):
        return quoted[1]
    return question.strip()[:500] if needed else None


def tell_results(used: Sequence[Used]) -> str:
    """The answer that the results of tools give."""
    lines = [_told(one) for one in used]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _told(one: Used) -> str:
    result = one.result.strip()
    if one.failed:
        return f"The tool `{one.name}` did not work: {result or 'it gave no reason'}"
    if not result:
        return f"The tool `{one.name}` gave nothing back."
    if re.search(r"time|clock|date", one.name):
        return f"It is **{result}** (from `{one.name}`)."
    if "\n" in result or len(result) > 200:
        return f"`{one.name}` says:\n\n" + "\n".join(f"> {line}" for line in result.splitlines()[:20])
    return f"`{one.name}` says: **{result}**"
