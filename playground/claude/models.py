"""The models that this Claude offers, with their limits and abilities as of November 2026. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

EFFORTS = ("low", "medium", "high", "max")
ALL_EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING = ("adaptive", "between_tools", "disabled", "enabled")


@dataclass(frozen=True, slots=True)
class Model:
    """One model. Sizes in tokens.

    thinking      the `thinking.type`s that it accepts; `thinks`: what it does when none is named
    omits         thinking blocks come back empty unless a display is asked for (4.7 and later)
    bound         a returned thinking block is valid only after the very same prompt ("preserved thinking")
    cache_from    the smallest prefix that is cached
    forces_tools  `tool_choice` may be any or tool
    system_turns  a message's role may be system
    prefills      the last message's role may be assistant
    """

    id: str
    name: str
    created: str
    context: int = 1_000_000
    output: int = 128_000
    thinking: tuple[str, ...] = ("adaptive", "disabled")
    thinks: bool = True
    omits: bool = True
    bound: bool = False
    efforts: tuple[str, ...] = ALL_EFFORTS
    cache_from: int = 1_024
    forces_tools: bool = True
    system_turns: bool = False
    prefills: bool = False
    lifecycle: str = "active"
    retires: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        return self.id.split("-")[1]


_FABLE = Model("", "", "", thinking=("adaptive",), bound=True, cache_from=512, forces_tools=False, system_turns=True)

# The API's newest first. Where a figure is not published (cache_from of Opus 5.5) the middle one of its family stands.
CATALOGUE = (
    replace(_FABLE, id="claude-fable-5-2", name="Claude Fable 5.2", created="2026-11-09"),
    Model(
        "claude-haiku-5-5",
        "Claude Haiku 5.5",
        "2026-10-07",
        bound=True,
        cache_from=512,
        system_turns=True,
    ),
    Model(
        "claude-sonnet-5-5",
        "Claude Sonnet 5.5",
        "2026-09-28",
        thinking=("adaptive", "between_tools"),
        bound=True,
        cache_from=512,
        forces_tools=False,
        system_turns=True,
    ),
    replace(_FABLE, id="claude-opus-5-5", name="Claude Opus 5.5", created="2026-09-01", cache_from=1_024),
    replace(_FABLE, id="claude-fable-5-1", name="Claude Fable 5.1", created="2026-08-01"),
    Model("claude-opus-5", "Claude Opus 5", "2026-06-01", cache_from=512),
    Model("claude-sonnet-5", "Claude Sonnet 5", "2026-06-01"),
    Model("claude-fable-5", "Claude Fable 5", "2026-06-01", thinking=("adaptive",), cache_from=512),
    Model("claude-opus-4-8", "Claude Opus 4.8", "2026-05-01", thinks=False),
    Model("claude-opus-4-7", "Claude Opus 4.7", "2026-04-01", thinks=False, cache_from=2_048),
    Model(
        "claude-opus-4-6",
        "Claude Opus 4.6",
        "2026-02-01",
        thinking=("adaptive", "disabled", "enabled"),
        thinks=False,
        omits=False,
        efforts=EFFORTS,
        cache_from=4_096,
    ),
    Model(
        "claude-sonnet-4-6",
        "Claude Sonnet 4.6",
        "2026-02-01",
        thinking=("adaptive", "disabled", "enabled"),
        thinks=False,
        omits=False,
        efforts=EFFORTS,
    ),
    Model(
        "claude-opus-4-5-20251101",
        "Claude Opus 4.5",
        "2025-11-01",
        context=200_000,
        output=64_000,
        thinking=("disabled", "enabled"),
        thinks=False,
        omits=False,
        efforts=("low", "medium", "high"),
        cache_from=4_096,
        prefills=True,
        aliases=("claude-opus-4-5",),
    ),
    Model(
        "claude-haiku-4-5-20251001",
        "Claude Haiku 4.5",
        "2025-10-01",
        context=200_000,
        output=64_000,
        thinking=("disabled", "enabled"),
        thinks=False,
        omits=False,
        efforts=(),
        cache_from=4_096,
        prefills=True,
        aliases=("claude-haiku-4-5",),
    ),
    Model(
        "claude-sonnet-4-5-20250929",
        "Claude Sonnet 4.5",
        "2025-09-29",
        context=200_000,
        output=64_000,
        thinking=("disabled", "enabled"),
        thinks=False,
        omits=False,
        efforts=(),
        prefills=True,
        lifecycle="deprecated",
        retires="2026-11-30",
        aliases=("claude-sonnet-4-5",),
    ),
    Model(
        "claude-opus-4-20250514",
        "Claude Opus 4",
        "2025-05-14",
        context=200_000,
        output=32_000,
        lifecycle="retired",
        retires="2026-06-15",
        aliases=("claude-opus-4-0",),
    ),
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models on offer. A test may make them smaller: `context` and `output` by model id, or "*" for all."""

    models: tuple[Model, ...] = CATALOGUE

    def find(self, id_: str) -> Model | None:
        """The model of this id or alias, also a retired one."""
        return next((model for model in self.models if id_ == model.id or id_ in model.aliases), None)

    def resized(self, context: Mapping[str, int], output: Mapping[str, int]) -> "Catalogue":
        return Catalogue(
            tuple(
                replace(
                    model,
                    context=_size(context, model, model.context),
                    output=_size(output, model, model.output),
                )
                for model in self.models
            )
        )

    def page(
        self, lifecycle: Iterable[str] = (), after: str = "", before: str = "", limit: int = 20
    ) -> dict[str, object]:
        """`GET /v1/models`: at most `limit` of the models in these stages, after one id or before another."""
        stages = tuple(lifecycle) or ("active", "deprecated")
        found = [model for model in self.models if model.lifecycle in stages]
        ids = [model.id for model in found]
        start = ids.index(after) + 1 if after in ids else 0
        end = ids.index(before) if before in ids else len(ids)
        if before in ids:
            start = max(start, end - limit)
        shown = found[start : min(end, start + limit)]
        more = start > 0 if before in ids else start + limit < end
        edges = {"first_id": shown[0].id, "last_id": shown[-1].id} if shown else {"first_id": None, "last_id": None}
        return {"data": [describe(model) for model in shown], "has_more": more, **edges}


