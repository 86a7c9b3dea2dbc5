"""response_url: an address that comes with a command or an interaction, good for 5 posts within 30 minutes. No I/O."""

import secrets
from dataclasses import dataclass, field, replace

from playground.slack import content
from playground.slack.arguments import Arguments
from playground.slack.errors import Refused
from playground.slack.workspace import Workspace
from playground.slack.world import BOT, TEAM, Message

USES, SECONDS = 5, 30 * 60


@dataclass(frozen=True, slots=True)
class Hook:
    """Where its posts go. `original`: the ts of the message that was pressed, "" for a command."""

    channel: str
    user: str
    original: str
    until: float
    left: int = USES


@dataclass(eq=False, slots=True)
class Hooks:
    workspace: Workspace
    _hooks: dict[str, Hook] = field(default_factory=dict)

    def open(self, path: str, channel: str, user: str, original: str = "") -> str:
        """A new address under `path` (actions or commands)."""
        key = secrets.token_urlsafe(18)
        self._hooks[key] = Hook(channel, user, original, self.workspace.record.monotonic() + SECONDS)
        return f"{self.workspace.world.origin}/{path}/{TEAM}/{key}"

    def answer(self, key: str, given: Arguments) -> None:
        """One post to it. Raises Refused."""
        hook = self._hooks.get(key)
        if hook is None or self.workspace.record.monotonic() > hook.until:
            raise Refused("expired_url")
        if not hook.left:
            raise Refused("used_url")
        original = self._original(hook)
        if given.flag("delete_original") and original:
            self._delete(original)
        else:
            said = content.read(given)
            if given.flag("replace_original") and original:
                self._replace(hook, original, said)
            else:
                self.say(hook.channel, hook.user, said, given, method="response_url")
        self._hooks[key] = replace(hook, left=hook.left - 1)

    def say(self, channel: str, user: str, said: content.Content, given: Arguments, *, method: str) -> None:
        """What a command answers: for its user alone, or with response_type "in_channel" for all."""
        ts = self.workspace.world.stamp()
        message = Message(channel, ts, BOT.id, said.text or "", bot=BOT.bot, blocks=said.blocks or None)
        message = replace(message, thread=given.text("thread_ts"), metadata=said.metadata or None)
        if given.text("response_type") == "in_channel":
            self.workspace.post(message, method=method)
        else:
            self.workspace.whisper(message, user, method=method)

    def _original(self, hook: Hook) -> Message | None:
        world = self.workspace.world
        return world.message(hook.channel, hook.original) or world.ephemerals.get(hook.original)

    def _replace(self, hook: Hook, original: Message, said: content.Content) -> None:
        fresh = replace(original, text=said.text or "", blocks=said.blocks or None)
        if original.ts in self.workspace.world.ephemerals:
            self.workspace.whisper(fresh, hook.user, method="response_url")
        else:
            self.workspace.edit(fresh, method="response_url")

    def _delete(self, original: Message) -> None:
        if self.workspace.world.ephemerals.pop(original.ts, None):
            self.workspace.record.add("ephemerals_deleted", channel=original.channel, message=original.ts)
        else:
            self.workspace.delete(original, method="response_url")
