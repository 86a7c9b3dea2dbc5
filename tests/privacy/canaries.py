"""Words that stand for what people wrote and who they are, and the search for them in what was written down. No I/O."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, quote_plus

_PART = 14
"""Characters of a long canary's beginning and end that count as the canary."""
_RUN = re.compile("(?=[0-9]*[A-Za-z])[A-Za-z0-9]{9,}")
"""So many letters and digits in a row do so too, whatever is done to the rest. Numbers alone may be times."""


@dataclass(frozen=True, slots=True)
class Canary:
    """`what` it stands for, and the word itself."""

    what: str
    word: str


def flock(**words: str) -> tuple[Canary, ...]:
    return tuple(Canary(what, word) for what, word in words.items())


@cache
def forms(word: str) -> frozenset[bytes]:
    """A word as programs write it down: as it is, escaped, quoted, encoded, backwards, in capitals, or in part."""
    texts = {word, word[::-1], repr(word)[1:-1], quote(word), quote(word, safe=""), quote_plus(word)}
    texts |= {json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(json.dumps(word))[3:-3]}
    texts |= {word[:_PART], word[-_PART:]} if len(word) > 2 * _PART else set()
    texts |= set(_RUN.findall(word))
    raws = [text.encode() for text in texts] + [word.encode("utf-16-le")]
    raws += [word.encode().hex().encode(), word[::-1].encode().hex().encode()]
    return frozenset(raw.lower() for raw in raws)


@cache
def in_base64(word: str) -> frozenset[bytes]:
    """The middle of its base64, wherever in a text the word stands: the ends depend on what is beside it."""
    found = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + word.encode())
        whole = encoded[4 if offset else 0 : len(encoded) // 4 * 4 - 4]
        found |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return frozenset(found)


def sightings(flock: Iterable[Canary], sinks: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(sink, what) of each canary that is somewhere in a sink, in any form."""
    small = {name: heap.lower() for name, heap in sinks.items()}
    return [
        (name, canary.what)
        for canary in flock
        for name, heap in sinks.items()
        if any(form in small[name] for form in forms(canary.word))
        or any(form in heap for form in in_base64(canary.word))
    ]
