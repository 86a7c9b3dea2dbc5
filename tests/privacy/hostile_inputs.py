"""Payloads that nobody should send, made of recorded ones, and where they would have us answer. No I/O."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from bots.discord import parse as discord
from bots.discord.words import Bot as DiscordBot
from bots.slack import parse as slack
from bots.slack.parts import Bot as SlackBot
from core.contract import Event
from tests.privacy.hostile_outputs import LINKS, MARKS, PINGS, UNSEEN

FOLDER = Path(__file__).parents[1] / "bots"
SLACK_BOT = SlackBot("U0BOT12345", "B0BOT12345", "T0TEAM1234", name="claude")
DISCORD_BOT = DiscordBot("1400000000000000010", "1400000000000000010", "Parley")
TEXTS = frozenset(
    (
        "text",
        "content",
        "title",
        "fallback",
        "value",
        "username",
        "name",
        "real_name",
        "global_name",
        "nick",
        "filename",
    )
)
"""Fields in which people write what they like: nothing in them may say where an answer goes."""
WORDS = (
    *PINGS,
    *LINKS,
    *UNSEEN,
    *MARKS,
    "<@U0BOT12345>",
    "/reset",
    "stop",
    "C0OTHER123",
    '{"channel":"C0OTHER123"}',
    "x" * 5_000,
)
JUNK: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    10**30,
    "",
    "x",
    "\x00",
    "\ud800",
    "C0OTHER123",
    "1795259310.999999",
    [],
    {},
    [[]],
    [None],
    {"id": 5},
)


def payloads(platform: str) -> list[Any]:
    """The recorded ones, as they came."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((FOLDER / platform / "payloads").glob("*.json"))]


def spoken(random: Random, payload: Any, key: str = "") -> Any:
    """The same payload, in which people wrote something else."""
    if isinstance(payload, Mapping):
        return {name: spoken(random, value, name) for name, value in payload.items()}
    if isinstance(payload, list):
        return [spoken(random, value, key) for value in payload]
    if key in TEXTS and isinstance(payload, str) and payload:
        return payload + " " + "".join(random.choices(WORDS, k=random.randint(1, 8)))
    return payload


def broken(random: Random, payload: Any) -> Any:
    """The same payload, with some of its values gone or of another kind."""
    spoilt = deepcopy(payload)
    for _ in range(random.randint(1, 6)):
        holder: Any = spoilt
        while isinstance(holder, dict | list) and holder:
            key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if not isinstance(holder[key], dict | list) or random.random() < 0.2:
                if random.random() < 0.3:
                    del holder[key]
                else:
                    holder[key] = deepcopy(random.choice(JUNK))
                break
            holder = holder[key]
    return spoilt


def on_slack(payload: Mapping[str, Any]) -> Iterator[Event]:
    slack.people_in(payload, SLACK_BOT)
    event = slack.to_event(payload, SLACK_BOT, now=1.0)
    if event is not None:
        yield event
        said = payload.get("event")
        slack.earlier(said if isinstance(said, Mapping) else {}, event.place, SLACK_BOT)


def on_discord(frame: Mapping[str, Any]) -> Iterator[Event]:
    kind, data = frame.get("t"), frame.get("d")
    if not isinstance(kind, str) or not isinstance(data, Mapping):
        return
    for name, one in discord.each(kind, data, 0.0):
        event = discord.to_event(name, one, DISCORD_BOT)
        if event is not None:
            yield event
            discord.earlier(one, event.place, DISCORD_BOT)


def where_on_slack(payload: Mapping[str, Any]) -> str:
    """The channel in which this happened, as Slack itself says."""
    event = payload.get("event") or {}
    channel = payload.get("channel") if payload.get("type") == "block_actions" else None
    id = channel.get("id") if isinstance(channel, Mapping) else None
    named = id if isinstance(id, str) else ""
    told = payload.get("container")
    return str(event.get("channel") or payload.get("channel_id") or named or (told or {}).get("channel_id") or "")


def where_on_discord(frame: Mapping[str, Any]) -> str:
    data = frame["d"]
    channel = data.get("channel")
    is_interaction = frame["t"] == "INTERACTION_CREATE"
    return str(channel["id"] if is_interaction and isinstance(channel, Mapping) else data.get("channel_id"))


def is_elsewhere(event: Event, where: str) -> bool:
    """Whether an answer to this event would stand somewhere else than where it happened."""
    place = event.place
    return event.address.get("channel") != where or where not in {place.channel, place.thread}


def same(one: Event, other: Event) -> bool:
    """Whether both are answered in the same place, to the same person."""
    return (one.id, one.place, one.author.id, one.address) == (other.id, other.place, other.author.id, other.address)
