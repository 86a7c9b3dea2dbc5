"""conversations.* and users.conversations: channels, their members and what was written there. No I/O."""

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from playground.slack import shapes
from playground.slack.arguments import Arguments
from playground.slack.desk import Desk
from playground.slack.errors import Refused
from playground.slack.world import BOT, Channel, JsonObject, Message

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def info(desk: Desk, given: Arguments) -> JsonObject:
    channel = desk.channel(*given.required("channel"))
    more = {"num_members": len(channel.members)} if given.flag("include_num_members") else {}
    return {"channel": shapes.channel(channel) | more}


def open_(desk: Desk, given: Arguments) -> JsonObject:
    """A direct conversation with one to eight people, or an old one by its id."""
    if given.text("channel"):
        return _opened(desk.channel(given.text("channel")), given, known=True)
    users = [user.strip() for user in given.text("users").split(",") if user.strip()]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 8:
        raise Refused("too_many_users")
    if any(user not in desk.world.people or user == BOT.id for user in users):
        raise Refused("user_not_found")
    known = set(desk.world.channels)
    channel = desk.world.direct(*users)
    return _opened(channel, given, known=channel.id in known)


def _opened(channel: Channel, given: Arguments, *, known: bool) -> JsonObject:
    body = shapes.channel(channel) if given.flag("return_im") else {"id": channel.id}
    return {"channel": body} | ({"no_op": True, "already_open": True} if known else {})


def list_(desk: Desk, given: Arguments) -> JsonObject:
    """All public channels, and the others that the app is in."""
    return _channels(given, (c for c in desk.world.channels.values() if c.kind == "channel" or BOT.id in c.members))


def of_user(desk: Desk, given: Arguments) -> JsonObject:
    """The conversations that a user and the app may both see; the app's own when no user is named."""
    user = given.text("user") or BOT.id
    seen = (c for c in desk.world.channels.values() if c.kind == "channel" or BOT.id in c.members)
    return _channels(given, (channel for channel in seen if user in channel.members))


def _channels(given: Arguments, channels: Iterable[Channel]) -> JsonObject:
    types = (given.text("types") or "public_channel").split(",")
    try:
        kinds = {KINDS[name.strip()] for name in types}
    except KeyError as error:
        raise Refused("invalid_types") from error
    hide = given.flag("exclude_archived")
    found = [shapes.channel(c) for c in channels if c.kind in kinds and not (hide and c.archived)]
    part, cursor = page(found, given, 100)
    return {"channels": part, "response_metadata": {"next_cursor": cursor}}


def members(desk: Desk, given: Arguments) -> JsonObject:
    channel = desk.channel(*given.required("channel"))
    part, cursor = page(sorted(channel.members), given, 100)
    return {"members": part, "response_metadata": {"next_cursor": cursor}}


def history(desk: Desk, given: Arguments) -> JsonObject:
    """What stands in the channel itself. A page is newest first; the first page is the one next to `latest`.

    Of `oldest` alone it is the one next to that, and the others go forward.
    """
    channel = desk.joined(*given.required("channel"))
    inside = _span(given)
    order = -1 if given.text("oldest") and not given.text("latest") else 1
    found = [message for message in desk.world.top(channel.id) if inside(message)]
    part, cursor = page(found[::order], given, 100)
    part = part[::order]
    answer = _messages(desk, given, part, cursor) | {
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    return answer | ({"latest": given.text("latest")} if given.text("latest") else {})


def replies(desk: Desk, given: Arguments) -> JsonObject:
    """A thread, oldest first; its root always comes first. A reply's ts returns that reply alone."""
    name, ts = given.required("channel", "ts")
    channel = desk.joined(name)
    root = desk.world.message(channel.id, ts)
    if root is None:
        raise Refused("thread_not_found")
    if root.thread:
        return _messages(desk, given, [root], "")
    inside = _span(given)
    found = [reply for reply in desk.world.replies(channel.id, ts) if inside(reply)]
    part, cursor = page([root, *found], given, 1000)
    return _messages(desk, given, part, cursor)


def _messages(desk: Desk, given: Arguments, part: Sequence[Message], cursor: str) -> JsonObject:
    metadata = given.flag("include_all_metadata")
    bodies = [shapes.message(desk.world, message, metadata=metadata) for message in part]
    answer: JsonObject = {"messages": bodies, "has_more": bool(cursor)}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _span(given: Arguments) -> Callable[[Message], bool]:
    """Whether a message is between `oldest` and `latest`; these themselves only when `inclusive`."""
    oldest, latest = _ts(given, "oldest"), _ts(given, "latest")
    inclusive = given.flag("inclusive")

    def inside(message: Message) -> bool:
        ts = _exact(message.ts)
        if inclusive and ts in (oldest, latest):
            return True
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return inside


def _ts(given: Arguments, name: str) -> int | None:
    value = given.text(name)
    if not value or value == "now":
        return None
    try:
        return _exact(value)
    except ValueError as error:
        raise Refused(f"invalid_ts_{name}") from error


def _exact(ts: str) -> int:
    """Microseconds: a float would lose the last digits."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def page(items: Sequence[Any], given: Arguments, default: int) -> tuple[list[Any], str]:
    """One page of these, and the cursor of the next ("" after the last). Raises Refused."""
    limit = given.number("limit", default, 1000)
    try:
        start = int(base64.b64decode(given.text("cursor"), validate=True).decode() or 0)
    except ValueError as error:
        raise Refused("invalid_cursor") from error
    end = start + limit
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    return list(items[start:end]), cursor
