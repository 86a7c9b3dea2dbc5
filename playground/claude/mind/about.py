"""What Parley is, how it is used, and who it is that answers. No I/O."""

import re

from playground.claude.mind.conversation import Conversation
from playground.claude.mind.library import find, simple

_ASKS = re.compile(
    r".*\b(?:what|who|how|which|where|why|explain|tell|describe|show|help|need|get|can|are|is|do|does|want|connect"
    r"|install|set up)\b.*"
)
# Words that people also use about other things: they mean Parley only beside one of these.
_OURS = re.compile(
    r"\b(?:parley|this bot|the bot|you|your|yourself|here|this thing|claude|set ?up|connect|install|add|i type|i use)\b"
    r"|(?:^| )/\w"
)
_CLEAR = (
    *("parley", "who are you", "what can you do", "api key", "real key", "real claude", "get a key", "slash command"),
    "commands",
)


def tell_about_parley(sentence: str, _: Conversation) -> str | None:
    plain = simple(sentence).rstrip("?!. ")
    if plain in ("help", "/help", "commands"):
        plain = "what can you do"
    if not _ASKS.fullmatch(plain) or len(plain.split()) > 25:
        return None
    entry = find("parley", plain)
    if entry is None:
        return None
    is_clear = any(name in plain for name in (*_CLEAR, *(name for name in entry.names if len(name.split()) > 2)))
    return entry.text if is_clear or _OURS.search(plain) else None
