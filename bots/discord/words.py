"""What a message says: its text as people see it, what stands beside it, and its files. No I/O."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from core.called import fit, quoted, uncalled
from core.contract import File, Place
from core.outside import Payload, object_in, objects_in, size_in, text_in

ID = re.compile(r"[0-9]{1,20}")
DEFAULT, REPLY = 0, 19
SAID = (DEFAULT, REPLY, 20, 23)  # types of messages: the last two are what a bot answers to a command, or to a menu's
SUPPRESS_EMBEDS, EPHEMERAL, LOADING = 1 << 2, 1 << 6, 1 << 7
"""A message's flags: it shows no previews, one person alone sees it, it says "is thinking"."""
TEXT_DISPLAY = 10  # of a message's components: where bots write without `content`
ABOUT_THIS = "Ask Claude about this"
"""The entry in a message's menu, which shows the message to us whatever our intents are."""
MOST_EMBEDS, MOST_FIELDS, MOST_COMPONENTS, MOST_ANSWERS = 10, 25, 40, 10

_ENTITY = re.compile(r"<(?:@!?(\d{1,20})|@&(\d{1,20})|#(\d{1,20})|a?(:\w{1,32}:)\d{1,20}|(/[^<>\n:]{1,100}):\d{1,20})>")
_PARTS = ("content", "attachments", "embeds", "components", "poll", "sticker_items")
_IN_ITS_MENU = (
    "that you are not shown: Discord lets you read only what mentions you. Whoever asks may choose "
    f"“{ABOUT_THIS}” in the menu of that message, under Apps.]"
)
_KEPT_BACK = f"[This replies to a message of {{who}} {_IN_ITS_MENU}"
_FORWARD_KEPT_BACK = f"[This comes with a forwarded message {_IN_ITS_MENU}"
_MENTION = re.compile(r"<@[!&]?(\d{1,20})>")
_TO_SOMEBODY = re.compile(rf"[\s*_]*(?:{_MENTION.pattern}|@(?:here|everyone)\b)")


def _nobody_told(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, repr=False)
class Bot:
    """Who we are, and what we know of an event's server.

    `role`: the one that Discord made for us there, which people take for our name. `called`: what an id there is, as it
    shows: "#billing" of a channel, "@Support" of a role, "" of what is not known.
    """

    user: str
    application: str
    name: str = ""
    role: str = ""
    called: Callable[[str], str] = _nobody_told


def linking(bot: Bot) -> Bot:
    """The same, for words that Claude shall repeat: a channel stays a link, whatever it is called one day."""

    def called(id: str) -> str:
        name = bot.called(id)
        return name if name.startswith("@") else ""

    return replace(bot, called=called)


def told_with(command: Payload, bot: Bot, *, is_alone: bool) -> Bot:
    """The same, with what channels and roles are called by a command.

    Of channels it tells what its person may see: for others who read the answer the bot knows what everybody may, and
    the command where that stands, which may be hidden from the bot.
    """
    resolved, here = object_in(object_in(command, "data"), "resolved"), object_in(command, "channel")
    channels = {text_in(here, "id"): here, **(object_in(resolved, "channels") if is_alone else {})}
    kinds = (("#", channels), ("@", object_in(resolved, "roles")))

    def called(id: str) -> str:
        names = ((sign, fit(text_in(object_in(known, id), "name"))) for sign, known in kinds)
        return next((sign + name.removeprefix(sign) for sign, name in names if name), "") or bot.called(id)

    return replace(bot, called=called)


def is_to_another(payload: Payload, bot: Bot) -> bool:
    """Whether it begins with a mention of somebody else, a role or everybody; or replies to what somebody else said.

    Whoever replies to an alert, or to their own words, does not talk to its author.
    """
    if called := _TO_SOMEBODY.match(text_in(payload, "content")):
        return called[1] not in {bot.user, bot.role}
    author = object_in(_answered(payload, bot) or {}, "author")
    who = text_in(author, "id")
    return bool(who) and not author.get("bot") and who != text_in(object_in(payload, "author"), "id")


