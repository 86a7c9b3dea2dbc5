"""What a message says: its text as people see it, what stands beside it, and its files. No I/O."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bots.discord.fields import Payload, object_of, objects_of, text_of
from core.contract import File, Place

ID = re.compile(r"[0-9]{1,20}")
DEFAULT, REPLY = 0, 19
TEXT_DISPLAY = 10  # of a message's components: where bots write without `content`
MOST_EMBEDS, MOST_FIELDS, MOST_COMPONENTS = 10, 25, 40

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


def question(payload: Payload, bot: Bot) -> str:
    """The text without the mention that calls the bot, and below it, quoted, what it forwards or replies to."""
    asked = _named(_uncalled(text_of(payload, "content"), bot), payload)
    stickers = [f"[sticker: {text_of(one, 'name')}]" for one in objects_of(payload, "sticker_items")]
    beside = [quoted(text) for text in _beside(payload, bot)]
    return "\n\n".join(part for part in (asked, *stickers, *beside) if part)


def words(message: Payload, bot: Bot) -> Iterator[str]:
    """Its text, and what other bots write beside it."""
    if text := question(message, bot):
        yield text
    if object_of(message, "author").get("bot"):
        yield from _drawn(message)


def alone(payload: Payload) -> Payload:
    """A message as if it replied to nothing."""
    return {**payload, "type": DEFAULT}


def quoted(text: str) -> str:
    return "> " + text.replace("\n", "\n> ") if text else ""


def name_of(user: Payload, member: Payload) -> str:
    return _fit(text_of(member, "nick") or text_of(user, "global_name") or text_of(user, "username"))


def files_of(payload: Payload, place: Place, bot: Bot) -> tuple[File, ...]:
    """Its own, and those of what it forwards or replies to.

    `ref` is `channel:message:attachment:path`: its address without the signature, which ends within a day.
    """
    answered = _answered(payload, bot)
    return (*_files(payload, place), *(_files(answered, place) if answered else ()))


def _files(payload: Payload, place: Place) -> Iterator[File]:
    where = f"{text_of(payload, 'channel_id') or place.thread or place.channel}:{text_of(payload, 'id')}"
    for one in _attachments(payload):
        ref = f"{where}:{text_of(one, 'id')}:{_path(one)}"
        yield File(ref, text_of(one, "filename") or "file", _size(one))


def _attachments(payload: Payload) -> Iterator[Payload]:
    snapshots = (object_of(one, "message") for one in objects_of(payload, "message_snapshots"))
    found = (one for holder in (payload, *snapshots) for one in objects_of(holder, "attachments"))
    return (one for one in found if ID.fullmatch(text_of(one, "id")))


# Beside its text


def _beside(payload: Payload, bot: Bot) -> Iterator[str]:
    """What a message forwards, whose author nobody tells; and what it replies to."""
    for snapshot in objects_of(payload, "message_snapshots"):
        message = object_of(snapshot, "message")
        embeds = [one for one in objects_of(message, "embeds") if one.get("type") == "rich"]  # no link's preview
        said = [_named(text_of(message, "content"), message), *_drawn({**message, "embeds": embeds})]
        yield "\n".join(part for part in said if part)
    if answered := _answered(payload, bot):
        user = object_of(answered, "author")
        said = [_named(text_of(answered, "content"), answered), *(_drawn(answered) if user.get("bot") else ())]
        said += [f"[file: {_fit(text_of(one, 'filename')) or 'file'}]" for one in _attachments(answered)]
        text = "\n".join(part for part in said if part)
        yield f"{name_of(user, {}) or 'somebody'} wrote:\n{text}" if text else ""


def _answered(payload: Payload, bot: Bot) -> Payload | None:
    """What a message replies to, unless that is ours, which the history knows."""
    answered = object_of(payload, "referenced_message")
    is_reply = payload.get("type") == REPLY and bool(answered)
    return answered if is_reply and text_of(object_of(answered, "author"), "id") != bot.user else None


def _drawn(message: Payload) -> Iterator[str]:
    """What bots write without text: the boxes of an alert."""
    for embed in objects_of(message, "embeds")[:MOST_EMBEDS]:
        fields = [(text_of(one, "name"), text_of(one, "value")) for one in objects_of(embed, "fields")[:MOST_FIELDS]]
        parts = (
            text_of(object_of(embed, "author"), "name"),
            text_of(embed, "title"),
            text_of(embed, "description"),
            *(f"{name}: {value}" for name, value in fields),
            text_of(object_of(embed, "footer"), "text"),
        )
        yield "\n".join(part for part in parts if part)
    yield from _displayed(message)


def _displayed(holder: Payload, depth: int = 3) -> Iterator[str]:
    for one in objects_of(holder, "components")[:MOST_COMPONENTS] if depth else ():
        if one.get("type") == TEXT_DISPLAY:
            yield text_of(one, "content")
        yield from _displayed(one, depth - 1)


# Its text


def _fit(name: str) -> str:
    return " ".join(_UNFIT.sub(" ", name).split())[:80]


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


def _named(text: str, message: Payload) -> str:
    """Discord's own marks as what they show: `<@1>` is @Ada, whom `message` names, `<:wave:1>` is :wave:."""
    names = {text_of(one, "id"): name_of(one, object_of(one, "member")) for one in objects_of(message, "mentions")}

    def shown(match: re.Match[str]) -> str:
        user, role, _, emoji, command = match.groups()
        if user:
            return f"@{names.get(user) or user}"
        return emoji or command or ("@role" if role else "#channel")

    return _ENTITY.sub(shown, text)


def _path(attachment: Payload) -> str:
    found = re.match(r"https?://[^/?#]+(/[^?#]*)", text_of(attachment, "url"))
    return found[1] if found else ""


def _size(attachment: Payload) -> int:
    size = attachment.get("size")
    return max(size, 0) if isinstance(size, int) else 0