def _size(sizes: Mapping[str, int], model: Model, own: int) -> int:
    named = (sizes[name] for name in (model.id, *model.aliases, "*") if name in sizes)
    return next(named, own)


def describe(model: Model) -> dict[str, Any]:
    """A model as `GET /v1/models/{id}` shows it."""
    retired = model.lifecycle == "retired"
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": f"{model.created}T00:00:00Z",
        "line": model.line,
        "lifecycle": model.lifecycle,
        "deprecated_at": None if model.lifecycle == "active" else "2026-04-14T00:00:00Z",
        "retires_at": f"{model.retires}T00:00:00Z" if model.retires else None,
        "max_input_tokens": None if retired else model.context,
        "max_tokens": None if retired else model.output,
        "capabilities": None if retired else _capabilities(model),
    }


def _capabilities(model: Model) -> dict[str, Any]:
    def can(*conditions: object) -> dict[str, bool]:
        return {"supported": all(conditions)}

    thinking = {name: can(name in model.thinking) for name in THINKING}
    efforts = {name: can(name in model.efforts) for name in ALL_EFFORTS}
    edits = ("clear_thinking_20251015", "clear_tool_uses_20250919", "compact_20260112")
    recent = not model.prefills
    return {
        "batch": can(),
        "citations": can(),
        "code_execution": can(),
        "context_management": {**can(), **{name: can(recent or "compact" not in name) for name in edits}},
        "compaction": {**can(recent), "summarize": can(recent)},
        "effort": {**can(model.efforts), **efforts},
        "image_input": can(),
        "pdf_input": can(),
        "server_tools": {**can(), "web_search": can(), "code_execution": can()},
        "structured_outputs": can(),
        "thinking": {**can(), "types": thinking},
    }
