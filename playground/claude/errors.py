"""A request that is turned down, and how the API says so. No I/O."""

from typing import Any

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
MESSAGES = {
    401: "Invalid bearer token",
    402: "Your credit balance is too low to access the Anthropic API.",
    403: "Your API key does not have permission to use the specified resource.",
    404: "Not found",
    408: "Request timed out",
    409: "Conflict",
    413: "Request exceeds the maximum size",
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    504: "Request timed out",
    529: "Overloaded",
}
RETRIED = (408, 409, 429, 500, 502, 503, 504, 529)


class Refused(Exception):
    """A request that is not answered. `code` is the error's `details.error_code`; `retry_after` in seconds."""

    def __init__(
        self, status: int, message: str = "", *, kind: str = "", code: str = "", retry_after: float | None = None
    ) -> None:
        self.status, self.code, self.retry_after = status, code, retry_after
        self.kind = kind or kind_of(status)
        self.message = message or MESSAGES.get(status, "Error")
        super().__init__(self.message)

    @property
    def passes(self) -> bool:
        """Whether the same request may be taken a little later."""
        return self.status in RETRIED and not self.code.endswith("spend_limit_reached")


def kind_of(status: int) -> str:
    return KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")


def invalid(message: str) -> Refused:
    """The commonest: 400 invalid_request_error."""
    return Refused(400, message)


def unexpected(kind: object) -> str:
    """What is said of a block or tool of a type that is not known there."""
    return f"Input tag '{kind}' found using 'type' does not match any of the expected tags"


def body(refused: Refused, request_id: str) -> dict[str, Any]:
    """The JSON of an error, of an HTTP answer and of an `error` event alike."""
    error: dict[str, Any] = {"type": refused.kind, "message": refused.message}
    error["details"] = {"error_code": refused.code} if refused.code else None
    return {"type": "error", "error": error, "request_id": request_id}
