"""What is counted for Prometheus: numbers under labels of a fixed list, and nothing about anybody. No I/O.

A label's value that is on no list is "other", so that nothing from outside can make a name or a series of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from core import errors
from core.dialogue import Call
from core.events import (
    Accepted,
    Limited,
    PlatformTrouble,
    Refusal,
    Refused,
    Remembered,
    StoreTrouble,
    TurnEnded,
    TurnFailed,
    TurnLost,
    UsageLost,
)
from core.telling import LogEvent

OTHER = "other"
CALLS = frozenset(
    (
        *("accept", "callback", "commands", "end", "event", "gateway", "hand", "interaction", "missed", "owed"),
        *("paint", "press", "sign", "slash", "socket", "status", "tell", "withdraw"),
        *("bots.info", "users.conversations", "users.list"),
    )
)
"""What something failed at, in the words that core/trouble.py and core/trace.py are given."""
SCRIPTS = frozenset(("claim", "renew", "take", "ping", "home", "listen"))
ERRORS = frozenset(
    (
        *("invalid_request_error", "authentication_error", "billing_error", "permission_error", "not_found_error"),
        *("conflict_error", "request_too_large", "rate_limit_error", "api_error", "timeout_error", "overloaded_error"),
        *("cut", "garbled", "stalled", "deadline", "timeout", "connection", "certificate"),
        *("encoding", "cancelled", "none"),
    )
)
"""How a call to the model may end: in the API's words, and in those of core/claude."""
KINDS = frozenset(("requests", "tokens", "input-tokens", "output-tokens"))
"""Of limits of an API key, as the API names them."""
_BUCKET = re.compile(r"([a-z]+)\.[A-Za-z.]{1,32}")
"""A budget's name is a word of ours: its platform, and one of its calls."""
_MODEL = re.compile(r"claude-[a-z0-9-]{1,40}")
MOST_MODELS = 20
"""So many models have series of their own."""
SECONDS = (0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)


