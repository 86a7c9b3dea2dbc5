"""What a message may hold: its text, blocks and metadata, checked as Slack checks them. No I/O.

Sizes from docs.slack.dev (chat.postMessage, chat.update, Block Kit reference), characters counted as code points. The
cap on all texts of a message's blocks together is not documented; users measured it at about 13,200. That a message
has one table at most, be it a block or Markdown, is not documented either, nor that the blocks which Slack makes of
Markdown count (measured live by three projects in the autumn of 2026).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt

from playground.slack.arguments import Arguments
from playground.slack.errors import Refused
from playground.slack.world import Blocks, JsonObject, Message

POST_TEXT, UPDATE_TEXT, MARKDOWN, ALL_BLOCKS = 40_000, 4_000, 12_000, 13_200
BLOCKS, METADATA_BYTES = 50, 8_192
BLOCK_TYPES = (
    *(
        "actions",
        "alert",
        "call",
        "card",
        "carousel",
        "context",
        "context_actions",
        "data_table",
        "divider",
        "file",
        "header",
    ),
    *("image", "input", "markdown", "plan", "rich_text", "section", "table", "task_card", "video"),
)
# field of a block -> most characters of its text
TEXTS = {"header": (("text", 150),), "section": (("text", 3_000),), "markdown": (("text", MARKDOWN),)}
MOST_ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
MOST_OF_BUTTON = {"action_id": 255, "value": 2_000, "url": 3_000}
_RULER = re.compile(r"^[ \t>|:-]*-[ \t|:-]*$", re.MULTILINE)
_APART = re.compile(r"^ {0,3}[#=*_-]", re.MULTILINE)
_ALONE = ("heading_open", "hr", "table_open")
_MARKDOWN = MarkdownIt("commonmark").enable("table")
PING = re.compile(r"<@[UW]\w+(?:\|[^>]*)?>|<!(?:here|channel|everyone|group)(?:\|[^>]*)?>|<!subteam\^[^>]*>")


@dataclass(frozen=True, slots=True)
class Content:
    """What a call wants a message to hold; None: the call does not say."""

    text: str | None
    blocks: Blocks | None
    attachments: Blocks | None
    metadata: JsonObject | None


def read(given: Arguments, *, update: bool = False) -> Content:
    """The content of chat.postMessage, chat.postEphemeral, chat.update. Raises Refused."""
    text = given.text("text") if given.given.get("text") is not None else None
    blocks = _objects(given.json("blocks", "invalid_blocks_format"), "invalid_blocks_format")
    attachments = _objects(given.json("attachments", "invalid_attachments"), "invalid_attachments")
    if markdown := given.text("markdown_text"):
        if text or blocks:
            raise Refused("markdown_text_conflict")
        if len(markdown) > MARKDOWN:
            raise Refused("msg_too_long")
        text, blocks = markdown, ({"type": "markdown", "text": markdown},)
    if update and text is not None and len(text) > UPDATE_TEXT and not markdown:
        raise Refused("msg_too_long")
    if blocks:
        check(blocks)
        blocks = tuple({"block_id": f"b{place}"} | block for place, block in enumerate(blocks))
    if not (text or "").strip() and not blocks and not attachments:
        raise Refused("no_text")
    return Content(None if text is None else text[:POST_TEXT], blocks, attachments, _metadata(given))


def _objects(raw: Any, error: str) -> Blocks | None:  # noqa: ANN401  # JSON from outside
    if raw is None:
        return None
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise Refused(error)
    return tuple(raw)


def _metadata(given: Arguments) -> JsonObject | None:
    raw = given.json("metadata", "invalid_metadata_format")
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise Refused("invalid_metadata_format")
    if raw and not (isinstance(raw.get("event_type"), str) and isinstance(raw.get("event_payload"), dict)):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(raw).encode()) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return raw


def check(blocks: Blocks) -> None:
    """Raises Refused as Slack does for blocks that are too many, too long or of no known shape."""
    if sum(map(_tables, blocks)) > 1:
        raise Refused("invalid_attachments", "only_one_table_allowed")
    problems = list(_problems(blocks))
    if sum(map(_bound, blocks)) > BLOCKS and sum(map(_expanded, blocks)) > BLOCKS >= len(blocks):
        problems.append(f"no more than {BLOCKS} items allowed [json-pointer:/blocks]")
    if problems:
        raise Refused("invalid_blocks", *(f"[ERROR] {problem}" for problem in problems), errors=problems)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN or sum(map(len, texts(blocks))) > ALL_BLOCKS:
        raise Refused("msg_blocks_too_long")


def _tables(block: JsonObject) -> int:
    """How many tables Slack makes of a block."""
    text = str(block.get("text", ""))
    if block.get("type") != "markdown" or not _RULER.search(text):
        return block.get("type") in ("table", "data_table")
    return sum(token.type == "table_open" for token in _MARKDOWN.parse(text))


def _bound(block: JsonObject) -> int:
    """At most how many blocks Slack makes of one. It is cheap to know."""
    return 2 * len(_APART.findall(str(block.get("text", "")))) + 3 if block.get("type") == "markdown" else 1


def _expanded(block: JsonObject) -> int:
    """How many blocks Slack makes of one: a header per heading, a divider, a table, a rich_text of all between two."""
    if block.get("type") != "markdown":
        return 1
    outer = [token for token in _MARKDOWN.parse(str(block.get("text", ""))) if token.nesting >= 0 and not token.level]
    kinds = [token.type if token.type in _ALONE else "" for token in outer]
    return sum(bool(kind) or before != "" for before, kind in pairwise(["start", *kinds]))


def _problems(blocks: Blocks) -> Iterator[str]:
    if len(blocks) > BLOCKS:
        yield f"no more than {BLOCKS} items allowed [json-pointer:/blocks]"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique within a message [json-pointer:/blocks]"
    for place, block in enumerate(blocks):
        pointer = f"/blocks/{place}"
        if block.get("type") not in BLOCK_TYPES:
            yield f"unsupported type: {block.get('type')} [json-pointer:{pointer}/type]"
            continue
        yield from _wrong_texts(block, pointer)
        yield from _wrong_elements(block, pointer)


def _wrong_texts(block: JsonObject, pointer: str) -> Iterator[str]:
    for name, most in TEXTS.get(block["type"], ()):
        if block["type"] == "section" and "fields" in block and name not in block:
            continue
        value = block.get(name)
        if block["type"] != "markdown":
            pointer, value = f"{pointer}/{name}", value.get("text") if isinstance(value, dict) else None
        yield from _wrong_text(value, most, f"{pointer}/text")


def _wrong_text(value: object, most: int, pointer: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"missing required field: text [json-pointer:{pointer}]"
    elif not value:
        yield f"must be more than 0 characters [json-pointer:{pointer}]"
    elif len(value) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{pointer}]"


def _wrong_elements(block: JsonObject, pointer: str) -> Iterator[str]:
    elements = block.get("elements")
    if block["type"] not in MOST_ELEMENTS:
        return
    if not isinstance(elements, list) or not elements:
        yield f"missing required field: elements [json-pointer:{pointer}/elements]"
        return
    if len(elements) > MOST_ELEMENTS[block["type"]]:
        yield f"no more than {MOST_ELEMENTS[block['type']]} items allowed [json-pointer:{pointer}/elements]"
    named = [element.get("action_id") for element in elements if element.get("action_id")]
    if len(named) != len(set(named)):
        yield f"`action_id` must be unique in a block [json-pointer:{pointer}/elements]"
    for place, element in enumerate(elements):
        if element.get("type") == "button":
            yield from _wrong_button(element, f"{pointer}/elements/{place}")


def _wrong_button(button: JsonObject, pointer: str) -> Iterator[str]:
    label = button.get("text")
    if not isinstance(label, dict) or label.get("type") != "plain_text":
        yield f"must be a plain_text object [json-pointer:{pointer}/text]"
    else:
        yield from _wrong_text(label.get("text"), 75, f"{pointer}/text/text")
    for name, most in MOST_OF_BUTTON.items():
        if len(str(button.get(name, ""))) > most:
            yield f"must be less than {most + 1} characters [json-pointer:{pointer}/{name}]"


def texts(blocks: Iterable[JsonObject]) -> Iterator[str]:
    """Every text in these blocks that a person reads, in order."""
    for block in blocks:
        for key, value in block.items():
            if key == "text" and isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                yield from texts([value])
            elif isinstance(value, list):
                yield from texts(item for item in value if isinstance(item, dict))


def shown(text: str, blocks: Blocks | None) -> str:
    """What a person reads: the blocks' running text; the `text` when they have none."""
    parts = [
        block["text"] if isinstance(block["text"], str) else block["text"]["text"]
        for block in blocks or ()
        if block["type"] in ("markdown", "section", "header") and "text" in block
    ]
    return "\n".join(parts) if parts else text


def buttons(blocks: Sequence[JsonObject] | None) -> Iterator[tuple[str, JsonObject]]:
    """(block_id, button) of everything that can be pressed."""
    for block in blocks or ():
        for element in (*block.get("elements", ()), block.get("accessory") or {}):
            if isinstance(element, dict) and element.get("type") == "button":
                yield str(block.get("block_id", "")), element


def pings(message: Message) -> list[str]:
    """Whom this message would notify by name or by group, as written in it."""
    found: Callable[[str], list[str]] = PING.findall
    return found(message.text) + [ping for text in texts(message.blocks or ()) for ping in found(text)]
