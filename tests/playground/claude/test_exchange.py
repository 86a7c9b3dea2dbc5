"""One request to the Messages API from its first byte to its last, also when it breaks, as the real client meets it."""

import asyncio
import json
import zlib
from typing import Any

import aiohttp
import anthropic
import httpx2
import pytest

from playground.claude import Claude
from tests.launcher import PATIENCE

from .conftest import KEY, MODEL, text_of

pytestmark = pytest.mark.anyio

LONG = {"text": "one two three four five six seven eight nine ten", "times": None}


async def test_an_answer_is_the_same_streamed_and_whole(say: Any, streamed: Any, control: Any) -> None:
    whole = await say("What is 17 * 23?")
    events = await streamed("What is 17 * 23?")

    assert text_of(events) == whole.content[0].text == "17 * 23 = **391**"
    assert whole.stop_reason == "end_turn"
    assert events[-2].usage.output_tokens == whole.usage.output_tokens
    assert [call["text"] for call in await control.calls()] == [text_of(events)] * 2


async def test_a_stream_is_packed_where_the_request_allows_it_and_comes_piece_by_piece(
    control: Any, claude: Claude
) -> None:
    await control.script({"text": "one two three", "first_token": 0, "tokens_per_second": 100})
    body = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21", "accept-encoding": "gzip"}

    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.post(f"{claude.api}/v1/messages", json=body, headers=headers) as answer,
    ):
        pieces = [piece async for piece in answer.content.iter_any()]

    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert b"message_start" in unpacker.decompress(pieces[0])
    assert len(pieces) > 1
    assert b"message_stop" in b"".join(map(unpacker.decompress, pieces[1:]))
    assert unpacker.eof


async def test_the_events_of_a_stream_come_in_their_order(streamed: Any) -> None:
    events = [event.type for event in await streamed("Hi")]

    assert events[:2] == ["message_start", "content_block_start"]
    assert set(events[2:-3]) == {"content_block_delta"}
    assert events[-3:] == ["content_block_stop", "message_delta", "message_stop"]


async def test_every_answer_names_itself_and_the_limits(client: anthropic.AsyncAnthropic) -> None:
    messages: Any = [{"role": "user", "content": "Hi"}]
    raw = await client.messages.with_raw_response.create(model=MODEL, max_tokens=100, messages=messages)

    assert raw.headers["request-id"].startswith("req_01")
    assert raw.headers["anthropic-organization-id"]
    for kind in ("requests", "tokens", "input-tokens", "output-tokens"):
        limit = int(raw.headers[f"anthropic-ratelimit-{kind}-limit"])
        assert 0 < int(raw.headers[f"anthropic-ratelimit-{kind}-remaining"]) <= limit
        assert raw.headers[f"anthropic-ratelimit-{kind}-reset"].endswith("Z")


async def test_what_was_asked_and_when_each_piece_went_out_is_recorded_without_the_key(
    streamed: Any, control: Any
) -> None:
    events = await streamed("Hi")

    call = (await control.calls())[0]
    assert call["arguments"]["messages"] == [{"role": "user", "content": "Hi"}]
    assert call["status"] == 200
    assert call["ended"] == "done"
    assert "sk-ant" not in json.dumps(call)
    times, lengths = zip(*call["deltas"], strict=True)
    assert list(times) == sorted(times)
    assert lengths[-1] == len(text_of(events)) == len(call["text"])
    assert call["arrived"] <= call["effect"] <= times[0] <= times[-1] <= call["answered"]


async def test_a_client_that_goes_away_in_the_middle_is_noticed_at_once(
    client: anthropic.AsyncAnthropic, control: Any
) -> None:
    await control.script({"text": "a word " * 100, "tokens_per_second": 20})
    messages: Any = [{"role": "user", "content": "Go"}]
    async with await client.messages.create(model=MODEL, max_tokens=900, messages=messages, stream=True) as events:
        async for event in events:
            if event.type == "content_block_delta":
                break

    call = await _recorded(control, "ended")
    assert call["ended"] == "gone"
    assert 0 < len(call["deltas"]) < 10
    assert call["gone"] >= call["deltas"][-1][0]


async def _recorded(control: Any, name: str) -> Any:
    async with asyncio.timeout(PATIENCE):
        while name not in (call := (await control.calls())[0]):  # noqa: ASYNC110  # it stands in the playground
            await asyncio.sleep(0.01)
    return call


STATUSES = [
    (400, anthropic.BadRequestError, "invalid_request_error"),
    (401, anthropic.AuthenticationError, "authentication_error"),
    (402, anthropic.APIStatusError, "billing_error"),
    (403, anthropic.PermissionDeniedError, "permission_error"),
    (404, anthropic.NotFoundError, "not_found_error"),
    (408, anthropic.APIStatusError, "timeout_error"),
    (409, anthropic.ConflictError, "conflict_error"),
    (429, anthropic.RateLimitError, "rate_limit_error"),
    (500, anthropic.InternalServerError, "api_error"),
    (503, anthropic.InternalServerError, "api_error"),
    (504, anthropic.InternalServerError, "timeout_error"),
    (529, anthropic.InternalServerError, "overloaded_error"),
]


