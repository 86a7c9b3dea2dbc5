"""The control API: what it takes, what it refuses and says about it, what it shows."""

import json
from typing import Any

import anthropic
import pytest

pytestmark = pytest.mark.anyio


async def test_what_cannot_be_taken_is_refused_with_a_sentence(control: Any) -> None:
    for verb, body in (
        ("config", {"speed": 1}),
        ("config", []),
        ("config", {"first_token": "soon"}),
        ("faults", [{"method": "messages.create", "do": "explode"}]),
        ("faults", {}),
        ("script", [{"words": "hello"}]),
    ):
        answer = await control.post(verb, body, status=400)

        assert answer["ok"] is False
        assert answer["error"].endswith(".")


async def test_a_body_that_is_no_json_is_refused(control: Any) -> None:
    async with control.http.post(f"{control.claude.control}/config", data="{") as answer:
        assert answer.status == 400
        assert "JSON" in (await answer.json())["error"]


async def test_only_what_is_new_is_shown_to_who_has_seen_the_rest(control: Any, say: Any) -> None:
    await say("Hi")
    async with control.http.get(f"{control.claude.control}/state") as answer:
        first = json.loads(await answer.text())
    await say("Hi again")
    async with control.http.get(f"{control.claude.control}/state?since={first['next']}") as answer:
        second = json.loads(await answer.text())

    assert [len(first["calls"]), len(second["calls"])] == [1, 1]
    assert second["calls"][0]["arguments"]["messages"][0]["content"] == "Hi again"


async def test_a_reset_forgets_what_was_and_what_was_to_come(control: Any, say: Any) -> None:
    await control.script({"text": "scripted"})
    await control.fault("529")

    await control.post("reset", {})

    assert "scripted" not in (await say("Hi")).content[0].text
    assert len(await control.calls()) == 1


async def test_faults_and_script_can_be_taken_back(control: Any, say: Any) -> None:
    await control.script({"text": "scripted"})
    await control.fault("529")

    for verb in ("faults", "script"):
        async with control.http.delete(f"{control.claude.control}/{verb}") as answer:
            assert answer.status == 200
    assert "scripted" not in (await say("Hi")).content[0].text


async def test_keys_can_be_named(control: Any, say: Any) -> None:
    await control.post("config", {"keys": ["sk-ant-only-this"]})

    with pytest.raises(anthropic.AuthenticationError):
        await say("Hi")
    await control.post("config", {"keys": []})
    assert (await say("Hi")).content


async def test_sizes_can_be_made_small(control: Any, client: anthropic.AsyncAnthropic, say: Any) -> None:
    await control.post("config", {"context": {"claude-sonnet-5-5": 300}, "output": 50})

    assert (await client.models.retrieve("claude-sonnet-5-5")).max_input_tokens == 300
    assert (await client.models.retrieve("claude-haiku-5-5")).max_tokens == 50
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long"):
        await say("word " * 300, max_tokens=50)
