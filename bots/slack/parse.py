"""Slack's payloads as events. No I/O.

Slack sends one mention as two events, `app_mention` and `message`, in any order: both become the same event, with the
same id, so the door answers it once. Whatever is missing or of the wrong type in a payload makes it no event at all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bots.slack import blocks
from bots.slack.markup import to_markdown
from bots.slack.parts import (
    ASKS,
    GONE,
    MENTION,
    MOST_ATTACHMENTS,
    NAME,
    NOBODY,
    ROOM,
    TS,
    USER,
    Bot,
    People,
    Scene,
    address_of,
    author_of,
    beside,
    files_of,
    id_of,
    is_by_us,
    is_person,
    is_to_another,
    names_us,
    place_of,
    question_in,
    quotes,
    said_in,
    tables_in,
)
from core.called import unquoted
from core.commands import as_command, parse_command
from core.contract import Action, Change, Command, Event, File, Left, Message, Person, Place, Press
from core.outside import Payload, object_in, objects_in, text_in

_SLUG = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_KEPT = ("", "file_share", "message_share", "thread_broadcast", "me_message")
EDITED_QUESTION = 24 * 3600.0
"""Seconds after which a question that is edited is not asked anew: that it was answered or refused is known for two
days at least, and Slack may tell of the edit late by all its RETRIES."""
EDITED_COMMAND = 180.0
"""The same for a command: that it was done is known for ten minutes."""
_UNINSTALLED = "app_uninstalled"
_MOVED = "channel_id_changed"
_LEFT = ("channel_left", "group_left", "channel_deleted", "group_deleted", _MOVED, _UNINSTALLED)
_AT_MOST_PEOPLE = 20


def to_event(payload: Payload, bot: Bot, people: People = NOBODY, *, now: float = 0) -> Event | None:
    """The event that a payload is, or None when it is not for us. `now` (s since 1970): when a slash command came."""
    scene = Scene(payload, bot, people)
    match payload.get("type"):
        case "event_callback" if _of_our_workspace(payload, bot):
            return _heard(scene, object_in(payload, "event"))
        case "block_actions":
            return _pressed(scene, now)
        case _ if is_slash(payload):
            return _slash(scene, now)
    return None


def is_slash(payload: Payload) -> bool:
    """Whether it is a slash command: these alone have no type."""
    return payload.get("type") is None and bool(text_in(payload, "command"))


def is_own(payload: Payload, bot: Bot) -> bool:
    """Whether it only tells what became of a message of ours: `to_event` makes nothing of that."""
    event = object_in(payload, "event")
    if event.get("type") != "message":
        return False
    if event.get("subtype") == "message_deleted":  # people delete our messages
        return False
    said = [one for key in ("message", "previous_message") if (one := object_in(event, key))] or [event]
    return all(is_by_us(one, bot) for one in said)


def message_id(payload: Payload) -> str:
    """The id of the message that a payload tells of as new, "" when it tells of anything else.

    A mention that is edited is told once more, with the same id, and may be a command by then.
    """
    event = object_in(payload, "event")
    is_message = event.get("type") in ("message", "app_mention") and text_in(event, "subtype") in _KEPT
    if not is_message or event.get("edited"):
        return ""
    return id_of(text_in(event, "channel"), text_in(event, "ts"))


def people_in(payload: Payload, bot: Bot) -> tuple[str, ...]:
    """Whom a payload names, for asking Slack who they are: its author first, then those whom its texts mention.

    Then the channels in them of which it says no more than their ids.
    """
    event = object_in(payload, "event")
    said = object_in(event, "message") or event
    authors = (text_in(said, "user"), text_in(payload, "user_id"), text_in(object_in(payload, "user"), "id"))
    attached = objects_in(said, "attachments")[:MOST_ATTACHMENTS]
    forwarded = [object_in(one, "message") for part in attached for one in objects_in(part, "message_blocks")]
    texts = [text for part in (said, payload, *attached, *forwarded) for text in _texts(part)]
    found = [name for name in authors if USER.fullmatch(name)]
    found += [match[1] for pattern in (MENTION, ROOM) for text in texts for match in pattern.finditer(text)]
    return tuple(id for id in dict.fromkeys(found) if id != bot.user)[:_AT_MOST_PEOPLE]


def _texts(part: Payload) -> Iterator[str]:
    """All that may name somebody."""
    drawn = objects_in(part, "blocks")
    yield text_in(part, "text")
    yield from blocks.words(drawn)
    yield from (blocks.table(block, str) for block in drawn[: blocks.MOST_BLOCKS] if block.get("type") in blocks.TABLES)


# What the Events API tells


def _of_our_workspace(payload: Payload, bot: Bot) -> bool:
    """Socket Mode serves every workspace that installed the app; our token is good for one."""
    authorized = [one for one in objects_in(payload, "authorizations") if not one.get("is_enterprise_install")]
    return not authorized or any(text_in(one, "team_id") == bot.team for one in authorized)


def _heard(scene: Scene, event: Payload) -> Event | None:
    match text_in(event, "type"), text_in(event, "subtype"):
        case "agent_session_stopped", _:
            return _session_stopped(scene, event)
        case kind, _ if kind in _LEFT:
            return _left(scene, event)
        case "message", "message_changed":
            return _changed(scene, event)
        case "message", "message_deleted":
            before = object_in(event, "previous_message")
            return _taken_back(scene, event, before, text_in(event, "deleted_ts") or text_in(before, "ts"))
        case ("message" | "app_mention") as kind, subtype if subtype in _KEPT:
            return _said(scene, event, mention=kind == "app_mention")
    return None


def _said(scene: Scene, event: Payload, *, mention: bool) -> Message | Command | None:
    place, ts = place_of(event, scene.bot), text_in(event, "ts")
    if place is None or not is_person(scene, event):
        return None
    direct = mention or place.private or names_us(event, scene.bot)
    if not direct and (not place.thread or is_to_another(event)):
        return None
    author, address = author_of(scene, event), address_of(event, ts)
    id, at = id_of(place.channel, ts), float(ts)
    text, files = question_in(scene, event), files_of(event)
    if not direct and not text and not files:  # a picture of another app's, which we cannot read
        return None
    command = _command(text, files, place) if direct else None
    if _edited_after(event, at) > (EDITED_QUESTION if command is None else EDITED_COMMAND):
        return None
    message = Message(
        id=id,
        place=place,
        author=author,
        at=at,
        address=address,
        text=text,
        files=files,
        direct=direct,
        quoted=quotes(event),
    )
    return as_command(message, *command, edited=text_in(object_in(event, "edited"), "ts")) if command else message


def _edited_after(event: Payload, at: float) -> float:
    """Seconds; 0 when it was not. Slack tells a mention once more when it is edited, also when it was one before."""
    ts = text_in(object_in(event, "edited"), "ts")
    return float(ts) - at if TS.fullmatch(ts) else 0.0


def _command(text: str, files: Sequence[File], place: Place) -> tuple[str, str] | None:
    """The bot's name alone asks for help, except in a thread: there it means what stands above."""
    if not text and not files and not place.thread:
        return "help", ""
    return parse_command(text)


