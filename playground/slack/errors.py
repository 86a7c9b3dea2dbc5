"""How Slack says no. No I/O."""


class Refused(Exception):
    """An error of the Web API: answered with status 200 and `{"ok": false, "error": code}`."""

    def __init__(self, code: str, *details: str, **more: object) -> None:
        """`details` are Slack's sentences for developers; `more` goes into the answer as it is."""
        super().__init__(code)
        self.code = code
        self.details = details
        self.more = more


class Limited(Exception):
    """Too many calls: answered with status 429 and Retry-After."""

    def __init__(self, wait: float) -> None:
        """`wait`: seconds until a call would pass."""
        super().__init__()
        self.wait = wait


class Nonsense(ValueError):
    """Somebody at the controls asked for what cannot be; the message is a sentence for him."""
