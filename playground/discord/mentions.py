"""Who a message pings: the mentions in its text, as far as `allowed_mentions` lets them through. No I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.discord.errors import Refused, invalid

USER = re.compile(r"<@!?(\d{15,20})>")
ROLE = re.compile(r"<@&(\d{15,20})>")
EVERYONE = re.compile(r"@(?:everyone|here)\b")
KINDS = ("users", "roles", "everyone")


@dataclass(frozen=True, slots=True)
class Pings:
    """Whom a version of a message highlights. Empty: nobody."""

    everyone: bool = False
    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"everyone": self.everyone, "users": [str(i) for i in self.users], "roles": [str(i) for i in self.roles]}


NOBODY = Pings()


@dataclass(frozen=True, slots=True)
class Allowed:
    """`allowed_mentions` as it was sent; None of a list means: all that the text names."""

    users: tuple[int, ...] | None = None
    roles: tuple[int, ...] | None = None
    everyone: bool = True
    replied_user: bool = True


def allowed(raw: Mapping[str, Any] | None) -> Allowed:
    """Without the field Discord lets everything through, the reply's ping included. Raises Refused 50035."""
    if raw is None:
        return Allowed()
    parse = raw.get("parse") or []
    for kind in KINDS[:2]:
        if kind in parse and raw.get(kind):
            raise invalid("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "Mutually exclusive")
        if len(raw.get(kind) or ()) > 100:
            raise invalid(f"allowed_mentions.{kind}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
    if any(kind not in KINDS for kind in parse):
        raise Refused(50035)
    named = {kind: None if kind in parse else tuple(int(i) for i in raw.get(kind) or ()) for kind in KINDS[:2]}
    return Allowed(named["users"], named["roles"], "everyone" in parse, bool(raw.get("replied_user", False)))


def pings(content: str, may: Allowed, *, everyone: bool = True, replied_to: int = 0) -> Pings:
    """Whom this text highlights.

    `everyone`: the author has the permission for @everyone, @here and roles. `replied_to`: whom a reply would ping.
    Stricter than Discord: it skips code, here a mention in code counts too.
    """
    users = _named(USER, content, may.users)
    if replied_to and may.replied_user:
        users = tuple(dict.fromkeys((*users, replied_to)))
    roles = _named(ROLE, content, may.roles) if everyone else ()
    return Pings(everyone and may.everyone and EVERYONE.search(content) is not None, users, roles)


def _named(pattern: re.Pattern[str], content: str, only: tuple[int, ...] | None) -> tuple[int, ...]:
    found = dict.fromkeys(int(i) for i in pattern.findall(content))
    return tuple(i for i in found if only is None or i in only)
