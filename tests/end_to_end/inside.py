"""The bot inside the test's own process: all of it real but the process, so it is there in a moment."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bots.discord import door as discord_door
from bots.discord.app import Discord
from bots.serve import open_claude, opened, options
from bots.slack import slash
from bots.slack.app import Slack
from bots.storeroom import open_the_store
from core.contract import Platform
from core.door import Door
from core.engine import Engine
from core.errands import cancelled
from core.governor import Governor
from core.settings import Settings
from core.store import Store
from core.worker import Worker
from tests.end_to_end.driver import PATIENCE, Playground, environment
from tests.end_to_end.haste import FACTOR
from tests.end_to_end.rooms import Room, Version, answered
from tests.waits import until


@dataclass
class Replica:
    """What one process would be. Without ears it hears nothing from the platforms, without hands it answers nothing."""

    store: Store
    worker: Worker
    slack: Slack
    discord: Discord
    _house: AsyncExitStack
    _ears: "list[asyncio.Task[None]]" = field(default_factory=list)

    async def deafen(self) -> None:
        """It hears nothing from now on, and goes on writing."""
        await cancelled(*self._ears)

    async def end(self) -> None:
        """As SIGTERM ends a process: what is being written is written to its end."""
        await self._house.aclose()

    async def hears(self) -> None:
        async def look() -> bool:
            return self.discord.gateway.is_connected and self.slack.last_frame_at > 0

        await until(look, "both platforms")


@dataclass
class Team:
    """Replicas that know the same. Tests share it, each in a channel of its own."""

    place: Playground
    settings: Settings
    is_hasty: bool = False
    """Whether its loop's clock runs faster than Redis': then each keeps its budget by itself."""
    streams: Mapping[str, str] = field(default_factory=dict)
    drain_seconds: float = PATIENCE
    replicas: list[Replica] = field(default_factory=list)

    async def start(self, *, ears: bool = True, hands: bool = True) -> Replica:
        house = AsyncExitStack()
        slack = Slack("xoxb-playground", "xapp-playground", self.place.slack.addresses["api"])
        where = self.place.discord.addresses
        discord = Discord("playground-discord-token", where["api"], where["gateway"], pause_seconds=0.05)
        platforms: Mapping[str, Platform] = {"slack": slack, "discord": discord}
        store = await house.enter_async_context(open_the_store(self.settings, tuple(platforms)))
        claude = open_claude(self.settings, cooldown=store.cooling)
        house.push_async_callback(claude.close)
        await house.enter_async_context(opened(platforms))
        governor = Governor(None if self.is_hasty else store.sharing)
        house.push_async_callback(governor.close)
        chosen = replace(options(self.settings), streams=self.streams)
        door = Door(store, claude, platforms, governor, chosen)
        worker = Worker(store, Engine(store, claude, platforms, governor, chosen))
        if hands:
            house.push_async_callback(_awaited, asyncio.create_task(worker.run()))
            house.push_async_callback(worker.drain, self.drain_seconds)
        replica = Replica(store, worker, slack, discord, house)
        if ears:
            for platform in platforms.values():
                ear = asyncio.create_task(platform.run(door))
                replica._ears.append(ear)
                house.push_async_callback(cancelled, ear)
            await replica.hears()
        self.replicas.append(replica)
        return replica

    async def end(self) -> None:
        while self.replicas:
            await self.replicas.pop().end()

    async def restart(self) -> None:
        await self.end()
        await self.start()

    async def answered(self, room: Room, times: int = 1, text: str = "") -> Version:
        """A finished answer as it stands there, when nobody works at anything any more: now its buttons are taken."""
        found = await answered(room, times, text)

        async def look() -> bool:
            return not any(replica.worker.busy for replica in self.replicas)

        await until(look, "the end of all turns")
        return found[-1]


async def _awaited(task: "asyncio.Task[None]") -> None:
    await task


@asynccontextmanager
async def team(
    place: Playground, redis: Path, data: Path, *, is_hasty: bool = False, **more: str
) -> AsyncIterator[Team]:
    """Nobody is started yet. `more`: settings by their names in the environment."""
    env = environment(place, data, REDIS_URL=f"unix://{redis}", REDIS_PREFIX=data.name, **more)
    known: dict[str, Any] = {
        name.lower(): value for name, value in env.items() if name.lower() in Settings.model_fields
    }
    made = Team(place, Settings(**known), is_hasty)
    with pytest.MonkeyPatch.context() as patched:
        if is_hasty:  # what it does within them takes as long as ever
            patched.setattr(discord_door, "ACCEPT_SECONDS", discord_door.ACCEPT_SECONDS * FACTOR)
            patched.setattr(slash, "ANSWER_SECONDS", slash.ANSWER_SECONDS * FACTOR)
        try:
            yield made
        finally:
            await made.end()
