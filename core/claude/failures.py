"""What went wrong with one request, once: every failure of the client library and its transport as a `Failure`. No I/O.

What                                            the person reads    tried again
400 422, 3xx and other 4xx                      Rejected            no
400 429 with a spend or usage limit, 402        OutOfCredit         no
400 "prompt is too long" and the like, 413      TooLarge            no
401 403                                         BadKey              no
403 that tells of no permission of the key      BadKey              no: the network or the country is kept out
400 of an account that is disabled              BadKey              no
400 of what the account may not use             BadKey              no, but without what may be the reason
400 of an answer that the API's filter stops    Declined            no
an MCP server that is down or refuses           Rejected            no, but without it; unnamed: without each, then all
400 that names a tool of the API's              Rejected            no, but without that tool
404, and so a gateway's 400 401 403             UnknownModel        no, but on the fallback model
408 504, time-outs                              Slow                yes
409 429 529                                     Busy                yes; 429, 529 cool everybody down, not a summary's
529 of a summary that cannot be made just now   Busy                yes
other 5xx                                       Busy                yes
connection lost or refused, cut, garbled        Unreachable         yes
An error event within a stream carries a type instead of a status; it is judged by the status of that type.
A gateway has words of its own: a type that says nothing, a `code` that is a status, or an error without any frame.
"""

import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import aiohttp
import anthropic
import httpx2

from core import errors
from core.content import CUT_BY_CONTEXT
from core.limits import spoken
from core.network import is_untrusted

_STATUS_OF: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_KINDS: Final[Mapping[int, type[errors.ChatError]]] = {
    401: errors.BadKey,
    402: errors.OutOfCredit,
    403: errors.BadKey,
    404: errors.UnknownModel,
    408: errors.Slow,
    409: errors.Busy,
    413: errors.TooLarge,
    429: errors.Busy,
    504: errors.Slow,
}
_AGAIN: Final = frozenset({408, 409, 429})
_COOLS: Final = frozenset({429, 529})
_NO_SUMMARY: Final = "compaction_unavailable"  # just now; it tells nothing of the model's answers
MCP: Final = frozenset({"mcp_server", "mcp_token"})
"""The codes of a request that failed for its MCP servers: one is down, or takes its token no more."""
UNENTITLED: Final = frozenset({"organization_not_enrolled_in_beta", "workspace_policy_violation"})
"""The codes of a request for something that the account may not use, such as a tool."""
_DISABLED: Final = "organization_disabled"  # a code of ours: the API has one only for an account on hold for abuse
_OFF: Final = "Anthropic has disabled the account behind this bot. Please tell whoever runs it."
_LOCKED: Final = "Claude cannot use the encryption key of the account behind this bot. Please tell whoever runs it."
_FILTER: Final = "content_filter"  # a code of ours: it looks at what Claude writes, also in the middle of it
FILTERED: Final = "A content filter of Claude's service stopped this answer. Please ask for it in another way."
"""Advice where the request was taken, and only its answer was not."""
_OVERSPENT: Final = "budget_exceeded"
_UNSERVED: Final = "model_access_denied"
OF_GATEWAY: Final = frozenset({_OVERSPENT, _UNSERVED})
"""The codes of what a gateway may say: its own budget is used up, or it has a model not at all, or not for this key."""
_BARRED: Final = "The account behind this bot may not ask this of Claude. Please tell whoever runs it."
KEPT_OUT: Final = "The network that this bot runs in may not ask Claude. Please tell whoever runs it."
"""Advice where a 403 is no matter of the key: "forbidden" of a country that is not served, or no word of the API's."""
_OF_KEY: Final = frozenset({"permission_error", "authentication_error"})
_BY_CODE: Final[Mapping[str, tuple[type[errors.ChatError], str]]] = {
    _FILTER: (errors.Declined, FILTERED),
    _OVERSPENT: (errors.OutOfCredit, ""),
    _UNSERVED: (errors.UnknownModel, ""),
    **dict.fromkeys(MCP, (errors.Rejected, "")),
    **dict.fromkeys(("organization_on_hold", _DISABLED), (errors.BadKey, _OFF)),
    **dict.fromkeys(("cmek_key_disabled", "cmek_key_network_blocked"), (errors.BadKey, _LOCKED)),
    **dict.fromkeys(UNENTITLED, (errors.BadKey, _BARRED)),
}
_TROUBLE: Final = "Claude has trouble on its side right now. Please try again in a minute."
_SERVER: Final = re.compile(r"MCP server ['\"]([A-Za-z0-9_-]{1,64})['\"]", re.IGNORECASE)
"""How the API names a server that refuses its token; one that is down it does not name."""
_TOOL: Final = re.compile(r"\b(web|code)[_ ](search|fetch|execution)\b", re.IGNORECASE)
"""How it names a tool of its own, such as one that is not enabled for the organization."""
_STATUS: Final = re.compile(r"[45][0-9]{2}")
_TOO_LONG: Final = ("prompt is too long", "exceed context limit", "input is too long")
_SLUG: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")

