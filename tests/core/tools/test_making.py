"""A plain typed function becomes a tool: its schema, its arguments, its errors."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from core.contract import Message, Person, Place
from core.dialogue import Exchange
from core.errors import ToolError
from core.tools.around import Around
from core.tools.making import recipe

pytestmark = pytest.mark.anyio


class Nowhere:
    """A platform that nobody asks anything."""

    async def before(self, message: Message) -> Sequence[Message]:
        raise AssertionError

    def hear(self, messages: Sequence[Message]) -> None: ...

    def recall(self, exchanges: Sequence[Exchange]) -> None:
        raise AssertionError


AROUND = Around(Message(id="1", place=Place("p", "s", "c"), author=Person("U1", "Ann"), at=0, text="?"), Nowhere())


async def weather(
    city: Annotated[str, Field(description="Its name.")],
    around: Around,
    title: str = "",
    *,
    days: Annotated[int, Field(ge=1, le=7)] = 1,
    unit: Literal["C", "F"] = "C",
) -> str:
    """The weather in a city."""
    return f"{around.message.author.name}: {city}, {days} days, {unit}{title}"


def test_the_model_reads_the_docstring_and_the_types() -> None:
    assert recipe(weather).spec == {
        "name": "weather",
        "description": "The weather in a city.",
        "input_schema": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Its name."},
                "title": {"type": "string", "default": ""},
                "days": {"type": "integer", "minimum": 1, "maximum": 7, "default": 1},
                "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
    }


async def test_a_tool_runs_with_the_models_arguments_and_the_turn() -> None:
    tool = recipe(weather, seconds=3).tool(AROUND)

    assert tool.run is not None
    assert await tool.run({"city": "Oslo", "days": 2}) == "Ann: Oslo, 2 days, C"
    assert (tool.name, tool.seconds) == ("weather", 3)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, ["city (missing)"]),
        ({"city": "SECRET", "days": 99}, ["days (less than equal)"]),
        ({"city": ["SECRET"], "SECRET-not": 1}, ["city (string type)"]),
        ({"city": "x", "around": "SECRET"}, ["around (extra forbidden)"]),
    ],
)
async def test_arguments_that_do_not_fit_are_named_and_not_repeated(arguments: Any, named: list[str]) -> None:
    run = recipe(weather).tool(AROUND).run
    assert run is not None

    with pytest.raises(ToolError) as told:
        await run(arguments)

    assert all(name in str(told.value) for name in named)
    assert "SECRET," not in str(told.value)
    assert told.value.__cause__ is None


def plain() -> str:
    """Not async."""
    return ""


async def silent() -> str:
    return ""


async def untyped(what) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001  # as somebody may write it
    """Of anything."""
    return str(what)


async def endless(*what: str) -> str:
    """As many as you like."""
    return str(what)


@pytest.mark.parametrize("function", [plain, silent, untyped, endless])
def test_what_cannot_be_a_tool_says_so_at_once(function: Any) -> None:
    with pytest.raises(TypeError, match=function.__name__):
        recipe(function)
