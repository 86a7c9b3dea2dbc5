"""The commands that Discord offers, made from the one table. No I/O."""

from collections.abc import Mapping, Sequence

from bots.discord.parts import BY_MESSAGE
from bots.discord.words import ABOUT_THIS
from core.commands import TABLE, Row
from core.contract import Json

SLASH, TEXT = 1, 3
OPTION = 6_000
"""Characters that Discord takes in an option."""
EVERYWHERE: Mapping[str, Json] = {"contexts": [0, 1, 2], "integration_types": [0, 1]}
"""In servers, in direct messages with the bot, among others; brought along by a server or by a person."""


def commands() -> Sequence[Mapping[str, Json]]:
    """All of them, as a bulk overwrite takes them."""
    menu: Mapping[str, Json] = {"name": ABOUT_THIS, "type": BY_MESSAGE, **EVERYWHERE}
    return (*(_command(row) for row in TABLE.values()), menu)


def _command(row: Row) -> Mapping[str, Json]:
    options = [_option(row)] if row.argument else []
    about: Mapping[str, Json] = {"name": row.name, "type": SLASH, "description": _sentence(row.summary)}
    return {**about, "options": options, **EVERYWHERE}


def _option(row: Row) -> Mapping[str, Json]:
    option: dict[str, Json] = {"name": row.argument, "type": TEXT, "description": _sentence(row.hint)}
    option["required"] = row.required
    if row.options:
        return {**option, "choices": [{"name": word, "value": word} for word in row.options]}
    return {**option, "max_length": OPTION}


def _sentence(summary: str) -> str:
    return summary[:1].upper() + summary[1:]


def is_same(known: Sequence[object], wanted: Sequence[object]) -> bool:
    """Whether the commands that Discord knows are those that we want; their order means nothing."""
    return _says(sorted(known, key=_name), sorted(wanted, key=_name))


def _says(known: object, wanted: object) -> bool:
    """Whether this says all that we would say. Discord adds ids and defaults, and leaves out what is empty."""
    match wanted:
        case Mapping():
            found = known if isinstance(known, Mapping) else {}
            return all(_says(found.get(key), value) for key, value in wanted.items())
        case list() | tuple():
            others = known if isinstance(known, list) else []
            return len(others) == len(wanted) and all(map(_says, others, wanted))
    return known == wanted or (not known and not wanted)


def _name(one: object) -> str:
    return f"{one.get('type')} {one.get('name')}" if isinstance(one, Mapping) else ""
