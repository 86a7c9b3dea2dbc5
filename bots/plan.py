"""What will run: every setting of the engine and of the platforms, read once and checked together."""

import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

import typer

import bots
from core import environment, settings
from core.contract import Platform
from core.errors import SettingsError
from core.folders import is_shared
from core.network import unfit_certificates, unfit_proxies
from core.settings import KeyedSettings, PlatformSettings, Section, Settings

TERMINAL = "terminal"


class Room(Protocol):
    """What a folder under bots/ holds."""

    Settings: type[PlatformSettings]

    def make(self, settings: PlatformSettings) -> Platform: ...


class Setup(Protocol):
    """What a folder's `setup` holds, if it has one."""

    def offer(self, app: typer.Typer) -> None:
        """Add the commands that help to set the platform up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run, all of it checked as far as that goes without asking anybody."""

    settings: Settings
    rooms: Mapping[str, PlatformSettings]

    def streams(self) -> Mapping[str, str]:
        """How answers come on platforms that have a setting of their own."""
        return {name: chosen.stream for name, chosen in self.rooms.items() if chosen.stream}

    def platforms(self) -> Mapping[str, Platform]:
        return {name: room(name).make(chosen) for name, chosen in self.rooms.items()}


def folders() -> tuple[str, ...]:
    """The platforms: a folder under bots/ is one."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(bots.__path__) if found.ispkg))


def room(name: str) -> Room:
    """A platform's folder, imported only when it is asked for: a platform's library takes its time."""
    return cast(Room, import_module(f"bots.{name}"))


def setups() -> Iterator[Setup]:
    for name in folders():
        if find_spec(f"bots.{name}.setup"):
            yield cast(Setup, import_module(f"bots.{name}.setup"))


def plan(only: str = "", *, offline: bool = False, check: Callable[[Settings], Sequence[str]] = lambda _: ()) -> Plan:
    """Read everything, once. `only`: this platform, asked for by name; else each that has its tokens.

    `offline`: the key may be missing. `check` finds what else is wrong with the engine's settings. Raises SettingsError
    with all that is wrong.
    """
    kinds = {name: room(name).Settings for name in ([only] if only else folders())}
    kinds = {name: kind for name, kind in kinds.items() if only or settings.required(kind)}
    engine = settings.read(Settings if offline else KeyedSettings)
    readings = {name: settings.read(kind) for name, kind in kinds.items()}
    wanted = {name: reading for name, reading in readings.items() if only or not reading.absent}
    problems = [*engine.problems, *(told for reading in wanted.values() for told in reading.problems)]
    chosen = engine.settings or settings.readable(Settings)
    problems += check(chosen) if chosen else ()
    if not wanted:
        problems.append(_no_platform(list(kinds.values())))
    problems += mistyped()
    if problems or engine.settings is None:
        raise SettingsError(tuple(dict.fromkeys(problems)))  # each section reads .env, and says that it cannot
    return Plan(engine.settings, {name: one.settings for name, one in wanted.items() if one.settings is not None})


def _no_platform(kinds: Sequence[type[PlatformSettings]]) -> str:
    tokens = ", or ".join(" and ".join(settings.required(kind)) for kind in kinds)
    return f"No platform has its tokens: set {tokens} (the README says how to get them), or try `parley chat`."


def mistyped() -> Sequence[str]:
    """A sentence for each name in .env that is much like one of ours, and for each line that is no setting."""
    return [*environment.misspelt(environment.in_env_file(), _known()), *environment.unread()]


def hints() -> Sequence[str]:
    """What is no reason to stop, but should be known."""
    found = [*environment.misspelt(os.environ, _known()), *unfit_proxies(), *unfit_certificates()]
    if environment.ENV_FILE.is_dir():
        found.append(".env is a folder: no setting is read from it.")
    elif environment.is_open_to_others():
        found.append("Other users of this machine can read your .env: run `chmod 600 .env`.")
    chosen = settings.read(Settings).settings
    if chosen is not None and is_shared(chosen.data_dir):
        found.append("Others may write where DATA_DIR is, which holds the keys: give the bot a folder of its own.")
    return found


def _known() -> Sequence[str]:
    every: tuple[type[Section], ...] = (Settings, *(room(name).Settings for name in folders()))
    return [name for kind in every for name in settings.names(kind)]
