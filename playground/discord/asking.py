"""A person types a command, presses a button or sends a form: what Discord makes of it for the bot. No I/O.

Whatever the person could not do is a ValueError with a sentence for whoever drives the playground.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.discord import checks, interactions, wire
from playground.discord.config import FILE_BYTES
from playground.discord.interactions import COMPONENT
from playground.discord.platform import Asked, Platform
from playground.discord.world import DM, Attachment, Channel, Json, Message, User, World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = range(1, 12)
IN_GUILD, IN_BOT_DM, ELSEWHERE = 0, 1, 2
STRING_MAX = 6000


@dataclass(slots=True)
class Filled:
    """Options as the person filled them in, and the things that they name."""

    options: list[Json] = field(default_factory=list)
    resolved: dict[str, Json] = field(default_factory=dict)

    def name(self, kind: str, id_: int, thing: Json) -> None:
        self.resolved.setdefault(kind, {})[str(id_)] = thing


def definition(world: World, channel: Channel, name: str, *, by_guild: bool = True) -> Json:
    """The command of this name that is offered in a channel; one of the server comes before a global one."""
    offered = [*world.commands.get(channel.guild, ()), *world.commands.get(0, ())]
    found: Json | None = next((one for one in offered if one["name"] == name), None)
    if found is None:
        names = ", ".join(one["name"] for one in offered)
        raise ValueError(f"The bot has registered no such command here. There are: {names or 'none'}.")
    if found.get("contexts") is not None and context(world, channel) not in found["contexts"]:
        raise ValueError("This command is not offered in a place of this kind.")
    if not by_guild and 1 not in (found.get("integration_types") or [0]):
        raise ValueError("This command is not offered to people who installed the app for themselves.")
    return found


def context(world: World, channel: Channel) -> int:
    if channel.guild:
        return IN_GUILD
    return IN_BOT_DM if channel.type == DM else ELSEWHERE


def command(
    here: Platform, channel: Channel, line: str, values: Mapping[str, Any], *, by_guild: bool = True, focused: str = ""
) -> Json:
    """The data of a slash command; `line` is its name, with its subcommands behind: `model set`."""
    name, *path = line.removeprefix("/").split()
    found = definition(here.world, channel, name, by_guild=by_guild)
    level, wrapped = found, []
    for part in path:
        inner = [
            one for one in level.get("options") or () if one["name"] == part and one["type"] in (SUBCOMMAND, GROUP)
        ]
        if not inner:
            raise ValueError(f"/{name} has no subcommand of this name.")
        level = inner[0]
        wrapped.append(level)
    filled = fill(here, channel, level, values, focused)
    options = filled.options
    for outer in reversed(wrapped):
        options = [{"name": outer["name"], "type": outer["type"], "options": options}]
    data: Json = {"id": found["id"], "name": found["name"], "type": 1, "options": options}
    if found.get("guild_id"):
        data["guild_id"] = found["guild_id"]
    return data | ({"resolved": filled.resolved} if filled.resolved else {})


def fill(here: Platform, channel: Channel, level: Json, values: Mapping[str, Any], focused: str = "") -> Filled:
    known = {one["name"]: one for one in level.get("options") or ()}
    if any(one["type"] in (SUBCOMMAND, GROUP) for one in known.values()):
        raise ValueError(f"Name a subcommand: {', '.join(known)}.")
    if not set(values) <= set(known):
        raise ValueError(f"No such option. There are: {', '.join(known) or 'none'}.")
    missing = [name for name, one in known.items() if one.get("required") and name not in values]
    if missing and not focused:
        raise ValueError(f"Required, but not given: {', '.join(missing)}.")
    filled = Filled()
    for name, value in values.items():
        entry = {"name": name, "type": known[name]["type"], "value": _value(here, channel, known[name], value, filled)}
        filled.options.append(entry | ({"focused": True} if name == focused else {}))
    return filled


def _value(here: Platform, channel: Channel, option: Json, value: Any, filled: Filled) -> Any:  # noqa: ANN401  # JSON
    kind = option["type"]
    if kind == STRING:
        if not isinstance(value, str) or len(value) > min(option.get("max_length") or STRING_MAX, STRING_MAX):
            raise ValueError(
                f"{option['name']} is a text of at most {option.get('max_length') or STRING_MAX} characters."
            )
    elif kind in (USER, MENTIONABLE):
        user = here.world.user(value)
        filled.name("users", user.id, wire.user(here.world, user.id))
        guild = here.world.guilds.get(channel.guild)
        if guild and user.id in guild.members:
            told = wire.member(here.world, guild.members[user.id], with_user=False) | {"permissions": "0"}
            filled.name("members", user.id, told)
        return str(user.id)
    elif kind == CHANNEL:
        place = here.world.channel(value)
        filled.name("channels", place.id, wire.channel(here.world, place) | {"permissions": "0"})
        return str(place.id)
    elif kind == FILE:
        if not isinstance(value, Attachment) or len(value.content) > FILE_BYTES:
            raise ValueError(f"{option['name']} is a file of at most 10 MiB.")
        filled.name("attachments", value.id, here.writer.attachment(value))
        return str(value.id)
    if option.get("choices") and value not in [one["value"] for one in option["choices"]]:
        raise ValueError(f"{option['name']} is one of {', '.join(str(c['value']) for c in option['choices'])}.")
    return value


def about_message(here: Platform, channel: Channel, name: str, target: Message, *, by_guild: bool = True) -> Json:
    """The data of a message's context menu: the whole message, whatever the intents."""
    found = definition(here.world, channel, name, by_guild=by_guild)
    told = {str(target.id): here.writer.message(target)}
    return {"id": found["id"], "name": name, "type": 3, "target_id": str(target.id), "resolved": {"messages": told}}


