"""What the engine and Claude say to each other: what is asked, what is kept of it, what was answered. No I/O."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from core.contract import Action, Json, Progress, Quiet

IN_FLIGHT: Final = 50
"""Calls of the model that one process makes at the same time; others wait for their turn."""


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(Quiet):
    """A question and its answer as the model's API takes them: first role user, last role assistant, exactly as sent.

    `id`: the question's. `at`: its platform time, in seconds. `tokens`: the size of the conversation after it, 0 when
    unknown. `cited`: as in an Answer. `heard`: what others said in the thread before it was read, and is in it.
    `memory`: it is a summary that stands for all exchanges before it; then `at` is the time up to which others were
    heard, and `answered` are the ids of the questions answered since (both from history.heard_in). `beyond`: the
    platform's references of recent files that there was no room for.
    """

    id: str
    at: float
    messages: tuple[Mapping[str, Json], ...]
    tokens: int = 0
    memory: bool = False
    cited: tuple[str, ...] = ()
    heard: bool = False
    answered: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)


@dataclass(frozen=True, slots=True, repr=False)
class Choices(Quiet):
    """What people chose for a place; "" means the setting's value. `persona` is added to the system prompt."""

    model: str = ""
    persona: str = ""
    effort: str = ""
    thinking: str = ""
    stream: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Tool(Quiet):
    """Something that the model may use. `spec` is the API's own entry for it, `basic` that for models of less ability.

    `run` takes the model's arguments and gives the result as text, within `seconds`; its ToolErrors are told the model.
    Without `run` the API runs it: itself, or at `server`, an MCP server. `hint`: what the system prompt says of it.
    """

    name: str
    spec: Mapping[str, Json]
    run: Callable[[Mapping[str, Json]], Awaitable[str]] | None = None
    seconds: float = 0
    basic: Mapping[str, Json] | None = None
    server: Mapping[str, Json] | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Prompt(Quiet):
    """All that one answer needs of the model.

    `begun`: the text that stands already and is continued, `cited` its sources. `user` and `place` are pseudonyms.
    `file_tokens`: the most that the PDFs and images in it have. `progress`: how far an earlier try came; `keep` writes
    down how far this one does. `check` raises StaleLease when the answer is not ours to give any more: nothing more is
    asked for.
    """

    model: str
    system: str
    messages: tuple[Mapping[str, Json], ...]
    max_tokens: int
    effort: str = ""
    thinking: str = ""
    begun: str = ""
    cited: tuple[str, ...] = ()
    user: str = ""
    place: str = ""
    file_tokens: int = 0
    tools: tuple[Tool, ...] = ()
    progress: Progress | None = None
    keep: Callable[[Progress], Awaitable[None]] | None = None
    check: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that may be chosen. `price`: in words; `retires`: a date; "" when not known.

    `takes`: for each choice that not every model has (effort, thinking), the words that this one takes.
    """

    model: str
    price: str = ""
    retires: str = ""
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, in all its calls. `estimated`: a stream was cut before it told them.

    `searches`: web searches, which are paid apart. `us`: the model ran in the US, which costs more.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    thinking: int = 0
    searches: int = 0
    estimated: bool = False
    us: bool = False

    @property
    def written(self) -> int:
        """All that went into the cache."""
        return self.cache_write_5m + self.cache_write_1h

    @property
    def prompt(self) -> int:
        """All that went in."""
        return self.input + self.cache_read + self.written


@dataclass(frozen=True, slots=True, repr=False)
class Answer(Quiet):
    """What the model said.

    `messages`: what the history keeps after the question; its last role is assistant, or it is empty. `note`: our own
    sentence below the text. `first_token`: seconds from the call to its first text, 0 when there was none. `context`:
    tokens of the conversation after its last call, the answer included, 0 when unknown. `cited`: addresses on the web
    that its words come from, each once, as links take them.
    """

    text: str
    stop: str
    messages: tuple[Mapping[str, Json], ...]
    usage: Usage
    model: str
    note: str = ""
    buttons: tuple[Action, ...] = ()
    request_id: str = ""
    attempts: int = 1
    first_token: float = 0
    context: int = 0
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Headroom:
    """What the API said is left of one of the account's limits: `kind` is requests, tokens, input- or output-tokens."""

    kind: str
    limit: int
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the model after its end, as logs, meters, budgets and usage lines are told of it: no text.

    `cost` in dollars, None when the price is not known. Times in seconds; `first_token` 0 when there was no text.
    `attempts`: which request of its answer this was, from 1. `error`: what went wrong, "" when nothing did,
    "cancelled" when nobody wanted the answer any more. `user` and `place` are the prompt's pseudonyms, `hold` the id
    under which the purse kept what it might have cost, "" when there is none.
    """

    model: str
    usage: Usage
    cost: float | None
    seconds: float = 0
    first_token: float = 0
    stop: str = ""
    attempts: int = 1
    request_id: str = ""
    error: str = ""
    user: str = ""
    place: str = ""
    hold: str = ""
    headroom: tuple[Headroom, ...] = ()


OnCall = Callable[[Call], None]
"""Hears of each request, once it has ended."""
