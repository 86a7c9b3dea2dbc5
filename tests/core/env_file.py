"""What the tests of settings share: a bare environment, a .env to write, and a platform that could be."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from core import settings
from core.environment import ENV_FILE
from core.settings import PlatformSettings, Settings

CANARY = "Wombat-7"


class Pager(PlatformSettings):
    """A platform that could be."""

    model_config = SettingsConfigDict(env_prefix="PAGER_")

    token: Annotated[SecretStr, settings.shaped("pg-.+", "a pager's token begins with pg-.")] = Field(
        description="print it at the pager.", examples=["pg-1"]
    )
    beeps: int = Field(1, ge=1)
    loud: bool = False


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests, and an empty folder to be in."""
    for name in (*settings.names(Settings), *settings.names(Pager)):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def write(**values: str) -> None:
    ENV_FILE.write_text("".join(f"{name}={value}\n" for name, value in values.items()), "utf-8")
