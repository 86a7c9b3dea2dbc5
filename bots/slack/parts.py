"""What Slack's payloads are made of: who somebody is, where it was, what it says. No I/O.

Whatever is missing or of the wrong type is as good as empty; an id that is not of Slack's shape is none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from bots.slack import blocks
from bots.slack.markup import to_markdown
from core.called import fit, quoted, uncalled
from core.contract import File, Person, Place
from core.outside import Payload, object_in, objects_in, size_in, text_in

NAME = "slack"
_REST = r"[A-Za-z0-9_-]{1,31}"
"""Of an id, behind the letter that tells of what it is. Slack's have capitals and digits, those of a stand-in whatever
its maker liked."""
USER = re.compile(rf"[UW]{_REST}")
TS = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
MENTION = re.compile(rf"<@([UW]{_REST})(?:\|[^<>\n]*)?>")
ROOM = re.compile(rf"<#(C{_REST})\|?>")
ASKS = " asks:"
"""So ends, behind whose it is, the first line of a slash command's question where we show it."""
RETRIES = (0.0, 60.0, 300.0)
"""Seconds until Slack tells again, after the try before, what was not acknowledged: three times, then never."""
MOST_ATTACHMENTS = 10
MOST_MAIL = 30_000
"""Characters of an e-mail that is read as words; a longer one is a file."""
GONE = ("tombstone", "hidden_by_limit")
SYSTEM = ("USLACKBOT", "USLACK")

_TO_SOMEBODY = re.compile(r"\s*<(?:@[UW]|!(?:subteam\^|here|channel|everyone))")
_UNFURLED = ("from_url", "original_url", "is_msg_unfurl", "is_app_unfurl", "is_share")
_NO_FALLBACK = "[no preview available]"
_BLOCKS_ALONE = "This content can't be displayed."
_CHANNEL = re.compile(rf"[CDG]{_REST}")
_FILE = re.compile(rf"F{_REST}")


@dataclass(frozen=True, slots=True, repr=False)
class Bot:
    """Who we are in this workspace, as auth.test says."""

    user: str
    id: str
    team: str
    enterprise: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """What users.info tells of a person. `trusted` is False for guests and people of other workspaces.

    Or what a channel that somebody names is called; `trusted` is one that is shared with nobody else. None: it does not
    tell.
    """

    name: str
    trusted: bool | None = None
    is_bot: bool = False


People: TypeAlias = Mapping[str, Profile]
NOBODY: People = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """A payload, and who is who in it."""

    payload: Payload
    bot: Bot
    people: People

    @property
    def names(self) -> Mapping[str, str]:
        return {id: profile.name for id, profile in self.people.items()} | {self.bot.user: self.bot.name}


# Where it was


def id_of(channel: str, ts: str) -> str:
    """A message as the core knows it: a ts is one of a channel."""
    return f"{channel}:{ts}"


def ts_of(id: str) -> str:
    """The other way round: the ts of a message, and of a thread's root; "" of what is none."""
    return id.partition(":")[2]


def place_of(event: Payload, bot: Bot, *, is_message: bool = True) -> Place | None:
    """Where it happened; a thread's root belongs to the channel itself. None when its ids are not Slack's."""
    channel, ts, thread = text_in(event, "channel"), text_in(event, "ts"), text_in(event, "thread_ts")
    if not _CHANNEL.fullmatch(channel) or (is_message and not TS.fullmatch(ts)):
        return None
    if thread and not TS.fullmatch(thread):
        return None
    private = channel.startswith("D") or text_in(event, "channel_type") == "im"
    return Place(NAME, bot.team, channel, id_of(channel, thread) if thread and thread != ts else "", private)


def address_of(event: Payload, ts: str) -> Mapping[str, str]:
    """What a screen needs: it answers in the thread, which for a message of the channel itself is the one under it."""
    return {"channel": text_in(event, "channel"), "thread_ts": text_in(event, "thread_ts") or ts, "ts": ts}


# Who somebody is


