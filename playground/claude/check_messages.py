"""Are these messages a conversation that the API takes? Raises `Refused` as the API would. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from playground.claude.errors import Refused, invalid, unexpected
from playground.claude.request import THOUGHT, Block, Request, Turn, open_turn
from playground.claude.seals import sign_compaction, signed_prefix

USER_BLOCKS = ("text", "image", "document", "search_result", "tool_result", "container_upload", "tool_reference")
ASSISTANT_BLOCKS = ("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "compaction", "fallback")
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
IMAGE_BYTES = 10 * 1024 * 1024
MARKS = 4


def blocks_of(content: object, where: str) -> tuple[Block, ...]:
    """Content as blocks, whether it came as a string or as a list."""
    if isinstance(content, str):
        return ({"type": "text", "text": content},)
    if not isinstance(content, list):
        raise invalid(f"{where}: Input should be a valid string or list")
    for place, block in enumerate(content):
        if not isinstance(block, Mapping) or not isinstance(block.get("type"), str):
            raise invalid(f"{where}.{place}: Input should be an object with a type")
        if block["type"] == "text" and not isinstance(block.get("text"), str):
            raise invalid(f"{where}.{place}.text.text: Field required")
    return tuple(content)


def turns_of(messages: Sequence[object], request: Request, *, drops: bool = False) -> Request:
    """The request with its turns: consecutive messages of the user are one.

    `drops`: thinking that does not belong here is dropped instead of refused.
    """
    turns: list[Turn] = []
    for place, message in enumerate(messages):
        turn = _turn(message, place, request)
        if turns and turns[-1].role == turn.role == "assistant":
            raise invalid(
                'messages: roles must alternate between "user" and "assistant", '
                'but found multiple "assistant" roles in a row'
            )
        if turns and turns[-1].role == turn.role == "user":
            turns[-1] = Turn("user", turns[-1].blocks + turn.blocks)
        else:
            turns.append(turn)
    _check_ends(turns, request)
    _check_tool_pairs(turns)
    _check_server_tools(turns)
    if request.thinking.on:
        _check_open_loop(turns)
    request = replace(request, turns=tuple(turns))
    return _with_thinking(request, drops=drops)


def _turn(message: object, place: int, request: Request) -> Turn:
    where = f"messages.{place}"
    if not isinstance(message, Mapping):
        raise invalid(f"{where}: Input should be an object")
    role = message.get("role")
    if role not in ("user", "assistant", "system"):
        raise invalid(f"{where}.role: Input should be 'user', 'assistant' or 'system'")
    if role == "system" and not request.model.system_turns:
        raise invalid(f"{where}.role: {request.model.id} does not support messages of the role 'system'.")
    if "content" not in message:
        raise invalid(f"{where}.content: Field required")
    blocks = blocks_of(message["content"], f"{where}.content")
    if not blocks or blocks == ({"type": "text", "text": ""},):
        raise invalid(
            f"{where}: all messages must have non-empty content except for the optional final assistant message"
        )
    for number, block in enumerate(blocks):
        _check_block(block, role, f"{where}.content.{number}")
    return Turn(role, blocks)


def _check_block(block: Block, role: str, where: str) -> None:
    kind = block["type"]
    if kind == "text":
        _check_text(block, role, where)
    elif role == "assistant" and (kind in ASSISTANT_BLOCKS or kind.endswith(("_tool_result", "_tool_use"))):
        _check_said(block, where)
    elif role == "assistant" and kind == "document":
        raise invalid(f"{where}: `document` blocks are not permitted in assistant messages.")
    elif role != "user" or kind not in USER_BLOCKS:
        raise invalid(f"{where}: {unexpected(kind)}")
    elif kind == "tool_result" and not isinstance(block.get("tool_use_id"), str):
        raise invalid(f"{where}.tool_result.tool_use_id: Field required")
    elif kind in ("image", "document"):
        _check_source(block, where)


def _check_text(block: Block, role: str, where: str) -> None:
    text = block["text"]
    if not text:
        raise invalid("messages: text content blocks must be non-empty")
    if not text.strip():
        raise invalid("messages: text content blocks must contain non-whitespace text")
    if role == "user" and block.get("citations"):
        raise invalid(f"{where}.text.citations: citations are not permitted in user messages.")


def _check_said(block: Block, where: str) -> None:
    needs: dict[str, tuple[str, ...]] = {"thinking": ("thinking", "signature"), "tool_use": ("id", "name", "input")}
    for name in needs.get(block["type"], ()):
        if name not in block:
            raise invalid(f"{where}.{block['type']}.{name}: Field required")
    if block["type"] in ("thinking", "redacted_thinking") and block.get("cache_control"):
        raise invalid(f"{where}.{block['type']}.cache_control: Extra inputs are not permitted")


def _check_source(block: Block, where: str) -> None:
    source = block.get("source")
    if not isinstance(source, Mapping) or source.get("type") not in ("base64", "url", "file", "text", "content"):
        raise invalid(f"{where}.{block['type']}.source: Field required")
    if source["type"] != "base64":
        return
    media, content = source.get("media_type"), source.get("data")
    allowed = IMAGES if block["type"] == "image" else ("application/pdf",)
    if media not in allowed:
        raise invalid(f"{where}.{block['type']}.source.base64.media_type: Input should be {' or '.join(allowed)}")
    if not isinstance(content, str) or not content:
        raise invalid(f"{where}.{block['type']}.source.base64.data: Field required")
    if block["type"] == "image" and len(content) > IMAGE_BYTES:
        size = f"{len(content)} bytes > {IMAGE_BYTES} bytes"
        raise invalid(f"{where}.image.source.base64: image exceeds 10 MB maximum: {size}")


def _check_ends(turns: Sequence[Turn], request: Request) -> None:
    first, last = turns[0], turns[-1]
    compacted = first.blocks[0]["type"] == "compaction"
    if first.role != "user" and not compacted:
        raise invalid('messages: first message must use the "user" role')
    _check_compaction(turns)
    if last.role != "assistant" or request.compact is not None or request.model.prefills:
        return
    kinds = {block["type"] for block in last.blocks}
    if kinds & {"server_tool_use", "mcp_tool_use"}:  # a paused turn, sent back to be gone on with
        return
    raise invalid(
        "This model does not support assistant message prefill. The conversation must end with a user message."
    )


def _check_compaction(turns: Sequence[Turn]) -> None:
    """At most one, first, and as it was returned."""
    found = [
        (place, number, block)
        for place, turn in enumerate(turns)
        for number, block in enumerate(turn.blocks)
        if block["type"] == "compaction"
    ]
    if len([block for _, _, block in found if block.get("content")]) > 1:
        raise Refused(400, "There is more than one `compaction` block.", code="compaction_block_ambiguous")
    for place, number, block in found:
        if place or number:
            raise Refused(400, "The `compaction` block must be first.", code="compaction_block_misplaced")
        content = block.get("content")
        if content and not block.get("signature"):
            raise Refused(400, "The `compaction` block has no signature.", code="compaction_signature_invalid")
        if content and block["signature"] != sign_compaction(content):
            raise Refused(400, "The `compaction` block was changed.", code="compaction_content_mismatch")


def _check_tool_pairs(turns: Sequence[Turn]) -> None:
    """Each tool_use has its tool_result in the next message, and the other way round."""
    asked: list[str] = []
    for place, turn in enumerate(turns):
        if turn.role == "system":
            continue
        results = [block["tool_use_id"] for block in turn.blocks if block["type"] == "tool_result"]
        missing = [id_ for id_ in asked if id_ not in results]
        if missing:
            raise invalid(
                f"messages.{place}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block "
                "in the next message."
            )
        stray = [id_ for id_ in results if id_ not in asked]
        if stray:
            raise invalid(
                f"messages.{place}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {stray[0]}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        asked = [block["id"] for block in turn.blocks if block["type"] == "tool_use"]
        if len(set(asked)) < len(asked):
            raise invalid("messages: `tool_use` ids must be unique")


def _check_server_tools(turns: Sequence[Turn]) -> None:
    """Each call of the server's own tools has its result, but for those that are done with this request."""
    done = {block.get("tool_use_id") for turn in turns for block in turn.blocks}
    unfinished = open_turn(turns)
    for place, turn in enumerate(turns):
        for block in turn.blocks if place != unfinished else ():
            if block["type"] == "server_tool_use" and block["id"] not in done:
                raise invalid(
                    f"messages.{place}: `{block['name']}` tool use with id `{block['id']}` was found without a "
                    f"corresponding `{block['name']}_tool_result` block"
                )


