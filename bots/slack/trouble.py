"""What goes wrong with a call to Slack, by the names that the core has for it. No I/O."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from core.errors import Closed, ScreenError, Throttled, TooBig, Unasked, Uncertain, Unfit, Vanished

BAD_TOKEN = frozenset(("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"))
_UNSERVED = frozenset((404, 405, 501))
NO_METHOD = frozenset(
    ("unknown_method", "method_deprecated", "deprecated_endpoint", *(f"http_{status}" for status in _UNSERVED))
)
"""What is Closed because there is no such call: a stand-in for Slack has those that whoever made it needed."""
FROZEN = frozenset(("edit_window_closed", "cant_update_message"))
"""What is said of a message that is there and cannot be edited."""
_BARRED = (
    *("is_archived", "is_inactive", "not_in_channel", "channel_not_found", "channel_is_limited_access"),
    *("cannot_reply_to_message", "cannot_dm_bot", "user_is_restricted", "messages_tab_disabled"),
    *("no_permission", "access_denied", "accesslimited", "ekm_access_denied", "enterprise_is_restricted"),
    *("missing_scope", "not_allowed_token_type", "team_not_found", "team_access_not_granted"),
    "two_factor_setup_required",
)
"""What is said of a place where we may not write, whatever it is. So is all that begins with _RESTRICTED."""
_RESTRICTED = "restricted_action"
_KINDS: Mapping[str, type[ScreenError]] = {
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), Throttled),
    **dict.fromkeys(("internal_error", "fatal_error", "service_unavailable", "request_timeout"), Uncertain),
    **dict.fromkeys(("external_channel_migrating", "team_added_to_org", "org_login_required"), Uncertain),
    **dict.fromkeys((*_BARRED, *BAD_TOKEN, *FROZEN), Closed),
    "update_failed": Uncertain,
    "message_not_found": Vanished,
    "thread_not_found": Unasked,
    **dict.fromkeys(("msg_too_long", "msg_blocks_too_long", "markdown_text_too_long"), TooBig),
}
_SLUG = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_TOO_LONG = re.compile("must be less than|no more than \\d+ items")


def trouble(response: object) -> ScreenError:
    """The error that an answer of Slack's stands for. A word that we do not know may be about what was written."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    body = getattr(response, "data", None)
    data = body if isinstance(body, dict) else {}
    word = str(data.get("error") or "")
    code = word if _SLUG.fullmatch(word) else f"http_{status}"
    if status == 429 or _KINDS.get(word) is Throttled:
        return Throttled(code, retry_after=_seconds(getattr(response, "headers", {})))
    if status == 413 or (word == "invalid_blocks" and _TOO_LONG.search(str(data.get("response_metadata")))):
        return TooBig(code)
    if not word and status in _UNSERVED:  # Slack itself has words, and all calls: a proxy says so, for a moment
        return (Uncertain if _is_of_slack(response) else Closed)(code)
    if status >= 500 or (status == 200 and not word):
        return Uncertain(code)
    is_closed = not word or word.startswith(_RESTRICTED)
    return _KINDS.get(word, Closed if is_closed else Unfit)(code)


def _is_of_slack(response: object) -> bool:
    url = str(getattr(response, "api_url", "") or getattr(response, "url", ""))
    return (urlsplit(url).hostname or "").endswith(("slack.com", "slack-gov.com"))


def _seconds(headers: Mapping[str, str]) -> float:
    value = headers.get("Retry-After", "")
    return float(value) if _NUMBER.fullmatch(value) else 10.0


@contextmanager
def hopeful() -> Iterator[None]:
    """A token that is not good any more will be replaced: what is not finished waits for who has the new one."""
    try:
        yield
    except Closed as error:
        if error.code in BAD_TOKEN:
            raise Uncertain(error.code) from None
        raise
