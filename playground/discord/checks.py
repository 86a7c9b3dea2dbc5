"""Whether a message is one that Discord takes: its sizes, its components, that it is not empty. No I/O.

Lengths are counted in code points, as Discord does.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from playground.discord.errors import Refused, invalid, too_long
from playground.discord.world import COMPONENTS_V2, Json

CONTENT, NONCE, CUSTOM_ID, LABEL = 2000, 25, 100, 80
EMBEDS, EMBED_TITLE, EMBED_TEXT, EMBED_ALL = 10, 256, 4096, 6000
ROWS, IN_ROW = 5, 5
V2_TEXT, V2_COMPONENTS, V2_BYTES = 4000, 40, 10158  # above the last one Discord answers 500
ACTION_ROW, BUTTON, TEXT_DISPLAY = 1, 2, 10
COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")


def message(body: Mapping[str, Any]) -> None:
    """Raises Refused when a field that was sent is too long, of the wrong kind or against a rule."""
    content = body.get("content")
    if content is not None and not isinstance(content, str):
        raise invalid("content", "STRING_TYPE_CONVERT", "Could not interpret as string.")
    if len(content or "") > CONTENT:
        raise too_long("content", CONTENT)
    if len(str(body.get("nonce") or "")) > NONCE:
        raise too_long("nonce", NONCE)
    embeds(body.get("embeds") or ())
    if int(body.get("flags") or 0) & COMPONENTS_V2:
        new_components(body)
        return
    rows(body.get("components") or ())


def not_empty(content: str, *others: Sequence[object]) -> None:
    """Raises Refused 50006. Buttons alone are no message."""
    if not content.strip() and not any(others):
        raise Refused(50006)


def embeds(found: Sequence[Json]) -> None:
    if len(found) > EMBEDS:
        raise too_long("embeds", EMBEDS)
    for place, embed in enumerate(found):
        for key, most in (("title", EMBED_TITLE), ("description", EMBED_TEXT)):
            if len(embed.get(key) or "") > most:
                raise too_long(f"embeds.{place}.{key}", most)
    if sum(_embed_length(embed) for embed in found) > EMBED_ALL:
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_ALL}")


def _embed_length(embed: Json) -> int:
    fields = embed.get("fields") or ()
    texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    texts += [(embed.get("author") or {}).get("name"), *(f["name"] for f in fields), *(f["value"] for f in fields)]
    return sum(len(text or "") for text in texts)


def rows(found: Sequence[Json]) -> None:
    """Action rows of buttons and selects, as they were before components V2."""
    if len(found) > ROWS:
        raise too_long("components", ROWS)
    for place, row in enumerate(found):
        if row.get("type") != ACTION_ROW:
            raise invalid(f"components.{place}.type", "BASE_TYPE_CHOICES", "Value must be one of {1}.")
        if not 0 < len(row.get("components") or ()) <= IN_ROW:
            raise invalid(f"components.{place}.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {IN_ROW}.")
    names(list(walk(found)))


def names(found: Sequence[Json]) -> None:
    """Custom ids are short and unique in a message, labels short."""
    seen = set()
    for place, one in enumerate(found):
        label, custom_id = one.get("label") or "", one.get("custom_id")
        if len(label) > LABEL:
            raise too_long(f"components.{place}.label", LABEL)
        if custom_id is None:
            continue
        if not 0 < len(custom_id) <= CUSTOM_ID:
            raise invalid(
                f"components.{place}.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."
            )
        if custom_id in seen:
            wrong = "Component custom id cannot be duplicated"
            raise invalid(f"components.{place}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", wrong)
        seen.add(custom_id)


def new_components(body: Mapping[str, Any]) -> None:
    """Components V2: text is a component too, `content` and `embeds` must be absent."""
    for field in ("content", "embeds"):
        if body.get(field):
            wrong = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            raise invalid(field, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", wrong)
    found = list(walk(body.get("components") or ()))
    texts = [str(one.get("content") or "") for one in found if one.get("type") == TEXT_DISPLAY]
    if len(found) > V2_COMPONENTS:
        raise too_long("components", V2_COMPONENTS)
    if sum(map(len, texts)) > V2_TEXT:
        wrong = f"The total text in components exceeds the maximum of {V2_TEXT}"
        raise invalid("components", "COMPONENT_MAX_TEXT_LENGTH_EXCEEDED", wrong)
    if sum(len(text.encode()) for text in texts) > V2_BYTES:
        raise Refused(0, status=500)
    names(found)


def walk(found: Sequence[Json]) -> Iterator[Json]:
    """All components, also those inside of others."""
    for one in found:
        yield one
        yield from walk(one.get("components") or ())
        for key in ("accessory", "component"):
            if isinstance(one.get(key), dict):
                yield from walk([one[key]])


def thread_name(name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= 100:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return name


def commands(found: Sequence[Json]) -> None:
    """Raises Refused for a name or a description that Discord does not take, or for two of one name and type."""
    seen = set()
    for place, one in enumerate(found):
        name, kind = str(one.get("name") or ""), int(one.get("type") or 1)
        if kind == 1 and (not COMMAND_NAME.match(name) or name != name.lower()):
            raise invalid(f"{place}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        if kind == 1 and not 0 < len(one.get("description") or "") <= 100:
            raise invalid(f"{place}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if (name, kind) in seen:
            raise invalid(str(place), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add((name, kind))


def body(raw: bytes) -> Json:
    """The JSON object of a request; no body is an empty one. Raises Refused 50109."""
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        raise Refused(50109) from None
    if isinstance(found, list):
        return {"list": found}
    if not isinstance(found, dict):
        raise Refused(50109)
    return found
