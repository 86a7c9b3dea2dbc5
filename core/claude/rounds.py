"""A round of tools as messages: what goes back to the API at once, and what the history keeps of it. No I/O."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from core.claude.stream import Raw
from core.content import INSIST, LONGEST_RESULT, blocks, unfenced

AnyRaw = TypeVar("AnyRaw", bound=Raw)

KEPT: Final = 2_000  # characters of a result that the history keeps
_THOUGHT: Final = frozenset(("thinking", "redacted_thinking"))
_RESULT: Final = "_tool_result"
_CUT: Final = "\n[… the rest was left out]"


def calls(content: Sequence[Raw]) -> tuple[Raw, ...]:
    """The tools that a message asks us to run."""
    return tuple(block for block in content if block.get("type") == "tool_use")


def result(id: str, text: str, *, failed: bool = False) -> dict[str, Any]:
    """What a tool gave back, as the API takes it."""
    content = _shortened(text, LONGEST_RESULT) or "Nothing came back."
    block = {"type": "tool_result", "tool_use_id": id, "content": content}
    return block | ({"is_error": True} if failed else {})


def taken(content: Sequence[AnyRaw]) -> tuple[AnyRaw, ...]:
    """What the model said as it goes back, unchanged: but the API gives texts of white space, and takes none."""
    return tuple(block for block in content if block.get("type") != "text" or str(block.get("text", "")).strip())


def is_wordless(content: Sequence[Raw]) -> bool | None:
    """Whether the last of it is what a tool of the API's gave; None where it only thought."""
    last = next((str(block.get("type")) for block in reversed(taken(content)) if block.get("type") not in _THOUGHT), "")
    return last.endswith(_RESULT) and not calls(content) if last else None


def insisting(messages: Sequence[Raw], content: Sequence[Raw]) -> tuple[Raw, ...]:
    """The conversation with the question for the words that did not come after what tools gave."""
    if is_wordless(content):
        return (*messages, {"role": "assistant", "content": list(taken(content))}, {"role": "user", "content": INSIST})
    *before, newest = messages
    return (*before, {**newest, "content": [*blocks(newest), {"type": "text", "text": INSIST}]})


def brief(results: Sequence[Raw]) -> list[Raw]:
    """Each result no longer than the history keeps it."""
    return [
        {**one, "content": _shortened(str(one["content"]), KEPT)} if one.get("type") == "tool_result" else one
        for one in results
    ]


@dataclass(frozen=True, slots=True, repr=False)
class Round:
    """What the model said as it asked for tools of ours, and their results, as far as they are there."""

    content: tuple[Raw, ...] = ()
    results: tuple[Raw, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.content)

    @property
    def missing(self) -> tuple[Raw, ...]:
        """The calls that have no result yet."""
        there = {one.get("tool_use_id") for one in self.results}
        return tuple(call for call in calls(self.content) if call["id"] not in there)

    def given(self, results: Sequence[Raw]) -> "Round":
        """With these results, too."""
        return Round(self.content, (*self.results, *results))

    def sent(self) -> tuple[Raw, ...]:
        """Its two messages as they go back."""
        content, results = list(taken(self.content)), list(self.results)
        return ({"role": "assistant", "content": content}, {"role": "user", "content": results})

    def said(self, text: str) -> tuple[Raw, ...]:
        """What the history keeps: the text as it stands on the screen, the calls, and the results in short."""
        words = [{"type": "text", "text": text}] if text.strip() else []
        asked = [{name: call[name] for name in ("type", "id", "name", "input")} for call in calls(self.content)]
        return (
            {"role": "assistant", "content": [*words, *asked]},
            {"role": "user", "content": brief(self.results)},
        )


def unanswered(messages: Sequence[Raw]) -> Round:
    """The round that was broken off; an empty one when all results are there."""
    if len(messages) < 2 or messages[-1]["role"] != "user" or isinstance(messages[-1]["content"], str):
        return Round()
    found = Round(tuple(messages[-2]["content"]), tuple(messages[-1]["content"]))
    return found if found.missing else Round()


def told(messages: Sequence[Raw], rounds: Sequence[Raw]) -> tuple[Raw, ...]:
    """The conversation with the results of its tools as a part of the question: for a model that did not ask for them.

    What a model thought, and so its rounds of tools, can be sent to no other.
    """
    asked = {call["id"]: call for said in rounds if said["role"] == "assistant" for call in calls(blocks(said))}
    lines = [
        f"{asked[one['tool_use_id']]['name']}({json.dumps(asked[one['tool_use_id']]['input'])}): {one['content']}"
        for said in rounds
        if said["role"] == "user"
        for one in blocks(said)
        if one.get("tool_use_id") in asked
    ]
    if not lines:
        return tuple(messages)
    *before, question = messages
    found = {"type": "text", "text": "<tool_results>\n" + unfenced("\n".join(lines)) + "\n</tool_results>"}
    return (*before, {**question, "content": [*blocks(question), found]})


def beyond(asked: Sequence[Raw], sent: Sequence[Raw]) -> tuple[Raw, ...]:
    """What was sent after these messages; before it, as a message of its own, what was added to the last of them."""
    added = blocks(sent[len(asked) - 1])[len(blocks(asked[-1])) :]
    return (*([{"role": "user", "content": list(added)}] if added else []), *sent[len(asked) :])


def together(asked: Sequence[Raw], more: Sequence[Raw]) -> tuple[Raw, ...]:
    """The messages with what went `beyond` them."""
    if not more or more[0]["role"] != "user":
        return (*asked, *more)
    *before, question = asked
    return (*before, {**question, "content": [*blocks(question), *blocks(more[0])]}, *more[1:])


def wordless(messages: Sequence[Raw], newest: Round) -> tuple[Raw, ...]:
    """What the history keeps of rounds whose words stand in what follows; of the newest one, what has a result."""
    missing = newest.missing
    done = tuple(call for call in calls(newest.content) if call not in missing)
    kept = (*messages, *(Round(done, newest.results).said("") if done else ()))
    return tuple({**one, "content": [block for block in blocks(one) if block["type"] != "text"]} for one in kept)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT
