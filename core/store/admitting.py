"""What the door's scripts are told of limits and budgets, and what they answer. No I/O."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from core.contract import Json, Outcome, Person, Place
from core.limits import Limits, Window, longest
from core.store.keys import Names, slug
from core.store.lease import Admission

Ids: TypeAlias = Collection[str]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for whoever is at the door.

    Beside these `limits` a place may have some of its own (placelimits.py). `payer`: the pseudonym whose budget of the
    day it is. `exempt`: no limit holds, but every budget does, and what is gone of everybody's is told.
    """

    limits: Limits = field(default_factory=Limits)
    payer: str = ""
    exempt: bool = False


FREE = Terms()
"""No limit, and no budget of anybody's own."""


def counting(names: Names, place: Place, author: Person, terms: Terms) -> Mapping[str, Json]:
    """Whose logs count an event, and the channel that may have limits of its own; none where the person is exempt."""
    channel = names.channel(place)
    counted = (
        (names.person(place.platform, author.id), terms.limits.person),
        (channel, terms.limits.place),
    )
    logs: list[Json] = [
        {"of": of, "longest": longest(windows) * 1000, "windows": [[w.calls, w.seconds * 1000] for w in windows]}
        for of, windows in counted
        if windows and not terms.exempt
    ]
    return {"logs": logs} if terms.exempt else {"logs": logs, "channel": channel}


def where(names: Names, place: Place, author: Person) -> Mapping[str, Json]:
    """A place, what it lies in, and who does something there; `alone`: nobody else does."""
    return {
        "platform": slug(place.platform),
        "place": names.place(place),
        "root": names.channel(place) if place.thread else "",
        "author": names.person(place.platform, author.id),
        "alone": place.private,
        "within": within(names, place),
    }


def heard(names: Names, platform: str, quoted: Ids, overheard: Ids) -> Mapping[str, Json]:
    """Whose words, and of which messages, an exchange has beside its question's. By their ids."""
    return {
        "quoted": " ".join(sorted(names.person(platform, id) for id in quoted)),
        "overheard": " ".join(sorted(names.turn(platform, id) for id in overheard)),
    }


def within(names: Names, place: Place) -> Sequence[Sequence[str]]:
    """What lies in what: a thread in its channel, a channel in its space, a direct message among those of its space."""
    around = names.directs(place) if place.private else names.space(place)
    return [*([(names.place(place), names.channel(place))] if place.thread else []), (names.channel(place), around)]


def admitted(reply: bytes) -> Admission:
    """ "outcome ahead full window wait reason word..." as an admission."""
    outcome, ahead, full, window, wait, *words = reply.decode().split()
    reason, *notices = words or ["-"]
    calls, _, seconds = window.partition("/")
    return Admission(
        Outcome(outcome),
        int(ahead),
        full == "1",
        Window(int(calls), int(seconds)) if seconds else None,
        int(wait) / 1000,
        "" if reason == "-" else reason,
        tuple(notices),
    )
