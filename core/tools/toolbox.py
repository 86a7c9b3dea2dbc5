"""Which tools are on, as TOOLS and MCP_SERVERS say. No I/O."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain, count
from typing import Final
from urllib.parse import urlsplit

from core.contract import Json
from core.dialogue import Tool
from core.errors import SettingsError
from core.tools.around import Around
from core.tools.builtin import BY_THE_API, FUNCTIONS
from core.tools.making import Recipe, recipe

_BETWEEN: Final = re.compile(r"\s*,\s*(?=https?://)|\s+")
"""An address may have a comma in it."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ADVICE: Final = (
    'MCP_SERVERS: write https addresses, or a JSON list of {"name": ..., "url": "https://...", "authorization_token": '
    "...}."
)
_MISNAMED: Final = (
    "MCP_SERVERS: give each server a name of its own, of up to 64 letters, digits, - and _; without one it is named "
    "after its host."
)
_FIELDS: Final = frozenset(("type", "name", "url", "authorization_token"))


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools that are on, always in the same order: the prompt cache hangs on it."""

    recipes: tuple[Recipe, ...] = ()
    others: tuple[Tool, ...] = field(default=(), repr=False)

    @property
    def readers(self) -> frozenset[str]:
        """The names of those that may read what was said."""
        return frozenset(one.name for one in self.recipes if one.around)

    @property
    def hints(self) -> tuple[str, ...]:
        """What the system prompt says of them."""
        return tuple(one.hint for one in self.others if one.hint)

    def tools(self, around: Around) -> tuple[Tool, ...]:
        """For one turn."""
        return (*(one.tool(around) for one in self.recipes), *self.others)


def toolbox(names: Sequence[str], servers: str = "") -> Toolbox:
    """The tools of these names, and of these MCP servers. Raises SettingsError with a sentence for each wrong one."""
    recipes = {one.name: one for one in (recipe(function) for function in FUNCTIONS)}
    by_the_api = {one.name: one for one in BY_THE_API}
    known = [*recipes, *by_the_api]
    problems = [_unknown(name, known) for name in dict.fromkeys(names) if name not in known]
    try:
        connected = _servers(servers)
    except ValueError:
        problems.append(_ADVICE)
    except SettingsError as error:
        problems += error.problems
    if problems:
        raise SettingsError(problems)
    return Toolbox(
        tuple(one for name, one in recipes.items() if name in names),
        (*(one for name, one in by_the_api.items() if name in names), *connected),
    )


def _unknown(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"TOOLS: there is no tool {name}. " + (
        f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(known)}."
    )


def _servers(text: str) -> tuple[Tool, ...]:
    """Raises ValueError, and of names SettingsError."""
    if not text.strip():
        return ()
    listed = (
        json.loads(text)
        if text.lstrip().startswith("[")
        else [{"url": url} for url in _BETWEEN.split(text.strip(" ,\n"))]
    )
    taken = {str(one["name"]) for one in listed if isinstance(one, Mapping) and one.get("name")}
    found: dict[str, Tool] = {}
    for one in listed:
        made = _server(one, taken | found.keys())
        if made.name in found:
            raise SettingsError([_MISNAMED])
        found[made.name] = made
    return tuple(found.values())


def _server(raw: object, taken: Collection[str]) -> Tool:
    """Raises as `_servers`. `taken`: what a server without a name cannot be called."""
    if not isinstance(raw, Mapping) or raw.keys() - _FIELDS or raw.get("type", "url") != "url":
        raise ValueError("not a server")
    url, token = raw.get("url"), raw.get("authorization_token", "")
    parts = urlsplit(url if isinstance(url, str) else "")
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("not a server")
    name = raw.get("name") or _named_after(parts.hostname, taken)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SettingsError([_MISNAMED])
    server: dict[str, Json] = {"type": "url", "url": str(url), "name": name}
    if token:
        server["authorization_token"] = str(token)
    return Tool(name, {"type": "mcp_toolset", "mcp_server_name": name}, server=server)


def _named_after(host: str, taken: Collection[str]) -> str:
    """The host's name; of several servers there the later ones have a number, too."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", host)[:60]
    numbered = (f"{plain}-{number}" for number in count(2))
    return next(name for name in chain([plain], numbered) if name not in taken)
