"""What whoever runs Parley is told about the Claude API: why it refuses, or why nothing was learnt of it. No I/O."""

from collections.abc import Mapping
from typing import Final

from core import errors
from core.claude.failures import KEPT_OUT, OF_GATEWAY, Failure
from core.network import UNTRUSTED
from core.settings import KEY_ADVICE

_BAD_KEY: Final = f"Claude does not accept ANTHROPIC_API_KEY: {KEY_ADVICE}"
_UNKNOWN_KEY: Final = frozenset({"authentication_error", "http_401"})
_KEPT_OUT: Final = (
    "What answers for the Claude API refuses this machine ({}), whatever its key: its country or address is not "
    "served, or a proxy or gateway says no."
)
_NO_API: Final = (
    "There is no Claude API at ANTHROPIC_BASE_URL ({}): it is the address in front of /v1/messages, without the /v1."
)
_REFUSALS: Final[Mapping[type[errors.ChatError], str]] = {
    errors.BadKey: "Claude answers, and refuses ANTHROPIC_API_KEY ({}): the key lacks a right, or its account is on "
    "hold. https://platform.claude.com says more; else set another key.",
    errors.OutOfCredit: "Claude answers, and wants to be paid ({}): look at credit and spend limits at "
    "https://platform.claude.com/settings/billing.",
    errors.UnknownModel: _NO_API,
}
_SILENT: Final = "The API does not answer ({}): check network and proxy, and ANTHROPIC_BASE_URL if it is set."
_STRANGE: Final = "What answers is not the Claude API ({}): check this machine's proxy, and ANTHROPIC_BASE_URL if set."
_TROUBLED: Final = "The API answers, and has trouble ({}): try again later."


def refusal(failure: Failure) -> str:
    """A sentence with its fix for what no waiting mends; "" where the API may take the same soon, or takes it now."""
    if failure.code in OF_GATEWAY:  # another day, or another model, it answers
        return ""
    if failure.code in _UNKNOWN_KEY:
        return _BAD_KEY
    if failure.advice == KEPT_OUT:
        return _KEPT_OUT.format(failure.code)
    if failure.code == "http_405":
        return _NO_API.format(failure.code)
    return _REFUSALS.get(failure.kind, "").format(failure.code)


def is_of_list(failure: Failure) -> bool:
    """Whether it may be the list of models alone that is refused."""
    is_vague = issubclass(failure.kind, (errors.UnknownModel, errors.Rejected, errors.BadKey))
    return is_vague and failure.code not in _UNKNOWN_KEY


def silence(failure: Failure) -> str:
    """A sentence on why the models are not known; "" where it is the list alone that a gateway has not."""
    if failure.code == "certificate":
        return UNTRUSTED.format("What answers for the Claude API")
    if failure.code == "garbled":
        return _STRANGE.format(failure.code)
    if issubclass(failure.kind, errors.Unreachable) or failure.code == "timeout":
        return _SILENT.format(failure.code)
    return _TROUBLED.format(failure.code) if failure.again or failure.kind is errors.OutOfCredit else ""
