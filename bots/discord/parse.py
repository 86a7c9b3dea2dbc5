"""Discord's gateway events as events of ours. No I/O.

They are read as they came over the wire, so that what is tested is what Discord sends. Whatever is missing or of the
wrong type in a payload makes it no event at all.

An event's `address`, over which that of a button lies: the `channel`; of a message its id, `message`, and perhaps
`unread`. Of an interaction its id, `interaction`, its `token`, which is good `until` then (s since 1970), `alone` where
one person sees the answer, `blind` where the bot may not read what was said, `bound` where only tokens can write, which
then have entries of their own, too (`token-`, `token-7`: `id:token`), and `original`, the message that a button is on.
What is so or not so is "yes" or "".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bots.discord.words import (
    DEFAULT,
    ID,
    REPLY,
    SAID,
    Bot,
    alone,
    files_of,
    is_blank,
    is_passed_on,
    is_to_another,
    linking,
    name_of,
    named,
    question,
    quotes,
    told_with,
    words,
)
from core.called import moment, quoted
from core.commands import as_command, parse_command
from core.contract import Action, Change, Command, Event, File, Left, Message, Person, Place, Press
from core.outside import Payload, list_in, object_in, objects_in, text_in, whole

NAME = "discord"
DM = "dm"
"""The `space` of direct messages."""
UNREAD = "unread"
"""In the address of what names the bot in a server, but came without its text: what calls its role or replies to a
command's answer, as long as we have no intent for contents. Direct messages come whole, also those without a text."""
TOKEN_SECONDS = 14.5 * 60
"""How long an interaction's token is good; Discord says 15 minutes."""
ANEW_SECONDS = 180.0
"""How old a message may be that asks by an edit: that a command was done is known for ten minutes."""
OWN_TOKEN, OWN_SECONDS, OWN_TOKENS = "token-", 10, 90
"""Addresses of one answer lie over each other. Such entries stay: the command's, and of each ten seconds one button's,
until 15 minutes are round."""

EPOCH_MS = 1_420_070_400_000
THREAD_STARTER = 21
PUBLIC_THREAD, PRIVATE_THREAD = 11, 12
THREADS = (10, PUBLIC_THREAD, PRIVATE_THREAD)
COMPONENT = 3
BY_MESSAGE = 3  # a command of a message's menu
IN_BOT_DM = 1
NOBODY = Bot("", "")
GUEST = 1 << 4  # a member who may only use one voice channel
ADMINISTRATOR, VIEW, SEND, READ_HISTORY = 1 << 3, 1 << 10, 1 << 11, 1 << 16  # of permissions
MANAGE_THREADS, SEND_IN_THREADS = 1 << 34, 1 << 38

_SLUG = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{1,512}")


def to_event(kind: str, payload: Payload, bot: Bot, parent: str = "") -> Event | None:
    """The event that a gateway event is, or None when it is not for us.

    `kind` is its name, such as MESSAGE_CREATE. `parent`: the channel of the thread in which it happened, "" when that
    is no thread; messages do not tell it. Of an interaction: "" also of a thread that the gateway did not tell of.
    """
    match kind:
        case "MESSAGE_CREATE":
            return _said(payload, bot, parent)
        case "MESSAGE_UPDATE" | "MESSAGE_ANEW":
            return (_edited if kind == "MESSAGE_UPDATE" else _anew)(payload, bot, parent)
        case "MESSAGE_DELETE":
            return _deleted(payload, parent)
        case "INTERACTION_CREATE":
            return _interaction(payload, bot, parent)
        case "GUILD_DELETE" | "CHANNEL_DELETE" | "THREAD_DELETE" | "THREAD_MEMBERS_UPDATE":
            return _left(kind, payload, bot)
    return None


def each(kind: str, payload: Payload, now: float) -> Iterator[tuple[str, Payload]]:
    """A gateway event's single ones: moderators delete many messages at once. `now` in s since 1970.

    An edit changes what was asked; and who forgot to name us, or typed a command too early, asks by it (MESSAGE_ANEW).
    """
    if kind == "MESSAGE_DELETE_BULK":
        for id in list_in(payload, "ids"):
            yield "MESSAGE_DELETE", {**payload, "id": id}
        return
    yield kind, payload
    id = text_in(payload, "id")
    if kind == "MESSAGE_UPDATE" and ID.fullmatch(id) and now - seconds(id) < ANEW_SECONDS:
        yield "MESSAGE_ANEW", payload


