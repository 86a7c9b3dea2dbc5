"""What a lock file pins: each package with its hashes, where it is for, and who asked for it. No I/O."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pin:
    """`marker`: on which machines it is installed, "" for all. `asked_by`: names of packages; ours is among them."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def pins(text: str) -> Iterator[Pin]:
    """In the order of the file."""
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE):
        head = re.match(r"([a-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", block)
        if head:
            name, version, marker = head.groups(default="")
            asked_by = re.findall(r"^ +# +(?:via +)?([a-z0-9._-]+)(?: \(.*\))?$", block, re.MULTILINE)
            found = [one for one in asked_by if one != "via"]
            yield Pin(name, version, marker.strip(), tuple(re.findall(r"sha256:([0-9a-f]{64})", block)), tuple(found))
