"""What is told about the API: each refusal has a sentence with its fix, what is over soon has none."""

import pytest

from core.claude.diagnosis import is_of_list, refusal, silence
from core.claude.failures import GARBLED, Failure, judged, translated


@pytest.mark.parametrize(
    ("status", "kind", "fix"),
    [
        (401, "authentication_error", "make one at https://platform.claude.com/settings/keys"),
        (403, "permission_error", "set another key"),
        (403, "forbidden", "its country or address is not served"),
        (402, "billing_error", "settings/billing"),
        (404, "not_found_error", "without the /v1"),
        (405, "", "without the /v1"),
    ],
)
def test_a_refusal_is_a_sentence_with_its_code_and_its_fix(status: int, kind: str, fix: str) -> None:
    told = refusal(judged(status, {"type": kind, "message": "Wombat-7"}))

    assert fix in told
    assert status == 401 or (kind or "http_405") in told
    assert "Wombat" not in told


def test_a_refusal_before_the_api_is_no_matter_of_the_key() -> None:
    told = refusal(judged(403, {}))

    assert "a proxy or gateway says no" in told
    assert "ANTHROPIC_API_KEY" not in told


@pytest.mark.parametrize(
    "failure",
    [
        *(judged(529, {}), judged(500, {}), judged(429, {}), judged(400, {}), GARBLED, translated(TimeoutError())),
        judged(400, {"message": "/v1/messages: Invalid model name passed in model=None."}),  # a gateway's, as the next
        judged(403, {"type": "key_model_access_denied"}),
        judged(429, {"type": "budget_exceeded"}),
    ],
)
def test_what_is_over_soon_or_refuses_one_request_alone_is_no_refusal(failure: Failure) -> None:
    assert refusal(failure) == ""


@pytest.mark.parametrize(
    ("failure", "start"),
    [
        (translated(ConnectionRefusedError()), "The API does not answer (connection)"),
        (translated(TimeoutError()), "The API does not answer (timeout)"),
        (GARBLED, "What answers is not the Claude API"),
        (judged(529, {"type": "overloaded_error"}), "The API answers, and has trouble (overloaded_error)"),
        (judged(429, {"type": "budget_exceeded"}), "The API answers, and has trouble (budget_exceeded)"),
    ],
)
def test_why_nothing_was_learnt_is_told_by_what_happened(failure: Failure, start: str) -> None:
    assert silence(failure).startswith(start)


def test_a_gateway_without_a_list_of_models_is_not_silent() -> None:
    assert silence(judged(404, {"type": "not_found_error"})) == ""


def test_who_refuses_a_list_may_answer_all_the_same() -> None:
    assert [is_of_list(judged(status, {})) for status in (400, 403, 404, 401, 402, 529)] == [True] * 3 + [False] * 3
    assert is_of_list(judged(403, {"type": "auth_error"}))  # a gateway's, of a key that may not ask for the list
