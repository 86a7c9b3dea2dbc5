"""What is tried again, and after how long. No I/O: the clock's reading and the dice are arguments.

One owner of retries: the client library tries nothing itself. A failure before the first text is tried again in full;
after text was shown, the answer goes on where its text stops, a few times; then the original error is told.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.claude.failures import Failure

Dice = Callable[[], float]
"""A number from 0 up to 1, such as `random.random`."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often. All times in seconds."""

    attempts: int = 7
    """Requests in a row that may fail without a new word."""
    cuts: int = 3
    """How often an answer that broke off after its first text is continued."""
    base: float = 0.5
    """The first wait is up to this, each further one up to twice the one before."""
    ceiling: float = 16
    """No own wait is longer."""
    longest: float = 60
    """`retry-after` is believed up to this; who asks for more gets this."""
    waiting: float = 130
    """No more than this is slept away in all where the API asks to wait: two times the longest `retry-after`."""
    worth_telling: float = 3
    """A wait from this on is told to the person."""
    switch: int = 2
    """Failures after which a fallback model is asked, where there is one: in a row, or each after some new words."""
    cooling: float = 10
    """A model that was left for the fallback is asked by nobody for at least this."""
    deadline: float = 600
    """From the first call to the end of the answer; who waits so long for that call is not answered."""
    memory: float = 240
    """The same for a summary of a conversation."""
    silence: float = 60
    """In the middle of a text: nothing but pings for so long means that it hangs. (Thinking may be silent.)"""
    pauses: int = 8
    """How often a paused turn is resumed."""
    rounds: int = 12
    """How often an answer may use tools; then it must do with what it has."""


@dataclass(frozen=True, slots=True)
class Tries:
    """What went wrong so far in one answer. `failures`: in a row, without a new word; `cuts`: after new words."""

    failures: int = 0
    cuts: int = 0
    waited: float = 0

    @property
    def trouble(self) -> int:
        """How often the model showed that it is busy: a few words in between are no sign that it no longer is."""
        return max(self.failures, self.cuts)

    def failed(self, *, grew: bool) -> "Tries":
        """With one failure more; `grew`: it brought new text before."""
        return replace(self, failures=1 if grew else self.failures + 1, cuts=self.cuts + grew)

    def succeeded(self) -> "Tries":
        return replace(self, failures=0)

    def slept(self, seconds: float) -> "Tries":
        return replace(self, waited=self.waited + seconds)


def delay(failure: Failure, tries: Tries, patience: Patience, remaining: float, dice: Dice) -> float | None:
    """Seconds until the next try, or None: tell the error now.

    `tries` counts this failure too; `remaining` is what the deadline leaves. Full jitter, on top of `retry-after` where
    the service asks for it: so nobody comes early, and not all come at once.
    """
    if not failure.again or tries.failures >= patience.attempts or tries.cuts > patience.cuts:
        return None
    jitter = min(patience.ceiling, patience.base * 2.0 ** (tries.trouble - 1)) * dice()
    wait = min(failure.retry_after, patience.longest) + jitter
    if wait >= remaining or (failure.retry_after and tries.waited + wait > patience.waiting):
        return None
    return wait


def elsewhere(failure: Failure, tries: Tries, patience: Patience) -> bool:
    """Whether another model should be asked now: this one is gone, or stays busy."""
    if not failure.elsewhere:
        return False
    return not failure.again or tries.trouble >= patience.switch or failure.retry_after >= patience.worth_telling


def cooling(failure: Failure, patience: Patience) -> float:
    """Seconds for which nobody asks a model that an answer has just left for the fallback."""
    return max(min(failure.retry_after, patience.longest), patience.cooling)