class Meters:
    """One set for a process. `hear` takes every event, `note` every call; `text` is the page.

    `models`: those of the settings.
    """

    def __init__(self, platforms: Iterable[str], models: Iterable[str] = ()) -> None:
        self._registry = registry = CollectorRegistry()
        self._platforms = frozenset(platforms)
        self._ends = frozenset(codes())
        self._models: set[str] = set()
        self._messages = _counter(registry, "messages", "Messages at the door", "platform", "outcome")
        self._refusals = _counter(registry, "refusals", "Messages that were refused", "platform", "reason")
        self._turns = _counter(registry, "turns", "Answers by how they ended", "outcome")
        self._calls = _counter(registry, "calls", "Calls to the model", "model", "error")
        self._tokens = _counter(registry, "tokens", "Tokens of calls to the model", "model", "kind")
        self._cost = _counter(registry, "cost_dollars", "Cost of calls to the model in US dollars", "model")
        self._unpriced = _counter(registry, "unpriced_calls", "Calls to the model whose price is not known", "model")
        self._memories = _counter(registry, "memories", "Summaries of long conversations", "outcome")
        self._headroom = _gauge(
            registry, "api_headroom_ratio", "What is left of a limit of the API key, of 1, at the last call", "kind"
        )
        self._limited = _counter(registry, "platform_429s", "Calls that a platform refused as too many", "bucket")
        self._troubles = _counter(
            registry, "platform_troubles", "Other calls that a platform failed", "platform", "call"
        )
        self._store = _counter(registry, "store_troubles", "What Redis did not do", "call")
        self._lost = _counter(registry, "usage_lines_lost", "Usage lines that could not be written")
        self._seconds = _histogram(registry, "turn_seconds", "From the claim of an answer to its end")
        self._first = _histogram(registry, "first_text_seconds", "From a call to the first text of its answer")
        self._live = _gauge(registry, "live_replies", "Answers that are being written now")
        self._lag = _gauge(registry, "loop_lag_seconds", "How late the event loop is, at the most of late")
        self._ping = _gauge(registry, "store_ping_seconds", "How long Redis took to answer, last")
        self._ping_age = _gauge(registry, "store_ping_age_seconds", "How long ago Redis did what it was asked")
        self._frames = _gauge(
            registry, "last_frame_age_seconds", "How long ago a platform spoke; -1: never", "platform"
        )
        self._begin(models)

    def _begin(self, models: Iterable[str]) -> None:
        """At 0: Prometheus sees no increase in a series that begins with its first occurrence, so no alarm would."""
        for outcome in ("answered", "stopped", "failed", "lost", OTHER, *self._ends):
            self._turns.labels(outcome)
        for outcome in ("made", "failed"):
            self._memories.labels(outcome)
        for call in (*SCRIPTS, *CALLS, OTHER):
            self._store.labels(call)
        for model in (*models, OTHER):
            self._unpriced.labels(self._model(model))
        for platform in self._platforms:
            for call in (*CALLS, OTHER):
                self._troubles.labels(platform, call)
            for reason in Refusal:
                self._refusals.labels(platform, reason.value)

    def hear(self, event: LogEvent) -> None:
        match event:
            case Accepted():
                self._messages.labels(_known(event.platform, self._platforms), event.outcome.value).inc()
            case Refused():
                self._refusals.labels(_known(event.platform, self._platforms), event.reason.value).inc()
            case TurnEnded():
                self._ended(event)
            case TurnFailed() | TurnLost():
                self._turns.labels("failed" if isinstance(event, TurnFailed) else "lost").inc()
            case Remembered():
                self._memories.labels("made" if event.error == "-" else "failed").inc()
            case Limited():
                self._limited.labels(self._bucket(event.bucket)).inc()
            case PlatformTrouble():
                self._troubles.labels(_known(event.platform, self._platforms), _known(event.call, CALLS)).inc()
            case StoreTrouble():
                self._store.labels(_known(event.call, SCRIPTS | CALLS)).inc()
            case UsageLost():
                self._lost.inc(event.lines)

    def note(self, call: Call) -> None:
        model, used = self._model(call.model), call.usage
        self._calls.labels(model, _known(call.error or "none", ERRORS)).inc()
        kinds = {"input": used.input, "output": used.output, "cache_read": used.cache_read, "cache_write": used.written}
        for kind, tokens in kinds.items():
            self._tokens.labels(model, kind).inc(tokens)
        for one in call.headroom:
            self._headroom.labels(_known(one.kind, KINDS)).set(one.remaining / one.limit if one.limit else 0)
        if call.cost is None:
            self._unpriced.labels(model).inc()
        else:
            self._cost.labels(model).inc(call.cost)

    def now(self, *, live: int, lag: float, ping: float, ping_age: float, frames: Mapping[str, float]) -> None:
        """What is so at the moment; ages and times in seconds."""
        for gauge, value in ((self._live, live), (self._lag, lag), (self._ping, ping), (self._ping_age, ping_age)):
            gauge.set(value)
        for platform, age in frames.items():
            self._frames.labels(_known(platform, self._platforms)).set(age)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _ended(self, event: TurnEnded) -> None:
        ended = "stopped" if event.stop == "-" else "answered"
        self._turns.labels(ended if event.error == "-" else _known(event.error, self._ends)).inc()
        self._seconds.observe(event.seconds)
        if event.first_token:
            self._first.observe(event.first_token)

    def _bucket(self, name: str) -> str:
        found = _BUCKET.fullmatch(name)
        return name if found and found[1] in self._platforms else OTHER

    def _model(self, name: str) -> str:
        if name not in self._models and _MODEL.fullmatch(name) and len(self._models) < MOST_MODELS:
            self._models.add(name)
        return _known(name, self._models)


def _known(word: str, words: frozenset[str] | set[str]) -> str:
    return word if word in words else OTHER


def codes(root: type[errors.ChatError] = errors.ChatError) -> Iterator[str]:
    """What an answer can end with, as errors.py lists it."""
    yield root.code
    for kind in root.__subclasses__():
        yield from codes(kind)


def _counter(registry: CollectorRegistry, name: str, what: str, *labels: str) -> Counter:
    return Counter(f"parley_{name}", what, labels, registry=registry)


def _gauge(registry: CollectorRegistry, name: str, what: str, *labels: str) -> Gauge:
    return Gauge(f"parley_{name}", what, labels, registry=registry)


def _histogram(registry: CollectorRegistry, name: str, what: str) -> Histogram:
    return Histogram(f"parley_{name}", what, registry=registry, buckets=SECONDS)
