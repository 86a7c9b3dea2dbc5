"""Slack's payloads as events. No I/O.

Slack sends one mention as two events, `app_mention` and `message`, in any order: both become the same event, with the
same id, so the door answers it once. Whatever is missing or of the wrong type in a payload makes it no event at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from bots.slack.markup import to_markdown
from core.commands import parse_command
from core.contract import Action, Change, Command, Event, File, Left, Message, Person, Place, Press

Payload: TypeAlias = Mapping[str, object]

NAME = "slack"

_CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,31}")
_USER = re.compile(r"[UW][A-Z0-9]{1,31}")
_FILE = re.compile(r"F[A-Z0-9]{1,31}")
_TS = re.compile(r"[0-9]{1,11}\.[0-9]{1,6}")
_SLUG = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_HALF = re.compile("[\ud800-\udfff]")
_MENTION = re.compile(r"<@([UW][A-Z0-9]{1,31})(?:\|[^<>\n]*)?>")

_UNFIT = re.compile(r"[<>`\x00-\x1f\x7f]")  # a display name is chosen by its owner and stands in a question

_KEPT = ("", "file_share", "thread_broadcast", "me_message")
_GONE = ("tombstone", "hidden_by_limit")
_UNINSTALLED = "app_uninstalled"
_LEFT = ("channel_left", "group_left", "channel_deleted", "group_deleted", _UNINSTALLED)
_SYSTEM = ("USLACKBOT", "USLACK")
_AT_MOST_PEOPLE = 20


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
    """What users.info tells of a person. `trusted` is False for guests and people of other workspaces."""

    name: str
    trusted: bool


People: TypeAlias = Mapping[str, Profile]
NOBODY: People = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class _Scene:
    """A payload, and who is who in it."""

    payload: Payload
    bot: Bot
    people: People

    @property
    def names(self) -> Mapping[str, str]:
        return {id: profile.name for id, profile in self.people.items()} | {self.bot.user: self.bot.name}


def to_event(payload: Payload, bot: Bot, people: People = NOBODY, *, now: float = 0) -> Event | None:
    """The event that a payload is, or None when it is not for us. `now` (s since 1970): when a slash command came."""
    scene = _Scene(payload, bot, people)
    match payload.get("type"):
        case "event_callback" if _is_ours(payload, bot):
            return _heard(scene, _object(payload, "event"))
        case "block_actions":
            return _pressed(scene)
        case None if _text(payload, "command"):
            return _slash(scene, now)
    return None


def is_own(payload: Payload, bot: Bot) -> bool:
    """Whether it only tells what became of a message of ours: `to_event` makes nothing of that."""
    event = _object(payload, "event")
    if event.get("type") != "message" or not bot.id:
        return False
    if event.get("subtype") == "message_deleted":  # people delete our messages
        return False
    said = [one for key in ("message", "previous_message") if (one := _object(event, key))] or [event]
    return all(one.get("bot_id") == bot.id for one in said)


def people_in(payload: Payload, bot: Bot) -> frozenset[str]:
    """Whom a payload names, for asking Slack who they are: its author first, then those whom its text mentions."""
    event = _object(payload, "event")
    said = _object(event, "message") or event
    authors = (_text(said, "user"), _text(payload, "user_id"), _text(_object(payload, "user"), "id"))
    texts = (_text(said, "text"), _text(payload, "text"))
    found = [name for name in authors if _USER.fullmatch(name)]
    found += [match[1] for text in texts for match in _MENTION.finditer(text)]
    return frozenset(found[:_AT_MOST_PEOPLE]) - {bot.user}


# What the Events API tells


def _is_ours(payload: Payload, bot: Bot) -> bool:
    """Socket Mode serves every workspace that installed the app; our token is good for one."""
    authorized = [one for one in _objects(payload, "authorizations") if not one.get("is_enterprise_install")]
    return not authorized or any(_text(one, "team_id") == bot.team for one in authorized)


def _heard(scene: _Scene, event: Payload) -> Event | None:
    match _text(event, "type"), _text(event, "subtype"):
        case "agent_session_stopped", _:
            return _session_stopped(scene, event)
        case kind, _ if kind in _LEFT:
            return _left(scene, event)
        case "message", "message_changed":
            return _changed(scene, event)
        case "message", "message_deleted":
            before = _object(event, "previous_message")
            return _taken_back(scene, event, before, _text(event, "deleted_ts") or _text(before, "ts"))
        case ("message" | "app_mention") as kind, subtype if subtype in _KEPT:
            return _said(scene, event, mention=kind == "app_mention")
    return None


def _said(scene: _Scene, event: Payload, *, mention: bool) -> Message | Command | None:
    place, ts = _place(event, scene.bot), _text(event, "ts")
    if place is None or not _is_person(event, scene.bot):
        return None
    direct = mention or place.private or _names_us(event, scene.bot)
    if not direct and not place.thread:
        return None
    author, address = _author(scene, event), _address(event, ts, scene.bot)
    id, at = f"{place.channel}:{ts}", float(ts)
    text, files = _question(scene, event), _files(event)
    command = _command(text, files, place) if direct else None
    if command is None:
        return Message(id=id, place=place, author=author, at=at, address=address, text=text, files=files, direct=direct)
    name, argument = command
    return Command(id=id, place=place, author=author, at=at, address=address, name=name, argument=argument, files=files)


def _command(text: str, files: Sequence[File], place: Place) -> tuple[str, str] | None:
    """The bot's name alone asks for help, except in a thread: there it means what stands above."""
    if not text and not files and not place.thread:
        return "help", ""
    return parse_command(text)