def is_passed_on(payload: Payload, bot: Bot) -> bool:
    """Whether it is a Reply that begins with the name of others, and names us by no more than its ping."""
    text = text_in(payload, "content")
    is_to_them = payload.get("type") == REPLY and _TO_SOMEBODY.match(text) is not None
    return is_to_them and not {bot.user, bot.role}.intersection(_MENTION.findall(text))


def question(payload: Payload, bot: Bot) -> str:
    """The text without the mention that calls the bot, and below it, quoted, what it forwards or replies to."""
    text = text_in(payload, "content")
    calls = [match.span() for match in _MENTION.finditer(text) if match[1] in {bot.user, bot.role}]
    asked = named(uncalled(text, calls).rstrip(), payload, bot)
    beside = [quoted(text) for text in _beside(payload, bot)]
    return "\n\n".join(part for part in (asked, *_marks(payload), *beside) if part)


def words(message: Payload, bot: Bot) -> Iterator[str]:
    """Its text, and what other bots write beside it."""
    if text := question(message, bot):
        yield text
    if object_in(message, "author").get("bot"):
        yield from _drawn(message)


def quotes(payload: Payload, bot: Bot) -> tuple[str, ...]:
    """Ids of those whose words stand below its own: who wrote what it replies to. Of what it forwards nobody tells."""
    answered = _answered(payload, bot) or {}
    author = text_in(object_in(answered, "author"), "id")
    return (author,) if ID.fullmatch(author) and not is_blank(answered) else ()


def is_blank(message: Payload) -> bool:
    """Whether Discord keeps from us what it says: without the intent for contents it comes as nobody can send it."""
    is_said = message.get("type") in SAID and not size_in(message, "flags") & LOADING
    return is_said and not _has_something(message)


def _has_something(message: Payload) -> bool:
    snapshots = (object_in(one, "message") for one in objects_in(message, "message_snapshots"))
    return any(message.get(part) for part in _PARTS) or any(map(_has_something, snapshots))


def alone(payload: Payload) -> Payload:
    """A message as if it replied to nothing."""
    return {**payload, "type": DEFAULT}


def name_of(user: Payload, member: Payload) -> str:
    return fit(text_in(member, "nick") or text_in(user, "global_name") or text_in(user, "username"))


def named(text: str, message: Payload, bot: Bot) -> str:
    """Discord's own marks as what they show: `<@1>` is @Ada, whom `message` names, `<:wave:1>` is :wave:.

    A channel that is not known stays as it is: in an answer Discord makes a link of it, which rings nobody.
    """
    names = {text_in(one, "id"): name_of(one, object_in(one, "member")) for one in objects_in(message, "mentions")}

    def shown(match: re.Match[str]) -> str:
        user, role, channel, emoji, command = match.groups()
        if user:
            return f"@{names.get(user) or user}"
        return emoji or command or bot.called(role or channel) or ("@role" if role else match[0])

    return _ENTITY.sub(shown, text)


def files_of(payload: Payload, place: Place, bot: Bot) -> tuple[File, ...]:
    """Its own, and those of what it forwards or replies to.

    `ref` is `channel:message:attachment:path`: its address without the signature, which ends within a day.
    """
    answered = _answered(payload, bot)
    return (*_files(payload, place), *(_files(answered, place) if answered else ()))


def _files(payload: Payload, place: Place) -> Iterator[File]:
    where = f"{text_in(payload, 'channel_id') or place.thread or place.channel}:{text_in(payload, 'id')}"
    for one in _attachments(payload):
        ref = f"{where}:{text_in(one, 'id')}:{_path(one)}"
        yield File(ref, text_in(one, "filename") or "file", size_in(one, "size"))


def _attachments(payload: Payload) -> Iterator[Payload]:
    snapshots = (object_in(one, "message") for one in objects_in(payload, "message_snapshots"))
    found = (one for holder in (payload, *snapshots) for one in objects_in(holder, "attachments"))
    return (one for one in found if ID.fullmatch(text_in(one, "id")))


def _path(attachment: Payload) -> str:
    found = re.match(r"https?://[^/?#]+(/[^?#]*)", text_in(attachment, "url"))
    return found[1] if found else ""


# Beside its text


