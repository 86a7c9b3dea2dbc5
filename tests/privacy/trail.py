"""A turn as the log tells it, from the door to its last text: what is missing of what one must know to find a fault."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

NUMBERS = ("seconds", "first_token", "calls", "input", "output", "cache_read", "cache_write", "length", "attempt")
WORDS = ("model", "stop", "error", "request_id")
"""`stop` tells a refusal, `error` what went wrong; "-" when nothing did."""
_PSEUDONYM = re.compile(r"[0-9a-f]{20}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def turns(log: bytes) -> Mapping[str, list[dict[str, Any]]]:
    """The lines of each turn that was accepted, by its id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for raw in log.splitlines():
        try:
            line = json.loads(raw)
        except ValueError:  # a line that a kill cut off, or Python's own
            continue
        if isinstance(line, dict) and "turn" in line:
            found.setdefault(line["turn"], []).append(line)
    return {turn: lines for turn, lines in found.items() if any(line.get("outcome") == "accepted" for line in lines)}


def unfinished(log: bytes) -> list[str]:
    return [turn for turn, lines in turns(log).items() if not _of(lines, "turn done")]


def gaps(log: bytes) -> list[str]:
    """What the lines of a turn that is done do not tell."""
    return [gap for lines in turns(log).values() if _of(lines, "turn done") for gap in _gaps(lines)]


def _gaps(lines: list[dict[str, Any]]) -> Iterator[str]:
    yield from ("time" for line in lines if not _TIME.fullmatch(str(line.get("at"))))
    for event, fields in (("accepted", ("length", "files", "ahead")), ("claimed", ("waited", "attempt"))):
        if not _of(lines, event):
            yield event
        yield from (
            name for line in _of(lines, event) for name in fields if not isinstance(line.get(name), int | float)
        )
    ends = _of(lines, "turn ended")
    if not ends:
        yield "turn ended"
    for end in ends:
        yield from (name for name in NUMBERS if not isinstance(end.get(name), int | float))
        yield from (name for name in WORDS if not isinstance(end.get(name), str))
        if end.get("error") == "-" and end.get("stop") != "-" and "-" in (end.get("model"), end.get("request_id")):
            yield "model or request id"
    hashed = [*_of(lines, "accepted"), *ends]
    yield from ("keyed hash" for line in hashed if not _PSEUDONYM.fullmatch(str(line.get("text"))))


def _of(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("event") == event]
