"""The prompt cache's accounts: which prefix was seen of late, and what of a prompt is read, written or neither.

The clock is an argument, in seconds. No I/O.
"""

import hashlib
from dataclasses import dataclass, field
from itertools import accumulate

from playground.claude.request import Request

LIVES = {"5m": 300.0, "1h": 3600.0}
LOOK_BACK = 20
"""How many blocks before a mark an older entry is looked for."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Where the tokens of a prompt are counted: `read` from the cache, written to it by lifetime, or neither.

    `us`: all of them in the US alone.
    """

    fresh: int
    read: int = 0
    written_5m: int = 0
    written_1h: int = 0
    us: bool = False

    @property
    def written(self) -> int:
        return self.written_5m + self.written_1h

    @property
    def limited(self) -> int:
        """What counts against the limit of input tokens: all but what was read from the cache."""
        return self.fresh + self.written


@dataclass(eq=False, slots=True)
class Cache:
    """The prefixes that are kept, each until its time is up. Reading one gives it its whole life again."""

    _until: dict[bytes, tuple[float, float]] = field(default_factory=dict)  # digest -> (until, life)

    def charge(self, request: Request, now: float) -> Charge:
        """Count a prompt, and keep what it marks."""
        segments = list(request.segments())
        sizes = list(accumulate(segment.tokens for segment in segments))
        marks = {place: _life(segment.mark) for place, segment in enumerate(segments) if segment.mark is not None}
        if request.cache is not None:
            last = max((place for place, segment in enumerate(segments) if segment.cacheable), default=-1)
            marks.setdefault(last, _life(request.cache))
        marks = {place: life for place, life in sorted(marks.items()) if sizes[place] >= request.model.cache_from}
        if not marks:
            return Charge(request.tokens)
        digests = _digests(request.settings, [segment.content for segment in segments[: max(marks) + 1]])
        hit = self._newest(marks, digests, now)
        read = sizes[hit] if hit >= 0 else 0
        written = {LIVES["5m"]: 0, LIVES["1h"]: 0}
        counted = read
        for place, life in marks.items():
            if place > hit:
                written[life] += sizes[place] - counted
                counted = sizes[place]
            self._keep(digests[place], life, now)
        return Charge(request.tokens - counted, read, written[LIVES["5m"]], written[LIVES["1h"]])

    def _newest(self, marks: dict[int, float], digests: list[bytes], now: float) -> int:
        """The longest prefix that is still kept, as the place of its last segment; -1 for none."""
        for mark in sorted(marks, reverse=True):
            for place in range(mark, max(mark - LOOK_BACK, -1), -1):
                until, life = self._until.get(digests[place], (0.0, 0.0))
                if until > now:
                    self._until[digests[place]] = now + life, life
                    return place
        return -1

    def _keep(self, digest: bytes, life: float, now: float) -> None:
        until, _ = self._until.get(digest, (0.0, 0.0))
        self._until[digest] = max(until, now + life), life

    def clear(self) -> None:
        self._until.clear()


def _life(mark: object) -> float:
    return LIVES[mark.get("ttl", "5m")] if isinstance(mark, dict) else LIVES["5m"]


def _digests(settings: bytes, contents: list[bytes]) -> list[bytes]:
    """The digest of each prefix."""
    running = hashlib.blake2b(settings, digest_size=16)
    found = []
    for content in contents:
        running.update(len(content).to_bytes(8, "big") + content)
        found.append(running.digest())
    return found
