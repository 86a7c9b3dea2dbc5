"""Folders and files of the bot's own: for nobody else's eyes, and still its own where root made them."""

import errno
import os
from pathlib import Path

from core.errors import SettingsError


def private(folder: Path) -> None:
    """Make the folder, for nobody else's eyes. One that is there is left as it is. Raises SettingsError."""
    try:
        make(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "")
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise SettingsError(
            [f"DATA_DIR cannot be used ({folder}: {why}): set it to a folder of the bot's own."]
        ) from None


def make(folder: Path) -> None:
    """Make the folder and those around it, as far as they are not there. Raises OSError."""
    try:
        folder.mkdir(0o700, parents=True)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    if whose := owner(folder.parent):
        os.chown(folder, *whose)


def opened(file: Path, flags: int) -> int:
    """The file's descriptor; the file is made if it is not there. Raises OSError."""
    try:
        descriptor = os.open(file, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(file, flags | os.O_CREAT, 0o600)  # it may be gone by now, or a link to nothing yet
    if whose := owner(file.parent):
        os.fchown(descriptor, *whose)
    return descriptor


def owner(folder: Path) -> tuple[int, int] | None:
    """The user and group whose it is, when we are root and it is somebody else's, as under sudo: None otherwise."""
    status = folder.stat()
    return (status.st_uid, status.st_gid) if os.geteuid() == 0 and status.st_uid != 0 else None


def is_shared(folder: Path) -> bool:
    """Whether other users of this machine can put files of their own there, or take ours away."""
    try:
        return os.name == "posix" and bool(folder.stat().st_mode & 0o022)
    except OSError:  # it is yet to be made, or told when it is opened
        return False
