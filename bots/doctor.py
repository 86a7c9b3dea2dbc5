"""`parley doctor`: asks everybody whom the settings name, and tells what each says is wrong."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from bots.plan import Plan
from bots.serve import furniture, left_out, open_claude
from bots.storeroom import open_the_store
from core.claude import silence
from core.contract import Platform
from core.errors import SettingsError, StoreDown
from core.folders import make
from core.settings import Settings
from core.store import advice

_NO_ROLES = (
    "ALLOWED_ROLES names roles, and {0} knows none: there nobody but ADMINS may ask. Name people of {0} in "
    "ALLOWED_USERS, too, or give each platform a bot of its own."
)
_FULL = "The disk of {} is full: make room there."
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
ROOM = 1 << 16
"""Bytes that must be free on a disk: what a few questions take in the file of the embedded Redis."""


async def checked(ready: Plan) -> AsyncIterator[tuple[str, Sequence[str]]]:
    """Ask one after the other. Yields who was asked, and a sentence with its fix for each thing that is wrong there."""
    yield "settings", (*furniture(ready.settings)[2], *_shut_out(ready))
    chosen = ready.settings
    checks = [
        ("Redis and its keys", partial(_store, ready)),
        ("usage lines", partial(asyncio.to_thread, _unwritable, chosen.usage_folder)),
        ("Claude", partial(_claude, chosen)),
        *((name.title(), partial(_platform, made)) for name, made in ready.platforms().items()),
    ]
    for name, check in checks:
        try:
            yield name, await check()
        except SettingsError as error:
            yield name, error.problems


def _shut_out(ready: Plan) -> Sequence[str]:
    chosen = ready.settings
    if not chosen.allowed_roles or chosen.allowed_users:
        return ()
    without = [name.title() for name, settings in ready.rooms.items() if not settings.has_roles]
    return tuple(map(_NO_ROLES.format, without))


async def _store(ready: Plan) -> Sequence[str]:
    folder = ready.settings.data_dir / "redis"
    try:
        found = await _met(ready)
    except SettingsError as error:
        found = error.problems
    is_own = ready.settings.redis_url is not None
    return found if is_own else (*await asyncio.to_thread(_full, folder), *found)


async def _met(ready: Plan) -> Sequence[str]:
    async with open_the_store(ready.settings, tuple(ready.rooms), looks=True) as store:
        try:
            await store.ping()
        except StoreDown as down:
            found = {*store.concerns.values(), advice(down, own=ready.settings.redis_url is not None)}
            return tuple(found)
        return tuple(store.concerns.values())


def _full(folder: Path) -> Sequence[str]:
    """A server whose disk is full dies at the next question: until then it answers as ever."""
    try:
        _write(folder)
    except OSError as error:
        return (_FULL.format(folder),) if error.errno in _NO_ROOM else ()  # all else the server has told
    return ()


def _unwritable(folder: Path) -> Sequence[str]:
    """Whether usage lines can be written. Asked after the store, which makes DATA_DIR for nobody else's eyes."""
    try:
        make(folder)
        _write(folder)
    except OSError as error:
        if error.errno in _NO_ROOM:
            return (_FULL.format(folder),)
        why = os.strerror(error.errno or 0)
        return (f"{folder} cannot be written to ({why}): set USAGE_DIR to a folder of the bot's own.",)
    return ()


def _write(folder: Path) -> None:
    """Raises OSError, also where the disk is nearly full: nothing is tried there, for the server may need the rest."""
    disk = shutil.disk_usage(folder)
    if disk.total and disk.free < ROOM:
        raise OSError(errno.ENOSPC, "")
    with TemporaryFile(dir=folder) as file:
        file.write(b"\n")
        file.flush()


async def _claude(chosen: Settings) -> Sequence[str]:
    claude = open_claude(chosen)
    try:
        problems = await claude.check([chosen.claude_model])
        if problems or claude.unheard is None:
            return (*problems, *(await left_out(claude, chosen)).values())
        return tuple(filter(None, [silence(claude.unheard)]))
    finally:
        await claude.close()


async def _platform(made: Platform) -> Sequence[str]:
    try:
        await made.open()
    finally:
        await made.close()
    return ()
