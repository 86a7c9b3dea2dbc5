"""Every way in which a call can end, in the whole house at once: what the person reads, how often Claude is called.

And that the history holds whole turns only. test_client_failures.py has the same one by one, with the waiting times.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core import errors
from core.claude import Timeouts, ending
from core.claude.failures import FILTERED
from core.claude.retry import Patience
from core.contract import Action, Page, Person, Place
from core.limits import Limits
from tests.core.claude.bench import Bench
from tests.core.claude.hall import hall
from tests.core.office import OPTIONS, Office

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

WORDS = ["KEY ", "One ", "two ", "three ", "four."]
"""KEY becomes another one in each row, so that the script knows the row also by its answer's beginning."""
TEXT = "".join(WORDS)
LONG = ["KEY ", *(f"w{number} " for number in range(80))]
AGAIN, ON, RETRY = Action.REGENERATE, Action.CONTINUE, Action.RETRY
ATTEMPTS = 2


class Warm:
    """No cool-down: here each answer has a trouble of its own."""

    async def left(self, model: str) -> float:
        return 0

    async def begin(self, model: str, seconds: float) -> None: ...


@dataclass(frozen=True)
class Row:
    """A way to end: what Claude does, what then stands on the screen, below it, and in the history; and the calls."""

    name: str
    does: tuple[Mapping[str, Any], ...]
    text: str = ""
    note: str = ""
    buttons: tuple[Action, ...] = (RETRY,)
    calls: int = 1

    @property
    def shown(self) -> str:
        return "\n\n".join(filter(None, (self.text, self.note and f"*{self.note}*")))

    @property
    def kept(self) -> list[str]:
        return ["user", "assistant"] if self.text else []


def once(name: str, **fault: Any) -> Row:
    """It happens once: the answer is finished all the same."""
    broken = {"chunks": WORDS, **fault}
    return Row(f"{name} once", (broken, {"chunks": WORDS}), TEXT, buttons=(AGAIN,), calls=2)


def always(name: str, kind: type[errors.ChatError], calls: int = ATTEMPTS, advice: str = "", **fault: Any) -> Row:
    """It happens each time, before any text: the person reads why."""
    return Row(f"{name} always", ({**fault, "times": None},), note=advice or kind.advice, calls=calls)


def cut(name: str, why: str) -> Row:
    """It happens each time, in the middle of the text: that stays, and can be continued."""
    does = {"chunks": WORDS, "do": name, "after": 2, "every": 0.02, "times": None}
    return Row(f"{name} in the text", (does,), "KEY One", f"{ending.BROKEN_OFF} {why}", (ON,), ATTEMPTS)