def _changed(scene: Scene, event: Payload) -> Change | Message | Command | None:
    """A person's edit. Slack says the same of unfurled links, of translations, of a deletion that leaves a thread.

    And of a file that was deleted, or taken out. A direct message that was a command, and is none now, is told as new:
    of a mention in a channel Slack does that itself. What `ask` asked was a question before, with the same id.
    """
    now, before = object_in(event, "message"), object_in(event, "previous_message")
    ts, edited = text_in(now, "ts"), object_in(now, "edited")
    if text_in(now, "subtype") in GONE:
        return _taken_back(scene, event, before, ts)
    is_edited = bool(edited) and edited.get("ts") != object_in(before, "edited").get("ts")
    text, lost = question_in(scene, now), _lost(now, before, is_edited=is_edited)
    if text_in(now, "subtype") not in _KEPT or not (lost or (is_edited and text != question_in(scene, before))):
        return None
    if is_edited and _was_command(scene, {**before, **_where(event)}) and parse_command(text) is None:
        return _said(scene, {**now, **_where(event)}, mention=False)
    change = _change(scene, {**now, **_where(event)}, ts, (now, before), text)
    left = dict.fromkeys(file.ref for said in (before, now) for file in files_of(said) if file.ref not in lost)
    return replace(change, files=tuple(left), less=bool(lost)) if change else None


