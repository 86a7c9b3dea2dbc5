"""Limits that admins set for a channel in its chat; they hold for its threads too."""

import re
from collections.abc import Sequence

from core.contract import Place
from core.limits import Window
from core.store.keys import Names
from core.store.words import Run

KINDS = ("all", "each")
"""Questions of all people together, in place of CHANNEL_RATE; and of each person there, beside USER_RATE."""


class PlaceLimits:
    """Asked for, and set, by channel."""

    def __init__(self, run: Run, names: Names) -> None:
        self._run = run
        self._names = names

    async def of(self, place: Place) -> dict[str, tuple[Window, ...]]:
        """What was set, by its kind; () is no limit, where a setting says otherwise. Raises StoreDown."""
        return _read(await self._run("limits", channel=self._names.channel(place), kind="", windows=""))

    async def set(self, place: Place, kind: str, windows: Sequence[Window] | None) -> dict[str, tuple[Window, ...]]:
        """None: as the settings say, from now on. Returns what holds then."""
        text = " ".join(f"{window.calls}/{window.seconds * 1000}" for window in windows or ()) or "none"
        channel = self._names.channel(place)
        return _read(await self._run("limits", channel=channel, kind=kind, windows="" if windows is None else text))


def _read(reply: Sequence[bytes | None]) -> dict[str, tuple[Window, ...]]:
    return {kind: _windows(text.decode()) for kind, text in zip(KINDS, reply, strict=True) if text is not None}


def _windows(text: str) -> tuple[Window, ...]:
    """As the scripts read it: what is no window is passed over."""
    found = re.findall(r"(\d+)/(\d+)", text)
    return tuple(Window(int(calls), int(ms) // 1000) for calls, ms in found)
