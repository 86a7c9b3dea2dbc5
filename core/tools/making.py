"""Tools from plain typed functions: what the model reads of one, and how its arguments are checked. No I/O.

    async def weather(city: str, days: Annotated[int, Field(ge=1, le=7)] = 1) -> str:
        \"\"\"The weather in a city, today and on the days after it.\"\"\"

The docstring is what the model reads; a parameter of the type `Around` is not the model's: there the turn comes in.
One of the type `tzinfo` is the zone of whoever asks.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from core.contract import Json
from core.dialogue import Tool
from core.errors import ToolError
from core.tools.around import Around

Function = Callable[..., Awaitable[str]]
SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """A function as the model sees it. `around` is the name of the parameter that takes the turn, "" for none.

    `zone`: likewise of the one that takes the people's time zone.
    """

    function: Function
    arguments: type[BaseModel]
    spec: Mapping[str, Json]
    seconds: float
    around: str = ""
    zone: str = ""

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    def tool(self, around: Around) -> Tool:
        """The tool for one turn."""
        return Tool(self.name, self.spec, partial(self._run, around), self.seconds)

    async def _run(self, around: Around, raw: Mapping[str, Json]) -> str:
        try:
            checked = self.arguments.model_validate(raw)
        except ValidationError as error:
            raise ToolError(_wrong(error)) from None
        given = {name: getattr(checked, name) for name in type(checked).model_fields}
        ours = {self.around: around, self.zone: around.zone}
        return await self.function(**given, **{name: value for name, value in ours.items() if name})


def recipe(function: Function, *, seconds: float = SECONDS) -> Recipe:
    """The recipe of a function. `seconds` is how long it may take. Raises TypeError when it cannot be a tool."""
    name, description = getattr(function, "__name__", ""), inspect.getdoc(function)
    if not inspect.iscoroutinefunction(function) or not description:
        raise TypeError(f"{name}: a tool is an async function with a docstring")
    hints = get_type_hints(function, include_extras=True)
    around, zone, fields = "", "", {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{name}: each parameter of a tool has a name and a type")
        hint = hints[parameter.name]
        if hint is Around:
            around = parameter.name
            continue
        if hint is tzinfo:
            zone = parameter.name
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hint, default)
    arguments = _model(name, fields)
    schema = _without_titles(arguments.model_json_schema())
    spec = {"name": name, "description": description, "input_schema": schema}
    return Recipe(function, arguments, spec, seconds, around, zone)


def _model(name: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    made: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return made


def _without_titles(schema: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """pydantic gives everything a title; the model reads, and pays for, each."""
    if isinstance(schema, Mapping):
        return {
            key: _without_titles(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)
        }
    return [_without_titles(one) for one in schema] if isinstance(schema, list) else schema


def _wrong(error: ValidationError) -> str:
    """Which arguments do not fit, by name and kind; never what was given."""
    wrong = error.errors(include_url=False, include_input=False, include_context=False)
    named = (f"{'.'.join(map(str, one['loc'])) or 'the arguments'} ({one['type'].replace('_', ' ')})" for one in wrong)
    return f"The arguments do not fit: {', '.join(named)}."
