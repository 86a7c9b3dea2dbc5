"""What the settings say about answering, as the engine needs it. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from core import history
from core.access import Access
from core.contract import Place
from core.dialogue import Choices
from core.limits import Limits
from core.tools import Toolbox


@dataclass(frozen=True, slots=True)
class Options:
    """`defaults` hold where nobody chose, but for `streams`: how answers come on platforms with a setting of their own.

    `zone`: whose time Claude is told.
    """

    defaults: Choices
    access: Access
    streams: Mapping[str, str] = field(default_factory=dict)
    system: str = history.MANNER
    max_tokens: int = 16_000
    toolbox: Toolbox = field(default_factory=Toolbox)
    limits: Limits = field(default_factory=Limits)
    history_days: int = 30
    zone: tzinfo = UTC

    def choices(self, place: Place) -> Choices:
        """What holds at a place where nobody chose."""
        stream = self.streams.get(place.platform)
        return replace(self.defaults, stream=stream) if stream else self.defaults
