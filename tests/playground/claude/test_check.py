"""What of a request is refused, in the API's words, and what is taken."""

from typing import Any

import anthropic
import pytest

from playground.claude.check import read
from playground.claude.errors import Refused
from playground.claude.models import Catalogue

from .conftest import MODEL

HELLO = {"role": "user", "content": "Hi"}
TOOL = {"name": "roll", "input_schema": {"type": "object", "properties": {}}}
SEARCH = {"type": "web_search_20260318", "name": "web_search"}


def refusal(*betas: str, **body: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        taken(*betas, **body)
    return caught.value


def taken(*betas: str, **body: Any) -> Any:
    return read({"model": MODEL, "max_tokens": 100, "messages": [HELLO], **body}, Catalogue(), betas)


@pytest.mark.parametrize("name", ["model", "max_tokens", "messages"])
def test_what_must_be_there_is_named(name: str) -> None:
    assert refusal(**{name: None}).message == f"{name}: Field required"


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_parameters_are_gone_even_at_their_default(name: str) -> None:
    assert refusal(**{name: 1}).status == 400


def test_what_is_not_known_is_not_permitted() -> None:
    assert refusal(persona="pirate").message == "persona: Extra inputs are not permitted"
    assert refusal(compaction={"type": "summarize"}).message.startswith("compaction: Extra")
    assert refusal(mcp_servers=[]).message.startswith("mcp_servers: Extra")


def test_what_is_in_beta_needs_its_name() -> None:
    assert taken("compact-2026-09-04", compaction={"type": "summarize"}).compact == ""
    assert taken("mcp-client-2026-09-15", mcp_servers=[]).compact is None


def test_a_model_that_is_unknown_or_retired_is_not_found() -> None:
    assert (refusal(model="claude-nope").status, refusal(model="claude-opus-4-0").status) == (404, 404)
    assert refusal(model="claude-nope").message == "model: claude-nope"


def test_an_alias_is_the_model_that_it_names() -> None:
    assert taken(model="claude-haiku-4-5").model.id == "claude-haiku-4-5-20251001"


@pytest.mark.parametrize("value", [-1, "100", True, 1.5, 128_001])
def test_max_tokens_is_a_number_within_the_models_own(value: Any) -> None:
    assert refusal(max_tokens=value).message.startswith("max_tokens: ")


def test_types_are_minded() -> None:
    for name, value in (
        ("messages", {}),
        ("stream", "yes"),
        ("tools", {}),
        ("metadata", "me"),
        ("stop_sequences", "x"),
    ):
        assert refusal(**{name: value}).message.startswith(f"{name}: Input should be a valid")
    assert refusal(metadata={"user_id": "x" * 300}).message.startswith("metadata.user_id")
    assert refusal(messages=[]).message == "messages: at least one message is required"
    assert refusal(stop_sequences=[" "]).message.startswith("stop_sequences")


def test_thinking_is_what_the_model_can() -> None:
    assert refusal(thinking={"type": "disabled"}).message.startswith("thinking.type: 'disabled' is not supported")
    assert refusal(thinking={"type": "enabled", "budget_tokens": 2_000}).status == 400
    assert refusal(model="claude-opus-5-5", thinking={"type": "between_tools"}).status == 400
    assert refusal(model="claude-haiku-4-5", thinking={"type": "adaptive"}).status == 400
    assert refusal(thinking={"type": "deep"}).status == 400
    assert refusal(thinking={"type": "adaptive", "display": "loud"}).status == 400


def test_a_thinking_budget_is_at_least_1024_and_below_max_tokens() -> None:
    for budget in (None, 1_000, 5_000):
        thinking = {"type": "enabled", "budget_tokens": budget}
        assert refusal(model="claude-haiku-4-5", max_tokens=4_000, thinking=thinking).status == 400
    fits = taken(model="claude-haiku-4-5", max_tokens=4_000, thinking={"type": "enabled", "budget_tokens": 2_000})
    assert fits.thinking.on


def test_thinking_is_on_by_default_where_the_model_says_so() -> None:
    assert taken().thinking.on
    assert taken().thinking.omitted
    assert not taken(thinking={"type": "between_tools"}).thinking.on
    assert not taken(model="claude-opus-4-6").thinking.on
    assert not taken(thinking={"type": "adaptive", "display": "summarized"}).thinking.omitted


def test_effort_is_what_the_model_can() -> None:
    assert taken(output_config={"effort": "xhigh"}).effort == "xhigh"
    assert refusal(output_config={"effort": "huge"}).status == 400
    assert refusal(model="claude-haiku-4-5", output_config={"effort": "low"}).status == 400


def test_a_tool_has_a_name_of_its_own_and_a_schema() -> None:
    assert taken(tools=[TOOL, SEARCH]).tools == (TOOL, SEARCH)
    assert refusal(tools=[TOOL, TOOL]).message == "tools: Tool names must be unique."
    for tool in (
        {},
        {"name": "a b", "input_schema": {"type": "object"}},
        {"name": "a"},
        "tool",
        {"type": "teleport_1"},
    ):
        assert refusal(tools=[tool]).message.startswith("tools.0")
    assert refusal(tools=[{"name": "a", "input_schema": {"type": "string"}}]).message.endswith("should be 'object'")


def test_a_choice_of_tools_is_forced_only_where_the_model_lets_it() -> None:
    assert refusal(tools=[TOOL], tool_choice={"type": "any"}).status == 400
    assert taken(model="claude-sonnet-5", tools=[TOOL], tool_choice={"type": "any"}).tool_choice == {"type": "any"}
    assert refusal(model="claude-sonnet-5", tools=[TOOL], tool_choice={"type": "tool", "name": "x"}).status == 400
    assert refusal(tool_choice={"type": "auto"}).status == 400
    assert refusal(tools=[TOOL], tool_choice={"type": "perhaps"}).status == 400


def test_a_prompt_over_the_context_is_told_its_size() -> None:
    small = Catalogue().resized({"*": 50}, {})

    with pytest.raises(Refused, match=r"prompt is too long: \d+ tokens > 50 maximum"):
        read({"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "word " * 100}]}, small)


def test_a_system_prompt_is_text() -> None:
    assert taken(system="Be brief.").system == ({"type": "text", "text": "Be brief."},)
    assert taken(system="").system == ()
    assert refusal(system=[{"type": "image", "source": {}}]).status == 400
    assert refusal(system=[{"type": "text", "text": ""}]).status == 400


def test_a_compaction_is_of_a_known_kind_and_alone() -> None:
    beta = "compact-2026-09-04"
    assert taken(beta, compaction={"type": "summarize", "instructions": " Briefly. "}).compact == "Briefly."
    assert refusal(beta, compaction={"type": "forget"}).status == 400
    assert refusal(beta, compaction={"type": "summarize"}, context_management={"edits": []}).status == 400


def test_what_is_counted_needs_no_max_tokens() -> None:
    assert read({"model": MODEL, "messages": [HELLO]}, Catalogue(), counting=True).tokens > 0
    with pytest.raises(Refused):
        read({"model": MODEL, "messages": [HELLO], "stream": True}, Catalogue(), counting=True)
    with pytest.raises(Refused):
        read([], Catalogue())


@pytest.mark.anyio
async def test_the_real_client_sees_a_refusal_as_its_own_error(say: Any) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        await say("Hi", extra_body={"temperature": 1.0})
    assert caught.value.type == "invalid_request_error"
