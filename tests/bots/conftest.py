"""A place to start Parley from, without a setting of whoever runs the tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bots.plan import folders, room
from core.environment import ENV_FILE
from core.settings import Section, Settings, names

ROOT = Path(__file__).parents[2]

Write = Callable[[str], None]


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Write:
    """Writes the .env of an empty folder, which becomes the current one."""
    kinds: list[type[Section]] = [Settings, *(room(name).Settings for name in folders())]
    for name in (name for kind in kinds for name in names(kind)):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    ENV_FILE.touch(0o600)

    def write(text: str) -> None:
        ENV_FILE.write_text(text)

    return write