def _changed(scene: _Scene, event: Payload) -> Change | None:
    """A person's edit. Slack says the same of unfurled links, of translations, of a deletion that leaves a thread."""
    now, before = _object(event, "message"), _object(event, "previous_message")
    ts, edited = _text(now, "ts"), _object(now, "edited")
    if _text(now, "subtype") in _GONE:
        return _taken_back(scene, event, before, ts)
    if not edited or edited.get("ts") == _object(before, "edited").get("ts") or now.get("text") == before.get("text"):
        return None
    if _text(now, "subtype") not in _KEPT:
        return None
    return _change(scene, {**now, **_where(event)}, ts, (now, before), _question(scene, now))


def _taken_back(scene: _Scene, event: Payload, before: Payload, ts: str) -> Change | None:
    """A person's message, or one of ours: then what was said there is to be forgotten as well."""
    if before.get("bot_id") == scene.bot.id or _text(before, "user") == scene.bot.user:
        said = {**before, "ts": ts, **_where(event)}
        place, us = _place(said, scene.bot), Person(scene.bot.user)
        if place is None:
            return None
        return Change(id=f"{place.channel}:{ts}", place=place, author=us, at=float(ts), text=None, shown=ts)
    return _change(scene, {**before, "ts": ts, **_where(event)}, ts, (before,), None)


def _change(scene: _Scene, said: Payload, ts: str, versions: Sequence[Payload], text: str | None) -> Change | None:
    place = _place(said, scene.bot)
    if place is None or not _is_person(said, scene.bot):
        return None
    if not (place.private or place.thread or any(_names_us(version, scene.bot) for version in versions)):
        return None
    author, address = _author(scene, said), _address(said, ts, scene.bot)
    return Change(id=f"{place.channel}:{ts}", place=place, author=author, at=float(ts), address=address, text=text)


def _left(scene: _Scene, event: Payload) -> Left | None:
    """The app was taken out of a channel or of the whole workspace, or a channel was deleted.

    When only its token was revoked, it left nothing: there may be a new one.
    """
    at = _text(event, "event_ts") or str(scene.payload.get("event_time", ""))
    id, place = _text(scene.payload, "event_id"), _place({**event, "ts": at}, scene.bot)
    if _text(event, "type") == _UNINSTALLED:
        at = str(scene.payload.get("event_time", ""))
        is_ours = _text(scene.payload, "team_id") == scene.bot.team and _TS.fullmatch(f"{at}.0")
        place = Place(NAME, scene.bot.team, "") if is_ours else None
    if place is None or not _SLUG.fullmatch(id):
        return None
    return Left(id=id, place=place, author=Person(""), at=float(at))


def _where(event: Payload) -> dict[str, object]:
    return {"channel": event.get("channel"), "channel_type": event.get("channel_type")}


def _session_stopped(scene: _Scene, event: Payload) -> Press | None:
    """Slack's own Stop button: it knows the thread, not the turn."""
    at = _text(event, "event_ts") or str(scene.payload.get("event_time", ""))
    id, thread = _text(scene.payload, "event_id"), _text(event, "thread_ts")
    place = _place({**_where(event), "ts": at, "thread_ts": thread}, scene.bot)
    if place is None or not _SLUG.fullmatch(id) or not _is_person(event, scene.bot):
        return None
    author, address = _author(scene, event), _address(event, thread, scene.bot)
    return Press(id=id, place=place, author=author, at=float(at), address=address, action=Action.STOP)


# What people click and type


