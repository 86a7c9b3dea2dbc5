"""How strict, how slow and how generous this Discord is. No I/O.

Posted as JSON to `/_control/config`; what is not named stays as it is:
{"latency": 0.08, "limits": "off" | "published" | {"message.edit": [5, 5]}, "privileged": ["message_content"],
 "ack_seconds": 3, "token_seconds": 900, "nonce_seconds": 300, "nonce_told_seconds": 0, "link_seconds": 86400,
 "heartbeat_seconds": 41.25, "resume_seconds": 180, "replay": 1000}

limits       calls and seconds of a bucket: message.create, message.edit, message.delete, typing, webhook (of one
             interaction), webhook.slow (a second window of it), commands, channel.edit, global; null lifts one
privileged   the intents that are switched on in the developer portal: message_content, members, presences
ack_seconds  how long an interaction waits for its first answer; token_seconds: how long its token lives
nonce_seconds   how long a repeated nonce returns the first message; nonce_told_seconds: how long history tells it
link_seconds    how long a file's address holds
resume_seconds  how long a session outlives its connection; replay: how many events it keeps for a RESUME
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground.discord.intents import PRIVILEGED
from playground.limits import Window

TOKEN = "playground-discord-token"  # noqa: S105  # it opens nothing but this server
FILE_BYTES, BODY_BYTES = 10 * 2**20, 25 * 2**20

# Discord publishes none of them ("read the headers"); these were observed by users and reported in its trackers.
PUBLISHED: Mapping[str, Window] = {
    "message.create": Window(5, 5),
    "message.edit": Window(5, 5),
    "message.delete": Window(5, 1),
    "typing": Window(5, 5),
    "webhook": Window(5, 2),
    "webhook.slow": Window(30, 60),
    "commands": Window(5, 20),
    "channel.edit": Window(2, 600),
    "global": Window(50, 1),
}


@dataclass(frozen=True, slots=True)
class Config:
    token: str = TOKEN
    latency: float = 0.0
    limits: Mapping[str, Window] = field(default_factory=lambda: PUBLISHED)
    privileged: frozenset[str] = frozenset()
    ack_seconds: float = 3.0
    token_seconds: float = 900.0
    nonce_seconds: float = 300.0
    nonce_told_seconds: float = 0.0
    link_seconds: float = 86400.0
    heartbeat_seconds: float = 41.25
    resume_seconds: float = 180.0
    replay: int = 1000


def changed(config: Config, raw: Mapping[str, Any]) -> Config:
    """The config with these settings. Raises ValueError with a sentence for whoever posted them."""
    fresh = dict(raw)
    if "limits" in fresh:
        fresh["limits"] = _limits(fresh["limits"])
    if "privileged" in fresh:
        fresh["privileged"] = _privileged(fresh["privileged"])
    for name, value in fresh.items():
        if name not in Config.__dataclass_fields__:
            raise ValueError(f"No such setting. There are: {', '.join(Config.__dataclass_fields__)}.")
        if name not in ("token", "limits", "privileged") and not _is_amount(value):
            raise ValueError("Seconds and counts are numbers from 0.")
    return replace(config, **fresh)


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _privileged(names: object) -> frozenset[str]:
    if not isinstance(names, list) or not set(names) <= set(PRIVILEGED):
        raise ValueError(f"`privileged` is a list of {', '.join(PRIVILEGED)}.")
    return frozenset(names)


def _limits(raw: object) -> Mapping[str, Window]:
    if raw == "off":
        return {}
    if raw == "published":
        return PUBLISHED
    if not isinstance(raw, Mapping) or not set(raw) <= set(PUBLISHED):
        raise ValueError(f'`limits` is "off", "published" or an object with some of {", ".join(PUBLISHED)}.')
    rules = dict(PUBLISHED)
    for name, rule in raw.items():
        rules.pop(name, None)
        if rule is None:
            continue
        if not isinstance(rule, list) or len(rule) != 2 or not all(_is_amount(n) and n for n in rule):
            raise ValueError("A limit is a list of two numbers: calls and seconds.")
        rules[name] = Window(int(rule[0]), float(rule[1]))
    return rules
