"""Discord's gateway events as events of ours. No I/O.

They are read as they came over the wire, so that what is tested is what Discord sends. Whatever is missing or of the
wrong type in a payload makes it no event at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.commands import parse_command
from core.contract import Action, Change, Command, Event, File, Left, Message, Person, Place, Press

Payload: TypeAlias = Mapping[str, object]

NAME = "discord"
DM = "dm"
"""The `space` of direct messages."""
ABOUT_THIS = "Ask Claude about this"
"""The entry in a message's menu."""
TOKEN_SECONDS = 14.5 * 60
"""How long an interaction's token is good; Discord says 15 minutes."""

EPOCH_MS = 1_420_070_400_000
DEFAULT, REPLY, THREAD_STARTER = 0, 19, 21
THREADS = (10, 11, 12)
COMMAND, COMPONENT = 2, 3
BY_MESSAGE = 3  # a command of a message's menu
IN_BOT_DM = 1
EPHEMERAL = 1 << 6
GUEST = 1 << 4  # a member who may only use one voice channel

_ID = re.compile(r"[0-9]{1,20}")
_SLUG = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_TOKEN = re.compile(r"[A-Za-z0-9._~=-]{1,512}")
_HALF = re.compile("[\ud800-\udfff]")
_UNFIT = re.compile(r"[<>`\x00-\x1f\x7f]")  # a display name is chosen by its owner and stands in a question
_ENTITY = re.compile(r"<(?:@!?(\d{1,20})|@&(\d{1,20})|#(\d{1,20})|a?(:\w{1,32}:)\d{1,20}|(/[^<>\n:]{1,100}):\d{1,20})>")
_MENTION = re.compile(r"<@[!&]?(\d{1,20})>")


@dataclass(frozen=True, slots=True, repr=False)
class Bot:
    """Who we are. `role`: the one that Discord made for us in an event's server, which people take for our name."""

    user: str
    application: str
    name: str = ""
    role: str = ""


def to_event(kind: str, payload: Payload, bot: Bot, parent: str = "") -> Event | None:
    """The event that a gateway event is, or None when it is not for us.

    `kind` is its name, such as MESSAGE_CREATE. `parent`: the channel of the thread in which it happened, "" when that
    is no thread; messages do not tell it.
    """
    match kind:
        case "MESSAGE_CREATE":
            return _said(payload, bot, parent)
        case "MESSAGE_UPDATE":
            return _edited(payload, bot, parent)
        case "MESSAGE_DELETE":
            return _deleted(payload, parent)
        case "INTERACTION_CREATE":
            return _interaction(payload)
        case "GUILD_DELETE" | "CHANNEL_DELETE" | "THREAD_DELETE":
            return _left(payload)
    return None


def each(kind: str, payload: Payload) -> Iterator[tuple[str, Payload]]:
    """A gateway event's single ones: moderators delete many messages at once."""
    if kind != "MESSAGE_DELETE_BULK":
        yield kind, payload
        return
    for id in _list(payload, "ids"):
        yield "MESSAGE_DELETE", {**payload, "id": id}


def seconds(snowflake: str) -> float:
    """When this id was made, in seconds since 1970."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def snowflake(seconds: float) -> int:
    """The first id of this moment."""
    return max(int(seconds * 1000) - EPOCH_MS, 0) << 22


# Messages


def _said(payload: Payload, bot: Bot, parent: str) -> Message | Command | None:
    id, place = _text(payload, "id"), _place(payload, parent)
    if place is None or not _is_from_person(payload):
        return None
    direct = place.private or _names_us(payload, bot)
    text, files = _question(payload, bot), _files(payload, place)
    if not direct and not (place.thread and (text or files)):
        return None
    author, address = _author(payload), _address(payload)
    command = _command(payload, text, files, place) if direct else None
    if command is None:
        return Message(
            id=id,
            place=place,
            author=author,
            at=seconds(id),
            address=address,
            text=text,
            files=files,
            direct=direct,
        )
    name, argument = command
    return Command(
        id=id,
        place=place,
        author=author,
        at=seconds(id),
        address=address,
        name=name,
        argument=argument,
        files=files,
    )


def _command(payload: Payload, text: str, files: Sequence[File], place: Place) -> tuple[str, str] | None:
    """The bot's name alone asks for help, except in a thread, where it means what stands above.

    So does a message that we may not read: a reply to a command's answer, without the intent for contents.
    """
    if not text and not files and not (place.thread and _text(payload, "content")):
        return "help", ""
    return parse_command(text)


def _edited(payload: Payload, bot: Bot, parent: str) -> Change | None:
    """A person's edit. Discord says the same of unfurled links, of pins, of a thread that somebody starts."""
    id, place = _text(payload, "id"), _place(payload, parent)
    if place is None or not _text(payload, "edited_timestamp") or not _is_from_person(payload):
        return None
    if not _text(payload, "content") or not (place.private or place.thread or _names_us(payload, bot)):
        return None
    return Change(
        id=id,
        place=place,
        author=_author(payload),
        at=seconds(id),
        address=_address(payload),
        text=_question(payload, bot),
    )


