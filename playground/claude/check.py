"""Is this body a request that the API takes? Raises `Refused` as the API would. No I/O."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from playground.claude import container
from playground.claude.check_messages import blocks_of, check_marks, turns_of
from playground.claude.errors import Refused, invalid, unexpected
from playground.claude.models import Catalogue, Model
from playground.claude.request import Block, Request, Thinking

VERSIONS = ("2023-06-01", "2026-10-21")
MOST_MESSAGES = 100_000
SAMPLING = ("temperature", "top_k", "top_p")
COMPACT_BETA = "compact-2026-09-04"
MCP_BETAS = ("mcp-client-2025-11-20", "mcp-client-2026-09-15")
SERVER_TOOLS = re.compile(
    r"(web_search|web_fetch|code_execution|bash|text_editor|memory|tool_search_tool_(regex|bm25)"
    r"|browser_toolset|computer_toolset|computer|mcp_toolset|advisor)(_\d{8})?"
)
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_COMMON = (
    *("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control"),
    *("mcp_servers", "context_management"),
)
_CREATE = (
    *("max_tokens", "stream", "stop_sequences", "metadata", "service_tier", "container", "diagnostics"),
    *("inference_geo", "speed", "compaction", "user_profile_id", "fallbacks"),
)


def read(body: object, catalogue: Catalogue, betas: Iterable[str] = (), *, counting: bool = False) -> Request:
    """The request that a body is. `counting`: it is for count_tokens, which takes less."""
    if not isinstance(body, Mapping):
        raise invalid("The request body is not valid JSON.")
    _check_fields(body, _COMMON if counting else (*_COMMON, *_CREATE), set(betas))
    model = _model(body["model"], catalogue)
    tools = _tools(body.get("tools") or ())
    _check_tool_choice(body.get("tool_choice"), model, tools)
    thinking, effort = _thinking(body, model), _effort(body, model)
    request = Request(
        model,
        (),
        _system(body.get("system")),
        tools,
        body.get("tool_choice") or {},
        0 if counting else _max_tokens(body, model),
        bool(body.get("stream", False)),
        thinking,
        effort,
        _stop_sequences(body),
        body.get("cache_control"),
        _compact(body),
        container.read(body),
    )
    request = turns_of(body["messages"], request, drops=_drops(body))
    container.check(request.container, request.turns)
    check_marks(request)
    if request.tokens > model.context:
        raise invalid(f"prompt is too long: {request.tokens} tokens > {model.context} maximum")
    return request


def _check_fields(body: Mapping[str, Any], known: Sequence[str], betas: set[str]) -> None:
    for name in ("model", "messages", *(("max_tokens",) if "max_tokens" in known else ())):
        if body.get(name) is None:
            raise invalid(f"{name}: Field required")
    for name in SAMPLING:
        if name in body:
            raise invalid(f"{name}: This parameter is not supported as of API version 2026-10-21.")
    needs = {"compaction": (COMPACT_BETA,), "mcp_servers": MCP_BETAS}
    for name in body:
        if name not in known or (name in needs and not betas.intersection(needs[name])):
            raise invalid(f"{name}: Extra inputs are not permitted")
    _check_types(body)
    if not 1 <= len(body["messages"]) <= MOST_MESSAGES:
        raise invalid("messages: at least one message is required" if not body["messages"] else "messages: too many")


def _check_types(body: Mapping[str, Any]) -> None:
    types: dict[str, tuple[type, str]] = {
        "model": (str, "string"),
        "messages": (list, "list"),
        "tools": (list, "list"),
        "stream": (bool, "boolean"),
        "stop_sequences": (list, "list"),
        "metadata": (dict, "object"),
        "thinking": (dict, "object"),
        "output_config": (dict, "object"),
        "tool_choice": (dict, "object"),
        "cache_control": (dict, "object"),
    }
    for name, (kind, said) in types.items():
        if body.get(name) is not None and not isinstance(body[name], kind):
            raise invalid(f"{name}: Input should be a valid {said}")
    user = (body.get("metadata") or {}).get("user_id")
    if user is not None and (not isinstance(user, str) or len(user) > 256):
        raise invalid("metadata.user_id: String should have at most 256 characters")


def _model(name: str, catalogue: Catalogue) -> Model:
    model = catalogue.find(name)
    if model is None or model.lifecycle == "retired":
        raise Refused(404, f"model: {name}")
    return model


def _max_tokens(body: Mapping[str, Any], model: Model) -> int:
    wanted = body["max_tokens"]
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise invalid("max_tokens: Input should be a valid integer")
    if wanted < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")
    if wanted > model.output:
        limit = f"which is the maximum allowed number of output tokens for {model.id}"
        raise invalid(f"max_tokens: {wanted} > {model.output}, {limit}")
    return wanted


def _system(system: object) -> tuple[Block, ...]:
    if system in (None, ""):
        return ()
    blocks = blocks_of(system, "system")
    if any(block["type"] != "text" for block in blocks):
        raise invalid("system: Input should be a text block")
    if not all(block["text"] for block in blocks):
        raise invalid("system: text content blocks must be non-empty")
    return blocks


def _tools(tools: Iterable[object]) -> tuple[Block, ...]:
    found: list[Block] = []
    for place, tool in enumerate(tools):
        if not isinstance(tool, Mapping):
            raise invalid(f"tools.{place}: Input should be an object")
        found.append(tool)
        kind = tool.get("type") or "custom"
        if kind == "custom":
            _check_custom(tool, place)
        elif not isinstance(kind, str) or not SERVER_TOOLS.fullmatch(kind):
            raise invalid(f"tools.{place}: {unexpected(kind)}")
    names = [tool.get("name") for tool in found if tool.get("name")]
    if len(set(names)) < len(names):
        raise invalid("tools: Tool names must be unique.")
    return tuple(found)


def _check_custom(tool: Block, place: int) -> None:
    name, schema = tool.get("name"), tool.get("input_schema")
    if not isinstance(name, str):
        raise invalid(f"tools.{place}.custom.name: Field required")
    if not _NAME.fullmatch(name):
        raise invalid(f"tools.{place}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
    if not isinstance(schema, Mapping):
        raise invalid(f"tools.{place}.custom.input_schema: Field required")
    if schema.get("type") != "object":
        raise invalid(f"tools.{place}.custom.input_schema.type: Input should be 'object'")


def _check_tool_choice(choice: Block | None, model: Model, tools: Sequence[Block]) -> None:
    if choice is None:
        return
    kind = choice.get("type")
    if kind not in ("auto", "any", "tool", "none"):
        raise invalid("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
    if kind in ("any", "tool") and not model.forces_tools:
        raise invalid(f"tool_choice: {model.id} does not support a forced tool choice.")
    if kind != "none" and not tools:
        raise invalid("tool_choice may only be specified while providing tools.")
    if kind == "tool" and choice.get("name") not in [tool.get("name") for tool in tools]:
        raise invalid(f"Tool '{choice.get('name')}' not found in provided tools")


def _thinking(body: Mapping[str, Any], model: Model) -> Thinking:
    asked = body.get("thinking")
    if asked is None:
        return Thinking("", model.thinks, model.omits)
    kind = asked.get("type")
    if kind not in ("adaptive", "between_tools", "disabled", "enabled"):
        raise invalid("thinking.type: Input should be 'adaptive', 'between_tools', 'disabled' or 'enabled'")
    if kind not in model.thinking:
        raise invalid(f"thinking.type: '{kind}' is not supported on {model.id}.")
    if kind == "enabled":
        _check_budget(asked.get("budget_tokens"), body.get("max_tokens"))
    display = asked.get("display")
    if display not in (None, "summarized", "omitted", "updates"):
        raise invalid("thinking.display: Input should be 'summarized' or 'omitted'")
    omitted = model.omits if display is None else display == "omitted"
    return Thinking(kind, kind in ("adaptive", "enabled"), omitted)


def _check_budget(budget: object, most: object) -> None:
    if not isinstance(budget, int):
        raise invalid("thinking.enabled.budget_tokens: Field required")
    if budget < 1_024:
        raise invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
    if isinstance(most, int) and budget >= most:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _drops(body: Mapping[str, Any]) -> bool:
    binding = (body.get("thinking") or {}).get("block_binding") or {}
    return bool(binding.get("prefix_mismatch_behavior") == "drop_block")


def _effort(body: Mapping[str, Any], model: Model) -> str:
    effort = (body.get("output_config") or {}).get("effort")
    if effort is None:
        return ""
    if effort not in ("low", "medium", "high", "xhigh", "max"):
        raise invalid("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    if effort not in model.efforts:
        raise invalid(f"output_config.effort: '{effort}' is not supported on {model.id}.")
    return str(effort)


def _stop_sequences(body: Mapping[str, Any]) -> tuple[str, ...]:
    found = body.get("stop_sequences") or ()
    if not all(isinstance(word, str) and word.strip() for word in found):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")
    return tuple(found)


def _compact(body: Mapping[str, Any]) -> str | None:
    asked = body.get("compaction")
    if asked is None:
        return None
    if not isinstance(asked, Mapping) or asked.get("type") != "summarize":
        raise invalid("compaction.type: Input should be 'summarize'")
    if body.get("context_management") is not None:
        raise invalid("compaction: cannot be combined with `context_management`.")
    return str(asked.get("instructions") or "").strip()