def profile(user: Payload, bot: Bot) -> Profile:
    """What users.info says of somebody."""
    shown = object_in(user, "profile")
    name = (
        text_in(shown, "display_name")
        or text_in(shown, "real_name")
        or text_in(user, "real_name")
        or text_in(user, "name")
    )
    is_guest = any(user.get(key) for key in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    enterprise = text_in(object_in(user, "enterprise_user"), "enterprise_id")
    team = text_in(user, "team_id")
    is_ours = team == bot.team or (enterprise != "" and enterprise == bot.enterprise)
    trusted = None if not (team or enterprise or is_guest) else is_ours and not is_guest
    return Profile(fit(name), trusted, is_bot=bool(user.get("is_bot")))


def room(channel: Payload) -> Profile:
    """What conversations.info says of a channel. Who reads the answer may not be in a private one: it has no name."""
    name = fit(text_in(channel, "name")) if channel.get("is_private") is False else ""
    return Profile(name, trusted=channel.get("is_ext_shared") is False)


def is_person(scene: Scene, event: Payload) -> bool:
    """Of a file that an app shares Slack tells no `bot_id`: it is known by whose user that is."""
    user = text_in(event, "user")
    known = scene.people.get(user)
    is_app = bool(event.get("bot_id")) or (known is not None and known.is_bot)
    return not is_app and user not in {scene.bot.user, *SYSTEM} and bool(USER.fullmatch(user))


def is_by_us(message: Payload, bot: Bot) -> bool:
    """Whether we wrote it, by either of our ids; one that we were not told is nobody's."""
    return bool(bot.id and message.get("bot_id") == bot.id) or bool(bot.user and message.get("user") == bot.user)


def names_us(event: Payload, bot: Bot) -> bool:
    return any(match[1] == bot.user for match in MENTION.finditer(text_in(event, "text")))


def is_to_another(event: Payload) -> bool:
    """Whether it begins with the mention of somebody, of a group or of everybody."""
    return _TO_SOMEBODY.match(text_in(event, "text")) is not None


def author_of(scene: Scene, event: Payload) -> Person:
    id = text_in(event, "user") or text_in(event, "bot_id")
    known = scene.people.get(id, Profile(""))
    name = known.name or _own_name(scene.payload, event)
    return Person(id, name, trusted=_is_colleague(scene, event) if known.trusted is None else known.trusted)


def _own_name(payload: Payload, event: Payload) -> str:
    """The name that comes with a payload, for when nobody could be asked."""
    profile, bot, user = object_in(event, "user_profile"), object_in(event, "bot_profile"), object_in(payload, "user")
    names = (
        *(text_in(profile, key) for key in ("display_name", "real_name", "name")),
        *(text_in(event, "username"), text_in(bot, "name")),
        *(text_in(payload, "user_name"), text_in(user, "name"), text_in(user, "username")),
    )
    return next((name for name in names if name), "")


def _is_colleague(scene: Scene, event: Payload) -> bool:
    """As far as an event tells: not that a workspace is one of our organisation's."""
    teams = [text_in(event, key) for key in ("user_team", "source_team", "team")]
    team = next((team for team in teams if team), "")
    if not team:  # in a channel shared with another company, somebody of whom it is not said where they belong
        return not scene.payload.get("is_ext_shared_channel")
    return team in {scene.bot.team, scene.bot.enterprise}


# What it says


def files_of(event: Payload) -> tuple[File, ...]:
    """A message's files, and those of the messages that it brings along; but for e-mails that are read as words."""
    return tuple(
        File(text_in(file, "id"), text_in(file, "name") or text_in(file, "title") or "file", size_in(file, "size"))
        for said in (event, *_brought(event))
        for file in objects_in(said, "files")
        if _FILE.fullmatch(text_in(file, "id")) and text_in(file, "mode") not in GONE and not _mail(file)
    )


def _brought(message: Payload) -> Sequence[Payload]:
    """The attachments that are other messages: somebody forwards them, or names them by their links.

    Those Slack shows to all who read there; but not what it shows of other links, which nobody here wrote.
    """
    return [one for one in objects_in(message, "attachments")[:MOST_ATTACHMENTS] if _is_message(one)]


def _is_message(attachment: Payload) -> bool:
    return bool(attachment.get("is_share") or attachment.get("is_msg_unfurl"))


def _mail(file: Payload) -> str:
    """What an e-mail says that was sent to a channel: its text comes with the event. "" when it is to be downloaded."""
    text = text_in(file, "plain_text").strip()
    is_mail = text_in(file, "mode") == "email" and 0 < len(text) <= MOST_MAIL
    return "\n\n".join(filter(None, (text_in(file, "subject"), text))) if is_mail else ""


def question_in(scene: Scene, event: Payload) -> str:
    """The text without the mention that calls the bot, its tables, and below it, quoted, what it brings along."""
    text = text_in(event, "text")
    calls = [match.span() for match in MENTION.finditer(text) if match[1] == scene.bot.user]
    asked, said = to_markdown(uncalled(text, calls), scene.names), map(quoted, beside(scene, event))
    return "\n\n".join(part for part in (asked, *tables_in(scene, event), *said) if part)


def quotes(message: Payload) -> tuple[str, ...]:
    """Ids of people whose words it brings along."""
    authors = (text_in(one, "author_id") for one in _brought(message))
    return tuple(dict.fromkeys(filter(USER.fullmatch, authors)))


def tables_in(scene: Scene, message: Payload) -> Iterator[str]:
    """Tables that were pasted: they are in no text. What Slack shows of a link is not its author's."""
    pasted = [
        one
        for one in objects_in(message, "attachments")[:MOST_ATTACHMENTS]
        if not any(one.get(key) for key in _UNFURLED)
    ]
    for part in (message, *pasted):
        yield from _tables(scene, objects_in(part, "blocks"))


def _tables(scene: Scene, drawn: Sequence[Payload]) -> Iterator[str]:
    for block in drawn[: blocks.MOST_BLOCKS]:
        if block.get("type") in blocks.TABLES:
            yield blocks.table(block, partial(to_markdown, names=scene.names))


def beside(scene: Scene, message: Payload) -> Iterator[str]:
    """What other bots write beside the text (an alert's title, fields, blocks), e-mails, and messages brought along."""
    is_bot = bool(text_in(message, "bot_id"))
    for attachment in objects_in(message, "attachments")[:MOST_ATTACHMENTS]:
        if is_bot or _is_message(attachment):
            yield _attachment(scene, attachment)
    for said in (message, *_brought(message)):
        yield from map(_mail, objects_in(said, "files"))
    text = said_in(message)
    for words in blocks.words(_drawn(message, text)) if is_bot else ():
        if words not in text:
            yield to_markdown(words, scene.names)


def said_in(message: Payload) -> str:
    """A message's text, without what Slack writes there for blocks that stand alone."""
    return text_in(message, "text").removeprefix(_BLOCKS_ALONE)


def _drawn(message: Payload, text: str) -> Sequence[Payload]:
    """A message's blocks. Of a text alone Slack makes one of rich text, which says the same."""
    return [block for block in objects_in(message, "blocks") if not text or block.get("type") != "rich_text"]


def _attachment(scene: Scene, attachment: Payload) -> str:
    """What stands in it, as Markdown, and of a message also who said it, and the tables there."""
    text, fields = said_in(attachment), objects_in(attachment, "fields")[:20]
    parts = [text_in(attachment, "pretext"), text_in(attachment, "title"), text]
    parts += [f"{text_in(field, 'title')}: {text_in(field, 'value')}" for field in fields]
    parts += blocks.words(objects_in(attachment, "blocks"))
    forwarded = [
        block
        for said in objects_in(attachment, "message_blocks")
        for block in objects_in(object_in(said, "message"), "blocks")
    ]
    parts += blocks.words(forwarded) if not text else ()
    fallback = text_in(attachment, "fallback").removeprefix(_NO_FALLBACK)
    words = "\n".join(dict.fromkeys(part for part in parts if part)) or fallback
    if not _is_message(attachment):
        return to_markdown(words, scene.names)
    tables = [*_tables(scene, (*objects_in(attachment, "blocks"), *forwarded))]
    author = fit(text_in(attachment, "author_name") or text_in(attachment, "author_subname"))
    told = to_markdown(f"{author}: {words}" if author and (words or any(tables)) else words, scene.names)
    return "\n\n".join(part for part in (told, *tables) if part)
