"""The terminal: `parley chat`."""

from bots.terminal.app import Terminal
from core.settings import PlatformSettings


class Settings(PlatformSettings):
    """A terminal needs none."""


def make(settings: Settings) -> Terminal:
    return Terminal()
