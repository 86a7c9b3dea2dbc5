"""What a model can, and what is done when nobody tells."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import errors
from core.claude.models import Model, Models, effort, parsed, problem, thinking

pytestmark = pytest.mark.anyio

SONNET = {
    "type": "model",
    "id": "claude-sonnet-5-5",
    "display_name": "Claude Sonnet 5.5",
    "lifecycle": "active",
    "retires_at": None,
    "max_input_tokens": 1_000_000,
    "max_tokens": 128_000,
    "capabilities": {
        "effort": {"supported": True, "low": {"supported": True}, "max": {"supported": True}, "xhigh": None},
        "thinking": {"supported": True, "types": {"adaptive": {"supported": True}, "disabled": {"supported": False}}},
        "image_input": {"supported": True},
        "pdf_input": {"supported": False},
    },
}
OTHER = {"id": "claude-other", "lifecycle": "active"}
OLD = {"id": "claude-opus-4", "lifecycle": "retired", "retires_at": "2026-06-15T00:00:00Z"}


class Endpoint:
    """The models endpoint. It remembers what it was asked; `down` lets it fail."""

    def __init__(self, *models: dict[str, Any], aliases: dict[str, dict[str, Any]] | None = None) -> None:
        self.by_path = {f"/v1/models/{name}": json.dumps(model) for name, model in (aliases or {}).items()}
        self.lists(*models)
        self.asked: list[str] = []
        self.down = False

    def lists(self, *models: dict[str, Any]) -> None:
        self.by_path["/v1/models?limit=1000"] = json.dumps({"data": models})

    async def __call__(self, path: str) -> str:
        self.asked.append(path)
        await asyncio.sleep(0)
        if self.down or path not in self.by_path:
            raise httpx2.ConnectError("down")
        return self.by_path[path]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_entry_of_the_endpoint_is_read() -> None:
    assert parsed(SONNET) == Model(
        "claude-sonnet-5-5",
        "Claude Sonnet 5.5",
        context=1_000_000,
        longest=128_000,
        efforts=("low", "max"),
        thinking=("adaptive",),
        images=True,
        lifecycle="active",
    )


def test_a_gateway_that_tells_only_ids_is_enough() -> None:
    assert parsed({"id": "my-model"}) == Model("my-model")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.sampled_from(["capabilities", "effort", "thinking", "types", "low"]), inner),
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from([*SONNET]), JSON))
def test_no_entry_however_odd_breaks_the_list(raw: dict[str, Any]) -> None:
    model = parsed(raw)

    assert model is None or model.id == raw["id"]


@pytest.mark.parametrize(
    ("wish", "can", "sent"),
    [
        ("", ("adaptive",), None),
        ("on", ("adaptive", "enabled"), {"type": "adaptive"}),
        ("on", ("enabled",), {"type": "enabled", "budget_tokens": 8_000}),
        ("on", (), None),
        ("off", ("adaptive", "disabled"), {"type": "disabled"}),
        ("off", ("adaptive", "between_tools"), {"type": "between_tools"}),
        ("off", ("adaptive",), None),
        ("between_tools", ("between_tools",), {"type": "between_tools"}),
        ("disabled", ("adaptive",), None),
        ("nonsense", ("adaptive",), None),
    ],
)
def test_thinking_is_asked_for_only_as_the_model_can(wish: str, can: tuple[str, ...], sent: object) -> None:
    assert thinking(wish, Model("m", thinking=can), max_tokens=16_000) == sent


def test_no_budget_is_sent_that_the_api_would_not_take() -> None:
    assert thinking("on", Model("m", thinking=("enabled",)), max_tokens=2_000) is None


def test_effort_is_sent_only_where_the_model_knows_it() -> None:
    assert effort("low", Model("m", efforts=("low",))) == "low"
    assert effort("xhigh", Model("m", efforts=("low",))) == ""


def test_a_chosen_model_that_cannot_be_used_is_told_with_what_can() -> None:
    fine = Model("claude-sonnet-5-5", lifecycle="active")

    assert problem("claude-sonnet-5-5", fine, [fine]) == ""
    assert "claude-sonnet-5-5" in problem("claude-nonsense", None, [fine])
    assert "retired" in problem("claude-opus-4", parsed(OLD), [fine])


async def test_many_who_ask_at_once_ask_the_endpoint_once() -> None:
    endpoint = Endpoint(SONNET)
    models = Models(endpoint, Clock())

    found = await asyncio.gather(*(models.of("claude-sonnet-5-5") for _ in range(5)))

    assert {model.longest for model in found} == {128_000}
    assert len(endpoint.asked) == 1


async def test_an_endpoint_that_fails_is_left_alone_for_a_minute_and_nothing_is_assumed() -> None:
    endpoint, clock = Endpoint(SONNET), Clock()
    endpoint.down = True
    models = Models(endpoint, clock)

    found = [await models.of("claude-sonnet-5-5"), await models.of("claude-sonnet-5-5")]
    clock.now, endpoint.down = 61, False

    assert found == [Model("claude-sonnet-5-5")] * 2
    assert len(endpoint.asked) == 1
    assert (await models.of("claude-sonnet-5-5")).longest == 128_000


async def test_what_is_old_is_still_used_while_it_is_renewed() -> None:
    endpoint, clock = Endpoint(SONNET), Clock()
    models = Models(endpoint, clock)
    await models.load()
    clock.now, endpoint.down = 7 * 3600, True

    assert (await models.of("claude-sonnet-5-5")).longest == 128_000
    await models.close()
    assert (await models.of("claude-sonnet-5-5")).longest == 128_000
    await models.close()


async def test_a_model_that_the_list_names_no_longer_is_not_offered_any_more() -> None:
    endpoint = Endpoint(SONNET, OTHER, aliases={"claude-sonnet-latest": SONNET})
    models = Models(endpoint, Clock())
    await models.load()
    await models.resolve("claude-sonnet-latest")
    endpoint.lists(SONNET)
    await models.load()

    assert [model.id for model in await models.all()] == ["claude-sonnet-5-5"]
    assert models.known("claude-other") is None
    assert models.known("claude-sonnet-latest") is not None


@pytest.mark.parametrize("more", [{"data": []}, {"data": [SONNET], "has_more": True}, {"data": 3}])
async def test_a_list_that_is_not_all_takes_no_model_away(more: dict[str, Any]) -> None:
    endpoint = Endpoint(SONNET, OTHER)
    models = Models(endpoint, Clock())
    await models.load()
    endpoint.by_path["/v1/models?limit=1000"] = json.dumps(more)
    await models.load()

    assert len(await models.all()) == 2


async def test_another_name_of_a_model_is_asked_for_once() -> None:
    endpoint = Endpoint(SONNET, aliases={"claude-sonnet-latest": SONNET})
    models = Models(endpoint, Clock())

    found = [await models.of("claude-sonnet-latest") for _ in range(3)]

    assert {model.longest for model in found} == {128_000}
    assert len(endpoint.asked) == 2
    assert [model.id for model in await models.all()] == ["claude-sonnet-5-5"]


async def test_what_a_model_takes_is_known_by_each_of_its_names_and_of_an_unknown_one_nothing() -> None:
    models = Models(Endpoint(SONNET, aliases={"claude-sonnet-latest": SONNET}), Clock())

    found = [await models.takes(name) for name in ("claude-sonnet-5-5", "claude-sonnet-latest", "claude-odd")]

    assert found[0] == found[1]
    assert (found[0]["effort"], found[2]) == (("low", "max"), {})


async def test_a_name_that_nobody_knows_is_not_asked_for_at_every_answer() -> None:
    endpoint = Endpoint(SONNET)
    models = Models(endpoint, Clock())

    found = [await models.of("claude/odd name") for _ in range(3)]

    assert found == [Model("claude/odd name")] * 3
    assert endpoint.asked[1:] == ["/v1/models/claude%2Fodd%20name"]


async def test_retired_models_are_not_offered() -> None:
    models = Models(Endpoint(SONNET, OLD), Clock())

    assert [model.id for model in await models.all()] == ["claude-sonnet-5-5"]


@pytest.mark.parametrize("raw", ["[]", "null", '{"data": 3}', '{"data": [3, {}]}'])
async def test_an_endpoint_that_answers_oddly_leaves_nothing_known(raw: str) -> None:
    endpoint = Endpoint()
    endpoint.by_path["/v1/models?limit=1000"] = raw

    assert await Models(endpoint, Clock()).all() == ()


async def test_what_is_no_json_is_a_failure() -> None:
    endpoint = Endpoint()
    endpoint.by_path["/v1/models?limit=1000"] = "<html>"
    failure = await Models(endpoint, Clock()).load()

    assert failure is not None
    assert failure.kind is errors.Unreachable
