"""Statuses, agent sessions and reactions."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

pytestmark = pytest.mark.anyio


async def test_a_status_goes_with_the_next_message_in_its_thread(client: AsyncWebClient, people: Any) -> None:
    root, other = await people.do("say", text="one"), await people.do("say", text="two")
    for said in (root, other):
        await client.assistant_threads_setStatus(channel_id="C0GENERAL", thread_ts=said["ts"], status="is thinking")
    await client.chat_postMessage(channel="C0GENERAL", thread_ts=root["ts"], text="answer")

    statuses = [(status["thread"], status["status"]) for status in await people.seen("statuses")]
    assert statuses == [(root["ts"], "is thinking"), (other["ts"], "is thinking"), (root["ts"], "")]


async def test_a_status_needs_a_thread_and_short_loading_lines(
    client: AsyncWebClient, people: Any, refusal: Any
) -> None:
    root = await people.do("say", text="one")

    def set_status(thread: str, lines: list[str]) -> Any:
        return client.assistant_threads_setStatus(
            channel_id="C0GENERAL", thread_ts=thread, status="is thinking", loading_messages=lines
        )

    assert (await set_status(root["ts"], ["x" * 50] * 10))["ok"]
    assert await refusal(set_status("1.0", ["x"])) == "invalid_thread_ts"
    assert await refusal(set_status(root["ts"], ["x" * 51])) == "invalid_arguments"
    assert await refusal(set_status(root["ts"], ["x"] * 11)) == "invalid_arguments"


async def test_a_session_keeps_the_title_it_began_with(client: AsyncWebClient, people: Any, refusal: Any) -> None:
    root = (await people.do("say", text="one"))["ts"]

    async def call(method: str, **more: str) -> Any:
        return await client.api_call(method, json={"channel_id": "C0GENERAL", "thread_ts": root} | more)

    first = await call("agents.sessions.setStatus", status="processing", title="Diving")
    second = await call("agents.sessions.setStatus", status="active", title="Else")
    renamed = await call("agents.sessions.rename", title="Sailing")

    assert (first["agent_status"], second["title"], renamed["title"]) == ("processing", "Diving", "Sailing")
    assert await refusal(call("agents.sessions.setStatus", status="asleep")) == "invalid_arguments"
    assert await refusal(call("agents.sessions.setStatus", status="active", thread_ts="")) == "thread_ts_required"
    assert await refusal(call("agents.sessions.rename", title="x", thread_ts="1.0")) == "session_not_found"


async def test_a_title_and_prompts_are_on_the_record(client: AsyncWebClient, people: Any) -> None:
    root = (await people.do("say", channel="im", text="one"))["ts"]
    channel = (await client.conversations_open(users="U0ADA"))["channel"]["id"]
    prompts = [{"title": "Sum up", "message": "Sum up the text I paste next"}]
    await client.assistant_threads_setTitle(channel_id=channel, thread_ts=root, title="Diving")
    await client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
    await client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts, thread_ts=root)

    assert [title["title"] for title in await people.seen("titles")] == ["Diving"]
    assert [prompt["visible"] for prompt in await people.seen("prompts")] == [True, False]


async def test_a_reaction_can_be_given_once_and_taken_back_once(
    client: AsyncWebClient, people: Any, refusal: Any
) -> None:
    ts = (await people.do("say", text="one"))["ts"]
    eyes = {"channel": "C0GENERAL", "timestamp": ts, "name": "eyes"}
    await client.reactions_add(**eyes)
    twice = await refusal(client.reactions_add(**eyes))
    shown = (await client.conversations_history(channel="C0GENERAL"))["messages"][0]["reactions"]
    await client.reactions_remove(**eyes)

    assert shown == [{"name": "eyes", "users": ["U0PARLEY"], "count": 1}]
    assert twice == "already_reacted"
    assert await refusal(client.reactions_remove(**eyes)) == "no_reaction"
    assert await refusal(client.reactions_add(**eyes | {"name": "No!"})) == "invalid_name"
    assert await refusal(client.reactions_add(**eyes | {"timestamp": "1.0"})) == "message_not_found"
