"""The endpoints as the real client meets them."""

from typing import Any

import aiohttp
import anthropic
import pytest

from playground.claude import Claude

pytestmark = pytest.mark.anyio

HEADERS = {"authorization": "Bearer sk-ant-x", "anthropic-version": "2026-10-21"}


async def test_the_models_come_newest_first_and_page_by_page(client: anthropic.AsyncAnthropic) -> None:
    ids = [model.id async for model in client.models.list(limit=4)]

    assert ids[0] == "claude-fable-5-2"
    assert len(ids) == len(set(ids)) > 8
    assert {"claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"} <= set(ids)


async def test_a_retired_model_is_listed_only_for_who_asks_for_it(client: anthropic.AsyncAnthropic) -> None:
    usual = [model.lifecycle async for model in client.models.list()]
    retired = [model async for model in client.models.list(lifecycle=["retired"])]

    assert set(usual) == {"active", "deprecated"}
    assert [model.lifecycle for model in retired] == ["retired"]
    assert retired[0].retires_at is not None


async def test_a_model_tells_its_limits_and_abilities(client: anthropic.AsyncAnthropic) -> None:
    model = await client.models.retrieve("claude-sonnet-5-5")

    assert (model.max_input_tokens, model.max_tokens, model.line) == (1_000_000, 128_000, "sonnet")
    assert model.capabilities is not None
    assert model.capabilities.thinking.types.between_tools.supported
    assert not model.capabilities.thinking.types.disabled.supported
    with pytest.raises(anthropic.NotFoundError):
        await client.models.retrieve("claude-nope")


async def test_tokens_are_counted_as_a_message_is_charged_for_them(client: anthropic.AsyncAnthropic, say: Any) -> None:
    question = "How many tokens is this? " * 40
    messages: Any = [{"role": "user", "content": question}]

    counted = await client.messages.count_tokens(model="claude-sonnet-5-5", messages=messages, system="Be brief.")

    charged = (await say(question, system="Be brief.")).usage.input_tokens
    assert counted.input_tokens == charged > 200


async def test_an_address_that_is_none_is_not_found(claude: Claude, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{claude.api}/v1/nothing", headers=HEADERS) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["type"] == "not_found_error"


async def test_the_older_pages_have_their_faults_and_their_records_too(
    client: anthropic.AsyncAnthropic, control: Any
) -> None:
    await control.post("faults", [{"method": "models.*", "do": "503"}, {"method": "models.list", "do": "lost"}])

    with pytest.raises(anthropic.ServiceUnavailableError):
        await client.models.retrieve("claude-sonnet-5-5")
    with pytest.raises(anthropic.APIConnectionError):
        await client.models.list()
    lost = (await control.calls("models.list"))[0]
    assert lost["effect"] is not None
    assert lost["answered"] is None


async def test_a_port_may_be_chosen_and_is_free_again_afterwards() -> None:
    async with Claude() as first:
        port = int(first.api.rpartition(":")[2])

    async with Claude(port) as again:
        assert again.addresses == {"api": f"http://127.0.0.1:{port}", "control": f"http://127.0.0.1:{port}/_control"}
