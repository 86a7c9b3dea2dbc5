"""What a model can: its limits and abilities, as the models endpoint tells them, kept for a while.

When the endpoint does not answer, what was known goes on being used; of a model that was never seen nothing is assumed:
then neither effort nor thinking is sent, and the model does what it does by itself.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from core.claude.failures import GARBLED, RAISED, Failure, translated
from core.dialogue import EFFORTS
from core.outside import Payload, list_in, object_in, size_in, text_in

THINKING: Final = ("adaptive", "between_tools", "disabled", "enabled")
_WAYS: Final = {
    "on": ("adaptive", "enabled"),
    "off": ("disabled", "between_tools"),
}
_LEAST_BUDGET: Final = 1_024  # tokens; the API takes no smaller one
_FRESH_SECONDS: Final = 6 * 3600.0
_AGAIN_SECONDS: Final = 60.0  # after a failure


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `context` and `longest` (an answer) in tokens, 0 when unknown; `retires` a date or ""."""

    id: str
    name: str = ""
    context: int = 0
    longest: int = 0
    efforts: tuple[str, ...] = ()
    thinking: tuple[str, ...] = ()
    images: bool = False
    pdf: bool = False
    compacts: bool = False
    programs: bool = False
    """Code that it runs may use its other tools, which the newest of the API's own tools need."""
    lifecycle: str = ""
    retires: str = ""

    @property
    def takes(self) -> Mapping[str, tuple[str, ...]]:
        """The wishes that reach it, of effort and of thinking; any other is left out of a request."""
        ways = {wish: _WAYS.get(wish, (wish,)) for wish in (*_WAYS, *THINKING)}
        wishes = (wish for wish, found in ways.items() if not {*found}.isdisjoint(self.thinking))
        return {"effort": self.efforts, "thinking": tuple(wishes)}


def parsed(raw: Mapping[str, Any]) -> Model | None:
    """A model from an entry of the models endpoint, however little of it is there; None when it has no id."""
    if not isinstance(raw.get("id"), str) or not raw["id"]:
        return None
    return Model(
        id=raw["id"],
        name=text_in(raw, "display_name"),
        context=size_in(raw, "max_input_tokens"),
        longest=size_in(raw, "max_tokens"),
        efforts=_supported(raw, EFFORTS, "capabilities", "effort"),
        thinking=_supported(raw, THINKING, "capabilities", "thinking", "types"),
        images=bool(_supported(raw, ("image_input",), "capabilities")),
        pdf=bool(_supported(raw, ("pdf_input",), "capabilities")),
        compacts=bool(_supported(raw, ("summarize",), "capabilities", "compaction")),
        programs=bool(_supported(raw, ("code_execution",), "capabilities")),
        lifecycle=text_in(raw, "lifecycle"),
        retires=_day(text_in(raw, "retires_at")),
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def _supported(raw: Payload, names: Iterable[str], *path: str) -> tuple[str, ...]:
    for step in path:
        raw = object_in(raw, step)
    return tuple(name for name in names if object_in(raw, name).get("supported") is True)


def thinking(wish: str, model: Model, max_tokens: int) -> dict[str, Any] | None:
    """The `thinking` of a request for "on", "off" or one of the API's own words; None: say nothing about it."""
    for way in _WAYS.get(wish, (wish,)):
        if way not in model.thinking:
            continue
        if way != "enabled":
            return {"type": way}
        budget = max_tokens // 2
        return {"type": way, "budget_tokens": budget} if budget >= _LEAST_BUDGET else None
    return None


def effort(wish: str, model: Model) -> str:
    """The effort to send, "" for none."""
    return wish if wish in model.efforts else ""


def problem(name: str, model: Model | None, usable: Iterable[Model]) -> str:
    """A sentence for whoever chose a model that cannot be used, or ""."""
    others = ", ".join(sorted(one.id for one in usable)) or "none"
    if model is None:
        return f"The model {name} does not exist, or ANTHROPIC_API_KEY may not use it. It may use: {others}."
    if model.lifecycle == "retired":
        return f"The model {name} has been retired. Choose another one: {others}."
    return ""


class Models:
    """The models of this key. `fetch` returns the JSON text of a path of the endpoint, or raises one of `RAISED`."""

    def __init__(self, fetch: Callable[[str], Awaitable[str]], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: dict[str, Model] = {}  # by id, and by each other name that was asked for
        self._listed: frozenset[str] = frozenset()  # those of the newest list
        self._due: dict[str, float] = {}  # when the list ("") or a name that is not in it is asked for again
        self._asking = asyncio.Lock()
        self._refreshing: asyncio.Task[Failure | None] | None = None

    async def load(self) -> Failure | None:
        """Ask for the list now; what went wrong, or None. What it names no longer is gone."""
        failure, raw = await self._ask("/v1/models?limit=1000")
        self._due[""] = self._clock() + (_AGAIN_SECONDS if failure else _FRESH_SECONDS)
        found = frozenset(filter(None, map(self._keep, list_in(raw, "data"))))
        if found and raw.get("has_more") is not True:
            for name in self._listed - found:
                self._known.pop(name, None)
            self._listed = found
        return failure

    async def resolve(self, name: str) -> Failure | None:
        """Ask for one model that the list does not name: it may be another name of one, or retired."""
        if name in self._known:
            return None
        failure, raw = await self._ask(f"/v1/models/{quote(name, safe='')}")
        self._due[name] = self._clock() + _AGAIN_SECONDS
        self._keep(raw, name)
        return failure

    async def of(self, name: str) -> Model:
        """What is known of a model. Waits for the endpoint only when nothing is known of it."""
        await self._look()
        if name not in self._known and self._known and self._is_due(name):
            async with self._asking:
                await self.resolve(name)
        return self._known.get(name) or Model(name)

    async def takes(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """The wishes that a model takes; none where nothing is known of it."""
        model = await self.of(name)
        return model.takes if name in self._known else {}

    async def all(self) -> tuple[Model, ...]:
        """Every model that can be used, as the endpoint orders them: the newest first. None when it never answered."""
        await self._look()
        return tuple(model for name, model in self._known.items() if name == model.id and model.lifecycle != "retired")

    def known(self, name: str) -> Model | None:
        return self._known.get(name)

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    async def _look(self) -> None:
        """Have a list: waited for when there is none, renewed behind the answer's back when it is old."""
        if not self._is_due(""):
            return
        if self._known:
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.create_task(self.load())
            return
        async with self._asking:
            if self._is_due(""):
                await self.load()

    def _is_due(self, name: str) -> bool:
        return self._clock() >= self._due.get(name, float("-inf"))

    def _keep(self, raw: object, name: str = "") -> str:
        """The model's id, "" when this is none."""
        model = parsed(raw) if isinstance(raw, Mapping) else None
        if model is None:
            return ""
        self._known[name or model.id] = model
        return model.id

    async def _ask(self, path: str) -> tuple[Failure | None, Mapping[str, Any]]:
        try:
            raw = json.loads(await self._fetch(path))
        except RAISED as error:
            return translated(error), {}
        except ValueError:
            return GARBLED, {}
        return None, raw if isinstance(raw, Mapping) else {}
