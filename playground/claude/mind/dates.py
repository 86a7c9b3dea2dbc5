"""Days and dates, counted from the time that the prompt tells; this Claude has no clock of its own. No I/O."""

import re
from datetime import date, timedelta

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import simple

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(MONTHS)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?({_MONTH}),?(?: (\d{{4}}))?\b")
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?,?(?: (\d{{4}}))?\b")
_CLOCK = re.compile(r"\b(\d{1,2}:\d{2})(?: (UTC|[A-Z]{3,4}))?\b")
_FEASTS = {
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "new year": (1, 1),
    "new year's eve": (12, 31),
    "halloween": (10, 31),
    "valentine's day": (2, 14),
}
_UNKNOWN = "I have no clock, and nothing in this conversation tells me the date."


def answer_date(sentence: str, conversation: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if not re.search(
        r"\b(?:days?|date|time|today|tomorrow|yesterday|year|month|weekday|week|until|till|ago|in \d+ days)\b", plain
    ):
        return None
    today = today_of(conversation)
    return _time(plain, conversation) or _distance(plain, today) or _relative(plain, today) or _weekday(plain, today)


def today_of(conversation: Conversation) -> date | None:
    """The date of the question as the prompt tells it, else that of the system prompt."""
    for text in (conversation.question.around.get("context", ""), conversation.system):
        found = read_date(text, None)
        if found is not None:
            return found
    return None


def read_date(text: str, today: date | None) -> date | None:
    """The first date in a text. One without a year is the next to come after `today`."""
    plain = simple(text)
    if found := _ISO.search(plain):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.search(plain):
        return _in_year(found[3], MONTHS.index(found[2]) + 1, int(found[1]), today)
    if found := _MONTH_FIRST.search(plain):
        return _in_year(found[3], MONTHS.index(found[1]) + 1, int(found[2]), today)
    for name, (month, day) in _FEASTS.items():
        if re.search(rf"\b{name}\b", plain) and not (name == "new year" and "new year's eve" in plain):
            return _in_year(None, month, day, today)
    return None


def _in_year(year: str | None, month: int, day: int, today: date | None) -> date | None:
    if year is not None:
        return _date(int(year), month, day)
    if today is None:
        return None
    found = _date(today.year, month, day)
    return _date(today.year + 1, month, day) if found is not None and found < today else found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def spell(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def _time(plain: str, conversation: Conversation) -> str | None:
    if not re.search(r"\bwhat time\b|\bthe (?:current )?time\b|\bwhat(?:'s| is) the time\b", plain):
        return None
    found = _CLOCK.search(conversation.question.around.get("context", ""))
    if found is None:
        return _UNKNOWN
    zone = f" {found[2]}" if found[2] else ""
    return f"When you sent your message it was **{found[1]}{zone}**."


def _relative(plain: str, today: date | None) -> str | None:
    days = _days(plain)
    if days is None:
        return None
    if today is None:
        return _UNKNOWN
    day = today + timedelta(days)
    names = {0: "Today is", 1: "Tomorrow is", -1: "Yesterday was"}
    ahead = f"In {days} days it will be" if days > 0 else f"{-days} days ago it was"
    return f"{names.get(days, ahead)} **{spell(day)}**."


def _days(plain: str) -> int | None:
    """How many days from today a question is about."""
    if found := re.search(r"\bin (\d{1,4}) (day|week)s?\b", plain):
        return int(found[1]) * (7 if found[2] == "week" else 1)
    if found := re.search(r"\b(\d{1,4}) (day|week)s? ago\b", plain):
        return -int(found[1]) * (7 if found[2] == "week" else 1)
    asks = re.search(
        r"\b(?:what|which|tell me|know)\b.*\b(?:day|date|weekday|year|month|today|tomorrow|yesterday)\b", plain
    )
    if asks is None or read_date(plain, None) is not None:
        return None
    if "day after tomorrow" in plain:
        return 2
    for word, days in (("tomorrow", 1), ("yesterday", -1), ("today", 0)):
        if word in plain:
            return days
    return 0 if re.search(r"\b(?:is it|the date|current|year|the day)\b", plain) else None


def _distance(plain: str, today: date | None) -> str | None:
    found = re.search(r"how (?:many days|long)\b.*\b(?:until|till|to|before|since)\b(.*)", plain)
    day = read_date(found[1], today) if found else None
    if found is None or (day is None and today is not None):
        return None
    if today is None or day is None:
        return _UNKNOWN
    days = (day - today).days
    return f"It is **{abs(days)} day{'s' * (abs(days) != 1)}** {'until' if days >= 0 else 'since'} {spell(day)}."


def _weekday(plain: str, today: date | None) -> str | None:
    if not re.search(r"\b(?:what|which) (?:week)?day\b|\bday of the week\b", plain):
        return None
    day = read_date(plain, today)
    return f"{day.day} {day:%B} {day.year} is a **{day:%A}**." if day else None
