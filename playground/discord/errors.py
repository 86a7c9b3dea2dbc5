"""Discord's refusals: an HTTP status, Discord's own code and sentence, and what was wrong with which field. No I/O."""

from collections.abc import Mapping
from typing import Any

SENTENCES: Mapping[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40006: (403, "This feature has been temporarily disabled server-side"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "This interaction has reached the maximum number of follow-up messages"),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (403, "You cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
    200000: (400, "Message was blocked by automatic moderation"),
    240000: (400, "Message blocked by harmful links filter"),
}


class Refused(Exception):
    """One answer that is not 2xx: `status` of HTTP, `code` and `sentence` of Discord, `errors` by field."""

    def __init__(self, code: int, errors: Mapping[str, Any] | None = None, *, status: int = 0) -> None:
        known, self.sentence = SENTENCES.get(code, (400, "Error"))
        super().__init__(code)
        self.code = code
        self.status = status or known
        self.errors = errors

    def body(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"message": self.sentence, "code": self.code}
        return fields | {"errors": self.errors} if self.errors else fields


def invalid(field: str, code: str, sentence: str) -> Refused:
    """50035 for one field; `field` may be a path such as `embeds.0.description`."""
    tree: dict[str, Any] = {"_errors": [{"code": code, "message": sentence}]}
    for part in reversed(field.split(".")):
        tree = {part: tree}
    return Refused(50035, tree)


def too_long(field: str, most: int) -> Refused:
    return invalid(field, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
