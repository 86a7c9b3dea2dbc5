"""What is kept: `parley export`, `erase` and `rekey`, while the bot runs, and `restored`, before it does."""

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bots.storeroom import secret, what_is_there
from core.contract import Json, Place
from core.errors import SettingsError
from core.settings import Settings
from core.store import Erased, Store
from core.usage import files

STOPPED_SECONDS = 60.0
"""Answers that are being written are stopped, and waited for so long."""
LOOK_SECONDS = 0.5
_LIVE = "An answer was still being written: what belongs to it goes when it has ended. Run the same again then."
NOBODY = (
    "No question and no answer of it was found: is the id right? Ids are as the platform writes them, a channel's "
    "behind that of its workspace or server: slack:U012AB3CD, slack:T012AB3CD:C012AB3CD. Direct messages go with their "
    "person."
)
_ELSEWHERE = (
    "Not reached: the chat itself, logs and usage lines of other machines or of a place (pseudonyms only), backups of "
    "Redis. They are yours to delete."
)
_OLD_KEYS = "The older keys may be dropped from HISTORY_KEY."
_ONE_KEY = (
    "There is no older key here to drop: for a new one set HISTORY_KEY=new,old, and start every process again first."
)
_NOT_YET = (
    "Keep the older keys: something is sealed with one of them, or a process still seals so. Start every process again "
    "with the newest HISTORY_KEY in front, and run this again ten seconds later."
)
_UNREADABLE = (
    "{:,} values were sealed with a key that is not in HISTORY_KEY, and stay as they are: put that key back, behind a "
    "comma."
)
_RESTORED = (
    "The next start looks for nothing that was asked before now: it was answered, or is to be asked again.",
    "What was erased, deleted or forgotten with `reset` after the copy was made is there again: erase it again. "
    "Limits, budgets and sums of usage are as they were then.",
)


@dataclass(frozen=True, slots=True)
class Whose:
    """What is meant: of a person or a place, or, where both are None, everything."""

    person: tuple[str, str] | None = None
    place: Place | None = None


def whose(person: str, place: str, *, everything: bool, platforms: Sequence[str]) -> Whose:
    """`person` is platform:id, `place` platform:space:channel, and :thread if it is one. Raises SettingsError."""
    named = (person or place).partition(":")[0]
    if named and named not in platforms:
        raise SettingsError([f"--person, --place: begin with the platform: {', '.join(platforms)}."])
    if sum(map(bool, (person, place, everything))) != 1:
        raise SettingsError(["Say whose: --person PLATFORM:ID, --place PLATFORM:SPACE:CHANNEL[:THREAD], or --all."])
    if person:
        platform, _, id = person.partition(":")
        if not (platform and id):
            raise SettingsError(["--person: write the platform and the id there, such as slack:U012AB3CD."])
        return Whose(person=(platform, id))
    if place:
        platform, space, channel, thread = (*place.split(":", 3), "", "", "")[:4]
        if not (platform and space):
            raise SettingsError(["--place: write platform:space:channel, such as slack:T012AB3CD:C012AB3CD."])
        return Whose(place=Place(platform, space, channel, thread))
    return Whose()


async def exported(chosen: Settings, of: Whose) -> AsyncGenerator[str]:
    """Lines of JSON: of a person or a place one, or none where nothing is kept; of all one for each thing."""
    made: Mapping[str, Json] = {"made": datetime.now(UTC).isoformat(timespec="seconds")}
    async with what_is_there(chosen) as store:
        if of == Whose():
            yield _line(made)
            async for part in store.holdings.of_all():
                yield _line(part)
            return
        found: Mapping[str, Json] = {}
        if of.person:
            found = await store.holdings.of_person(*of.person)
        elif of.place:
            found = await store.holdings.of_place(of.place)
        if any(found.get(kind) for kind in ("conversations", "messages", "usage")):
            yield _line({**made, **found})


async def erased(chosen: Settings, of: Whose) -> tuple[bool, tuple[str, ...]]:
    """Erase; whether there was anything of whom was named, and sentences on what was erased and what is yours to do.

    Raises SettingsError, and then nothing is erased.
    """
    if not of.place:
        files(chosen.usage_folder)
    async with what_is_there(chosen) as store:
        found = await _erase(store, of)
        until = time.monotonic() + STOPPED_SECONDS
        # What is being answered ends first; what was asked since is nobody's to stop.
        while (left := await _erase(store, of, found.before)).turns and time.monotonic() < until:  # noqa: ASYNC110  # others end it
            await asyncio.sleep(LOOK_SECONDS)
        refused = await store.rewriting.done()
        payer = store.payer(*of.person) if of.person else ""
    if not of.place:
        blank(chosen.usage_folder, payer)
    told = f"Erased: {found.exchanges:,} answered questions and {found.turns:,} messages in {found.places:,} places."
    is_known = of == Whose() or found.anything
    live = _LIVE if left.turns else ""
    return is_known, tuple(filter(None, (told, "" if is_known else NOBODY, live, refused, _ELSEWHERE)))


async def _erase(store: Store, of: Whose, before: int = 0) -> Erased:
    if of.person:
        return await store.holdings.erase_person(*of.person, wholly=True, before=before)
    if of.place:
        return await store.holdings.erase_place(of.place, before=before)
    return await store.holdings.erase_all(before=before)


async def rekeyed(chosen: Settings) -> tuple[bool, tuple[str, ...]]:
    """Whether the older keys may be dropped, and sentences on what was done."""
    async with what_is_there(chosen) as store:
        found = await store.rekeying.all()
        refused = await store.rewriting.done() if found.sealed else ""
    told = f"{found.sealed:,} values are newly sealed with the newest HISTORY_KEY."
    if found.done and not found.sealed and "," not in secret(chosen.history_key):
        return False, (told, _ONE_KEY)
    missing = _UNREADABLE.format(found.unreadable) if found.unreadable else ""
    return found.done, tuple(filter(None, (told, missing, refused, _OLD_KEYS if found.done else _NOT_YET)))


async def restored(chosen: Settings, platforms: Sequence[str]) -> tuple[str, ...]:
    """What is here comes from a copy: sentences on what that means. Raises SettingsError."""
    async with what_is_there(chosen) as store:
        await store.sights.unsee(platforms)
    return _RESTORED


def blank(folder: Path, person: str) -> None:
    """Make a person nobody in the usage lines of this machine; "" deletes the lines of all.

    Byte for byte in place, so that no line is lost that another process appends meanwhile.
    """
    for file in files(folder):
        if not person:
            file.unlink()
            continue
        name = person.encode()
        with file.open("r+b") as lines:
            heap, at = lines.read(), -1
            while (at := heap.find(name, at + 1)) >= 0:
                os.pwrite(lines.fileno(), b"0" * len(name), at)


def _line(found: Mapping[str, Json]) -> str:
    return json.dumps(found, ensure_ascii=False)
