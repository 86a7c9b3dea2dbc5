"""What goes wrong with a call to Slack, by the names that the core has for it."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bots.slack.trouble import BAD_TOKEN, hopeful, trouble
from core.errors import Closed, ScreenError, Throttled, TooBig, Uncertain, Unfit, Vanished


@dataclass
class Response:
    """As the SDK has it."""

    status_code: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("response", "kind", "code"),
    [
        (Response(429, headers={"Retry-After": "7"}), Throttled, "http_429"),
        (Response(200, {"error": "message_limit_exceeded"}), Throttled, "message_limit_exceeded"),
        (Response(503, "<html>"), Uncertain, "http_503"),
        (Response(200, {}), Uncertain, "http_200"),
        (Response(200, {"error": "fatal_error"}), Uncertain, "fatal_error"),
        (Response(200, {"error": "org_login_required"}), Uncertain, "org_login_required"),
        (Response(200, {"error": "message_not_found"}), Vanished, "message_not_found"),
        (Response(413), TooBig, "http_413"),
        (
            Response(200, {"error": "invalid_blocks", "response_metadata": {"messages": ["must be less than 3001"]}}),
            TooBig,
            "invalid_blocks",
        ),
        (
            Response(200, {"error": "invalid_blocks", "response_metadata": {"messages": ["no more than 50 items"]}}),
            TooBig,
            "invalid_blocks",
        ),
        (Response(200, {"error": "invalid_blocks"}), Unfit, "invalid_blocks"),
        (Response(200, {"error": "a_word_of_next_year"}), Unfit, "a_word_of_next_year"),
        (Response(200, {"error": "restricted_action_of_next_year"}), Closed, "restricted_action_of_next_year"),
        (Response(404, "<html>"), Closed, "http_404"),
        (Response(200, {"error": "is_archived"}), Closed, "is_archived"),
        (Response(200, {"error": "no slug: somebody's words"}), Unfit, "http_200"),
    ],
)
def test_each_answer_has_its_name(response: Response, kind: type[ScreenError], code: str) -> None:
    found = trouble(response)

    assert type(found) is kind
    assert found.code == code


def test_how_long_to_wait_is_told_or_guessed() -> None:
    told = [trouble(Response(429, headers={"Retry-After": value})).retry_after for value in ("7", "0.5", "inf", "")]

    assert told == [7, 0.5, 10, 10]
    assert trouble(Response(429)).retry_after == 10


@pytest.mark.parametrize("code", sorted(BAD_TOKEN))
def test_a_token_that_is_over_may_be_replaced(code: str) -> None:
    with pytest.raises(Uncertain), hopeful():
        raise Closed(code)


def test_what_else_is_closed_stays_so() -> None:
    with pytest.raises(Closed), hopeful():
        raise Closed("is_archived")