def _deleted(payload: Payload, parent: str) -> Change | None:
    """Discord does not say whose message it was."""
    id, place = _text(payload, "id"), _place(payload, parent)
    if place is None:
        return None
    return Change(id=id, place=place, author=Person(""), at=seconds(id), address=_address(payload), text=None)


def _left(payload: Payload) -> Left | None:
    """The bot was removed from a server, or a channel or a thread was deleted. A server may be away for a while."""
    id, guild, parent = _text(payload, "id"), _text(payload, "guild_id"), _text(payload, "parent_id")
    if not _ID.fullmatch(id) or "unavailable" in payload:
        return None
    channel = Place(NAME, guild, parent, id) if payload.get("type") in THREADS else Place(NAME, guild, id)
    return Left(id=id, place=channel if guild else Place(NAME, id, ""), author=Person(""), at=seconds(id))


def earlier(message: Payload, place: Place, bot: Bot) -> Message | None:
    """A message that was said in a thread before, by a person or another bot; None for our own and for notices.

    Where the thread was started from an answer of ours, that one counts: it need not be in the thread's history.
    """
    kind = message.get("type")
    if kind == THREAD_STARTER:
        message = _object(message, "referenced_message")
    elif _text(_object(message, "author"), "id") == bot.user or kind not in (DEFAULT, REPLY):
        return None
    id = _text(message, "id")
    if not _ID.fullmatch(id) or not _ID.fullmatch(_text(_object(message, "author"), "id")):
        return None
    said = {**message, "type": DEFAULT}  # what it replies to stands there as well
    text, files = "\n".join(_words(said, bot)), _files(said, place)
    if not text and not files:
        return None
    return Message(id=id, place=place, author=_author(message), at=seconds(id), text=text, files=files)


def _words(message: Payload, bot: Bot) -> Iterator[str]:
    """Its text, and what other bots write beside it: an alert's title, description and fields."""
    if text := _question(message, bot):
        yield text
    for embed in _objects(message, "embeds")[:10] if _object(message, "author").get("bot") else ():
        parts = [_text(embed, key) for key in ("title", "description")]
        parts += [f"{_text(field, 'name')}: {_text(field, 'value')}" for field in _objects(embed, "fields")[:25]]
        yield "\n".join(part for part in parts if part)


def as_heard(message: Payload, place: Place, member: Payload | None = None) -> Payload:
    """A message that was looked up, in the shape of the event that should have told of it."""
    heard = {**message, "member": member or {}}
    return heard if place.private else {**heard, "guild_id": place.space}


# Interactions


def _interaction(payload: Payload) -> Command | Press | None:
    place, id = _place_of_interaction(payload), _text(payload, "id")
    if place is None or not _TOKEN.fullmatch(_text(payload, "token")):
        return None
    address = _address_of_interaction(payload)
    match payload.get("type"):
        case 2:
            return _asked(payload, id, place, address)
        case 3:
            return _pressed(payload, id, place, address)
    return None


def _asked(payload: Payload, id: str, place: Place, address: Mapping[str, str]) -> Command | None:
    data = _object(payload, "data")
    name = _text(data, "name")
    files: tuple[File, ...] = ()
    if data.get("type") == BY_MESSAGE:
        target = _object(_object(_object(data, "resolved"), "messages"), _text(data, "target_id"))
        name, argument, files = "ask", _about(target), _files(target, place)
    else:
        values = [option.get("value") for option in _objects(data, "options")]
        argument = next((_whole(value) for value in values if isinstance(value, str)), "")
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
    )


