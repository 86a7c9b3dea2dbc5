"""What belongs to one running Discord: its world, its gateway, its rules and what it has recorded. No I/O."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playground.discord import world as nouns
from playground.discord.config import Config
from playground.discord.gateway import Gateway
from playground.discord.wire import Links, Writer
from playground.discord.world import Attachment, World
from playground.faults import Plan
from playground.limits import Limits
from playground.record import Record


@dataclass(eq=False, slots=True)
class Asked:
    """One interaction: who pressed or typed what, and how far its answer is. `acked` 0: not answered yet."""

    id: int
    token: str
    kind: int  # 2 command, 3 component, 4 autocomplete, 5 modal
    channel: int
    user: int
    began: float  # monotonic
    message: int = 0  # that the button is on
    acked: int = 0
    original: int = 0  # the message that answers it
    private: bool = False  # the answer is ephemeral
    by_guild: bool = True  # False: the app is installed by the user only
    followups: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    modal: dict[str, Any] | None = None


@dataclass(eq=False, slots=True)
class Platform:
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    config: Config = field(default_factory=Config)
    record: Record = field(default_factory=Record)
    plan: Plan = field(default_factory=Plan)
    limits: Limits = field(default_factory=Limits)
    asked: dict[str, Asked] = field(default_factory=dict)  # by token
    nonces: dict[tuple[int, str], tuple[int, float]] = field(default_factory=dict)  # (channel, nonce): message, when
    files: dict[int, Attachment] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    world: World = field(init=False)
    gateway: Gateway = field(init=False)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.world = nouns.founded(self.clock)
        self.gateway = Gateway(self.world, self.record, lambda: self.config)
        self.writer = Writer(self.world, self.links)

    def listen_on(self, origin: str) -> None:
        """Where it can be reached, `http://127.0.0.1:8080`: addresses of files and of the gateway begin with it."""
        self.links.origin = origin
        self.gateway.address = f"ws{origin.removeprefix('http')}/gw/"

    def configure(self, config: Config) -> None:
        self.config = config
        self.links.life = config.link_seconds

    def forget(self) -> None:
        """Clear the record, the plan and what is used of the limits; people, messages and connections stay."""
        self.record.clear()
        self.plan.clear()
        self.limits.clear()