RAISED: Final = (
    anthropic.AnthropicError,
    httpx2.HTTPError,
    httpx2.StreamError,
    aiohttp.ClientError,
    OSError,
    UnicodeEncodeError,
)
"""All that a request and its stream are known to raise. The library translates nothing of what is read in a body."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that failed. `code` is a slug for logs; `retry_after` in seconds, 0 when nothing was asked for."""

    kind: type[errors.ChatError]
    code: str
    again: bool = False
    cools: bool = False
    elsewhere: bool = False
    retry_after: float = 0
    advice: str = ""
    request_id: str = ""
    names: frozenset[str] = field(default=frozenset(), repr=False)
    """Of MCP servers that failed, or of tools of the API's that it speaks of; empty where it does not tell which."""

    def error(self) -> errors.ChatError:
        """What the person reads; without the exception it came from, which carries the whole request and the key."""
        return self.kind(self.advice or _later(self.kind, self.retry_after), retry_after=self.retry_after)


CUT: Final = Failure(errors.Unreachable, "cut", again=True)
"""The stream came to its end without the message's end."""
DOWN: Final = Failure(errors.Rejected, "failed_before")
"""An MCP server has failed a moment ago, or a tool was refused."""
GARBLED: Final = Failure(errors.Unreachable, "garbled", again=True)
"""Something came that is no event."""
STALLED: Final = Failure(errors.Slow, "stalled", again=True)
"""Pings came, but no word more."""
FULL: Final = Failure(errors.TooLarge, "context")
"""The answer's end has no room in the model's context."""
DECLINED: Final = Failure(errors.Declined, "refusal")
"""The model declined to answer."""
OF_STOP: Final[Mapping[str, Failure]] = {CUT_BY_CONTEXT: FULL, "refusal": DECLINED}
"""The failure of a model by its stop reason, where another one may do better."""
CROWDED: Final = Failure(
    errors.Busy, "crowded", advice="Too many are asking at once. Please try again in a few minutes."
)
"""Its turn did not come."""
OVERDUE: Final = Failure(errors.Slow, "deadline")
"""The whole answer took too long."""


def slug(text: object) -> str:
    """The text when it is one that a log may carry, else "other"; "" stays ""."""
    return text if isinstance(text, str) and (not text or _SLUG.fullmatch(text)) else "other"