def _beside(payload: Payload, bot: Bot) -> Iterator[str]:
    """What a message forwards, whose author nobody tells; and what it replies to."""
    yield from _forwarded(payload, bot)
    snapshots = (object_in(one, "message") for one in objects_in(payload, "message_snapshots"))
    if text_in(payload, "content") and not all(map(_has_something, snapshots)):
        yield _FORWARD_KEPT_BACK
    if answered := _answered(payload, bot):
        user, forwarded = object_in(answered, "author"), list(_forwarded(answered, bot))
        said = [named(text_in(answered, "content"), answered, bot), *_marks(answered), *forwarded]
        said += _drawn(answered) if user.get("bot") else ()
        said += [f"[file: {fit(text_in(one, 'filename')) or 'file'}]" for one in _attachments(answered)]
        text = "\n".join(part for part in said if part)
        did, who = "forwarded" if forwarded else "wrote", name_of(user, {}) or "somebody"
        yield f"{who} {did}:\n{text}" if text else _KEPT_BACK.format(who=who) if is_blank(answered) else ""


def _forwarded(payload: Payload, bot: Bot) -> Iterator[str]:
    for snapshot in objects_in(payload, "message_snapshots"):
        message = object_in(snapshot, "message")
        embeds = [one for one in objects_in(message, "embeds") if one.get("type") == "rich"]  # no link's preview
        text = named(text_in(message, "content"), message, bot)
        said = [text, *_marks(message), *_drawn({**message, "embeds": embeds})]
        yield "\n".join(part for part in said if part)


def _marks(message: Payload) -> Iterator[str]:
    """What stands in the place of its text: stickers, a poll."""
    yield from (f"[sticker: {text_in(one, 'name')}]" for one in objects_in(message, "sticker_items"))
    poll = object_in(message, "poll")
    if asked := text_in(object_in(poll, "question"), "text"):
        yield "\n".join([f"[poll: {asked}]", *_votes(poll)])


def _votes(poll: Payload) -> Iterator[str]:
    counted = objects_in(object_in(poll, "results"), "answer_counts")
    counts = {str(one.get("id")): size_in(one, "count") for one in counted}
    for answer in objects_in(poll, "answers")[:MOST_ANSWERS]:
        count = counts.get(str(answer.get("answer_id")))
        text = text_in(object_in(answer, "poll_media"), "text")
        yield f"- {text} (votes: {count})" if count else f"- {text}"


def _answered(payload: Payload, bot: Bot) -> Payload | None:
    """What a message replies to, unless that is ours, which the history knows."""
    answered = object_in(payload, "referenced_message")
    is_reply = payload.get("type") == REPLY and bool(answered)
    return answered if is_reply and text_in(object_in(answered, "author"), "id") != bot.user else None


def untold(payload: Payload) -> str:
    """The id of what a person replies to, where the event lacks it: then Discord has not looked it up. "" of others.

    Where it says that there is none (null), that is deleted.
    """
    is_torn = payload.get("type") == REPLY and "referenced_message" not in payload
    id = text_in(object_in(payload, "message_reference"), "message_id") if is_torn else ""
    return id if ID.fullmatch(id) else ""


def _drawn(message: Payload) -> Iterator[str]:
    """What bots write without text: the boxes of an alert."""
    for embed in objects_in(message, "embeds")[:MOST_EMBEDS]:
        fields = [(text_in(one, "name"), text_in(one, "value")) for one in objects_in(embed, "fields")[:MOST_FIELDS]]
        parts = (
            text_in(object_in(embed, "author"), "name"),
            text_in(embed, "title"),
            text_in(embed, "description"),
            *(f"{name}: {value}" for name, value in fields),
            text_in(object_in(embed, "footer"), "text"),
        )
        yield "\n".join(part for part in parts if part)
    yield from _displayed(message)


def _displayed(holder: Payload, depth: int = 3) -> Iterator[str]:
    for one in objects_in(holder, "components")[:MOST_COMPONENTS] if depth else ():
        if one.get("type") == TEXT_DISPLAY:
            yield text_in(one, "content")
        yield from _displayed(one, depth - 1)