def _about(target: Payload) -> str:
    """The question that choosing "Ask Claude about this" is."""
    who = _author(target).name or "somebody"
    text = "\n".join(_words(target, Bot("", "")))
    return f"Tell me about this message of {who}:\n\n{_quoted(text)}" if text else ""


def _pressed(payload: Payload, id: str, place: Place, address: Mapping[str, str]) -> Press | None:
    """A button of ours; its custom id is `{action}:{turn}`."""
    name, _, turn = _text(_object(payload, "data"), "custom_id").partition(":")
    if name not in tuple(Action) or not _SLUG.fullmatch(turn):
        return None
    author = _author(payload, trusted=is_member(payload))
    return Press(id=id, place=place, author=author, at=seconds(id), address=address, action=Action(name), turn=turn)


def is_member(payload: Payload) -> bool:
    """Whether the bot itself is where an interaction came from; else a person brought it along, for himself."""
    if payload.get("context") == IN_BOT_DM:
        return True
    owners = _object(payload, "authorizing_integration_owners")
    return bool(_text(payload, "guild_id")) and ("0" in owners or not owners)


def _place_of_interaction(payload: Payload) -> Place | None:
    channel, user = _object(payload, "channel"), _user(payload)
    guild, id, parent = _text(payload, "guild_id"), _text(channel, "id"), _text(channel, "parent_id")
    if not (_ID.fullmatch(id) and _ID.fullmatch(_text(payload, "id")) and _ID.fullmatch(_text(user, "id"))):
        return None
    if not is_member(payload):
        return Place(NAME, guild or DM, id, _text(user, "id"), private=True)
    if not guild:
        return Place(NAME, DM, id, private=True)
    is_thread = channel.get("type") in THREADS and parent
    return Place(NAME, guild, parent, id) if is_thread else Place(NAME, guild, id)


def _address_of_interaction(payload: Payload) -> Mapping[str, str]:
    """`original`: the message that the button is on. `alone`: only the token can write there, for its person alone."""
    id = _text(payload, "id")
    address = {
        "channel": _text(_object(payload, "channel"), "id"),
        "interaction": id,
        "token": _text(payload, "token"),
        "until": f"{seconds(id) + TOKEN_SECONDS:.0f}",
        "alone": "" if is_member(payload) else "yes",
    }
    original = _text(_object(payload, "message"), "id")
    return {**address, "original": original} if original else address


# An event's parts


def _place(payload: Payload, parent: str) -> Place | None:
    """Where a message stands. None when its ids are not Discord's."""
    channel, guild = _text(payload, "channel_id"), _text(payload, "guild_id")
    if not _ID.fullmatch(channel) or not _ID.fullmatch(_text(payload, "id")):
        return None
    if not guild:
        return Place(NAME, DM, channel, private=True)
    return Place(NAME, guild, parent, channel) if parent else Place(NAME, guild, channel)


def _address(payload: Payload) -> Mapping[str, str]:
    return {"channel": _text(payload, "channel_id"), "message": _text(payload, "id")}


def _is_from_person(payload: Payload) -> bool:
    """Webhooks write under any name, without being called bots."""
    author = _object(payload, "author")
    if author.get("bot") or author.get("system") or "webhook_id" in payload:
        return False
    return payload.get("type") in (DEFAULT, REPLY) and bool(_ID.fullmatch(_text(author, "id")))


def _names_us(payload: Payload, bot: Bot) -> bool:
    """It mentions us, or our role, or replies to us, with or without its ping."""
    if bot.role and bot.role in _list(payload, "mention_roles"):
        return True
    if any(_text(one, "id") == bot.user for one in _objects(payload, "mentions")):
        return True
    answered = _object(payload, "referenced_message")
    is_reply = payload.get("type") == REPLY and _text(_object(answered, "author"), "id") == bot.user
    return is_reply and bool(payload.get("content") or payload.get("attachments"))


def _user(payload: Payload) -> Payload:
    return _object(_object(payload, "member"), "user") or _object(payload, "user") or _object(payload, "author")