@pytest.mark.parametrize(("status", "error", "kind"), STATUSES)
async def test_a_refusal_by_status_has_no_effect(
    status: int, error: type[anthropic.APIStatusError], kind: str, say: Any, control: Any
) -> None:
    await control.fault(str(status))

    with pytest.raises(error) as caught:
        await say("Hi")
    assert (caught.value.status_code, caught.value.type) == (status, kind)
    assert caught.value.request_id
    assert (await say("Hi")).content
    refused, answered = await control.calls()
    assert (refused["status"], refused["effect"]) == (status, None)
    assert answered["effect"] is not None


@pytest.mark.parametrize("status", [413, 502])
async def test_what_the_proxy_says_by_itself_is_no_json(status: int, say: Any, control: Any) -> None:
    await control.fault(str(status))

    with pytest.raises(anthropic.APIStatusError) as caught:
        await say("Hi")
    assert caught.value.status_code == status
    assert caught.value.type is None


@pytest.mark.parametrize("seconds", [0, 2, 45, 7200, 0.5])
async def test_a_429_says_when_to_come_again(seconds: float, say: Any, control: Any) -> None:
    await control.fault("429", retry_after=seconds)

    with pytest.raises(anthropic.RateLimitError) as caught:
        await say("Hi")
    assert float(caught.value.response.headers["retry-after"]) == seconds
    assert caught.value.response.headers["x-should-retry"] == "true"


async def test_a_spend_limit_is_a_429_of_its_own_that_waiting_does_not_help(say: Any, control: Any) -> None:
    await control.fault("429", code="enforced_spend_limit_reached")

    with pytest.raises(anthropic.RateLimitError) as caught:
        await say("Hi")
    assert type(caught.value).__name__ == "EnforcedSpendLimitReachedError"
    assert "retry-after" not in caught.value.response.headers
    assert caught.value.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(("status", "code"), [("529", "compaction_unavailable"), ("503", "cmek_key_unreachable")])
async def test_what_passes_is_to_be_tried_again_whatever_its_code(
    status: str, code: str, say: Any, control: Any
) -> None:
    await control.fault(status, code=code)

    with pytest.raises(anthropic.APIStatusError) as caught:
        await say("Hi")
    assert caught.value.response.headers["x-should-retry"] == "true"


async def test_a_fault_comes_as_often_as_it_was_planned(say: Any, control: Any) -> None:
    await control.fault("529", times=2)

    for _ in range(2):
        with pytest.raises(anthropic.InternalServerError):
            await say("Hi")
    assert (await say("Hi")).content


@pytest.mark.parametrize("do", ["reset", "lost"])
async def test_a_cut_before_the_answer_is_a_connection_error(do: str, say: Any, control: Any) -> None:
    await control.fault(do)

    with pytest.raises(anthropic.APIConnectionError):
        await say("Hi")
    call = (await control.calls())[0]
    assert (call["ended"], call["error"], call["effect"] is not None) == (do, "cut", do == "lost")


async def test_a_hang_brings_not_a_byte(say: Any, control: Any) -> None:
    await control.fault("hang")

    with pytest.raises(anthropic.APITimeoutError):
        await say("Hi", timeout=0.5)
    assert (await _recorded(control, "gone"))["ended"] == "hang"


@pytest.mark.parametrize("after", [None, 0, 3])
async def test_an_error_event_comes_first_or_in_the_middle(after: int | None, streamed: Any, control: Any) -> None:
    await control.script(LONG)
    await control.fault("sse_error", **({} if after is None else {"after": after}))

    with pytest.raises(anthropic.APIStatusError) as caught:
        await streamed("Go")
    assert (caught.value.status_code, caught.value.type) == (200, "overloaded_error")
    assert len((await control.calls())[0]["deltas"]) == (after or 0)


@pytest.mark.parametrize(
    ("do", "error"),
    [("cut", httpx2.ReadError), ("fin", httpx2.RemoteProtocolError), ("garbage", json.JSONDecodeError)],
)
async def test_a_stream_that_breaks_in_the_middle(do: str, error: type[Exception], streamed: Any, control: Any) -> None:
    await control.script(LONG)
    await control.fault(do, after=3)

    with pytest.raises(error):
        await streamed("Go")
    call = (await control.calls())[0]
    assert len(call["deltas"]) == 3


async def test_a_stream_may_end_early_and_look_quite_clean(streamed: Any, control: Any) -> None:
    await control.script(LONG)
    await control.fault("end", after=3)

    events = await streamed("Go")

    assert text_of(events) == "one two three"
    assert "message_stop" not in [event.type for event in events]


@pytest.mark.parametrize("do", ["stall", "pings"])
async def test_a_stream_that_stops_bringing_anything_does_not_end(do: str, streamed: Any, control: Any) -> None:
    await control.script(LONG)
    await control.fault(do, after=2, every=0.02)

    with pytest.raises((TimeoutError, httpx2.ReadTimeout)):
        async with asyncio.timeout(1 if do == "pings" else 10):
            await streamed("Go", timeout=httpx2.Timeout(10, read=10 if do == "pings" else 0.2))
    assert (await _recorded(control, "gone"))["ended"] == do