def _pressed(scene: _Scene) -> Press | None:
    """A button of ours; its action id is `{action}:{turn}`."""
    container, message = _object(scene.payload, "container"), _object(scene.payload, "message")
    user, ts = _object(scene.payload, "user"), _text(container, "message_ts") or _text(message, "ts")
    event = {
        "channel": _text(_object(scene.payload, "channel"), "id") or _text(container, "channel_id"),
        "ts": ts,
        "thread_ts": _text(container, "thread_ts") or _text(message, "thread_ts"),
        "user": _text(user, "id"),
        "user_team": _text(user, "team_id"),
    }
    place = _place(event, scene.bot)
    for action in _objects(scene.payload, "actions"):
        name, _, turn = _text(action, "action_id").partition(":")
        at = _text(action, "action_ts")
        if place is None or name not in tuple(Action) or not _SLUG.fullmatch(turn) or not _TS.fullmatch(at):
            continue
        if not _is_person(event, scene.bot):
            continue
        return Press(
            id=f"{place.channel}:{at}",
            place=place,
            author=_author(scene, event),
            at=float(at),
            address=_address(event, ts, scene.bot),
            action=Action(name),
            turn=turn,
        )
    return None


def _slash(scene: _Scene, now: float) -> Command | None:
    """`/claude question`, `/claude name argument`; alone it asks for help. Slack sends no ts: it is no message."""
    payload, id = scene.payload, _text(scene.payload, "trigger_id")
    event = {
        "channel": _text(payload, "channel_id"),
        "user": _text(payload, "user_id"),
        "user_team": _text(payload, "team_id"),
    }
    place = _place(event, scene.bot, is_message=False)
    if place is None or not _SLUG.fullmatch(id) or not _is_person(event, scene.bot):
        return None
    text = to_markdown(_text(payload, "text"), scene.names)
    name, argument = parse_command(text, explicit=True) or (("ask", text) if text else ("help", ""))
    author, address = _author(scene, event), _address(event, "", scene.bot)
    return Command(id=id, place=place, author=author, at=now, address=address, name=name, argument=argument)


# What is looked up


