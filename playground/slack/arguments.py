"""The arguments of a call, however they came: query, form or JSON; text or value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from playground.slack.errors import Refused

TRUE = (True, "true", "True", "1", 1)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was passed, without the token. Raises Refused as Slack would."""

    given: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Its text, "" when it is missing. In a form everything is a text; in JSON a number is read as one."""
        value = self.given.get(name)
        if isinstance(value, dict | list):
            raise Refused("invalid_arguments", f"[ERROR] must be a string [json-pointer:/{name}]")
        return "" if value is None else str(value)

    def required(self, *names: str) -> tuple[str, ...]:
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise Refused("invalid_arguments", *(f"[ERROR] missing required field: {name}" for name in missing))
        return tuple(self.text(name) for name in names)

    def flag(self, name: str) -> bool:
        return self.given.get(name) in TRUE

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`; 0 and nothing mean the default."""
        try:
            value = int(self.given.get(name) or default)
        except (TypeError, ValueError) as error:
            raise Refused("invalid_limit") from error
        if not 1 <= value <= most:
            raise Refused("invalid_limit")
        return value

    def json(self, name: str, error: str) -> Any:  # noqa: ANN401  # what the caller wrote there is for him to check
        """Its value; a text is read as JSON. None when it is missing, Refused(error) when it cannot be read."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as problem:
            raise Refused(error) from problem


async def read(request: web.Request) -> tuple[Arguments, str]:
    """The arguments of a request and the token it came with."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError as error:
            raise Refused("invalid_json") from error
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        given |= body
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given |= await request.post()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    in_form = str(given.pop("token", ""))
    return Arguments(given), token.strip() if scheme.lower() == "bearer" else in_form
