"""What every failure of the client library means."""

import email.utils

import anthropic
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import errors
from core.claude.failures import CUT, GARBLED, judged, of_event, retry_after, slug, translated

SECRET = "what somebody wrote"
OWN_LIMIT = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."

BEDROCK = "The model returned the following errors: Input is too long for requested model."
BUDGET = "Budget has been exceeded! Current cost: 10.51, Max budget: 10.00"
"""What LiteLLM says of a limit of its own."""


def status_error(status: int, body: object = None, headers: dict[str, str] | None = None) -> anthropic.APIStatusError:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/messages", content=SECRET.encode())
    response = httpx2.Response(status, headers=headers, request=request)
    return anthropic.APIStatusError(SECRET, response=response, body=body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, errors.Rejected),
        (400, errors.Rejected),
        (401, errors.BadKey),
        (402, errors.OutOfCredit),
        (403, errors.BadKey),
        (404, errors.UnknownModel),
        (408, errors.Slow),
        (409, errors.Busy),
        (413, errors.TooLarge),
        (418, errors.Rejected),
        (422, errors.Rejected),
        (429, errors.Busy),
        (500, errors.Busy),
        (502, errors.Busy),
        (503, errors.Busy),
        (504, errors.Slow),
        (529, errors.Busy),
    ],
)
def test_every_status_has_its_sentence(status: int, kind: type[errors.ChatError]) -> None:
    error = translated(status_error(status)).error()

    assert type(error) is kind
    assert error.advice


def test_an_error_says_nothing_of_the_request_and_knows_nothing_of_it() -> None:
    error = translated(status_error(500, {"error": {"type": "api_error", "message": SECRET}})).error()

    assert SECRET not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("status", [429, 529])
def test_too_many_calls_cool_everybody_down(status: int) -> None:
    assert judged(status, {}).cools
    assert not judged(500, {}).cools


def test_a_summary_that_cannot_be_made_just_now_says_nothing_of_the_model() -> None:
    failure = judged(529, {"type": "overloaded_error", "details": {"error_code": "compaction_unavailable"}})

    assert (failure.kind, failure.again) == (errors.Busy, True)
    assert (failure.cools, failure.elsewhere) == (False, False)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}}),
        (429, {"type": "rate_limit_error", "details": {"error_code": "contract_spend_limit_reached"}}),
        (400, {"type": "invalid_request_error", "details": {"error_code": "linked_organization_spend_limit_reached"}}),
        (400, {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}),
        (400, {"type": "invalid_request_error", "message": OWN_LIMIT}),
        (402, {"type": "billing_error"}),
        *((status, {"type": "budget_exceeded", "message": BUDGET, "code": str(status)}) for status in (400, 429)),
    ],
)
def test_a_limit_of_money_is_told_as_one_and_cools_nobody(status: int, body: dict[str, object]) -> None:
    failure = judged(status, body)

    assert failure.kind is errors.OutOfCredit
    assert not failure.again
    assert not failure.cools


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"details": {"error_code": "organization_on_hold"}}, "organization_on_hold"),
        ({"message": "This organization has been disabled.", "details": None}, "organization_disabled"),
        ({"details": {"error_code": "cmek_key_disabled"}}, "cmek_key_disabled"),
        ({"details": {"error_code": "cmek_key_network_blocked"}}, "cmek_key_network_blocked"),
        ({"details": {"error_code": "workspace_policy_violation"}}, "workspace_policy_violation"),
        ({"details": {"error_code": "organization_not_enrolled_in_beta"}}, "organization_not_enrolled_in_beta"),
    ],
)
def test_what_only_the_account_can_mend_is_a_matter_of_whoever_runs_the_bot(body: dict[str, object], code: str) -> None:
    failure = judged(400, {"type": "invalid_request_error", **body})

    assert (failure.kind, failure.code, failure.again) == (errors.BadKey, code, False)
    assert "whoever runs it" in failure.error().advice
    assert "ANTHROPIC_API_KEY" not in failure.error().advice  # the key is none the worse


