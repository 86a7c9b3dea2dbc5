"""The terminal: `parley chat`."""

from pydantic_settings import SettingsConfigDict

from bots.terminal.app import Terminal
from core.settings import PlatformSettings


class Settings(PlatformSettings):
    """A terminal needs none."""

    model_config = SettingsConfigDict(env_prefix="TERMINAL_")


def make(settings: Settings) -> Terminal:
    return Terminal()
