"""How a refusal is written."""

from playground.claude.errors import Refused, body, invalid, kind_of, unexpected


def test_a_refusal_is_written_as_the_api_writes_it() -> None:
    assert body(invalid("max_tokens: Field required"), "req_1") == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "max_tokens: Field required", "details": None},
        "request_id": "req_1",
    }


def test_an_error_code_stands_in_the_details() -> None:
    refused = Refused(429, code="enforced_spend_limit_reached")

    assert body(refused, "req_1")["error"]["details"] == {"error_code": "enforced_spend_limit_reached"}


def test_every_status_has_a_kind_and_a_sentence() -> None:
    assert [kind_of(status) for status in (400, 418, 503, 529)] == [
        "invalid_request_error",
        "invalid_request_error",
        "api_error",
        "overloaded_error",
    ]
    assert all(Refused(status).message for status in (400, 401, 418, 503, 529))
    assert "'hologram'" in unexpected("hologram")
