"""Who may talk to the bot, and where. No I/O."""

from dataclasses import dataclass

from core.contract import Event


@dataclass(frozen=True, slots=True)
class Access:
    """Platform ids; an empty set allows everyone. Guests and people of other workspaces need to be named themselves."""

    spaces: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()

    def refusal(self, event: Event) -> str:
        """Why this event is not for the bot to answer, for the person to read; "" when it is."""
        if self.admins and event.author.id in self.admins:
            return ""
        if self.spaces and event.place.space not in self.spaces:
            if event.place.private and not event.place.thread:
                return "I may not answer direct messages. Please ask me in a channel that I am set up for."
            return "I am not set up for this workspace or server. Please ask whoever runs this bot."
        if self.channels and event.place.channel not in self.channels and not event.place.private:
            return "I may not answer in this channel. Please ask me in one that I am set up for."
        if not self._welcomes(event):
            return "I may not answer you here. Please ask whoever runs this bot to allow you."
        return ""

    def is_admin(self, event: Event) -> bool:
        """Whether this person may use admins' commands: everybody may where no admins are named."""
        return not self.admins or event.author.id in self.admins

    def is_named_admin(self, event: Event) -> bool:
        """Whether this person was named as an admin: only those may touch other people's answers."""
        return event.author.id in self.admins

    def _welcomes(self, event: Event) -> bool:
        if event.author.id in self.users:
            return True
        if self.roles.intersection(event.author.roles):
            return True
        return event.author.trusted and not (self.users or self.roles)
