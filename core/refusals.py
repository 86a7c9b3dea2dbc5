"""What a person reads when a message or a button is not taken, or not at once. No I/O."""

import re

from core.allowance import NEAR, spent
from core.contract import Outcome
from core.errors import Closed, Unfit
from core.events import Refusal
from core.limits import Window, spoken
from core.store.lease import Admission

ASK_AGAIN = "I could not take this just now. Please try again in a moment."
LATER = "I cannot take your message in just now: my database takes nothing. I will answer as soon as it does."

UNSHOWN = "I could not show you my answer where you asked. Please ask me once more, here or elsewhere."
BARRED = (
    "I could not show you my answer where you asked: I may not write there any more. Please ask me here or elsewhere."
)
NO_EDIT = "I took this message as it was before you edited it. Please send the command in a message of its own."
_REASONS = {
    "busy": "I am still answering here. Please press again when that is done.",
    "gone": "This answer is too old, or was forgotten. Please ask again.",
    "older": "There is a newer answer here: this button works only below the newest one.",
    "theirs": "Only the person who asked, or an admin, can do that.",
}
_NOTICES = {
    "own": f"By the way: {NEAR} % of your budget for today is used up.",
    "all": f"You are an admin here: {NEAR} % of today's budget for everybody is used up.",
}


def told(admission: Admission, *, waits: bool = False) -> str:
    """The sentence for whoever was not admitted, or must wait, or is near the end of a budget; "" for everybody else.

    Who was told the same not long ago is told nothing, unless something `waits` for words.
    """
    if admission.outcome is Outcome.ACCEPTED:
        held = [f"{_limit(admission)} I will answer this one in {_wait(admission)}."] if admission.window else []
        return " ".join([*held, *(_NOTICES[notice] for notice in admission.notices if notice in _NOTICES)])
    if "again" in admission.notices and not waits:
        return ""
    if admission.full:
        return "Too many messages are waiting here already. Please send this one again in a little while."
    if admission.window is not None:
        return f"{_limit(admission)} Please wait {_wait(admission)}: until then I take no more."
    if admission.reason in {"all", "own"}:
        return spent(admission.reason, admission.retry_after)
    return _REASONS.get(admission.reason, "")


def is_own(admission: Admission) -> bool:
    """Whether that sentence is of somebody's own budget, or for an admin."""
    if admission.outcome is Outcome.ACCEPTED:
        return not _NOTICES.keys().isdisjoint(admission.notices)
    return admission.reason == "own"


def reason(admission: Admission) -> Refusal:
    """Why, in a word for the log."""
    if admission.reason in {"all", "own"}:
        return Refusal.BUDGET
    return Refusal.FULL if admission.full else Refusal.RATE


def is_barred(error: Exception) -> bool:
    """Whether it says that we may not write in a place, whatever it is."""
    return isinstance(error, Closed) and not isinstance(error, Unfit)


def unshown(error: Exception) -> str:
    """For whoever asked, when this kept the answer from the screen."""
    return BARRED if is_barred(error) else UNSHOWN


def reached(percent: int, seconds: float) -> str:
    """For admins, when so many per cent of everybody's budget are gone. `seconds` until the day ends."""
    if percent < 100:
        return _NOTICES["all"]
    return f"You are an admin here: {_lower(spent('all', seconds))} Until then nobody is answered."


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _wait(admission: Admission) -> str:
    return spoken(admission.retry_after)


def _limit(admission: Admission) -> str:
    window = admission.window or Window(0, 1)
    unit = str(window).partition("/")[2]
    whose = " of all people in this channel" if "here" in admission.notices else ""
    return f"That was {window.calls} question{'s' if window.calls > 1 else ''}{whose} within {_article(unit)}."


def _article(unit: str) -> str:
    if unit[0].isdigit():
        return re.sub(r"(?<=\d)(?=[a-z])", " ", unit)
    return f"{'an' if unit == 'hour' else 'a'} {unit}"
