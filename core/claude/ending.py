"""How an answer ends: what each stop reason and each failure mean for the text, and the words on the screen. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from core import errors
from core.claude.failures import Failure
from core.content import CUT_BY_CONTEXT
from core.contract import Action
from core.dialogue import Tool

LONG: Final = "This is as long as one answer may be."
FULL: Final = (
    "This conversation is as long as Claude can follow, so my answer stops here. Start afresh with the reset command."
)
TOOLLESS: Final = "Claude asked for a tool that it does not have here, so my answer stops here."
SILENT: Final = "Claude said no more after it used its tools."
TOOLS_SPENT: Final = "Claude has used its tools as often as one answer may, so my answer stops here."
ODD: Final = "Claude stopped here for a reason that I do not know."
PAUSED: Final = "Claude paused here."
BROKEN_OFF: Final = "My answer broke off here."
SERVERLESS: Final = "A tool server did not work for Claude, so it answered without tool servers."
UNAIDED: Final = "Claude refused a tool that is turned on here, so it answered without the web, code and tool servers."
FILE_STAYS: Final = "Claude's code wrote a file, which I cannot show here."
LOST: Final = "The connection to Claude was lost."
ALL_THOUGHT: Final = (
    "Claude used up the length of an answer for thinking. Ask for less at once, or choose a lower effort."
)

THINKING: Final = "Thinking…"
ASKING: Final = "Getting an answer…"
BUDGET_SHORT: Final = "Waiting for other answers to end: what they may cost is set aside from the budget…"
_DOING: Final = {
    "web_search": "Searching the web…",
    "web_fetch": "Reading a web page…",
    "code_execution": "Running code…",
    "bash_code_execution": "Running code…",
    "text_editor_code_execution": "Running code…",
}


class Then(Enum):
    """What is done when a message has come to its end."""

    OVER = "over"
    """The answer ends here."""
    RESUME = "resume"
    """The model only paused: it goes on."""
    USE = "use"
    """It waits for its tools."""
    INSIST = "insist"
    """Its tools were used for nothing so far: it is asked for its words."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of the answer. `error`: there is none."""

    stop: str
    note: str = ""
    buttons: tuple[Action, ...] = ()
    error: errors.ChatError | None = None
    then: Then = Then.OVER


_NOTES: Final[Mapping[str, tuple[str, tuple[Action, ...]]]] = {
    "end_turn": ("", ()),
    "stop_sequence": ("", ()),
    "max_tokens": (LONG, (Action.CONTINUE,)),
    "pause_turn": (PAUSED, (Action.CONTINUE,)),
    CUT_BY_CONTEXT: (FULL, ()),
    "tool_use": (TOOLLESS, ()),
}
_WORDLESS: Final[Mapping[str, str]] = {"end_turn": SILENT, "max_tokens": ALL_THOUGHT}


def ended(stop: str, *, has_text: bool, pauses: int, tools: int | None = None) -> Ending:
    """What a message that came to its end means. `pauses`: how often a paused turn may still be resumed.

    `tools`: how often tools may still be used; None when there are none.
    """
    if stop == "refusal":
        return Ending(stop, error=errors.Declined())
    if stop == "pause_turn" and pauses > 0:
        return Ending(stop, then=Then.RESUME)
    if stop == "tool_use" and tools:
        return Ending(stop, then=Then.USE)
    if not has_text:
        return Ending(stop, error=_without_text(stop))
    if stop == "tool_use" and tools is not None:
        return Ending(stop, TOOLS_SPENT, (Action.CONTINUE,))
    note, buttons = _NOTES.get(stop, (ODD, ()))
    return Ending(stop, note, buttons)


def wordless(stop: str, *, has_text: bool, insists: bool) -> Ending | None:
    """What it means where no words came after what tools gave, which the API says to happen; None: as ever.

    `has_text`: some stand before. `insists`: they may be asked for.
    """
    if insists and stop == "end_turn":
        return Ending(stop, then=Then.INSIST)
    return Ending(stop, _WORDLESS[stop], (Action.CONTINUE,)) if has_text and stop in _WORDLESS else None


def _without_text(stop: str) -> errors.ChatError:
    if stop == CUT_BY_CONTEXT:
        return errors.TooLarge()
    return errors.Empty(ALL_THOUGHT if stop == "max_tokens" else "")


def broken_off(failure: Failure, *, has_text: bool) -> Ending:
    """What a failure means that is not tried again: a text that stands is kept, and can be continued.

    Where the conversation is too long for the rest, that is as if its end had cut the text. What is declined is not
    kept.
    """
    error = failure.error()
    if not has_text or failure.kind is errors.Declined:
        return Ending(failure.code, error=error)
    why = LOST if failure.kind is errors.Unreachable else error.advice
    stop = CUT_BY_CONTEXT if failure.kind is errors.TooLarge else failure.code
    return Ending(stop, f"{BROKEN_OFF} {why}", (Action.CONTINUE,))


def without_servers(names: Sequence[str]) -> str:
    """What is said where other servers are left."""
    listed, many = " and ".join(f"“{name}”" for name in names), len(names) > 1
    return (
        f"The tool server{'s' if many else ''} {listed} did not work for Claude, so it answered without "
        f"{'them' if many else 'it'}."
    )


def without_tools(gone: Iterable[Tool]) -> str:
    """What is said where other tools of the API's, or servers, are left."""
    listed = [f"“{tool.name}”" if tool.server else tool.name.replace("_", " ") for tool in gone]
    return f"Claude refused a tool that is turned on here, so it answered without {' and '.join(listed)}."


def instead(model: str, chosen: str) -> str:
    return f"Answered by {model}, because {chosen} was not available."


def words_for(phase: str) -> str:
    """The status for what the model does, "" when its text is all there is to see. See `Incoming.phase`."""
    if phase == "thinking":
        return THINKING
    kind, _, tool = phase.partition(":")
    if kind != "tool":
        return ""
    return _DOING.get(tool) or (f"Using {tool.replace('_', ' ')}…" if tool else "Using a tool…")


def using(names: Iterable[str]) -> str:
    """The status while tools of ours are at work."""
    listed = list(dict.fromkeys(names))
    if len(listed) == 1:
        return words_for(f"tool:{listed[0]}")
    return f"Using {', '.join(name.replace('_', ' ') for name in listed[:-1])} and {listed[-1].replace('_', ' ')}…"


def ahead(count: int) -> str:
    return f"Answering earlier questions first: {count} ahead…"


def waiting(seconds: str) -> str:
    return f"Trying again in {seconds}…"