def press(message: Message, custom_id: str, values: list[str]) -> Json:
    """The data of a pressed button or a chosen select, found by its custom id or by its label."""
    parts = [one for one in checks.walk(message.components) if custom_id in (one.get("custom_id"), one.get("label"))]
    if not parts:
        raise ValueError("The message has no such button.")
    if parts[0].get("disabled"):
        raise ValueError("This button is disabled.")
    data: Json = {"custom_id": parts[0]["custom_id"], "component_type": parts[0]["type"], "id": parts[0].get("id", 1)}
    return data | ({"values": values} if parts[0]["type"] != checks.BUTTON else {})


def form(asked: Asked, values: Mapping[str, str]) -> Json:
    """The data of a modal that the person filled in and sent."""
    if asked.modal is None:
        raise ValueError("This interaction has opened no form.")
    inputs = [_input(outer, values) for outer in asked.modal["components"]]
    return {"custom_id": asked.modal["custom_id"], "components": inputs}


def _input(outer: Json, values: Mapping[str, str]) -> Json:
    def filled(one: Json) -> Json:
        value = values.get(one["custom_id"], one.get("value") or "")
        return {"type": one["type"], "id": one.get("id", 1), "custom_id": one["custom_id"], "value": value}

    about: Json = {"type": outer["type"], "id": outer.get("id", 1)}
    if "component" in outer:
        return about | {"component": filled(outer["component"])}
    return about | {"components": [filled(one) for one in outer.get("components") or ()]}


def ask(
    here: Platform, kind: int, channel: Channel, user: User, data: Json, *, message: int = 0, by_guild: bool = True
) -> Asked:
    """Send an interaction to the bot."""
    token = secrets.token_urlsafe(96)
    asked = Asked(here.world.new_id(), token, kind, channel.id, user.id, here.monotonic(), message, by_guild=by_guild)
    owners = _owners(here.world, channel, user, by_guild=by_guild)
    asked.metadata = {"id": str(asked.id), "type": kind, "user": wire.user(here.world, user.id)}
    asked.metadata["authorizing_integration_owners"] = owners
    if "name" in data:
        asked.metadata |= {"name": data["name"], "command_type": data["type"]}
    if "target_id" in data:
        asked.metadata["target_message_id"] = data["target_id"]
    if kind == COMPONENT:
        asked.metadata["interacted_message_id"] = str(message)
    here.asked[token] = asked
    interactions.note(here, asked)
    here.gateway.tell("INTERACTION_CREATE", _payload(here, asked, channel, user, data), guild=channel.guild)
    return asked


def _owners(world: World, channel: Channel, user: User, *, by_guild: bool) -> dict[str, str]:
    if not by_guild:
        return {"1": str(user.id)}
    return {"0": str(channel.guild) if context(world, channel) == IN_GUILD else "0"}


def _payload(here: Platform, asked: Asked, channel: Channel, user: User, data: Json) -> Json:
    may = str(int(here.world.may(channel, user.id)))
    place = wire.channel(here.world, channel) | {"permissions": may}
    told: Json = {"id": str(asked.id), "application_id": str(here.world.bot.id), "type": asked.kind, "version": 1}
    told |= {"token": asked.token, "data": data, "attachment_size_limit": FILE_BYTES, "locale": "en-US"}
    told |= {"channel": place, "channel_id": str(channel.id), "context": context(here.world, channel)}
    told |= {"app_permissions": str(int(here.world.may(channel))), "entitlements": [], "entitlement_sku_ids": []}
    told["authorizing_integration_owners"] = asked.metadata["authorizing_integration_owners"]
    if asked.message:
        told["message"] = here.writer.message(here.world.message(channel, asked.message))
    guild = here.world.guilds.get(channel.guild)
    if guild is None:
        return told | {"user": wire.user(here.world, user.id)}
    member = wire.member(here.world, guild.members[user.id]) | {"permissions": may}
    about = {"id": str(guild.id), "locale": "en-US", "features": []}
    return told | {"guild_id": str(guild.id), "guild": about, "guild_locale": "en-US", "member": member}
