"""Which events a session gets, and what of a message it may read, by its intents. No I/O."""

from enum import IntFlag

from playground.discord.world import BOT, Json


class Intent(IntFlag):
    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    GUILD_TYPING = 1 << 11
    DM_MESSAGES = 1 << 12
    DM_REACTIONS = 1 << 13
    DM_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = {"members": Intent.MEMBERS, "presences": Intent.PRESENCES, "message_content": Intent.MESSAGE_CONTENT}
FLAGS = {"members": 1 << 15, "presences": 1 << 13, "message_content": 1 << 19}  # of the application: the limited ones
KNOWN = (1 << 26) - 1

IN_GUILD = {"MESSAGE": Intent.GUILD_MESSAGES, "TYPING": Intent.GUILD_TYPING, "REACTION": Intent.GUILD_REACTIONS}
IN_DM = {"MESSAGE": Intent.DM_MESSAGES, "TYPING": Intent.DM_TYPING, "REACTION": Intent.DM_REACTIONS}
BLANK = {"content": "", "attachments": [], "embeds": [], "components": []}


def forbidden(intents: int, granted: frozenset[str]) -> bool:
    """Whether it asks for a privileged intent that the application was not granted: close code 4014."""
    return any(intents & bit and name not in granted for name, bit in PRIVILEGED.items())


def wanted(event: str, intents: int, guild: int) -> bool:
    """Whether a session with these intents hears of an event; `guild` 0: a direct message."""
    kind = event.split("_")[0]
    if event.startswith("MESSAGE_REACTION"):
        kind = "REACTION"
    if kind in IN_GUILD:
        return bool(intents & (IN_GUILD if guild else IN_DM)[kind])
    if event.startswith("GUILD_MEMBER_"):
        return bool(intents & Intent.MEMBERS)
    if kind in ("GUILD", "CHANNEL", "THREAD"):
        return event == "GUILD_MEMBERS_CHUNK" or bool(intents & Intent.GUILDS)
    return True


def readable(message: Json, *, in_guild: bool) -> Json:
    """A message as an app without the content intent reads it.

    Direct messages, its own messages and those that mention it (a reply with its ping does) stay whole.
    """
    if not in_guild:
        return message
    shown = dict(message)
    if isinstance(answered := shown.get("referenced_message"), dict):
        shown["referenced_message"] = readable(answered, in_guild=True)
    me = str(BOT)
    if shown["author"]["id"] == me or any(one["id"] == me for one in shown["mentions"]):
        return shown
    if "message_snapshots" in shown:
        shown["message_snapshots"] = [{"message": one["message"] | BLANK} for one in shown["message_snapshots"]]
    return shown | BLANK
