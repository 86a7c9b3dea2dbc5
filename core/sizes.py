"""How many tokens a conversation has: as the API counted them where it did, else estimated. No I/O."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, takewhile

from core import content, files, paper
from core.contract import Json
from core.dialogue import Exchange

BYTES_PER_TOKEN = 3
"""On the safe side: English has about 4 bytes a token; what other scripts and code have more of is bytes, too."""
PER_MESSAGE = 4
PER_PAGE = 3_000
"""Of a PDF, of each page of which the API makes 1,500 to 3,000 tokens of words and an image."""
_LEAST_OF_FILES = 0.3
"""A count below this part of the files' estimate tells that other files went meanwhile."""
_LEAST, _MOST = 0.2, 3.0
"""A counted size is believed between these multiples of its estimate: else something was left out in between."""
_BESIDE = 1_600
"""Tokens more that are believed all the same."""


def fitting(found: Iterable[int], room: int) -> int:
    """How many of these sizes, from the first on, fit a room together."""
    return sum(1 for _ in takewhile(lambda total: total <= room, accumulate(found)))


def of_text(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def of_message(message: Mapping[str, Json]) -> int:
    """Of its words and texts; without images and PDFs as they are sent, nor what the history keeps by reference.

    Those are `of_files`.
    """
    return sum(map(_of_block, content.blocks(message))) + PER_MESSAGE


def of_files(message: Mapping[str, Json]) -> int:
    """Of what the history keeps by reference."""
    return sum(map(of_file, files.references(message)))


def of_file(reference: Mapping[str, Json]) -> int:
    if reference.get("kind") == "text":
        return files.file_of(reference).size // BYTES_PER_TOKEN
    return beside_text(reference)


def beside_text(reference: Mapping[str, Json]) -> int:
    """Of a PDF or an image, which `of_message` does not count where it is sent; 0 of a text, which it does."""
    kind, counted = reference.get("kind"), reference.get("tokens")
    if kind != "image":
        return _pages(reference) * PER_PAGE
    return counted if isinstance(counted, int) and counted > 0 else files.MOST_OF_IMAGE


def of_each_file(exchanges: Iterable[Exchange]) -> dict[str, int]:
    """The size of each of their files, by its reference: those of a question have no more than the API counted for it.

    That is a good deal less where a PDF's pages have few words.
    """
    found: dict[str, int] = {}
    before = 0
    for past in exchanges:
        costs = {str(one["ref"]): of_file(one) for one in files.references(past.messages[0])}
        together, counted = sum(costs.values()), past.tokens - before
        before = past.tokens
        is_likely = together * _LEAST_OF_FILES <= counted <= together
        most = counted if is_likely else min(together, past.tokens or together)
        found |= {ref: -(-cost * most // together) if together else cost for ref, cost in costs.items()}
    return found


def _pages(reference: Mapping[str, Json]) -> int:
    """Of a PDF, as they were counted when it was read; 0 of anything else."""
    if reference.get("kind") != "pdf":
        return 0
    counted = reference.get("pages")
    return counted if isinstance(counted, int) and counted > 0 else paper.guessed(files.file_of(reference).size)


def of_exchange(exchange: Exchange) -> int:
    return sum(map(of_message, exchange.messages))


def of_exchanges(exchanges: Sequence[Exchange]) -> tuple[int, ...]:
    """The size of each: what the API counted after it less what it counted before it, where that can be."""
    found, before = [], 0
    for past in exchanges:
        guess = of_exchange(past)
        counted = past.tokens - before if past.tokens and before else 0
        found.append(counted if guess * _LEAST <= counted <= guess * _MOST + _BESIDE else guess)
        before = past.tokens
    return tuple(found)


def _of_block(block: Mapping[str, Json]) -> int:
    if files.is_reference(block):
        return of_text(str(files.gone(str(block["name"]))["text"]))
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("type") == "base64":
        return 0
    text = block.get("text")
    return of_text(text if isinstance(text, str) else json.dumps(block, ensure_ascii=False))
