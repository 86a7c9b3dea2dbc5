"""What only the other users of a machine meet: files that are not theirs."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STRANGER = 65_534


@contextmanager
def open_folder() -> Iterator[Path]:
    """One that any user gets into; pytest's own are for their maker alone."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@contextmanager
def not_ours(file: Path) -> Iterator[None]:
    """With a file that we may not open: root may open all, and becomes somebody else meanwhile."""
    file.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(STRANGER)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        file.chmod(0o600)