def _was_command(scene: Scene, said: Payload) -> bool:
    place = place_of(said, scene.bot)
    if place is None or not place.private:
        return False
    command = _command(question_in(scene, said), files_of(said), place)
    return command is not None and command[0] != "ask"


def _lost(now: Payload, before: Payload, *, is_edited: bool) -> set[str]:
    """The files that are gone: deleted, then a tombstone stands for one, or taken out by an edit."""
    refs, left = ({file.ref for file in files_of(said)} for said in (before, now))
    deleted = {text_in(file, "id") for file in objects_in(now, "files") if text_in(file, "mode") == "tombstone"}
    return refs - left if is_edited else refs & deleted


def _taken_back(scene: Scene, event: Payload, before: Payload, ts: str) -> Change | None:
    """Anybody's message: what was said there is to be forgotten, or of it, where Claude heard it in its thread."""
    said = {**before, "ts": ts, **_where(event)}
    place, bot = place_of(said, scene.bot), scene.bot
    if place is None:
        return None
    is_ours = is_by_us(before, bot)
    author = author_of(scene, said) if is_person(scene, said) else Person(bot.user if is_ours else "")
    shown = ts if is_ours else ""
    address = {} if is_ours else address_of(said, ts)
    return Change(
        id=id_of(place.channel, ts), place=place, author=author, at=float(ts), address=address, text=None, shown=shown
    )


def _change(scene: Scene, said: Payload, ts: str, versions: Sequence[Payload], text: str) -> Change | None:
    place = place_of(said, scene.bot)
    if place is None or not is_person(scene, said):
        return None
    if not (place.private or place.thread or any(names_us(version, scene.bot) for version in versions)):
        return None
    author, address = author_of(scene, said), address_of(said, ts)
    return Change(id=id_of(place.channel, ts), place=place, author=author, at=float(ts), address=address, text=text)


def _left(scene: Scene, event: Payload) -> Left | None:
    """The app was taken out of a channel or of the whole workspace, or a channel was deleted.

    When only its token was revoked, it left nothing: there may be a new one.
    """
    if text_in(event, "type") == _MOVED:
        return _moved(scene, event)
    at = _told_at(scene, event)
    id, place = text_in(scene.payload, "event_id"), place_of({**event, "ts": at}, scene.bot)
    if text_in(event, "type") == _UNINSTALLED:
        is_ours = text_in(scene.payload, "team_id") == scene.bot.team and TS.fullmatch(at)
        place = Place(NAME, scene.bot.team, "") if is_ours else None
    if place is None or not _SLUG.fullmatch(id):
        return None
    return Left(id=id, place=place, author=Person(""), at=float(at))


def _moved(scene: Scene, event: Payload) -> Left | None:
    """A channel's id is another one, for good, as when a private one is shared with another company."""
    at, id = _told_at(scene, event), text_in(scene.payload, "event_id")
    old, new = (place_of({"channel": event.get(f"{age}_channel_id"), "ts": at}, scene.bot) for age in ("old", "new"))
    if old is None or new is None or old == new or not _SLUG.fullmatch(id):
        return None
    return Left(id=id, place=old, author=Person(""), at=float(at), to=new)


def _told_at(scene: Scene, event: Payload) -> str:
    """When it happened, as a ts; of some events Slack tells the whole second alone, beside them."""
    return text_in(event, "event_ts") or f"{scene.payload.get('event_time', '')}.0"


def _where(event: Payload) -> dict[str, object]:
    return {"channel": event.get("channel"), "channel_type": event.get("channel_type")}


def _session_stopped(scene: Scene, event: Payload) -> Press | None:
    """Slack's own Stop button, which knows the thread, not the turn. It stands where a session is processing."""
    at = _told_at(scene, event)
    id, thread = text_in(scene.payload, "event_id"), text_in(event, "thread_ts")
    place = place_of({**_where(event), "ts": at, "thread_ts": thread}, scene.bot)
    if place is None or not _SLUG.fullmatch(id) or not is_person(scene, event):
        return None
    author, address = author_of(scene, event), address_of(event, thread)
    return Press(id=id, place=place, author=author, at=float(at), address=address, action=Action.STOP)