def seconds(snowflake: str) -> float:
    """When this id was made, in seconds since 1970."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def snowflake(seconds: float) -> int:
    """The first id of this moment."""
    return max(int(seconds * 1000) - EPOCH_MS, 0) << 22


# Messages


def _said(payload: Payload, bot: Bot, parent: str) -> Message | Command | None:
    id, place = text_in(payload, "id"), _place(payload, parent)
    if place is None or not _is_from_person(payload):
        return None
    direct = place.private or (_names_us(payload, bot) and not is_passed_on(payload, bot))
    text, files = question(payload, bot), files_of(payload, place, bot)
    if not direct and (not place.thread or is_to_another(payload, bot) or not _speaks(payload, place, bot)):
        return None
    author, address = _author(payload), _address(payload)
    command = _command(payload, text, files, place, bot) if direct else None
    if command and command[0] == "help" and not text_in(payload, "content") and not place.private:
        address = {**address, UNREAD: "yes"}
    message = Message(
        id=id,
        place=place,
        author=author,
        at=seconds(id),
        address=address,
        text=_pointed(text, payload, bot),
        files=files,
        direct=direct,
        quoted=quotes(payload, bot),
    )
    return as_command(message, *command) if command else message


def _speaks(payload: Payload, place: Place, bot: Bot) -> bool:
    """Whether we may read it: what it replies to may be readable where it is not."""
    own = alone(payload)
    return bool(question(own, bot) or files_of(own, place, bot))


def _command(payload: Payload, text: str, files: Sequence[File], place: Place, bot: Bot) -> tuple[str, str] | None:
    """The bot's name alone asks for help, except in a thread, where it means what stands above.

    So does a message that we may not read (its address says so), wherever it stands and whatever it replies to.
    """
    has_text = bool(text_in(payload, "content"))
    says_nothing = not (text or files or place.thread) if has_text else not _speaks(payload, place, bot)
    if says_nothing:
        return "help", ""
    command = parse_command(text)
    if command and command[0] == "ask":
        return "ask", _pointed(command[1], payload, bot)
    return command and parse_command(question(payload, linking(bot)))


def _pointed(text: str, payload: Payload, bot: Bot) -> str:
    """With which answer of ours it replies to, in none of that one's words: who deletes them must find no copy kept.

    Nor with the name of another who asked for it: that would outlive what they have deleted of themselves.
    """
    answered = object_in(payload, "referenced_message")
    is_ours = text_in(object_in(answered, "author"), "id") == bot.user and ID.fullmatch(text_in(answered, "id"))
    if payload.get("type") != REPLY or not is_ours:
        return text
    return "\n\n".join(filter(None, (text, f"[This replies to {_pointer(answered, _author(payload))}.]")))


def _pointer(answered: Payload, author: Person) -> str:
    """An answer of ours by its question, which the history has under the same time; after a button nobody tells it."""
    command, replied = object_in(answered, "interaction_metadata"), object_in(answered, "message_reference")
    asked = "" if command.get("type") == COMPONENT else text_in(command, "id") or text_in(replied, "message_id")
    if not ID.fullmatch(asked):
        return f"what you wrote on {moment(seconds(text_in(answered, 'id')))}"
    asker = object_in(command, "user") or next(iter(objects_in(answered, "mentions")), {})
    is_own = author.name and author.id == text_in(asker, "id")
    whose = f"{author.name}'s" if is_own else "the"
    return f"your answer to {whose} question of {moment(seconds(asked))}"


def _edited(payload: Payload, bot: Bot, parent: str) -> Change | None:
    """A person's edit. Discord says the same of unfurled links, of pins, of a thread that somebody starts."""
    id, place = text_in(payload, "id"), _place(payload, parent)
    if place is None or not text_in(payload, "edited_timestamp") or not _is_from_person(payload):
        return None
    if not (text_in(payload, "content") or list_in(payload, "attachments")):  # or nobody lets us read it
        return None
    if not (place.private or place.thread or _names_us(payload, bot)):
        return None
    return Change(
        id=id,
        place=place,
        author=_author(payload),
        at=seconds(id),
        address=_address(payload),
        text=_pointed(question(payload, bot), payload, bot),
        files=_left_of(payload, place, bot),
    )