def _author(payload: Payload, *, trusted: bool = True) -> Person:
    user, member = _user(payload), _object(payload, "member")
    flags = member.get("flags")
    is_guest = isinstance(flags, int) and bool(flags & GUEST)
    roles = tuple(role for role in _list(member, "roles") if isinstance(role, str) and _ID.fullmatch(role))
    return Person(_text(user, "id"), _name(user, member), roles, trusted and not is_guest)


def _name(user: Payload, member: Payload) -> str:
    name = _text(member, "nick") or _text(user, "global_name") or _text(user, "username")
    return " ".join(_UNFIT.sub(" ", name).split())[:80]


def _question(payload: Payload, bot: Bot) -> str:
    """The text without the mention that calls the bot, and below it, quoted, what it forwards or replies to."""
    names = {_text(one, "id"): _name(one, _object(one, "member")) for one in _objects(payload, "mentions")}
    asked = _named(_uncalled(_text(payload, "content"), bot), names)
    stickers = [f"[sticker: {_text(one, 'name')}]" for one in _objects(payload, "sticker_items")]
    quoted = [_quoted(text) for text in _beside(payload, bot)]
    return "\n\n".join(part for part in (asked, *stickers, *quoted) if part)


def _beside(payload: Payload, bot: Bot) -> Iterator[str]:
    """What a message forwards; and what it replies to, unless that is ours, which the history knows."""
    for snapshot in _objects(payload, "message_snapshots"):
        yield _named(_text(_object(snapshot, "message"), "content"), {})
    answered = _object(payload, "referenced_message")
    text = _named(_text(answered, "content"), {})
    author = _object(answered, "author")
    if text and payload.get("type") == REPLY and _text(author, "id") != bot.user:
        yield f"{_name(author, {}) or 'somebody'} wrote:\n{text}"


def _quoted(text: str) -> str:
    return "> " + text.replace("\n", "\n> ") if text else ""


def _uncalled(text: str, bot: Bot) -> str:
    """Without the bot's mention at the beginning and the end; in the middle it is a word of the sentence."""
    calls = [match.span() for match in _MENTION.finditer(text) if match[1] in {bot.user, bot.role}]
    start, end = 0, len(text)
    for first, last in calls:
        if text[start:first].strip(" \t\r\n,:"):
            break
        start = last
    for first, last in reversed(calls):
        if first < start or text[last:end].strip():
            break
        end = first
    return (text[start:end].lstrip(" \t\r\n,:") if start else text[:end]).rstrip()


def _named(text: str, names: Mapping[str, str]) -> str:
    """Discord's own marks as what they show: `<@1>` is @Ada, `<:wave:1>` is :wave:."""

    def shown(match: re.Match[str]) -> str:
        user, role, _, emoji, command = match.groups()
        if user:
            return f"@{names.get(user) or user}"
        return emoji or command or ("@role" if role else "#channel")

    return _ENTITY.sub(shown, text)


def _files(payload: Payload, place: Place) -> tuple[File, ...]:
    """`ref` is `channel:message:attachment:path`: its address without the signature, which ends within a day."""
    where = f"{_text(payload, 'channel_id') or place.thread or place.channel}:{_text(payload, 'id')}"
    snapshots = (_object(one, "message") for one in _objects(payload, "message_snapshots"))
    found = (one for holder in (payload, *snapshots) for one in _objects(holder, "attachments"))
    return tuple(
        File(f"{where}:{_text(one, 'id')}:{_path(one)}", _text(one, "filename") or "file", _size(one))
        for one in found
        if _ID.fullmatch(_text(one, "id"))
    )


def _path(attachment: Payload) -> str:
    found = re.match(r"https?://[^/?#]+(/[^?#]*)", _text(attachment, "url"))
    return found[1] if found else ""


def _size(attachment: Payload) -> int:
    size = attachment.get("size")
    return max(size, 0) if isinstance(size, int) else 0


# JSON from outside


def _whole(text: str) -> str:
    """JSON can carry half a character, which nothing else here could write down."""
    return _HALF.sub("\ufffd", text)


def _text(of: Payload, key: str) -> str:
    value = of.get(key)
    return _whole(value) if isinstance(value, str) else ""


def _object(of: Payload, key: str) -> Payload:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(of: Payload, key: str) -> Sequence[object]:
    value = of.get(key)
    return value if isinstance(value, list) else []


def _objects(of: Payload, key: str) -> Sequence[Payload]:
    return [one for one in _list(of, key) if isinstance(one, Mapping)]
