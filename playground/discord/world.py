"""What a Discord knows: people, servers, channels and every message. No I/O."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from playground.discord.errors import Refused
from playground.discord.mentions import NOBODY, Pings
from playground.discord.permissions import ADMIN, EVERYONE, NOTHING, Can
from playground.discord.snowflakes import Snowflakes

Json = dict[str, Any]

TEXT, DM, GROUP, THREAD, PRIVATE_THREAD, FORUM = 0, 1, 3, 11, 12, 15
DEFAULT, REPLY, COMMAND, STARTER, MENU = 0, 19, 20, 21, 23  # types of messages
SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING, SILENT, COMPONENTS_V2 = 4, 1 << 5, 1 << 6, 1 << 7, 1 << 12, 1 << 15

BOT, GUILD = 1400000000000000010, 1400000000000000020
GENERAL, RANDOM = 1400000000000000030, 1400000000000000031
ADA, GRACE, ALAN = 1400000000000000040, 1400000000000000041, 1400000000000000042
MODERATORS = 1400000000000000050


@dataclass(eq=False, slots=True)
class User:
    id: int
    name: str
    display: str = ""
    bot: bool = False
    closed: bool = False  # takes no direct messages


@dataclass(eq=False, slots=True)
class Role:
    id: int
    name: str
    permissions: Can
    is_bots: bool = False
    """Discord makes one for each bot that is let in with permissions, by the bot's name."""


@dataclass(eq=False, slots=True)
class Member:
    user: User
    roles: tuple[int, ...] = ()
    nick: str | None = None
    joined: float = 0.0


