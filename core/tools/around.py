"""What a tool may know of the turn that it runs for. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Protocol

from core.contract import Message
from core.dialogue import Exchange


class Chat(Protocol):
    """What a tool may ask the platform, and must tell."""

    async def before(self, message: Message) -> Sequence[Message]: ...
    def hear(self, messages: Sequence[Message]) -> None:
        """Hear that the tool has read these: the answer may have their words, and goes with them."""

    def recall(self, exchanges: Sequence[Exchange]) -> None:
        """Hear that the tool has read these of the history: whoever has words in them has them in its result, too."""


@dataclass(frozen=True, slots=True, repr=False)
class Around:
    """The question, its platform, what the history still has of the place, oldest first, and the people's time zone."""

    message: Message
    platform: Chat
    exchanges: Sequence[Exchange] = ()
    zone: tzinfo = UTC