def _anew(payload: Payload, bot: Bot, parent: str) -> Message | Command | None:
    """An edit as what it says now, if it names us and we may read it. Discord does not tell what it said before."""
    said = _said(payload, bot, parent) if _edited(payload, bot, parent) else None
    return None if isinstance(said, Message) and not said.direct else said


def _left_of(payload: Payload, place: Place, bot: Bot) -> tuple[str, ...] | None:
    """Its files, unless some may be missing: with a message that it replies to and that is deleted, its files are."""
    is_torn = payload.get("type") == REPLY and not object_in(payload, "referenced_message")
    is_told = isinstance(payload.get("attachments"), list) and not is_torn
    return tuple(file.ref for file in files_of(payload, place, bot)) if is_told else None


def _deleted(payload: Payload, parent: str) -> Change | None:
    """Discord does not say whose message it was."""
    id, place = text_in(payload, "id"), _place(payload, parent)
    if place is None:
        return None
    return Change(id=id, place=place, author=Person(""), at=seconds(id), address=_address(payload), text=None)


def _left(kind: str, payload: Payload, bot: Bot) -> Left | None:
    """The bot is out of a server or a private thread, or what it was in was deleted. A server may be but away."""
    id, guild, parent = text_in(payload, "id"), text_in(payload, "guild_id"), text_in(payload, "parent_id")
    if not ID.fullmatch(id) or "unavailable" in payload:
        return None
    is_out = payload.get("type") == PRIVATE_THREAD and parent and bot.user in list_in(payload, "removed_member_ids")
    if kind == "THREAD_MEMBERS_UPDATE" and not is_out:
        return None
    channel = Place(NAME, guild, parent, id) if payload.get("type") in THREADS else Place(NAME, guild, id)
    return Left(id=id, place=channel if guild else Place(NAME, id, ""), author=Person(""), at=seconds(id))


def earlier(message: Payload, place: Place, bot: Bot) -> Message | None:
    """A message that was said in a thread before, by a person or another bot; None for our own and for notices.

    It is empty when Discord keeps from us what it says.
    Where the thread was started from an answer of ours, that one counts: it need not be in the thread's history.
    """
    kind = message.get("type")
    if kind == THREAD_STARTER:
        message = object_in(message, "referenced_message")
    elif text_in(object_in(message, "author"), "id") == bot.user or kind not in SAID:
        return None
    id = text_in(message, "id")
    if not ID.fullmatch(id) or not ID.fullmatch(text_in(object_in(message, "author"), "id")):
        return None
    said = alone(message)  # what it replies to stands there as well
    text, files = "\n".join(words(said, bot)), files_of(said, place, bot)
    if not text and not files and not is_blank(said):
        return None
    return Message(id=id, place=place, author=_author(message), at=seconds(id), text=text, files=files)


def as_heard(message: Payload, place: Place, member: Payload | None = None) -> Payload:
    """A message that was looked up, in the shape of the event that should have told of it."""
    heard = {**message, "member": member or {}}
    return heard if place.private else {**heard, "guild_id": place.space}


# Interactions


def _interaction(payload: Payload, bot: Bot, parent: str) -> Command | Press | None:
    place, id = _place_of_interaction(payload), text_in(payload, "id")
    if place is None or not _TOKEN.fullmatch(text_in(payload, "token")):
        return None
    address = _address_of_interaction(payload, is_told=bool(parent))
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
        people = (*filter(ID.fullmatch, [_author(target).id]), *quotes(target, NOBODY))
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
        author=_author(payload, trusted=is_member(payload)),
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
    who = _author(target).name or "somebody"
    text = "\n".join(words(target, replace(NOBODY, called=bot.called)))
    return f"Tell me about this message of {who}:\n\n{quoted(text)}" if text else ""


