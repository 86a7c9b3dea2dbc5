"""What Discord's payloads are made of: when something was, in which thread, who somebody is. No I/O."""

from bots.discord.words import ID, Bot, name_of
from core.contract import Person
from core.outside import Payload, list_in, object_in, text_in

NAME = "discord"
DM = "dm"
"""The `space` of direct messages."""
NOBODY = Bot("", "")
PUBLIC_THREAD, PRIVATE_THREAD = 11, 12
THREADS = (10, PUBLIC_THREAD, PRIVATE_THREAD)
COMPONENT = 3  # an interaction with a button
BY_MESSAGE = 3  # a command of a message's menu
GUEST = 1 << 4  # a member who may only use one voice channel

WEEK_SECONDS = 7 * 86_400.0
EPOCH_MS = 1_420_070_400_000


def seconds(snowflake: str) -> float:
    """When this id was made, in seconds since 1970."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def is_past(then: float, now: float) -> bool:
    """Whether a moment that an id tells is over. No turn is a week old: stand-ins have ids that tell no time."""
    return 0 < now - then < WEEK_SECONDS


def snowflake(seconds: float) -> int:
    """The first id of this moment."""
    return max(int(seconds * 1000) - EPOCH_MS, 0) << 22


def channel_of(interaction: Payload) -> Payload:
    """Where it came from. Discord calls that optional, and tells the id in two places."""
    return object_in(interaction, "channel") or {"id": text_in(interaction, "channel_id")}


def user_of(payload: Payload) -> Payload:
    return object_in(object_in(payload, "member"), "user") or object_in(payload, "user") or object_in(payload, "author")


def author_of(payload: Payload, *, trusted: bool = True) -> Person:
    user, member = user_of(payload), object_in(payload, "member")
    flags = member.get("flags")
    is_guest = isinstance(flags, int) and bool(flags & GUEST)
    roles = tuple(role for role in list_in(member, "roles") if isinstance(role, str) and ID.fullmatch(role))
    return Person(text_in(user, "id"), name_of(user, member), roles, trusted and not is_guest)
