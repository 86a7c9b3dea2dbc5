"""Compaction on demand: a block takes a conversation's place, and what was told stays known."""

from typing import Any

import anthropic
import pytest

from .conftest import MODEL

pytestmark = pytest.mark.anyio

BETA = "compact-2026-09-04"


async def compacted(client: anthropic.AsyncAnthropic, *turns: Any) -> Any:
    roles = ("user", "assistant")
    messages: Any = [{"role": roles[place % 2], "content": content} for place, content in enumerate(turns)]
    return await client.beta.messages.create(
        model=MODEL, max_tokens=1_000, messages=messages, betas=[BETA], compaction={"type": "summarize"}
    )


async def test_a_compaction_brings_one_block_and_bills_it_apart(client: anthropic.AsyncAnthropic) -> None:
    answer = await compacted(client, "My name is Ana.", "Nice to meet you, Ana!", "The codeword is BLUE-42.")

    assert [block.type for block in answer.content] == ["compaction"]
    assert answer.stop_reason == "compaction"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (0, 0)
    assert answer.usage.iterations[0].type == "compaction"
    assert answer.usage.iterations[0].input_tokens > 0


async def test_what_was_told_is_known_after_the_block_took_its_place(client: anthropic.AsyncAnthropic) -> None:
    block = (await compacted(client, "My name is Ana.", "Hello!", "The codeword is BLUE-42.")).content[0].to_dict()
    messages: Any = [{"role": "assistant", "content": [block]}, {"role": "user", "content": "What is the codeword?"}]

    answer = await client.beta.messages.create(model=MODEL, max_tokens=1_000, messages=messages, betas=[BETA])

    assert answer.content[0].type == "text"
    assert "BLUE-42" in answer.content[0].text


async def test_a_compaction_of_a_compaction_still_knows(client: anthropic.AsyncAnthropic) -> None:
    block = (await compacted(client, "My name is Ana.", "Hello!", "I live in Oslo.")).content[0].to_dict()
    messages: Any = [
        {"role": "assistant", "content": [block]},
        {"role": "user", "content": "The codeword is BLUE-42."},
    ]
    again = await client.beta.messages.create(
        model=MODEL, max_tokens=1_000, messages=messages, betas=[BETA], compaction={"type": "summarize"}
    )
    block = again.content[0].to_dict()
    messages = [
        {"role": "assistant", "content": [block]},
        {"role": "user", "content": "What is my name? Where do I live? What is the codeword?"},
    ]

    answer = await client.beta.messages.create(model=MODEL, max_tokens=1_000, messages=messages, betas=[BETA])

    assert answer.content[0].type == "text"
    for known in ("Ana", "Oslo", "BLUE-42"):
        assert known in answer.content[0].text


async def test_an_open_tool_call_is_not_compacted(client: anthropic.AsyncAnthropic) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "roll", "input": {}}

    with pytest.raises(anthropic.BadRequestError) as caught:
        await compacted(client, "Roll.", [call])
    assert caught.value.error_code == "compaction_incomplete_turn"