def _pressed(payload: Payload, id: str, place: Place, address: Mapping[str, str]) -> Press | None:
    """A button of ours; its custom id is `{action}:{turn}`."""
    name, _, turn = text_in(object_in(payload, "data"), "custom_id").partition(":")
    if name not in tuple(Action) or not _SLUG.fullmatch(turn):
        return None
    author = _author(payload, trusted=is_member(payload))
    return Press(id=id, place=place, author=author, at=seconds(id), address=address, action=Action(name), turn=turn)


def is_member(payload: Payload) -> bool:
    """Whether the bot itself is where an interaction came from; else a person brought it along, for themselves."""
    if payload.get("context") == IN_BOT_DM:
        return True
    owners = object_in(payload, "authorizing_integration_owners")
    return bool(text_in(payload, "guild_id")) and ("0" in owners or not owners)


def _place_of_interaction(payload: Payload) -> Place | None:
    channel, user = object_in(payload, "channel"), _user(payload)
    guild, id, parent = text_in(payload, "guild_id"), text_in(channel, "id"), text_in(channel, "parent_id")
    if not (ID.fullmatch(id) and ID.fullmatch(text_in(payload, "id")) and ID.fullmatch(text_in(user, "id"))):
        return None
    if not is_member(payload):
        return Place(NAME, guild or DM, id, text_in(user, "id"), private=True)
    if not guild:
        return Place(NAME, DM, id, private=True)
    is_thread = channel.get("type") in THREADS and parent
    return Place(NAME, guild, parent, id) if is_thread else Place(NAME, guild, id)


def _address_of_interaction(payload: Payload, *, is_told: bool) -> Mapping[str, str]:
    """A message where only tokens can write is changed with the one that it was made with, so that is told twice."""
    id, token, is_alone = text_in(payload, "id"), text_in(payload, "token"), not is_member(payload)
    address = {
        "channel": text_in(object_in(payload, "channel"), "id"),
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
    kind = object_in(payload, "channel").get("type")
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


# An event's parts


def _place(payload: Payload, parent: str) -> Place | None:
    """Where a message stands. None when its ids are not Discord's."""
    channel, guild = text_in(payload, "channel_id"), text_in(payload, "guild_id")
    if not ID.fullmatch(channel) or not ID.fullmatch(text_in(payload, "id")):
        return None
    if not guild:
        return Place(NAME, DM, channel, private=True)
    return Place(NAME, guild, parent, channel) if parent else Place(NAME, guild, channel)


def _address(payload: Payload) -> Mapping[str, str]:
    return {"channel": text_in(payload, "channel_id"), "message": text_in(payload, "id")}


def _is_from_person(payload: Payload) -> bool:
    """Webhooks write under any name, without being called bots."""
    author = object_in(payload, "author")
    if author.get("bot") or author.get("system") or "webhook_id" in payload:
        return False
    return payload.get("type") in (DEFAULT, REPLY) and bool(ID.fullmatch(text_in(author, "id")))


def _names_us(payload: Payload, bot: Bot) -> bool:
    """It mentions us, or our role, or replies to us, with or without its ping."""
    if bot.role and bot.role in list_in(payload, "mention_roles"):
        return True
    if any(text_in(one, "id") == bot.user for one in objects_in(payload, "mentions")):
        return True
    answered = object_in(payload, "referenced_message")
    is_reply = payload.get("type") == REPLY and text_in(object_in(answered, "author"), "id") == bot.user
    return is_reply and bool(payload.get("content") or payload.get("attachments"))


def _user(payload: Payload) -> Payload:
    return object_in(object_in(payload, "member"), "user") or object_in(payload, "user") or object_in(payload, "author")


def _author(payload: Payload, *, trusted: bool = True) -> Person:
    user, member = _user(payload), object_in(payload, "member")
    flags = member.get("flags")
    is_guest = isinstance(flags, int) and bool(flags & GUEST)
    roles = tuple(role for role in list_in(member, "roles") if isinstance(role, str) and ID.fullmatch(role))
    return Person(text_in(user, "id"), name_of(user, member), roles, trusted and not is_guest)