def translated(error: Exception) -> Failure:
    """What an exception of `RAISED` means."""
    if isinstance(error, anthropic.APIStatusError):
        return _refused(error, time.time())
    if isinstance(error, (anthropic.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
        return Failure(errors.Slow, "timeout", again=True, elsewhere=True)
    if isinstance(error, UnicodeEncodeError):  # half of a surrogate pair in what somebody wrote
        return Failure(errors.Rejected, "encoding")
    return Failure(errors.Unreachable, "certificate" if is_untrusted(error) else "connection", again=True)


def of_event(event: object) -> Failure:
    """What an error event within a stream means. One that is no object is garbled, like any other event."""
    if not isinstance(event, Mapping):
        return GARBLED
    error = event.get("error")
    return judged(_status_of(error), error)


def _status_of(error: object) -> int:
    body = error if isinstance(error, Mapping) else {}
    code = str(body.get("code", ""))
    return _STATUS_OF.get(str(body.get("type")), int(code) if _STATUS.fullmatch(code) else 500)


def _refused(error: anthropic.APIStatusError, now: float) -> Failure:
    body = error.body.get("error", error.body) if isinstance(error.body, Mapping) else None
    headers = error.response.headers
    failure = judged(
        error.status_code if error.status_code >= 300 else _status_of(body),
        body,
        retry_after=retry_after(headers, now),
        request_id=slug(error.request_id or ""),
    )
    if headers.get("x-should-retry") == "false":
        return replace(failure, again=False, cools=False, retry_after=0)
    return failure


def judged(status: int, error: object, *, retry_after: float = 0, request_id: str = "") -> Failure:
    """The failure of a status and the `error` object of its body, however little of that there is."""
    body = error if isinstance(error, Mapping) else {}
    details = body.get("details")
    code, said = "", str(body.get("message", ""))
    message = said.lower()
    if isinstance(details, Mapping):
        code = slug(details.get("error_code") or "")
    if "mcp server" in message and status not in _COOLS:
        code = "mcp_token" if "authoriz" in message else "mcp_server"
    if status < 500 and "organization has been disabled" in message:
        code = code or _DISABLED
    if status == 400 and "content filtering policy" in message:
        code = _FILTER
    code = code or _of_gateway(status, str(body.get("type")), message)
    kind, advice = _kind(status, slug(body.get("type") or ""), code, message)
    again = issubclass(kind, (errors.Busy, errors.Slow)) and (status in _AGAIN or status >= 500)
    of_model = code != _NO_SUMMARY
    return Failure(
        kind,
        code or slug(body.get("type") or "") or f"http_{status}",
        again=again,
        cools=again and of_model and status in _COOLS,
        elsewhere=(again and of_model) or kind is errors.UnknownModel,
        retry_after=retry_after if again else 0,
        advice=advice,
        request_id=request_id,
        names=frozenset(_SERVER.findall(said) if code in MCP else map("_".join, _TOOL.findall(message))),
    )


def _kind(status: int, type_: str, code: str, message: str) -> tuple[type[errors.ChatError], str]:
    # The API has no code for an empty purse, a limit of one's own, a disabled account, a server of others that fails,
    # an answer that is filtered, and a prompt that is too long: its words are all there is.
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code.endswith("spend_limit_reached") or type_ == "billing_error" or _is_of_money(status, message):
        return errors.OutOfCredit, ""
    if status == 400 and any(words in message for words in _TOO_LONG):
        return errors.TooLarge, ""
    if status in _KINDS:
        return _KINDS[status], KEPT_OUT if status == 403 and type_ not in _OF_KEY else ""
    if status >= 500:
        return errors.Busy, "" if status == 529 else _TROUBLE
    return errors.Rejected, ""


def _is_of_money(status: int, message: str) -> bool:
    return "credit balance" in message or (status == 400 and "api usage limits" in message)


def _of_gateway(status: int, type_: str, message: str) -> str:
    """A code for what a gateway says in its own words, "" for anything else."""
    if type_ == _OVERSPENT or (status in {400, 429} and "budget has been exceeded" in message):
        return _OVERSPENT
    if type_.endswith(_UNSERVED) or (status == 400 and "invalid model name" in message):
        return _UNSERVED
    return ""


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that a response asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date); else 0."""
    try:
        return max(float(headers["retry-after-ms"]) / 1000, 0)
    except (KeyError, ValueError):
        pass
    asked = headers.get("retry-after", "")
    try:
        return _finite(float(asked))
    except ValueError:
        date = email.utils.parsedate_tz(asked)
    try:
        return _finite(email.utils.mktime_tz(date) - now) if date else 0
    except (ValueError, OverflowError):
        return 0


def _finite(seconds: float) -> float:
    return max(seconds, 0) if seconds < 1e9 else 0  # also nan


def _later(kind: type[errors.ChatError], seconds: float) -> str:
    if kind is errors.Busy and seconds > 90:
        return f"Claude is very busy right now. Please try again in {spoken(seconds)}."
    return ""
