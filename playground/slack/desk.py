"""What every method of the Web API works with: the workspace, and the checks that many of them share. No I/O."""

from dataclasses import dataclass

from playground.record import Record
from playground.slack.errors import Refused
from playground.slack.sockets import Sockets
from playground.slack.workspace import Workspace
from playground.slack.world import BOT, Channel, Message, World


@dataclass(frozen=True, slots=True)
class Desk:
    workspace: Workspace
    sockets: Sockets

    @property
    def world(self) -> World:
        return self.workspace.world

    @property
    def record(self) -> Record:
        return self.workspace.record

    def channel(self, name: str) -> Channel:
        """A channel that the app may know of: what is private and without it does not exist for it."""
        channel = self.world.channel(name)
        if channel is None or (channel.kind != "channel" and BOT.id not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def joined(self, name: str) -> Channel:
        channel = self.channel(name)
        if BOT.id not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def writable(self, name: str, *, archived: str = "is_archived") -> Channel:
        channel = self.joined(name)
        if channel.archived:
            raise Refused(archived)
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        message = self.world.message(channel.id, ts)
        if message is None or message.subtype == "tombstone":
            raise Refused("message_not_found")
        return message
