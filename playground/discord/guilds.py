"""The REST API's application, commands, servers, people and files. No I/O."""

from urllib.parse import parse_qs, urlsplit

from playground.discord import checks, wire
from playground.discord.endpoint import Ask, Endpoint
from playground.discord.errors import Refused, invalid
from playground.discord.intents import FLAGS
from playground.discord.platform import Platform
from playground.discord.world import BOT, Guild, Json, Member


def me(here: Platform, _: Ask) -> object:
    return wire.myself(here.world)


def user(here: Platform, ask: Ask) -> object:
    return wire.user(here.world, here.world.user(ask.path["user"]).id)


def application(here: Platform, _: Ask) -> object:
    return wire.application(here.world, sum(FLAGS[name] for name in here.config.privileged))


def gateway(here: Platform, _: Ask) -> object:
    return {"url": here.gateway.address}


def gateway_bot(here: Platform, _: Ask) -> object:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 14_400_000, "max_concurrency": 1}
    return {"url": here.gateway.address, "shards": 1, "session_start_limit": limit}


def my_guilds(here: Platform, _: Ask) -> object:
    mine = [g for g in here.world.guilds.values() if g.has_bot]
    return [{"id": str(g.id), "name": g.name, "icon": None, "owner": False, "permissions": "0"} for g in mine]


def _guild(here: Platform, ask: Ask) -> Guild:
    found = here.world.guild(ask.path["guild"])
    if not found.has_bot:
        raise Refused(50001)
    return found


def guild(here: Platform, ask: Ask) -> object:
    found = _guild(here, ask)
    counts = {"approximate_member_count": len(found.members), "approximate_presence_count": len(found.members)}
    return wire.guild(here.world, found) | (counts if ask.query.get("with_counts") in ("1", "true") else {})


def channels(here: Platform, ask: Ask) -> object:
    return [wire.channel(here.world, c) for c in here.world.channels_of(_guild(here, ask).id) if here.world.sees(c)]


def roles(here: Platform, ask: Ask) -> object:
    return wire.guild(here.world, _guild(here, ask))["roles"]


def member(here: Platform, ask: Ask) -> object:
    found = _guild(here, ask).members.get(int(ask.path["user"]))
    if found is None:
        raise Refused(10007)
    return wire.member(here.world, found)


def members(here: Platform, ask: Ask) -> object:
    """Needs the intent for members, switched on in the portal."""
    if "members" not in here.config.privileged:
        raise Refused(50001)
    found: list[Member] = sorted(_guild(here, ask).members.values(), key=lambda one: one.user.id)
    later = [m for m in found if m.user.id > ask.number("after")]
    return [wire.member(here.world, m) for m in later[: ask.number("limit", 1)]]


def _commands(here: Platform, ask: Ask) -> list[Json]:
    if ask.path["app"] != str(BOT):
        raise Refused(20012)
    return here.world.commands.setdefault(int(ask.path.get("guild", 0)), [])


def _registered(here: Platform, ask: Ask, raw: Json, known: list[Json]) -> Json:
    """A command as Discord keeps it; one of the same name and type keeps its id."""
    kind = int(raw.get("type") or 1)
    old = next((one for one in known if (one["name"], one["type"]) == (raw["name"], kind)), None)
    fields: Json = {"id": old["id"] if old else str(here.world.new_id()), "application_id": str(BOT), "type": kind}
    fields |= {"version": str(here.world.new_id()), "default_member_permissions": None, "nsfw": False}
    fields |= {"guild_id": ask.path["guild"]} if "guild" in ask.path else {"contexts": None, "integration_types": [0]}
    return {"description": ""} | fields | {key: value for key, value in raw.items() if key not in ("id", "type")}


def put_commands(here: Platform, ask: Ask) -> object:
    """All commands at once: what is not named is gone."""
    raw = ask.body.get("list") or []
    checks.commands(raw)
    known = _commands(here, ask)
    known[:] = [_registered(here, ask, one, known) for one in raw]
    here.record.add("commands", guild=ask.path.get("guild"), names=[one["name"] for one in known])
    return known


def post_command(here: Platform, ask: Ask) -> object:
    checks.commands([ask.body])
    known = _commands(here, ask)
    made = _registered(here, ask, ask.body, known)
    known[:] = [one for one in known if one["id"] != made["id"]] + [made]
    return made


def list_commands(here: Platform, ask: Ask) -> object:
    return _commands(here, ask)


def delete_command(here: Platform, ask: Ask) -> None:
    known = _commands(here, ask)
    kept = [one for one in known if one["id"] != ask.path["command"]]
    if len(kept) == len(known):
        raise Refused(10063)
    known[:] = kept


def refresh_urls(here: Platform, ask: Ask) -> object:
    """New addresses for files of ours, whose old ones may be over."""
    urls = ask.body.get("attachment_urls") or []
    if not 0 < len(urls) <= 50:
        raise invalid("attachment_urls", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 50 in length.")
    return {"refreshed_urls": [{"original": url, "refreshed": _refreshed(here, url)} for url in urls]}


def _refreshed(here: Platform, url: str) -> str | None:
    parts = urlsplit(url).path.split("/")
    file = here.files.get(int(parts[3])) if len(parts) == 5 and parts[3].isdecimal() else None
    return here.links.url(file, here.clock()) if file else None


def file(here: Platform, path: str, query: str) -> tuple[bytes, str]:
    """The bytes of a file and their type, for `channel/id/name` and the signature in its address. Raises Refused."""
    sign = {key: values[0] for key, values in parse_qs(query).items()}
    if not here.links.holds(path, sign.get("ex", ""), sign.get("hm", ""), here.clock()):
        raise Refused(10008)
    found = here.files.get(int(path.split("/")[1]))
    if found is None:
        raise Refused(10008)
    return found.content, found.content_type


COMMANDS, GUILD_COMMANDS = "/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"

ENDPOINTS = (
    Endpoint("GET", "/users/@me", "user.me", me),
    Endpoint("GET", "/users/@me/guilds", "user.guilds", my_guilds),
    Endpoint("GET", "/users/{user}", "user.get", user),
    Endpoint("GET", "/oauth2/applications/@me", "application.get", application),
    Endpoint("GET", "/applications/@me", "application.get", application),
    Endpoint("GET", "/gateway", "gateway.get", gateway, signed=False),
    Endpoint("GET", "/gateway/bot", "gateway.bot", gateway_bot),
    Endpoint("GET", "/guilds/{guild}", "guild.get", guild),
    Endpoint("GET", "/guilds/{guild}/channels", "guild.channels", channels),
    Endpoint("GET", "/guilds/{guild}/roles", "guild.roles", roles),
    Endpoint("GET", "/guilds/{guild}/members", "member.list", members),
    Endpoint("GET", "/guilds/{guild}/members/{user}", "member.get", member),
    Endpoint("POST", "/attachments/refresh-urls", "file.refresh", refresh_urls),
    *(
        Endpoint(method, path + tail, name, act, "commands" if method != "GET" else "")
        for path in (COMMANDS, GUILD_COMMANDS)
        for method, tail, name, act in (
            ("PUT", "", "command.put", put_commands),
            ("POST", "", "command.create", post_command),
            ("GET", "", "command.list", list_commands),
            ("DELETE", "/{command}", "command.delete", delete_command),
        )
    ),
)