@dataclass(eq=False, slots=True)
class Guild:
    id: int
    name: str
    owner: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    is_away: bool = False
    """It has an outage: who connects is promised it, and told nothing more."""

    @property
    def has_bot(self) -> bool:
        return BOT in self.members


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel, a forum, a thread (with `parent`) or a direct message (with `recipients`, without `guild`)."""

    id: int
    type: int
    name: str
    guild: int = 0
    parent: int = 0
    owner: int = 0
    recipients: tuple[int, ...] = ()
    members: set[int] = field(default_factory=set)
    archived: bool = False
    locked: bool = False
    archive_minutes: int = 1440
    hidden: bool = False  # from @everyone; the bot and the owner see it
    denied: Can = NOTHING  # what the bot may not do here
    messages: dict[int, "Message"] = field(default_factory=dict)  # ids grow, so this is their order too

    @property
    def is_thread(self) -> bool:
        return self.type in (THREAD, PRIVATE_THREAD)


@dataclass(frozen=True, slots=True)
class Attachment:
    """`elsewhere`: an address that is not Discord's own, as no honest one has."""

    id: int
    channel: int
    filename: str
    content_type: str
    content: bytes = field(repr=False)
    description: str | None = None
    ephemeral: bool = False
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a message answers (`kind` 0) or forwards (1)."""

    message: int
    channel: int
    kind: int = 0


@dataclass(eq=False, slots=True)
class Message:
    id: int
    channel: int
    author: int
    at: float
    content: str = ""
    edited: float | None = None
    type: int = DEFAULT
    flags: int = 0
    nonce: str | None = None
    pings: Pings = NOBODY
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    reactions: dict[str, set[int]] = field(default_factory=dict)
    reference: Reference | None = None
    snapshot: Json | None = None  # of a forwarded message
    interaction: Json | None = None  # metadata of the interaction that this message answers
    shown_to: int = 0  # an ephemeral one: only this person sees it
    thread: int = 0


Named = TypeVar("Named", User, Guild, Channel)


@dataclass(eq=False, slots=True)
class World:
    """All tables. `channel("general")` and `user("ada")` also take names; they raise Refused when there is none."""

    clock: Callable[[], float]
    new_id: Snowflakes
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    commands: dict[int, list[Json]] = field(default_factory=dict)  # by guild; 0: global

    @property
    def bot(self) -> User:
        return self.users[BOT]

    def user(self, ref: int | str) -> User:
        return _find(self.users, ref, 10013)

    def guild(self, ref: int | str) -> Guild:
        return _find(self.guilds, ref, 10004)

    def channel(self, ref: int | str) -> Channel:
        return _find(self.channels, ref, 10003)

    def message(self, channel: Channel, ref: int | str) -> Message:
        message = channel.messages.get(int(ref)) if str(ref).isdecimal() else None
        if message is None:
            raise Refused(10008)
        return message

    def anywhere(self, ref: int | str) -> Message:
        """A message by its id alone. Raises Refused 10008."""
        for channel in self.channels.values():
            if str(ref).isdecimal() and int(ref) in channel.messages:
                return channel.messages[int(ref)]
        raise Refused(10008)

    def direct(self, user: User) -> Channel:
        """The direct messages between the bot and this person; opened when there were none."""
        for channel in self.channels.values():
            if channel.type == DM and channel.recipients == (user.id,):
                return channel
        return self.add_channel(Channel(self.new_id(), DM, user.name, recipients=(user.id,)))

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def channels_of(self, guild: int, *, threads: bool = False) -> Iterator[Channel]:
        return (c for c in self.channels.values() if c.guild == guild and c.is_thread == threads)

    def may(self, channel: Channel, user: int = BOT) -> Can:
        """What a person or the bot may do in a channel."""
        guild = self.guilds.get(channel.guild)
        if guild is None:
            inside = (user == BOT and channel.type == DM) or user in channel.recipients
            return EVERYONE if inside else NOTHING
        member = guild.members.get(user)
        if member is None:
            return NOTHING
        bits = guild.roles[guild.id].permissions
        for role in member.roles:
            bits |= guild.roles[role].permissions
        parent = self.channels.get(channel.parent)
        denied = channel.denied | (parent.denied if parent else NOTHING)
        if user == BOT:
            return bits & ~denied
        is_hidden = (parent or channel).hidden and user != guild.owner
        return bits & ~Can.VIEW_CHANNEL if is_hidden else bits

    def sees(self, channel: Channel) -> bool:
        """Whether the bot hears of what happens in a channel; in a private thread only a member does."""
        may = self.may(channel)
        inside = channel.type != PRIVATE_THREAD or BOT in channel.members or Can.MANAGE_THREADS in may
        return inside and Can.VIEW_CHANNEL in may

    def need(self, channel: Channel, *bits: Can) -> None:
        """Raises Refused 50001 when the bot cannot see the channel, 50013 when it lacks one of these permissions."""
        may = self.may(channel)
        if not self.sees(channel):
            raise Refused(50001)
        if any(bit not in may for bit in bits):
            raise Refused(50013)


def _find(table: Mapping[int, Named], ref: int | str, code: int) -> Named:
    """By id, or by name: the newest of that name, so that a test may add its own."""
    found = table.get(int(ref)) if str(ref).isdecimal() else None
    if found is None:
        found = next((thing for thing in reversed(list(table.values())) if thing.name == str(ref)), None)
    if found is None:
        raise Refused(code)
    return found


def people(world: World, users: Iterable[User], guild: Guild, roles: tuple[int, ...] = ()) -> None:
    """Let these people into a server."""
    for user in users:
        world.users[user.id] = user
        guild.members[user.id] = Member(user, roles, joined=world.clock())


def new_guild(world: World, id_: int, name: str, owner: int, *, bot: bool = True) -> Guild:
    """A server with the role that everyone has and, unless `bot` is false, the bot in it."""
    guild = Guild(id_, name, owner, {id_: Role(id_, "@everyone", EVERYONE)})
    world.guilds[id_] = guild
    if bot:
        people(world, [world.bot], guild)
    return guild


def founded(clock: Callable[[], float]) -> World:
    """The world that a newcomer meets: one server, two channels, three people. Ada owns it and moderates."""
    world = World(clock, Snowflakes(clock))
    world.users[BOT] = User(BOT, "Parley", bot=True)
    guild = new_guild(world, GUILD, "Playground", ADA)
    guild.roles[MODERATORS] = Role(MODERATORS, "Moderators", ADMIN)
    people(world, [User(ADA, "ada", "Ada")], guild, (MODERATORS,))
    people(world, [User(GRACE, "grace", "Grace"), User(ALAN, "alan", "Alan")], guild)
    world.add_channel(Channel(GENERAL, TEXT, "general", guild=GUILD))
    world.add_channel(Channel(RANDOM, TEXT, "random", guild=GUILD))
    return world
