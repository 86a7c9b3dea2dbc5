"""What happened in a simulated world, in order, in words that are the same whenever the same seed is run."""

import hashlib
from dataclasses import dataclass, field

from tests.simulator.timeline import START, Timeline


@dataclass(slots=True)
class Trace:
    """`names` turns pseudonyms, which say nothing to a reader, back into the ids of the scene."""

    timeline: Timeline
    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def note(self, who: str, what: str) -> None:
        self.lines.append(f"{self.timeline.now - START:11.6f}  {who:<8} {what}")

    def name(self, pseudonym: str) -> str:
        return self.names.get(pseudonym, pseudonym)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]