@pytest.mark.parametrize(
    ("body", "is_of_key"),
    [
        ({"type": "permission_error", "message": "Your API key does not have permission."}, True),
        ({"type": "forbidden", "message": "Request not allowed"}, False),
        ({}, False),
    ],
)
def test_a_403_is_a_matter_of_the_key_only_where_the_api_says_so(body: dict[str, object], is_of_key: bool) -> None:
    advice = judged(403, body).error().advice

    assert ("ANTHROPIC_API_KEY" in advice) == is_of_key
    assert ("The network that this bot runs in may not ask Claude." in advice) != is_of_key


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "Invalid authorization token for MCP server 'wiki'. Please check your token and try again.", "mcp_token"),
        (400, "Connection error while communicating with MCP server. The server may be unavailable.", "mcp_server"),
        (500, "Failed to connect to MCP server", "mcp_server"),
    ],
)
def test_a_server_of_others_that_fails_is_known_by_its_words(status: int, message: str, code: str) -> None:
    failure = judged(status, {"type": "invalid_request_error", "message": message})

    assert (failure.kind, failure.code, failure.again) == (errors.Rejected, code, False)
    assert failure.names == ({"wiki"} if "wiki" in message else set())
    assert "wiki" not in repr(failure)


def test_an_answer_that_the_api_filters_is_declined_and_no_fault_of_the_request() -> None:
    error = {"type": "invalid_request_error", "message": "Output blocked by content filtering policy", "details": None}
    at_once, later = judged(400, error), of_event({"type": "error", "error": error, "request_id": "req_1"})

    assert at_once == later
    assert (at_once.kind, at_once.code, at_once.again) == (errors.Declined, "content_filter", False)
    assert "filter" in at_once.error().advice


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("Web search is not enabled for this organization.", {"web_search"}),
        ("code_execution not supported in your workspace.", {"code_execution"}),
        ("'claude-haiku-4-5' does not support web_fetch and Web Search.", {"web_fetch", "web_search"}),
        ("A search of the web failed.", set()),
    ],
)
def test_tools_of_its_own_are_known_by_their_names(message: str, names: set[str]) -> None:
    failure = judged(400, {"type": "invalid_request_error", "message": message})

    assert failure.kind is errors.Rejected
    assert failure.names == names


@pytest.mark.parametrize("status", [429, 529])
def test_too_many_calls_are_no_fault_of_a_server_of_others(status: int) -> None:
    failure = judged(status, {"type": "rate_limit_error", "message": "Too many requests to MCP server 'wiki'."})

    assert (failure.kind, failure.code) == (errors.Busy, "rate_limit_error")
    assert failure.again
    assert failure.cools


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}},
        {"error": {"type": None, "message": f'BedrockException - {{"message":"{BEDROCK}"}}', "code": "400"}},
        {"message": BEDROCK},
    ],
)
def test_a_prompt_that_is_too_long_is_told_as_that_also_by_a_gateway(body: dict[str, object]) -> None:
    assert translated(status_error(400, body)).kind is errors.TooLarge


@pytest.mark.parametrize(
    ("kind", "expected", "again"),
    [
        ("overloaded_error", errors.Busy, True),
        ("rate_limit_error", errors.Busy, True),
        ("api_error", errors.Busy, True),
        ("timeout_error", errors.Slow, True),
        ("something_new", errors.Busy, True),
        ("invalid_request_error", errors.Rejected, False),
        ("authentication_error", errors.BadKey, False),
        ("billing_error", errors.OutOfCredit, False),
        ("not_found_error", errors.UnknownModel, False),
        ("request_too_large", errors.TooLarge, False),
    ],
)
def test_an_error_event_means_what_its_type_says(kind: str, expected: type[errors.ChatError], again: bool) -> None:
    failure = of_event({"type": "error", "error": {"type": kind, "message": SECRET}})

    assert failure.kind is expected
    assert failure.again is again


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"type": "key_model_access_denied", "message": "key not allowed to access model.", "code": "401"}),
        (403, {"type": "team_model_access_denied", "message": "team not allowed to access model.", "code": "403"}),
        (400, {"type": "None", "message": "/v1/messages: Invalid model name passed in model=claude-sonnet-5-5."}),
    ],
)
def test_a_model_that_a_gateway_does_not_have_for_this_key_is_told_as_that(status: int, body: object) -> None:
    failure = judged(status, body)

    assert failure.kind is errors.UnknownModel
    assert failure.elsewhere


