"""Tools at work: at the same time, each within its time, and never an exception for the model to read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from core.claude.stream import Raw
from core.claude.using import use
from core.contract import Json
from core.dialogue import Tool
from core.errors import StaleLease, ToolError

pytestmark = pytest.mark.anyio


def tool(name: str, run: Callable[[Mapping[str, Json]], Awaitable[str]], seconds: float = 1) -> Tool:
    return Tool(name, {"name": name}, run, seconds)


def call(name: str, id: str = "", **arguments: Any) -> Raw:
    return {"type": "tool_use", "id": id or name, "name": name, "input": arguments}


async def quick(arguments: Mapping[str, Json]) -> str:
    return f"quick {arguments.get('n', '')}".strip()


async def fails(_: Mapping[str, Json]) -> str:
    raise RuntimeError("redis://user:PASSWORD@host")


async def sorry(_: Mapping[str, Json]) -> str:
    raise ToolError("There is no such city.")


async def slow(_: Mapping[str, Json]) -> str:
    await asyncio.sleep(60)
    return "never"


class Notes:
    """What was noted, each time."""

    def __init__(self) -> None:
        self.all: list[list[str]] = []

    async def __call__(self, results: Sequence[Raw]) -> None:
        self.all.append([one["tool_use_id"] for one in results])


async def test_all_run_at_the_same_time_and_answer_in_the_order_they_were_asked() -> None:
    both = asyncio.Barrier(2)

    async def meets(arguments: Mapping[str, Json]) -> str:
        await both.wait()
        return str(arguments["n"])

    found = await use([call("meets", "a", n=1), call("meets", "b", n=2)], [tool("meets", meets)], Notes())

    assert [(one["tool_use_id"], one["content"]) for one in found] == [("a", "1"), ("b", "2")]


async def test_results_that_come_together_are_noted_once() -> None:
    notes = Notes()

    await use([call("quick", "a"), call("quick", "b")], [tool("quick", quick)], notes)

    assert notes.all == [["a", "b"]]


async def test_a_result_is_noted_while_a_slower_one_is_awaited() -> None:
    notes = Notes()

    await use([call("slow"), call("quick")], [tool("quick", quick), tool("slow", slow, 0.4)], notes)

    assert notes.all == [["quick"], ["slow", "quick"]]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fails", "The tool failed. Go on without it."),
        ("sorry", "There is no such city."),
        ("slow", "The tool took too long and was stopped."),
        ("nobody", "There is no tool of this name."),
        ("search", "There is no tool of this name."),
    ],
)
async def test_what_goes_wrong_is_a_short_sentence_for_the_model(name: str, told: str) -> None:
    tools = [tool("fails", fails), tool("sorry", sorry), tool("slow", slow, 0.02), Tool("search", {"name": "search"})]

    (result,) = await use([call(name)], tools, Notes())

    assert (result["content"], result["is_error"]) == (told, True)


async def test_a_fault_in_a_tool_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    await use([call("fails")], [tool("fails", fails)], Notes())

    assert [record.getMessage() for record in caplog.records] == ["tool failed tool=fails"]


async def test_one_that_fails_takes_no_other_with_it() -> None:
    found = await use([call("fails"), call("quick", n=1)], [tool("fails", fails), tool("quick", quick)], Notes())

    assert [one["content"] for one in found][1] == "quick 1"


async def test_whoever_is_cancelled_cancels_the_tools_and_waits_for_them() -> None:
    ended = asyncio.Event()

    async def long(_: Mapping[str, Json]) -> str:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.02)  # it has something to close
            ended.set()
        return ""

    task = asyncio.create_task(use([call("long")], [tool("long", long, 60)], Notes()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended.is_set()


async def test_a_turn_that_is_not_ours_any_more_ends_its_tools() -> None:
    async def lost(_: Sequence[Raw]) -> None:
        raise StaleLease

    with pytest.raises(StaleLease):
        await use([call("slow"), call("quick")], [tool("quick", quick), tool("slow", slow)], lost)
