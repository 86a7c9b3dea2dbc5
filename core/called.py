"""A question to the bot as platforms tell it, made fit for Claude: names, quotes, and the call itself. No I/O."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from core.contract import Message

_UNFIT = re.compile(r"[<>`\x00-\x1f\x7f]")  # a display name is chosen by its owner and stands in a question
_SPACE = " \t\r\n,:"
_LINE_END = re.compile(r"\r\n?|[\n\u2028\u2029]")
_MOMENT = "%A, %-d %B %Y, %H:%M"


def fit(name: str) -> str:
    """A display name on one line, of at most 80 characters, in which no tag, no code and no fence of ours can stand."""
    return " ".join(_UNFIT.sub(" ", name).split())[:80]


def is_kept_back(said: Message) -> bool:
    """Whether the platform tells of an earlier message only by whom and when it was said, not what."""
    return not (said.text or said.files)


def moment(at: float, zone: tzinfo = UTC) -> str:
    """When something was said, as Claude reads it; `at` in seconds since 1970.

    In a zone of people's own it has the time in UTC, too: so it is told elsewhere of the same message.
    """
    everywhere = f"{datetime.fromtimestamp(at, UTC):{_MOMENT}} UTC"
    return everywhere if zone is UTC else f"{datetime.fromtimestamp(at, zone):{_MOMENT}} ({zone}; {everywhere})"


def quoted(text: str) -> str:
    """Each of its lines, also those that only end when the text is cleaned: else they would be whoever quotes it."""
    return "> " + _LINE_END.sub("\n> ", text) if text else ""


def unquoted(text: str) -> str:
    """What was `quoted` so; any other text as it is."""
    lines = text.split("\n")
    return "\n".join(line[1:].removeprefix(" ") for line in lines) if all(line[:1] == ">" for line in lines) else text


def hanging(text: str) -> str:
    """One of many messages: its further lines are set in, so that none looks like what somebody else said."""
    return text.replace("\n", "\n  ")


def uncalled(text: str, calls: Sequence[tuple[int, int]]) -> str:
    """The text without the bot's mention at its beginning and end; in the middle it is a word of the sentence.

    `calls`: where in the text it is mentioned, from where to where.
    """
    start, end = 0, len(text)
    for first, last in calls:
        if text[start:first].strip(_SPACE):
            break
        start = last
    for first, last in reversed(calls):
        if first < start or text[last:end].strip():
            break
        end = first
    return text[start:end].lstrip(_SPACE) if start else text[:end]
