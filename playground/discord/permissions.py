"""What a bot may do in a channel, as Discord's bits. No I/O."""

from enum import IntFlag


class Can(IntFlag):
    """The permissions that a chat bot meets."""

    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


NOTHING = Can(0)
EVERYONE = (
    Can.ADD_REACTIONS
    | Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.MENTION_EVERYONE  # a new server gives it to everyone: an unguarded bot does ping them
    | Can.USE_APPLICATION_COMMANDS
    | Can.CREATE_PUBLIC_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
    | Can.USE_EXTERNAL_APPS
)
ADMIN = EVERYONE | Can.MANAGE_MESSAGES | Can.MANAGE_THREADS


def named(names: list[str]) -> Can:
    """The bits of these names. Raises ValueError with the names that exist."""
    bits = NOTHING
    for name in names:
        if name not in Can.__members__:
            raise ValueError(f"No such permission. There are: {', '.join(Can.__members__)}.")
        bits |= Can[name]
    return bits
