"""What people type as commands and press, as events of ours. No I/O.

Their `address`: the `channel`, their id, `interaction`, their `token`, which is good `until` then (s since 1970),
`alone` where one person sees the answer, `blind` where the bot may not read what was said, `bound` where only tokens
can write, which then have entries of their own, too (`token-`, `token-7`: `id:token`), and `original`, the message of a
button. What is so or not so is "yes" or "".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bots.discord.parts import (
    BY_MESSAGE,
    DM,
    NAME,
    NOBODY,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    THREADS,
    author_of,
    channel_of,
    seconds,
    user_of,
)
from bots.discord.words import ID, Bot, files_of, linking, named, quotes, told_with, words
from core.called import quoted
from core.contract import Action, Command, File, Place, Press
from core.outside import Payload, object_in, objects_in, text_in, whole

TOKEN_SECONDS = 14.5 * 60
"""How long an interaction's token is good; Discord says 15 minutes."""
OWN_TOKEN, OWN_SECONDS, OWN_TOKENS = "token-", 10, 90
"""Addresses of one answer lie over each other. Such entries stay: the command's, and of each ten seconds one button's,
until 15 minutes are round."""

IN_BOT_DM = 1
ADMINISTRATOR, VIEW, SEND, READ_HISTORY = 1 << 3, 1 << 10, 1 << 11, 1 << 16  # of permissions
MANAGE_THREADS, SEND_IN_THREADS = 1 << 34, 1 << 38

_SLUG = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{1,512}")


def command_or_press(payload: Payload, bot: Bot, parent: str) -> Command | Press | None:
    place, id = _place_of(payload, parent), text_in(payload, "id")
    if place is None or not _TOKEN.fullmatch(text_in(payload, "token")):
        return None
    address = _address_of(payload, is_told=bool(parent))
    match payload.get("type"):
        case 2:
            return _asked(payload, id, place, address, bot)
        case 3:
            return _pressed(payload, id, place, address)
    return None


def _asked(payload: Payload, id: str, place: Place, address: Mapping[str, str], bot: Bot) -> Command | None:
    data = object_in(payload, "data")
    name = text_in(data, "name")
    files: tuple[File, ...] = ()
    people: tuple[str, ...] = ()
    if data.get("type") == BY_MESSAGE:
        target = object_in(object_in(object_in(data, "resolved"), "messages"), text_in(data, "target_id"))
        name, argument, files = "ask", _about(target, bot), files_of(target, place, NOBODY)
        people = (*filter(ID.fullmatch, [author_of(target).id]), *quotes(target, NOBODY))
    else:
        values = [option.get("value") for option in objects_in(data, "options")]
        argument = next((whole(value) for value in values if isinstance(value, str)), "")
        knowing = told_with(payload, bot, is_alone=place.private)
        argument = named(argument, {"mentions": _mentioned(data)}, knowing if name == "ask" else linking(knowing))
    if not _SLUG.fullmatch(name):
        return None
    return Command(
        id=id,
        place=place,
        author=author_of(payload, trusted=is_member(payload)),
        at=seconds(id),
        address=address,
        name=name,
        argument=argument,
        files=files,
        quoted=people,
    )


def _mentioned(data: Payload) -> Sequence[Payload]:
    """Whom a command's argument mentions, as a message's `mentions` tell it."""
    users, members = (object_in(object_in(data, "resolved"), kind) for kind in ("users", "members"))
    return [{**object_in(users, id), "member": object_in(members, id)} for id in users]


def _about(target: Payload, bot: Bot) -> str:
    """The question that choosing "Ask Claude about this" is."""
    who = author_of(target).name or "somebody"
    text = "\n".join(words(target, replace(NOBODY, called=bot.called)))
    return f"Tell me about this message of {who}:\n\n{quoted(text)}" if text else ""


def _pressed(payload: Payload, id: str, place: Place, address: Mapping[str, str]) -> Press | None:
    """A button of ours; its custom id is `{action}:{turn}`."""
    name, _, turn = text_in(object_in(payload, "data"), "custom_id").partition(":")
    if name not in tuple(Action) or not _SLUG.fullmatch(turn):
        return None
    author = author_of(payload, trusted=is_member(payload))
    return Press(id=id, place=place, author=author, at=seconds(id), address=address, action=Action(name), turn=turn)


def is_member(payload: Payload) -> bool:
    """Whether the bot itself is where an interaction came from; else a person brought it along, for themselves.

    Discord told of neither before people could bring it.
    """
    owners = object_in(payload, "authorizing_integration_owners")
    if payload.get("context") == IN_BOT_DM or not (owners or "context" in payload):
        return True
    return bool(text_in(payload, "guild_id")) and ("0" in owners or not owners)


def _place_of(payload: Payload, told: str) -> Place | None:
    """`told`: the channel of its thread, as the gateway told it."""
    channel, user = channel_of(payload), user_of(payload)
    guild, id, parent = text_in(payload, "guild_id"), text_in(channel, "id"), text_in(channel, "parent_id") or told
    if not (ID.fullmatch(id) and ID.fullmatch(text_in(payload, "id")) and ID.fullmatch(text_in(user, "id"))):
        return None
    if not is_member(payload):
        return Place(NAME, guild or DM, id, text_in(user, "id"), private=True)
    if not guild:
        return Place(NAME, DM, id, private=True)
    is_thread = channel.get("type", PUBLIC_THREAD) in THREADS and parent
    return Place(NAME, guild, parent, id) if is_thread else Place(NAME, guild, id)


def _address_of(payload: Payload, *, is_told: bool) -> Mapping[str, str]:
    """A message where only tokens can write is changed with the one that it was made with, so that is told twice."""
    id, token, is_alone = text_in(payload, "id"), text_in(payload, "token"), not is_member(payload)
    address = {
        "channel": text_in(channel_of(payload), "id"),
        "interaction": id,
        "token": token,
        "until": f"{seconds(id) + TOKEN_SECONDS:.0f}",
        "alone": "yes" if is_alone else "",
        "blind": "" if _may(payload, READ_HISTORY) else "yes",
        "bound": "" if _may_write(payload, is_told=is_told) and not is_alone else "yes",
    }
    original = text_in(object_in(payload, "message"), "id")
    if address["bound"]:
        slot = int(seconds(id) // OWN_SECONDS) % OWN_TOKENS if original else ""
        address[f"{OWN_TOKEN}{slot}"] = f"{id}:{token}"
    return {**address, "original": original} if original else address


def _may_write(payload: Payload, *, is_told: bool) -> bool:
    """Whether the bot itself may where an interaction came from; direct messages do not tell.

    People use its commands also in a private thread that it is not in. The gateway tells it of those that it is in.
    """
    kind = channel_of(payload).get("type")
    needed = VIEW | (SEND_IN_THREADS if kind in THREADS else SEND)
    return _may(payload, needed | (MANAGE_THREADS if kind == PRIVATE_THREAD and not is_told else 0))


def _may(payload: Payload, needed: int) -> bool:
    told = text_in(payload, "app_permissions")
    if not text_in(payload, "guild_id") or not ID.fullmatch(told):
        return True
    may = int(told)
    return bool(may & ADMINISTRATOR) or may & needed == needed


def tokens(address: Mapping[str, str], now: float) -> Sequence[tuple[int, str]]:
    """Interactions of an answer that only they can write, and their tokens that are still good, the newest first."""
    told = (value.partition(":") for key, value in address.items() if key.startswith(OWN_TOKEN))
    found = ((int(id), token) for id, _, token in told if seconds(id) + TOKEN_SECONDS > now)
    return sorted(found, reverse=True)
