"""Discord's gateway events as events of ours. No I/O.

They are read as they came over the wire, so that what is tested is what Discord sends. Whatever is missing or of the
wrong type in a payload makes it no event at all.

An event's `address`, over which that of a button lies: the `channel`; of a message its id, `message`, and perhaps
`unread`, which is "yes" or missing. Of an interaction: see parse_interactions.py.
"""

from collections.abc import Iterator, Mapping, Sequence

from bots.discord.parse_interactions import command_or_press
from bots.discord.parts import COMPONENT, DM, NAME, PRIVATE_THREAD, THREADS, author_of, seconds
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
    question,
    quotes,
    words,
)
from core.called import moment
from core.commands import as_command, parse_command
from core.contract import Change, Command, Event, File, Left, Message, Person, Place
from core.outside import Payload, list_in, object_in, objects_in, text_in

UNREAD = "unread"
"""In the address of what names the bot in a server, but came without its text: what calls its role or replies to a
command's answer, as long as we have no intent for contents. Direct messages come whole, also those without a text."""
ANEW_SECONDS = 180.0
"""How old a message may be that asks by an edit: that a command was done is known for ten minutes."""

THREAD_STARTER = 21


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
            return command_or_press(payload, bot, parent)
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


# Messages


def _said(payload: Payload, bot: Bot, parent: str) -> Message | Command | None:
    id, place = text_in(payload, "id"), _place(payload, parent)
    if place is None or not _is_from_person(payload):
        return None
    direct = place.private or (_names_us(payload, bot) and not is_passed_on(payload, bot))
    text, files = question(payload, bot), files_of(payload, place, bot)
    if not direct and (not place.thread or is_to_another(payload, bot) or not _speaks(payload, place, bot)):
        return None
    author, address = author_of(payload), _address(payload)
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
    return as_command(message, *command, edited=text_in(payload, "edited_timestamp")) if command else message


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
    return "\n\n".join(filter(None, (text, f"[This replies to {_pointer(answered, author_of(payload))}.]")))


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
    """A person's edit. Discord says the same of unfurled links, of pins, of a thread that somebody starts.

    It may take our name out of what we were asked: whether we were, the inbox knows.
    """
    id, place = text_in(payload, "id"), _place(payload, parent)
    if place is None or not text_in(payload, "edited_timestamp") or not _is_from_person(payload):
        return None
    if not (text_in(payload, "content") or list_in(payload, "attachments")):  # or nobody lets us read it
        return None
    return Change(
        id=id,
        place=place,
        author=author_of(payload),
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
    return Message(id=id, place=place, author=author_of(message), at=seconds(id), text=text, files=files)


def as_heard(message: Payload, place: Place, member: Payload | None = None) -> Payload:
    """A message that was looked up, in the shape of the event that should have told of it."""
    heard = {**message, "member": member or {}}
    return heard if place.private else {**heard, "guild_id": place.space}


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
