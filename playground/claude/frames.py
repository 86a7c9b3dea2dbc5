"""An answer as server-sent events, each with the time it takes. No I/O."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from playground.claude.answer import Answer, Part
from playground.claude.cache import Charge

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """Some bytes of the stream. `beat`: it is one token and waits for its turn; `characters` of text that it brings."""

    data: bytes
    beat: bool = False
    characters: int = 0


def event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


PING = event("ping")


def usage(charge: Charge, output: int, answer: Answer | None = None) -> Json:
    """A message's usage; with the answer also what only its end knows."""
    counts: Json = {
        "input_tokens": charge.fresh,
        "cache_creation_input_tokens": charge.written,
        "cache_read_input_tokens": charge.read,
        "output_tokens": output,
    }
    if answer is not None and answer.stop_reason == "compaction":
        return _nothing(counts, charge)
    if answer is not None:
        counts["output_tokens_details"] = {"thinking_tokens": answer.thinking_tokens}
        if answer.searches:
            counts["server_tool_use"] = {"web_search_requests": answer.searches, "web_fetch_requests": 0}
    return counts


def _nothing(counts: Json, charge: Charge) -> Json:
    """A compaction's own tokens stand in `iterations`, and nowhere else."""
    iteration = {"type": "compaction", **counts, "cache_creation": _split(charge)}
    return {**dict.fromkeys(counts, 0), "iterations": [iteration]}


def _split(charge: Charge) -> Json:
    return {"ephemeral_5m_input_tokens": charge.written_5m, "ephemeral_1h_input_tokens": charge.written_1h}


def _full_usage(charge: Charge, output: int, answer: Answer | None = None) -> Json:
    counts = usage(charge, output, answer)
    split = _split(Charge(0) if "iterations" in counts else charge)
    geo = "us" if charge.us else "global"
    told = {"cache_creation": split, "service_tier": "standard", "inference_geo": geo, "speed": "standard"}
    return {**counts, **told}


def message(id_: str, model: str, answer: Answer, charge: Charge) -> Json:
    """The answer in one piece, as it is given without streaming."""
    return {
        **_opening(id_, model),
        "content": [part.whole() for part in answer.parts],
        "stop_reason": answer.stop_reason,
        "stop_sequence": answer.stop_sequence,
        "stop_details": answer.stop_details,
        "container": answer.container,
        "usage": _full_usage(charge, answer.tokens, answer),
    }


def _opening(id_: str, model: str) -> Json:
    stop = {"stop_reason": None, "stop_sequence": None, "stop_details": None}
    return {"id": id_, "type": "message", "role": "assistant", "model": model, "content": [], **stop}


def stream(id_: str, model: str, answer: Answer, charge: Charge) -> Iterator[Frame]:
    """The answer as its stream."""
    opening = {**_opening(id_, model), "usage": _full_usage(charge, min(1, answer.tokens))}
    yield Frame(event("message_start", message=opening))
    for index, part in enumerate(answer.parts):
        yield from _block(index, part)
        if index == 0:
            yield Frame(PING)
    stop = {
        "stop_reason": answer.stop_reason,
        "stop_sequence": answer.stop_sequence,
        "stop_details": answer.stop_details,
        "container": answer.container,
    }
    yield Frame(event("message_delta", delta=stop, usage=usage(charge, answer.tokens, answer)))
    yield Frame(event("message_stop"))


_EMPTY: Mapping[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
    "server_tool_use": {"input": {}},
    "compaction": {"content": None},
}
_DELTAS = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
    "server_tool_use": ("input_json_delta", "partial_json"),
    "compaction": ("compaction_delta", "content"),
}


def _block(index: int, part: Part) -> Iterator[Frame]:
    begun = {"type": part.kind, **part.fields, **_EMPTY.get(part.kind, {})}
    if "citations" in begun:
        begun["citations"] = []
    yield Frame(event("content_block_start", index=index, content_block=begun))
    kind, name = _DELTAS.get(part.kind, ("", ""))
    head = (
        f'event: content_block_delta\ndata: {{"type": "content_block_delta", "index": {index}, '
        f'"delta": {{"type": "{kind}", "{name}": '
    )
    is_text = part.kind == "text"
    for piece in part.pieces:
        # Written by hand: json.dumps of the whole event is half of what a delta costs.
        data = b"" if part.silent else f"{head}{quoted(piece)}}}}}\n\n".encode()
        yield Frame(data, beat=True, characters=len(piece) if is_text else 0)
    for citation in part.fields.get("citations", ()):
        yield Frame(event("content_block_delta", index=index, delta={"type": "citations_delta", "citation": citation}))
    if part.kind == "thinking":
        signature = {"type": "signature_delta", "signature": part.fields.get("signature", "")}
        yield Frame(event("content_block_delta", index=index, delta=signature))
    yield Frame(event("content_block_stop", index=index))
