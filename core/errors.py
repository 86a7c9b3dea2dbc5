"""Everything that can go wrong, and the sentence that a person reads. No I/O.

ParleyError
├── ChatError                the turn ends with its `advice` on the screen
│   ├── Busy                 the model's service is overloaded or limits us; `retry_after` seconds when it says
│   ├── Unreachable          no connection to the model's service, or it broke off
│   ├── Slow                 no answer within the deadline
│   ├── BadKey               the API key is refused (401, 403)
│   ├── OutOfCredit          billing or a spend limit (402, spend limits)
│   ├── Spent                this installation's own budget of the day is gone; `retry_after` seconds until it is new
│   ├── UnknownModel         the model does not exist or this key may not use it (404)
│   ├── TooLarge             the request is too large (413), or the conversation is
│   ├── Rejected             the service does not accept the request (400, 422)
│   ├── Declined             the model declined to answer (refusal)
│   ├── Empty                the model ended without a word
│   ├── Unread               what is stored of the turn cannot be read: another release or key is needed for it
│   └── GivenUp              too many attempts at one turn
├── ScreenError              a call to a platform did not do what was asked
│   ├── Throttled            429; `retry_after` seconds; had no effect
│   ├── Uncertain            connection lost, 5xx, timed out: it may have had its effect; try again
│   ├── Vanished             the message is gone (deleted by somebody)
│   │   └── Shut             it stands in an archived thread, where nothing changes until a new message is posted
│   ├── TooBig               the platform finds the text too long
│   └── Closed               no further call will help: channel archived, bot removed, permission gone
│       ├── Unasked          what would be answered is gone: nobody waits for it
│       └── Unfit            the platform does not take what is written; the place takes other things
├── StoreError
│   ├── StoreDown            Redis does not answer, is full or read-only
│   │   └── Unreadable       what is stored cannot be read here (core/store/sealing.py)
│   └── StaleLease           somebody else holds the turn now; write nothing more
├── FileError                a file cannot be read; its `advice` names why
├── ToolError                a tool cannot do what the model asked; its text is for the model, and for nobody else
└── SettingsError            start-up cannot go on; `problems` are sentences, each with its fix
"""

from collections.abc import Sequence


class ParleyError(Exception):
    """The root. Its text is one of our own sentences, never what somebody wrote."""


class ChatError(ParleyError):
    """A turn that cannot be finished. `advice` is what the person reads."""

    advice = "Something went wrong on my side. Please try again."
    code = "error"

    def __init__(self, advice: str = "", *, retry_after: float = 0) -> None:
        self.advice = advice or type(self).advice
        self.retry_after = retry_after
        super().__init__(self.advice)


class Busy(ChatError):
    advice = "Claude is very busy right now. Please try again in a minute."
    code = "busy"


class Unreachable(ChatError):
    advice = "I could not reach Claude. Please try again in a moment."
    code = "unreachable"


class Slow(ChatError):
    advice = "Claude took too long to answer. Please try again."
    code = "slow"


class BadKey(ChatError):
    advice = "Claude does not accept my API key. Please tell whoever runs this bot to check ANTHROPIC_API_KEY."
    code = "bad_key"


class OutOfCredit(ChatError):
    advice = "The account behind this bot has reached its spending limit. Please tell whoever runs it."
    code = "out_of_credit"


class Spent(ChatError):
    advice = "Today's budget is used up."
    code = "spent"


class UnknownModel(ChatError):
    advice = "The chosen model is not available. Pick another one with the model command."
    code = "unknown_model"


class TooLarge(ChatError):
    advice = "This is too much for Claude at once. Please send less, or start afresh with the reset command."
    code = "too_large"


class Rejected(ChatError):
    advice = "Claude could not take this message. Please rephrase it, or start afresh with the reset command."
    code = "rejected"


class Declined(ChatError):
    advice = "Claude declined to answer this. Please ask for something else, or put it differently."
    code = "declined"


class Empty(ChatError):
    advice = "Claude had nothing to say to this. Please try to put it differently."
    code = "empty"


class Unread(ChatError):
    advice = "I cannot read this question any more: another version of me wrote it down. Please ask it again."
    code = "unread"


class GivenUp(ChatError):
    advice = "I tried several times and could not finish this answer."
    code = "given_up"


class ScreenError(ParleyError):
    """A call to a platform did not do what was asked. `code` is the platform's own word for it, a slug."""

    def __init__(self, code: str = "", *, retry_after: float = 0) -> None:
        self.code = code
        self.retry_after = retry_after
        super().__init__(code)


class Throttled(ScreenError):
    """429: nothing happened; ask again after `retry_after` seconds."""


class Uncertain(ScreenError):
    """It may have had its effect: look first (`find`), then try again."""


class Vanished(ScreenError):
    """The message is gone."""


class Shut(Vanished):
    """The message stands, but may not be changed before another one has been posted where it is."""


class TooBig(ScreenError):
    """The platform finds the text too long."""


class Closed(ScreenError):
    """No further call will help."""


class Unasked(Closed):
    """What would be answered is gone."""


class Unfit(Closed):
    """The platform does not take what is written. As far as we know we may write there."""


class StoreError(ParleyError):
    """Redis did not do what was asked."""


class StoreDown(StoreError):
    """Redis does not answer, or refuses. Its text is what kind of error that was, by its name."""

    @property
    def code(self) -> str:
        """That name. Of a subclass, or without a text, the name of the class: their texts are sentences."""
        return str(self) if type(self) is StoreDown and str(self) else type(self).__name__


class StaleLease(StoreError):
    """Somebody else holds the turn now."""


class FileError(ParleyError):
    """A file that cannot be read. `advice` names why, for the person."""

    def __init__(self, advice: str) -> None:
        self.advice = advice
        super().__init__(advice)


class ToolError(ParleyError):
    """A tool cannot do what was asked of it: a short sentence for the model."""


class SettingsError(ParleyError):
    """Start-up cannot go on: all problems at once, each a sentence with its fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
