"""What a person reads when a message or a button is not taken. No I/O."""

from core.limits import Window
from core.store.lease import Admission

_REASONS = {
    "busy": "I am still answering here. Please press again when that is done.",
    "gone": "This answer is too old, or was forgotten. Please ask again.",
    "older": "There is a newer answer here: this button works only below the newest one.",
    "theirs": "Only the person who asked, or an admin, can do that.",
}


def refusal(admission: Admission) -> str:
    """The sentence for whoever was not admitted; "" for whoever was."""
    if admission.full:
        return "Too many messages are waiting here already. Please send this one again in a little while."
    if admission.window is not None:
        return f"That was {_limit(admission.window)}. Please wait {spoken(admission.retry_after)}."
    return _REASONS.get(admission.reason, "")


def spoken(seconds: float) -> str:
    """A waiting time as people say it, rounded up: "23 seconds", "5 minutes", "2 hours"."""
    whole = max(1, -int(-seconds // 1))
    for unit, length in (("hour", 3600), ("minute", 60)):
        if whole >= 2 * length:
            return f"{-(-whole // length)} {unit}s"
    return f"{whole} second{'s' if whole > 1 else ''}"


def _limit(window: Window) -> str:
    unit = str(window).partition("/")[2]
    return f"{window.calls} question{'s' if window.calls > 1 else ''} within {_article(unit)}"


def _article(unit: str) -> str:
    return unit if unit[0].isdigit() else f"{'an' if unit == 'hour' else 'a'} {unit}"