def _check_open_loop(turns: Sequence[Turn]) -> None:
    """A message whose tools are answered now must come back with the thinking that it began with."""
    if len(turns) < 2 or not any(block["type"] == "tool_result" for block in turns[-1].blocks):
        return
    kinds = [block["type"] for block in turns[-2].blocks]
    thought = any(block["type"] == "tool_use" and block["id"].startswith(THOUGHT) for block in turns[-2].blocks)
    if thought and "thinking" not in kinds and "redacted_thinking" not in kinds:
        raise invalid(
            f"messages.{len(turns) - 2}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
            f"`{kinds[0]}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block."
        )


def _with_thinking(request: Request, *, drops: bool) -> Request:
    """The request, its thinking blocks checked: each unchanged, and (where the model minds) after the same prompt."""
    for place, turn in enumerate(request.turns):
        for number, block in enumerate(turn.blocks):
            if block["type"] != "thinking":
                continue
            where = f"messages.{place}.content.{number}"
            prefix = signed_prefix(str(block["signature"]), str(block["thinking"]))
            if prefix is None:
                raise invalid(f"{where}: Invalid `signature` in `thinking` block")
            if not request.model.bound or prefix == request.prefix(place, number):
                continue
            if not drops:
                raise invalid(f"{where}: This `thinking` block is bound to a different conversation.")
            kept = tuple(other for other in turn.blocks if other["type"] != "thinking")
            turns = (*request.turns[:place], Turn(turn.role, kept), *request.turns[place + 1 :])
            return _with_thinking(replace(request, turns=turns), drops=True)
    return request


def check_marks(request: Request) -> None:
    """At most four cache marks, each of a known lifetime, the long ones first."""
    marks = request.marks()
    if len(marks) > MARKS:
        raise invalid(f"A maximum of {MARKS} blocks with cache_control may be provided. Found {len(marks)}.")
    lives = [_life(mark) for mark in marks]
    if lives != sorted(lives):  # "1h" sorts before "5m"
        raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.")


def _life(mark: object) -> str:
    if not isinstance(mark, Mapping) or mark.get("type") != "ephemeral":
        raise invalid("cache_control.type: Input should be 'ephemeral'")
    life = mark.get("ttl", "5m")
    if life not in ("5m", "1h"):
        raise invalid("cache_control.ephemeral.ttl: Input should be '5m' or '1h'")
    return str(life)
