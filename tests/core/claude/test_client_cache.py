"""What of a prompt is read from the API's cache, through the real client library, and what that costs."""

from decimal import Decimal
from typing import Any

import pytest

from core.claude import Prices
from core.dialogue import Usage
from tests.core.claude.bench import Bench, prompt
from tests.core.claude.test_client_tools import TOOLS

pytestmark = pytest.mark.anyio

HANDBOOK = "Be kind, and answer well, always. " * 600


async def test_nearly_all_of_a_long_conversation_is_read_from_the_cache(bench: Bench) -> None:
    messages: list[Any] = []
    async with bench.claude() as claude:
        for question in ["Read this: " + "and so on " * 2_000, "And now?", "What else?", "Anything else?"]:
            messages.append({"role": "user", "content": question})
            bench.standin.script({"text": "Well, " * 50})
            answer = await claude.answer(prompt(messages=messages), bench.reply)
            messages += answer.messages

    used = [call.usage for call in bench.details]
    assert used[0].cache_read == 0
    assert all(one.cache_read / (one.input + one.cache_read + one.cache_write_5m) > 0.9 for one in used[2:])


@pytest.mark.parametrize("more", [{}, {"tools": TOOLS}])
async def test_a_new_conversation_reads_what_stands_before_every_conversation_from_the_cache(
    bench: Bench, more: dict[str, Any]
) -> None:
    async with bench.claude() as claude:
        for question in ("What is the capital of France?", "Who wrote this handbook?"):
            await claude.answer(prompt(question, system=HANDBOOK, **more), bench.reply)

    first, second = (call.usage for call in bench.details)
    assert (first.cache_read, first.cache_write_5m > 4_000) == (0, True)
    assert second.cache_read > 0.99 * first.cache_write_5m
    assert second.cache_write_5m < 100


async def test_two_marks_write_nothing_twice(bench: Bench) -> None:
    async with bench.claude() as claude:
        await claude.answer(prompt(system=HANDBOOK), bench.reply)
    async with bench.claude(cache_ttl="") as claude:
        await claude.answer(prompt(system=HANDBOOK), bench.reply)

    marked, plain = bench.details
    assert marked.usage.input + marked.usage.cache_write_5m == plain.usage.input
    tokens = Usage(cache_write_5m=plain.usage.input, output=marked.usage.output)
    assert marked.cost == pytest.approx(Prices().cost("claude-sonnet-5-5", tokens), rel=Decimal("0.01"))


async def test_a_short_prompt_is_written_to_no_cache(bench: Bench) -> None:
    async with bench.claude() as claude:
        await claude.answer(prompt(), bench.reply)

    (call,) = bench.details
    assert (call.usage.cache_read, call.usage.cache_write_5m) == (0, 0)
