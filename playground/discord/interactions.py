"""A bot answers an interaction: in 3 seconds first, with its token for 15 minutes. No I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

from playground.discord import posts
from playground.discord.errors import Refused, invalid
from playground.discord.platform import Asked, Platform
from playground.discord.posts import Upload
from playground.discord.world import BOT, COMMAND, DEFAULT, EPHEMERAL, LOADING, MENU, Json, Message, Reference

SLASH, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, OPEN_MODAL = 4, 5, 6, 7, 8, 9
FOLLOWUPS_OF_USER_APP = 5


def answer(
    here: Platform, id_: str, token: str, body: Mapping[str, Any], files: Sequence[Upload], *, told: bool
) -> Json | None:
    """The first answer to an interaction; `told`: with_response, what it made is sent back."""
    asked = here.asked.get(token)
    if asked is None or str(asked.id) != id_:
        raise Refused(10062)
    if asked.acked:
        raise Refused(40060)
    if here.monotonic() - asked.began > here.config.ack_seconds:
        raise Refused(10062)
    kind, data = int(body.get("type") or 0), body.get("data") or {}
    _act(here, asked, kind, data, files)
    asked.acked = kind
    note(here, asked)
    return _told(here, asked) if told else None


def _act(here: Platform, asked: Asked, kind: int, data: Mapping[str, Any], files: Sequence[Upload]) -> None:
    allowed = {
        MESSAGE: asked.kind != AUTOCOMPLETE,
        DEFERRED: asked.kind != AUTOCOMPLETE,
        DEFERRED_UPDATE: bool(asked.message),
        UPDATE: bool(asked.message),
        CHOICES: asked.kind == AUTOCOMPLETE,
        OPEN_MODAL: asked.kind in (SLASH, COMPONENT),
    }
    if not allowed.get(kind):
        raise invalid("type", "BASE_TYPE_CHOICES", "This interaction cannot be answered so.")
    asked.private = bool(int(data.get("flags") or 0) & EPHEMERAL)
    if kind == MESSAGE:
        asked.original = _post(here, asked, data, files, "interaction.callback").id
    elif kind == DEFERRED:
        asked.original = _think(here, asked).id
    elif kind in (DEFERRED_UPDATE, UPDATE):
        asked.original = asked.message
    elif kind == OPEN_MODAL:
        asked.modal = dict(data)
    if kind == UPDATE:
        posts.edit(here, _original(here, asked), data, files, "interaction.callback")
    if kind == CHOICES:
        here.record.add("choices", interaction=str(asked.id), choices=list(data.get("choices") or ()))


def _post(
    here: Platform, asked: Asked, data: Mapping[str, Any], files: Sequence[Upload], method: str, *, after: int = 0
) -> Message:
    """A message of its own, or one more that stands as a reply to the first (`after`)."""
    channel = here.world.channels[asked.channel]
    reference = Reference(after, channel.id) if after else _about(asked)
    message = posts.draft(here, channel, data, files, reference=reference)
    message.interaction = asked.metadata | ({"original_response_message_id": str(after)} if after else {})
    if not after:
        message.type = _type(asked)
    message.shown_to = asked.user if message.flags & EPHEMERAL else 0
    return posts.publish(here, message, method)


def _type(asked: Asked) -> int:
    if asked.kind != SLASH:
        return DEFAULT
    return MENU if _about(asked) else COMMAND


def _about(asked: Asked) -> Reference | None:
    """The message whose menu was used: the first answer refers to it."""
    target = asked.metadata.get("target_message_id")
    return Reference(int(target), asked.channel) if target else None


def _think(here: Platform, asked: Asked) -> Message:
    """The message that says "is thinking"; whoever may see it is settled now for good."""
    flags = LOADING | (EPHEMERAL if asked.private else 0)
    message = Message(here.world.new_id(), asked.channel, BOT, here.clock(), flags=flags, interaction=asked.metadata)
    message.type, message.reference = _type(asked), _about(asked)
    message.shown_to = asked.user if asked.private else 0
    return posts.publish(here, message, "interaction.callback")


def _told(here: Platform, asked: Asked) -> Json:
    about: Json = {"id": str(asked.id), "type": asked.kind, "response_message_ephemeral": asked.private}
    about["response_message_loading"] = asked.acked == DEFERRED
    if not asked.original:
        return {"interaction": about}
    about["response_message_id"] = str(asked.original)
    if asked.acked == DEFERRED_UPDATE:
        return {"interaction": about}
    message = here.writer.message(_original(here, asked))
    return {"interaction": about, "resource": {"type": asked.acked, "message": message}}


def note(here: Platform, asked: Asked) -> None:
    """Record how far an interaction has come."""
    here.record.add(
        "interactions",
        interaction=str(asked.id),
        type=asked.kind,
        channel=str(asked.channel),
        user=str(asked.user),
        acked=asked.acked,
        message=str(asked.original) if asked.original else None,
        modal=asked.modal,
    )


def open_token(here: Platform, token: str) -> Asked:
    """The interaction of this token. Raises Refused 50027 when it is over, 10015 before the first answer."""
    asked = here.asked.get(token)
    if asked is None or here.monotonic() - asked.began > here.config.token_seconds:
        raise Refused(50027)
    if not asked.acked:
        raise Refused(10015)
    return asked


def _original(here: Platform, asked: Asked) -> Message:
    return here.world.message(here.world.channels[asked.channel], asked.original)


def message_of(here: Platform, token: str, ref: str) -> Message:
    """`@original`, or a message that this interaction has sent."""
    asked = open_token(here, token)
    if ref == "@original":
        return _original(here, asked)
    message = here.world.message(here.world.channels[asked.channel], ref)
    if message.id != asked.original and (message.interaction or {}).get("id") != str(asked.id):
        raise Refused(10008)
    return message


def edit(here: Platform, token: str, ref: str, body: Mapping[str, Any], files: Sequence[Upload]) -> Message:
    message = message_of(here, token, ref)
    if here.world.channels[message.channel].archived:
        raise Refused(50083)
    return posts.edit(here, message, body, files, "original.edit" if ref == "@original" else "followup.edit")


def follow_up(here: Platform, token: str, body: Mapping[str, Any], files: Sequence[Upload]) -> Message:
    """One more message. While the first one still "is thinking" it takes that one's place instead."""
    asked = open_token(here, token)
    waiting = here.world.channels[asked.channel].messages.get(asked.original)
    if waiting is not None and waiting.flags & LOADING:
        return posts.edit(here, waiting, body, files, "followup.create")
    if not asked.by_guild and asked.followups >= FOLLOWUPS_OF_USER_APP:
        raise Refused(40094)
    message = _post(here, asked, body, files, "followup.create", after=asked.original)
    asked.followups += 1
    return message
