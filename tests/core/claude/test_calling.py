"""One call, through the real client library and real sockets: what is told of it, and how it ends."""

import asyncio

import pytest

from core import errors
from tests.core.claude.bench import Bench, prompt
from tests.waits import until

pytestmark = pytest.mark.anyio


async def test_what_was_used_and_what_it_cost_is_told_of_each_call(bench: Bench) -> None:
    bench.standin.script({"chunks": ["One ", "two."], "thinking": "Hm, let me see."})

    async with bench.claude() as claude:
        answer = await claude.answer(prompt(user="pseudonym-1"), bench.reply)

    (details,) = bench.details
    told = bench.standin.calls()[0]
    assert details.usage == answer.usage
    assert details.usage.output == told["usage"]["output_tokens"]
    assert details.usage.thinking == told["usage"]["output_tokens_details"]["thinking_tokens"] > 0
    assert details.request_id == answer.request_id == told["request_id"]
    assert (details.model, details.stop, details.error) == ("claude-sonnet-5-5", "end_turn", "")
    assert details.cost is not None
    assert details.cost > 0
    assert 0 < details.first_token <= details.seconds
    assert answer.first_token > 0
    assert details.user == "pseudonym-1"
    assert answer.context == details.usage.input + details.usage.output - details.usage.thinking


async def test_an_unknown_price_is_none(bench: Bench) -> None:
    async with bench.claude() as claude:
        with pytest.raises(errors.UnknownModel):
            await claude.answer(prompt(model="claude-nonsense-9"), bench.reply)

    assert bench.details[0].cost is None


async def test_what_the_api_says_of_its_limits_is_told(bench: Bench) -> None:
    bench.standin.config(limits="published")

    async with bench.claude() as claude:
        await claude.answer(prompt(), bench.reply)
    bench.standin.config(limits="off")

    found = {one.kind: one for one in bench.details[0].headroom}
    assert found["requests"].remaining < found["requests"].limit


async def test_an_answer_that_nobody_wants_any_more_ends_its_stream(bench: Bench) -> None:
    bench.standin.config(tokens_per_second=20)
    bench.standin.script({"text": "word " * 200})

    async with bench.claude() as claude:
        asking = asyncio.create_task(claude.answer(prompt(), bench.reply))
        await until(lambda: bench.reply.texts)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        (details,) = bench.details
        await until(lambda: bench.standin.calls()[0].get("ended") == "gone")

    assert (details.error, details.usage.estimated) == ("cancelled", True)
    assert details.usage.output > 0


async def test_connections_are_kept_from_answer_to_answer(bench: Bench) -> None:
    async with bench.claude() as claude:
        for _ in range(3):
            await claude.answer(prompt(), bench.reply)
        connections = claude._api._client._client._transport._session.connector._conns  # type: ignore[attr-defined]  # aiohttp has no public count

        assert sum(map(len, connections.values())) == 1


# The start
