"""The life of a call: tokens, scopes, limits, latency and faults, as the real client meets them."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Slack

pytestmark = pytest.mark.anyio


def with_token(slack: Slack, http: aiohttp.ClientSession, token: str | None) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=slack.addresses["api"], session=http, retry_handlers=[])


async def test_each_method_wants_its_kind_of_token(slack: Slack, http: aiohttp.ClientSession, refusal: Any) -> None:
    def test(token: str | None) -> Any:
        return refusal(with_token(slack, http, token).auth_test())

    assert await test(None) == "not_authed"
    assert await test("xoxb-wrong") == "invalid_auth"
    assert await test("xapp-playground") == "not_allowed_token_type"
    client = with_token(slack, http, None)
    assert await refusal(client.apps_connections_open(app_token="xapp-wrong")) == "invalid_auth"
    assert await refusal(client.apps_connections_open(app_token="xoxb-playground")) == "not_allowed_token_type"


async def test_a_missing_scope_is_named(client: AsyncWebClient, people: Any) -> None:
    await people.do("config", scopes=["chat:write"])

    with pytest.raises(SlackApiError) as caught:
        await client.reactions_add(channel="C0GENERAL", name="eyes", timestamp="1.0")
    assert (caught.value.response["error"], caught.value.response["needed"]) == ("missing_scope", "reactions:write")
    assert caught.value.response["provided"] == "chat:write"


async def test_what_is_no_method_and_no_json(client: AsyncWebClient, http: Any, slack: Slack, refusal: Any) -> None:
    assert await refusal(client.api_call("chat.startStream", json={})) == "unknown_method"
    headers = {"Authorization": "Bearer xoxb-playground", "Content-Type": "application/json"}
    async with http.post(f"{slack.addresses['api']}chat.postMessage", data="{", headers=headers) as answer:
        assert (await answer.json())["error"] == "invalid_json"


async def test_the_fifty_first_edit_of_a_minute_is_told_when_to_come_again(client: AsyncWebClient, people: Any) -> None:
    await people.do("config", limits="published")
    posted = await client.chat_postMessage(channel="C0GENERAL", text="0")
    for number in range(50):
        await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text=str(number))

    with pytest.raises(SlackApiError) as caught:
        await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="51")
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert 30 <= int(caught.value.response.headers["Retry-After"]) <= 60
    assert (await people.seen("versions", message=posted["ts"]))[-1]["text"] == "49"


async def test_posts_are_limited_in_each_channel_for_itself(client: AsyncWebClient, people: Any, refusal: Any) -> None:
    await people.do("config", limits={"chat.postMessage": {"burst": 3, "rate": 0.01}})
    for _ in range(3):
        await client.chat_postMessage(channel="C0GENERAL", text="x")

    assert await refusal(client.chat_postMessage(channel="C0GENERAL", text="x")) == "ratelimited"
    assert (await client.chat_postMessage(channel="C0RANDOM", text="x"))["ok"]


async def test_latency_is_half_before_and_half_after_the_effect(client: AsyncWebClient, people: Any) -> None:
    await people.do("config", latency=0.1)
    started = time.monotonic()
    await client.chat_postMessage(channel="C0GENERAL", text="x")
    took = time.monotonic() - started

    (call,) = await people.seen("calls")
    (version,) = await people.seen("versions")
    assert took >= 0.1
    assert call["effect"] - call["arrived"] >= 0.049
    assert call["answered"] - call["effect"] >= 0.049
    assert version["monotonic"] == pytest.approx(call["effect"], abs=0.01)


@pytest.mark.parametrize(
    ("do", "status", "error"),
    [
        ("429", 429, "ratelimited"),
        ("500", 500, None),
        ("503", 503, None),
        ({"error": "token_expired"}, 200, "token_expired"),
    ],
)
async def test_planned_errors_come_once_and_change_nothing(
    client: AsyncWebClient, people: Any, do: Any, status: int, error: str | None
) -> None:
    await people.faults({"method": "chat.postMessage", "do": do, "retry_after": 7})

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    assert caught.value.response.status_code == status
    assert caught.value.response.get("error") == error
    assert caught.value.response.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert await people.seen("versions") == []
    assert (await client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]


@pytest.mark.parametrize(("do", "versions"), [("lost", 1), ("reset", 0)])
async def test_a_cut_call_took_effect_when_only_its_answer_was_lost(
    client: AsyncWebClient, people: Any, do: str, versions: int
) -> None:
    await people.faults({"method": "chat.postMessage", "do": do})

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    assert len(await people.seen("versions")) == versions
    (call,) = await people.seen("calls")
    assert (call["error"], call["answered"], call["effect"] is not None) == ("cut", None, do == "lost")


async def test_the_sdks_own_retry_posts_twice_after_a_lost_answer(
    slack: Slack, http: aiohttp.ClientSession, people: Any
) -> None:
    # Why the app must not leave posts to the client's default retry.
    await people.faults({"method": "chat.postMessage", "do": "lost"})
    client = AsyncWebClient(token="xoxb-playground", base_url=slack.addresses["api"], session=http)
    await client.chat_postMessage(channel="C0GENERAL", text="x")

    assert len(await people.seen("versions")) == 2


async def test_a_hanging_call_hangs_until_the_client_gives_up(client: AsyncWebClient, people: Any) -> None:
    await people.faults({"method": "chat.postMessage", "do": "hang"})

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_postMessage(channel="C0GENERAL", text="x"), 0.05)
    assert await people.seen("versions") == []
    assert await people.seen("calls", status=200) == []


async def test_a_call_that_the_client_gave_up_takes_effect_all_the_same(client: AsyncWebClient, people: Any) -> None:
    await people.do("config", latency=0.1)

    call = asyncio.create_task(client.chat_postMessage(channel="C0GENERAL", text="x"))
    await people.wait("calls")
    call.cancel()

    assert len(await people.wait("versions")) == 1
    assert call.cancelled()


async def test_no_token_is_on_the_record(client: AsyncWebClient, people: Any) -> None:
    await client.api_call("auth.test", params={"token": "xoxb-playground"})

    assert "xoxb" not in str(await people.seen("calls"))