TROUBLE = "Claude has trouble on its side right now. Please try again in a minute."
HTTP = {
    400: (errors.Rejected, 1),
    401: (errors.BadKey, 1),
    402: (errors.OutOfCredit, 1),
    403: (errors.BadKey, 1),
    404: (errors.UnknownModel, 1),
    408: (errors.Slow, ATTEMPTS),
    409: (errors.Busy, ATTEMPTS),
    412: (errors.Rejected, 1),
    413: (errors.TooLarge, 1),
    422: (errors.Rejected, 1),
    429: (errors.Busy, ATTEMPTS),
    431: (errors.Rejected, 1),
    499: (errors.Rejected, 1),
    500: (errors.Busy, ATTEMPTS),
    501: (errors.Busy, 1),
    502: (errors.Busy, ATTEMPTS),
    503: (errors.Busy, ATTEMPTS),
    504: (errors.Slow, ATTEMPTS),
    529: (errors.Busy, ATTEMPTS),
}
STREAM = {
    "sse_error": (errors.Busy, errors.Busy.advice),
    "cut": (errors.Unreachable, ending.LOST),
    "fin": (errors.Unreachable, ending.LOST),
    "end": (errors.Unreachable, ending.LOST),
    "garbage": (errors.Unreachable, ending.LOST),
    "stall": (errors.Slow, errors.Slow.advice),
}
FILTER = "Output blocked by content filtering policy"
FILTER_EVENT = {"type": "invalid_request_error", "message": FILTER}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "rain"}}
ROWS = [
    *(
        always(f"{status}", kind, calls, TROUBLE if 499 < status < 529 and kind is errors.Busy else "", do=str(status))
        for status, (kind, calls) in HTTP.items()
    ),
    *(once(f"{status}", do=str(status)) for status, (_, calls) in HTTP.items() if calls > 1),
    *(once(f"429 after {wait}", do="429", retry_after=wait) for wait in (0, 2, 45, 7200)),
    *(always(f"429 after {wait}", errors.Busy, do="429", retry_after=wait) for wait in (0, 2, 45)),
    always(
        *("429 after 7200", errors.Busy),
        advice="Claude is very busy right now. Please try again in 2 hours.",
        do="429",
        retry_after=7200,
    ),
    always("spend limit", errors.OutOfCredit, 1, do="429", code="enforced_spend_limit_reached"),
    *(once(word, do=word) for word in ("reset", "lost", "hang")),
    *(always(word, errors.Unreachable, do=word) for word in ("reset", "lost")),
    always("hang", errors.Slow, do="hang"),
    *(once(f"{word} before the text", do=word, after=0) for word in STREAM),
    *(always(f"{word} before the text", kind, do=word, after=0) for word, (kind, _) in STREAM.items()),
    *(once(f"{word} in the text", do=word, after=2, every=0.02) for word in (*STREAM, "pings")),
    *(cut(word, why) for word, (_, why) in STREAM.items()),
    cut("pings", errors.Slow.advice),
    Row("unknown things", ({"chunks": WORDS, "do": "unknown"},), TEXT, buttons=(AGAIN,)),
    Row("refusal at once", ({"do": "refusal", "chunks": LONG},), note=errors.Declined.advice),
    Row("refusal after 50", ({"do": "refusal", "chunks": LONG, "after": 50},), note=errors.Declined.advice),
    Row("filtered at once", ({"do": "400", "message": FILTER},), note=FILTERED),
    Row("filtered after 50", ({"chunks": LONG, "do": "sse_error", **FILTER_EVENT, "after": 50},), note=FILTERED),
    Row("max_tokens", ({"chunks": WORDS, "do": "max_tokens", "after": 2},), "KEY One", ending.LONG, (ON,)),
    Row("stop_sequence", ({"chunks": WORDS, "stop_reason": "stop_sequence"},), TEXT, buttons=(AGAIN,)),
    Row("new reason", ({"chunks": WORDS, "stop_reason": "hologram"},), TEXT, ending.ODD, (AGAIN,)),
    Row("no such tool", ({"text": TEXT, "tool_use": [{"name": "x"}]},), TEXT, ending.TOOLLESS, (AGAIN,)),
    Row(
        "pause_turn",
        ({"text": "KEY Let me look.", "blocks": [SEARCH], "stop_reason": "pause_turn"}, {"text": "It rains."}),
        *("KEY Let me look.\n\nIt rains.", "", (AGAIN,), 2),
    ),
    Row("empty", ({"do": "empty"},), note=errors.Empty.advice),
    Row("all thought", ({"thinking": "Hm.", "stop_reason": "max_tokens"},), note=ending.ALL_THOUGHT),
    Row("context at once", ({"do": "context_exceeded", "chunks": WORDS},), note=errors.TooLarge.advice),
    Row("context", ({"do": "context_exceeded", "chunks": WORDS, "after": 2},), "KEY One", ending.FULL, (AGAIN,)),
]


def keyed(row: Row, number: int) -> Row:
    """The row with its key in it."""
    key = f"k{number}k"
    does = tuple(json.loads(json.dumps(one).replace("KEY", key)) for one in row.does)
    return replace(row, does=does, text=row.text.replace("KEY", key))


async def asked(here: Office, number: int, text: str) -> Page:
    """What stands in the end, of a question by a person in a channel of their own."""
    message = await here.answered(text, place=Place("fake", "T1", f"C{number}"), author=Person(f"U{number}"))
    (page,) = here.desk.screens[message.id].messages.values()
    return page


async def test_every_ending_has_its_words_and_leaves_whole_turns_only(valkey: Path, bench: Bench) -> None:
    """All rows at once, so that it takes no longer than the longest."""
    rows = [keyed(row, number) for number, row in enumerate(ROWS)]
    bench.standin.script({"match": "and now", "text": "Fine.", "times": None})
    bench.standin.script(*({"match": f"k{number}k", **does} for number, row in enumerate(rows) for does in row.does))
    patience = Patience(attempts=ATTEMPTS, cuts=ATTEMPTS - 1, silence=0.3, deadline=100_000, waiting=1_000_000)
    claude: dict[str, Any] = {"patience": patience, "timeouts": Timeouts(read=1.0), "cooldown": Warm(), "in_flight": 16}
    async with hall(valkey, bench, options=replace(OPTIONS, limits=Limits(())), **claude) as here:
        pages = await asyncio.gather(*(asked(here, number, f"say k{number}k") for number in range(len(rows))))
        first = bench.standin.calls()
        await asyncio.gather(*(asked(here, number, f"and now k{number}k") for number in range(len(rows))))
        later = bench.standin.calls()[len(first) :]

    calls = Counter(key(call) for call in first)
    kept = {key(call): [said["role"] for said in call["said"][:-1]] for call in later}
    found = [
        (row.name, page.text.strip(), page.buttons, calls[number], kept[number])
        for number, (row, page) in enumerate(zip(rows, pages, strict=True))
    ]
    wanted = [(row.name, row.shown, row.buttons, row.calls, row.kept) for row in rows]
    assert [two for two in zip(found, wanted, strict=True) if two[0] != two[1]] == []
    assert not re.search(r"Traceback|Error|Exception|httpx|anthropic|\{", str([page.text for page in pages]))


def key(call: Mapping[str, Any]) -> int:
    """The row that a call belongs to."""
    found = re.search(r"k(\d+)k", str(call["said"]))
    assert found
    return int(found[1])
