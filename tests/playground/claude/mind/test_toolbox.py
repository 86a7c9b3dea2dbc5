"""Which tools a question asks for, with what arguments, and what their results say."""

from typing import Any

import pytest

from playground.claude.mind.conversation import Used
from playground.claude.mind.toolbox import tell_results, wanted_searches, wanted_tools

from .conftest import talk


def tool(name: str, *required: str, **properties: Any) -> dict[str, Any]:
    return {"name": name, "input_schema": {"type": "object", "properties": properties, "required": list(required)}}


TOOLS = (
    tool("current_time", timezone={"type": "string"}),
    tool("get_weather", "city", city={"type": "string"}, unit={"type": "string", "enum": ["celsius", "fahrenheit"]}),
    tool("roll_dice", "sides", sides={"type": "integer"}, loud={"type": "boolean"}),
    tool("read_earlier_messages", "count", count={"type": "integer"}),
)


@pytest.mark.parametrize(
    ("question", "calls"),
    [
        ("What time is it?", [("current_time", {})]),
        (
            "What is the weather in New York in fahrenheit?",
            [("get_weather", {"city": "New York", "unit": "fahrenheit"})],
        ),
        ("Please use roll_dice with 20 sides", [("roll_dice", {"sides": 20})]),
        ("What was said earlier?", [("read_earlier_messages", {"count": 1})]),
        ("What time is it, and is it raining in Oslo?", [("current_time", {}), ("get_weather", {"city": "Oslo"})]),
        ("What is Parley?", []),
    ],
)
def test_a_question_gets_the_tools_that_it_asks_for(question: str, calls: list[Any]) -> None:
    assert list(wanted_tools(talk(question, tools=TOOLS))) == calls


def test_a_forced_tool_is_used_whatever_is_asked() -> None:
    assert wanted_tools(talk("Hi", tools=TOOLS, must_use="roll_dice")) == (("roll_dice", {"sides": 1}),)
    assert wanted_tools(talk("Hi", tools=TOOLS, must_use="")) == (("current_time", {}),)


def test_what_must_be_given_is_given() -> None:
    shapes = {"note": "string", "amount": "number", "flag": "boolean", "items": "array", "more": "object"}
    needy = tool("store_note", *shapes, "zone", "mood", zone={"type": "string"}, mood={"enum": ["good"]}, **{
        name: {"type": kind} for name, kind in shapes.items()
    })  # fmt: skip

    ((_, given),) = wanted_tools(talk('store note "buy milk" 2.5', tools=(needy,)))

    expected = {"note": "buy milk", "amount": 2.5, "flag": True, "items": [], "more": {}, "zone": "UTC", "mood": "good"}
    assert given == expected


def test_tools_are_not_run_twice_for_one_question() -> None:
    used = Used("current_time", {}, "10:20", failed=False)

    assert wanted_tools(talk("What time is it?", tools=TOOLS, used=(used,))) == ()


def test_the_web_is_searched_only_with_the_tool_for_it() -> None:
    search = {"type": "web_search_20260318", "name": "web_search"}

    assert wanted_searches(talk("Search the web for parley bots", tools=(search,))) == ("parley bots",)
    assert wanted_searches(talk("What is Parley?", tools=(search,))) == ()
    assert wanted_searches(talk("Search the web for parley bots")) == ()


def test_results_are_told_one_by_one() -> None:
    results = (
        Used("current_time", {}, "10:20", failed=False),
        Used("get_weather", {}, "no such city", failed=True),
        Used("notes", {}, "", failed=False),
        Used("notes", {}, "a\nb", failed=False),
        Used("roll_dice", {}, "4", failed=False),
    )
    told = tell_results(results)

    for part in (
        "It is **10:20**",
        "did not work: no such city",
        "gave nothing back",
        "> b",
        "`roll_dice` says: **4**",
    ):
        assert part in told