# What people click and type


def _pressed(scene: Scene, now: float) -> Press | None:
    """A button of ours; its action id is `{action}:{turn}`. Where it is not told when that was, it was `now`."""
    container, message = object_in(scene.payload, "container"), object_in(scene.payload, "message")
    user, ts = object_in(scene.payload, "user"), text_in(container, "message_ts") or text_in(message, "ts")
    event = {
        "channel": text_in(object_in(scene.payload, "channel"), "id") or text_in(container, "channel_id"),
        "ts": ts,
        "thread_ts": text_in(container, "thread_ts") or text_in(message, "thread_ts"),
        "user": text_in(user, "id"),
        "user_team": text_in(user, "team_id"),
    }
    place = place_of(event, scene.bot)
    if place is None or not is_person(scene, event):
        return None
    for action in objects_in(scene.payload, "actions"):
        name, _, turn = text_in(action, "action_id").partition(":")
        at = text_in(action, "action_ts") or f"{now:.6f}"
        if name not in tuple(Action) or not _SLUG.fullmatch(turn) or not TS.fullmatch(at):
            continue
        return Press(
            id=id_of(place.channel, at),
            place=place,
            author=author_of(scene, event),
            at=float(at),
            address=address_of(event, ts),
            action=Action(name),
            turn=turn,
        )
    return None


def _slash(scene: Scene, now: float) -> Command | None:
    """`/claude question`, `/claude name argument`; alone it asks for help. Slack sends no ts: it is no message."""
    payload = scene.payload
    id = text_in(payload, "trigger_id") or f"{now:.6f}"
    event = {
        "channel": text_in(payload, "channel_id"),
        "user": text_in(payload, "user_id"),
        "user_team": text_in(payload, "team_id"),
    }
    place = place_of(event, scene.bot, is_message=False)
    if place is None or not _SLUG.fullmatch(id) or not is_person(scene, event):
        return None
    text = to_markdown(text_in(payload, "text"), scene.names)
    name, argument = parse_command(text, explicit=True) or (("ask", text) if text else ("help", ""))
    author, address = author_of(scene, event), address_of(event, "")
    return Command(id=id, place=place, author=author, at=now, address=address, name=name, argument=argument)


# What is looked up


def earlier(message: Payload, place: Place, bot: Bot, people: People = NOBODY) -> Message | None:
    """A message that was said in a thread before, by a person or another bot; None for our own and for notices.

    Slackbot's count: e-mails that are sent to a channel, and reminders, are its. Its notices to one person alone are
    told to nobody else.

    A root of ours shows what somebody asked with a slash command: that counts, and is theirs.
    """
    ts, subtype = text_in(message, "ts"), text_in(message, "subtype")
    if not TS.fullmatch(ts) or subtype not in (*_KEPT, "bot_message"):
        return None
    if is_by_us(message, bot):
        message = _typed(message) if id_of(place.channel, ts) == place.thread else {}
    scene = Scene({}, bot, people)
    words = [to_markdown(said_in(message), scene.names), *tables_in(scene, message), *beside(scene, message)]
    text, files = "\n".join(dict.fromkeys(word for word in words if word)), files_of(message)
    if not text and not files:
        return None
    id, author, others = id_of(place.channel, ts), author_of(scene, message), quotes(message)
    return Message(id=id, place=place, author=author, at=float(ts), text=text, files=files, quoted=others)


def _typed(root: Payload) -> Payload:
    """A slash command's question, which we posted, as if its person had: the blocks begin with who that is.

    The text beside them is for notifications: it has no marks.
    """
    said = "\n".join(text for text in blocks.words(objects_in(root, "blocks")) if text)
    who = MENTION.match(said)
    asks, _, question = said[who.end() :].partition("\n") if who else ("", "", "")
    if who is None or asks.rstrip() != ASKS:
        return {}
    return {"ts": root.get("ts"), "user": who[1], "text": unquoted(question)}


def as_heard(message: Payload, place: Place, bot: Bot) -> Payload:
    """A message that was looked up, in the shape of the event that should have told of it."""
    kind = "im" if place.private else "channel"
    event = {"channel_type": kind, **message, "type": "message", "channel": place.channel}
    return {"type": "event_callback", "team_id": bot.team, "event": event}