def profile(user: Payload, bot: Bot) -> Profile:
    """What users.info says of somebody."""
    shown = _object(user, "profile")
    name = _text(shown, "display_name") or _text(shown, "real_name") or _text(user, "real_name") or _text(user, "name")
    is_guest = any(user.get(key) for key in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    enterprise = _text(_object(user, "enterprise_user"), "enterprise_id")
    is_ours = _text(user, "team_id") == bot.team or (enterprise != "" and enterprise == bot.enterprise)
    return Profile(" ".join(_UNFIT.sub(" ", name).split())[:80], trusted=is_ours and not is_guest)


def earlier(message: Payload, place: Place, bot: Bot, people: People = NOBODY) -> Message | None:
    """A message that was said in a thread before, by a person or another bot; None for our own and for notices."""
    ts, subtype = _text(message, "ts"), _text(message, "subtype")
    if not _TS.fullmatch(ts) or subtype not in (*_KEPT, "bot_message"):
        return None
    if _text(message, "user") in {bot.user, *_SYSTEM} or _text(message, "bot_id") == bot.id:
        return None
    scene = _Scene({}, bot, people)
    words = [to_markdown(_text(message, "text"), scene.names), *_beside(scene, message)]
    text, files = "\n".join(dict.fromkeys(word for word in words if word)), _files(message)
    if not text and not files:
        return None
    id, address = f"{place.channel}:{ts}", {"channel": place.channel, "ts": ts}
    author = _author(scene, message)
    return Message(id=id, place=place, author=author, at=float(ts), address=address, text=text, files=files)


def as_heard(message: Payload, place: Place, bot: Bot) -> Payload:
    """A message that was looked up, in the shape of the event that should have told of it."""
    kind = "im" if place.private else "channel"
    event = {"channel_type": kind, **message, "type": "message", "channel": place.channel}
    return {"type": "event_callback", "team_id": bot.team, "event": event}


def _beside(scene: _Scene, message: Payload) -> Iterator[str]:
    """What other bots write beside the text (an alert's title, fields, blocks), and what a person forwards."""
    is_bot = bool(_text(message, "bot_id"))
    for attachment in _objects(message, "attachments")[:10]:
        if is_bot or attachment.get("is_share"):
            yield to_markdown(_attachment(attachment), scene.names)
    if is_bot and not _text(message, "text"):
        for words in _words(_objects(message, "blocks"), depth=6):
            yield to_markdown(words, scene.names)


def _attachment(attachment: Payload) -> str:
    parts = [_text(attachment, key) for key in ("pretext", "title", "text")]
    parts += [f"{_text(field, 'title')}: {_text(field, 'value')}" for field in _objects(attachment, "fields")[:20]]
    return "\n".join(part for part in parts if part) or _text(attachment, "fallback")


def _words(blocks: Sequence[Payload], depth: int) -> Iterator[str]:
    for block in blocks[:50]:
        yield _text(block, "text") or _text(_object(block, "text"), "text")
        if depth:
            yield from _words((*_objects(block, "elements"), *_objects(block, "fields")), depth - 1)


# An event's parts


def _place(event: Payload, bot: Bot, *, is_message: bool = True) -> Place | None:
    """Where it happened; a thread's root belongs to the channel itself. None when its ids are not Slack's."""
    channel, ts, thread = _text(event, "channel"), _text(event, "ts"), _text(event, "thread_ts")
    if not _CHANNEL.fullmatch(channel) or (is_message and not _TS.fullmatch(ts)):
        return None
    if thread and not _TS.fullmatch(thread):
        return None
    private = channel.startswith("D") or _text(event, "channel_type") == "im"
    return Place(NAME, bot.team, channel, f"{channel}:{thread}" if thread and thread != ts else "", private)


def _address(event: Payload, ts: str, bot: Bot) -> Mapping[str, str]:
    """What a screen needs: it answers in the thread, which for a message of the channel itself is the one under it."""
    return {
        "channel": _text(event, "channel"),
        "thread_ts": _text(event, "thread_ts") or ts,
        "ts": ts,
        "user": _text(event, "user"),
        "team": bot.team,
    }


def _is_person(event: Payload, bot: Bot) -> bool:
    user = _text(event, "user")
    return not event.get("bot_id") and user not in {bot.user, *_SYSTEM} and bool(_USER.fullmatch(user))


def _names_us(event: Payload, bot: Bot) -> bool:
    return any(match[1] == bot.user for match in _MENTION.finditer(_text(event, "text")))


def _author(scene: _Scene, event: Payload) -> Person:
    id = _text(event, "user") or _text(event, "bot_id")
    known = scene.people.get(id)
    name = (known.name if known else "") or _own_name(scene.payload, event)
    return Person(id, name, trusted=_is_colleague(scene, event) and (known is None or known.trusted))


def _own_name(payload: Payload, event: Payload) -> str:
    """The name that comes with a payload, for when nobody could be asked."""
    profile, bot, user = _object(event, "user_profile"), _object(event, "bot_profile"), _object(payload, "user")
    names = (
        *(_text(profile, key) for key in ("display_name", "real_name", "name")),
        *(_text(event, "username"), _text(bot, "name")),
        *(_text(payload, "user_name"), _text(user, "name"), _text(user, "username")),
    )
    return next((name for name in names if name), "")


def _is_colleague(scene: _Scene, event: Payload) -> bool:
    teams = [_text(event, key) for key in ("user_team", "source_team", "team")]
    team = next((team for team in teams if team), "")
    if not team:  # in a channel shared with another company, somebody of whom it is not said where he belongs
        return not scene.payload.get("is_ext_shared_channel")
    return team in {scene.bot.team, scene.bot.enterprise}


def _files(event: Payload) -> tuple[File, ...]:
    return tuple(
        File(_text(file, "id"), _text(file, "name") or _text(file, "title") or "file", _size(file))
        for file in _objects(event, "files")
        if _FILE.fullmatch(_text(file, "id")) and _text(file, "mode") not in _GONE
    )


def _size(file: Payload) -> int:
    """0 when Slack does not tell (a file of another company)."""
    size = file.get("size")
    return max(size, 0) if isinstance(size, int) else 0


def _question(scene: _Scene, event: Payload) -> str:
    """The text without the mention that calls the bot, and below it, quoted, what was forwarded with it."""
    asked = to_markdown(_uncalled(_text(event, "text"), scene.bot), scene.names)
    quoted = ("> " + words.replace("\n", "\n> ") for words in _beside(scene, event) if words)
    return "\n\n".join(part for part in (asked, *quoted) if part)


def _uncalled(text: str, bot: Bot) -> str:
    """Without the bot's mention at the beginning and the end; in the middle it is a word of the sentence."""
    calls = [match.span() for match in _MENTION.finditer(text) if match[1] == bot.user]
    start, end = 0, len(text)
    for first, last in calls:
        if text[start:first].strip(" \t\r\n,:"):
            break
        start = last
    for first, last in reversed(calls):
        if first < start or text[last:end].strip():
            break
        end = first
    return text[start:end].lstrip(" \t\r\n,:") if start else text[:end]


# JSON from outside


def _text(of: Payload, key: str) -> str:
    """A text, "" when there is none. JSON can carry half a character, which nothing else here could write down."""
    value = of.get(key)
    return _HALF.sub("\ufffd", value) if isinstance(value, str) else ""


def _object(of: Payload, key: str) -> Payload:
    value = of.get(key)
    return value if isinstance(value, Mapping) else {}


def _objects(of: Payload, key: str) -> Sequence[Payload]:
    value = of.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
