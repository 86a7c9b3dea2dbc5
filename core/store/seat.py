"""A seat: the name of a process that answers only what was asked in it. A file in DATA_DIR, locked while that lives.

A seat outlives whoever has it: the next process sits down where one was killed, and answers what that left unanswered.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.folders import opened, private

_NAME = re.compile(r"[0-9a-f]{8}")
_TAKEN = b"+"
"""What stands in the file of a seat that nobody has left: its process lives, or was killed."""


@contextmanager
def seat(data_dir: Path) -> Iterator[str]:
    """The name of a seat that nobody else has meanwhile: of one that was killed, else a free one, else a new one.

    Raises SettingsError.
    """
    room = data_dir.absolute() / "seats"
    private(data_dir)
    private(room)
    name, descriptor = _sat_down(room)
    try:
        with suppress(OSError):  # on a full disk a seat looks as if it had been left well
            os.pwrite(descriptor, _TAKEN, 0)
        yield name
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _sat_down(room: Path) -> tuple[str, int]:
    seats = [file for file in room.iterdir() if _NAME.fullmatch(file.name)]
    for file in sorted(seats, key=lambda file: -file.stat().st_size):
        with suppress(PermissionError):  # it is another user's: somebody ran a bot here as root
            if (descriptor := _locked(file)) is not None:
                return file.name, descriptor
    while (descriptor := _locked(file := room / secrets.token_hex(4))) is None:  # somebody took it before its maker
        pass
    return file.name, descriptor


def _locked(file: Path) -> int | None:
    """Its descriptor; None when somebody has it."""
    descriptor = opened(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