async def test_pings_alone_keep_a_read_timeout_from_noticing(client: anthropic.AsyncAnthropic, control: Any) -> None:
    await control.fault("pings", after=0, every=0.02)
    messages: Any = [{"role": "user", "content": "Go"}]

    async with client.messages.with_streaming_response.create(
        model=MODEL, max_tokens=9, messages=messages, stream=True
    ) as raw:
        seen = b""
        async for chunk in raw.iter_bytes():
            seen += chunk
            if seen.count(b"event: ping") >= 5:
                break
    assert b"text_delta" not in seen


async def test_unknown_events_deltas_and_blocks_are_strewn_among_the_known(streamed: Any, control: Any) -> None:
    await control.script(LONG)
    await control.fault("unknown")

    events = await streamed("Go")

    assert {"weather"} < {event.type for event in events}
    assert "hologram" in [event.content_block.type for event in events if event.type == "content_block_start"]
    assert text_of(events) == LONG["text"]
    assert events[-1].type == "message_stop"


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        ("refusal", "refusal"),
        ("max_tokens", "max_tokens"),
        ("pause_turn", "pause_turn"),
        ("context_exceeded", "model_context_window_exceeded"),
    ],
)
@pytest.mark.parametrize("after", [0, 5])
async def test_an_answer_may_stop_for_any_reason(do: str, reason: str, after: int, say: Any, control: Any) -> None:
    await control.script(LONG)
    await control.fault(do, after=after, category="cyber")

    answer = await say("Go")

    assert answer.stop_reason == reason
    said = "".join(block.text for block in answer.content if block.type == "text")
    assert said == ("one two three four five" if after else "")
    assert (answer.stop_details.category if answer.stop_details else None) == ("cyber" if do == "refusal" else None)


async def test_a_paused_turn_is_gone_on_with_where_it_stopped(say: Any, control: Any) -> None:
    whole = (await say("Tell me a story")).content[0].text
    await control.fault("pause_turn", after=30)
    paused = await say("Tell me a story")
    assert [block.type for block in paused.content] == ["text", "server_tool_use"]

    rest = await say("Tell me a story", [block.to_dict() for block in paused.content])

    assert [block.type for block in rest.content] == ["web_search_tool_result", "text"]
    assert paused.content[0].text + rest.content[1].text == whole
    assert rest.stop_reason == "end_turn"


async def test_an_answer_may_be_empty(say: Any, control: Any) -> None:
    await control.fault("empty")

    answer = await say("Hi")

    assert (answer.content, answer.stop_reason) == ([], "end_turn")


async def test_a_slow_answer_comes_at_the_pace_that_was_asked_for(streamed: Any, control: Any) -> None:
    await control.script({"chunks": ["a "] * 21, "tokens_per_second": 100, "first_token": 0.1})

    await streamed("Go")

    call = (await control.calls())[0]
    times = [time for time, _ in call["deltas"]]
    assert 0.09 <= times[0] - call["effect"] <= 0.2
    assert 0.18 <= times[-1] - times[0] <= 0.3


async def test_a_used_up_limit_is_a_429_and_the_minute_gives_it_back(say: Any, control: Any) -> None:
    await control.post("config", {"limits": {"requests": 2}})
    await say("Hi")
    await say("Hi")

    with pytest.raises(anthropic.RateLimitError) as caught:
        await say("Hi")
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 31
    await control.post("config", {"ahead": 31})
    assert (await say("Hi")).content


CLOCK = {"name": "current_time", "input_schema": {"type": "object", "properties": {}}}


async def test_a_tool_is_called_and_its_result_told(say: Any) -> None:
    called = await say("What time is it?", tools=[CLOCK])
    blocks = [block.to_dict() for block in called.content]
    assert [block["type"] for block in blocks] == ["thinking", "tool_use"]
    assert called.stop_reason == "tool_use"

    result = {"type": "tool_result", "tool_use_id": blocks[1]["id"], "content": "10:20 UTC"}
    told = await say("What time is it?", blocks, [result], tools=[CLOCK])

    assert told.content[0].text == "It is **10:20 UTC** (from `current_time`)."
    with pytest.raises(anthropic.BadRequestError, match="Expected `thinking`"):
        await say("What time is it?", blocks[1:], [result], tools=[CLOCK])


async def test_a_long_prompt_is_written_to_the_cache_once_and_read_afterwards(say: Any) -> None:
    system, mark = "You are a helpful assistant in a team's chat. " * 100, {"type": "ephemeral"}

    first = await say("Hi", system=system, cache_control=mark)
    second = await say("Hi", "Hello!", "What is 2+2?", system=system, cache_control=mark)

    assert first.usage.cache_read_input_tokens == 0
    assert first.usage.cache_creation.ephemeral_5m_input_tokens == first.usage.cache_creation_input_tokens > 1_000
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
    assert second.usage.input_tokens == 0