@pytest.mark.parametrize(
    ("code", "expected"), [("429", errors.Busy), (400, errors.Rejected), ("x", errors.Busy), (None, errors.Busy)]
)
def test_an_error_event_of_a_gateway_means_what_its_code_says(code: object, expected: type[errors.ChatError]) -> None:
    failure = of_event({"error": {"message": SECRET, "type": "None", "param": None, "code": code}})

    assert failure.kind is expected
    assert failure.cools is (code == "429")


@given(st.none() | st.text() | st.dictionaries(st.text(), st.text() | st.none() | st.integers()))
def test_an_error_event_of_any_shape_is_told(event: object) -> None:
    assert of_event(event).again
    assert of_event({"error": event}).again


def test_an_error_in_a_stream_with_status_200_is_judged_by_its_type() -> None:
    error = status_error(200, {"error": {"type": "overloaded_error"}})

    assert translated(error).cools


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (anthropic.APITimeoutError(httpx2.Request("POST", "http://x")), errors.Slow, "timeout"),
        (anthropic.APIConnectionError(request=httpx2.Request("POST", "http://x")), errors.Unreachable, "connection"),
        (httpx2.ReadTimeout("x"), errors.Slow, "timeout"),
        (httpx2.ReadError("x"), errors.Unreachable, "connection"),
        (httpx2.RemoteProtocolError("x"), errors.Unreachable, "connection"),
        (ConnectionResetError(), errors.Unreachable, "connection"),
        (TimeoutError(), errors.Slow, "timeout"),
    ],
)
def test_a_lost_connection_is_tried_again(error: Exception, kind: type[errors.ChatError], code: str) -> None:
    failure = translated(error)

    assert (failure.kind, failure.code, failure.again) == (kind, code, True)


def test_a_text_that_cannot_be_sent_is_not_sent_again() -> None:
    failure = translated(UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"))

    assert (failure.kind, failure.again) == (errors.Rejected, False)


@pytest.mark.parametrize("failure", [CUT, GARBLED])
def test_half_a_stream_is_tried_again(failure: object) -> None:
    assert getattr(failure, "again", None) is True


def test_the_api_may_forbid_a_second_try() -> None:
    headers = {"request-id": "req_1", "retry-after": "9", "x-should-retry": "false"}
    failure = translated(status_error(529, headers=headers))

    assert (failure.again, failure.cools, failure.retry_after) == (False, False, 0)
    assert (failure.elsewhere, failure.request_id) == (True, "req_1")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "45"}, 45),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "7200"}, 7200),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": email.utils.formatdate(1_000_030, usegmt=True)}, 30),
        ({"retry-after": email.utils.formatdate(999_000, usegmt=True)}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "inf"}, 0),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, now=1_000_000) == seconds


@given(st.text())
def test_no_header_breaks_the_reading(value: str) -> None:
    assert 0 <= retry_after({"retry-after": value}, now=0) < float("inf")


@pytest.mark.parametrize(("seconds", "words"), [(7_200, "2 hours"), (150, "3 minutes"), (9_000, "3 hours")])
def test_a_long_wait_is_said_in_the_advice_and_never_too_short(seconds: float, words: str) -> None:
    assert f" {words}." in judged(429, {}, retry_after=seconds).error().advice


@pytest.mark.parametrize(
    ("status", "words"), [(500, "Claude has trouble on its side right now."), (529, "Claude is very busy right now.")]
)
def test_trouble_is_not_called_haste(status: int, words: str) -> None:
    assert judged(status, {}).error().advice.startswith(words)


@given(st.text(max_size=80))
def test_a_code_for_the_log_is_never_a_sentence(text: str) -> None:
    assert " " not in slug(text)
    assert len(slug(text)) <= 64
