"""The controls that every server of the playground has: state, config, faults, reset."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Slack

pytestmark = pytest.mark.anyio


async def get(slack: Slack, http: aiohttp.ClientSession, path: str) -> tuple[int, Any]:
    async with http.get(f"{slack.addresses['control']}/{path}") as answer:
        return answer.status, await answer.json()


async def test_state_since_returns_only_what_is_new(slack: Slack, http: aiohttp.ClientSession, people: Any) -> None:
    await people.do("say", text="old")
    _, before = await get(slack, http, "state")
    await people.do("say", text="new")
    _, after = await get(slack, http, f"state?since={before['next']}")

    assert [version["text"] for version in after["versions"]] == ["new"]
    assert (await get(slack, http, "state?since=yesterday"))[0] == 400


async def test_reset_forgets_what_was_said_and_keeps_who_is_there(
    slack: Slack, client: AsyncWebClient, people: Any, listener: Any
) -> None:
    await people.do("config", limits="published")
    await listener.connect()
    await people.do("add_user", name="dora", id="U0DORA")
    for _ in range(3):
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    await people.faults({"method": "*", "do": "500", "times": None})
    await people.do("reset")

    assert (await client.chat_postMessage(channel="C0GENERAL", text="again"))["ok"]
    assert [message["text"] for message in (await client.conversations_history(channel="C0GENERAL"))["messages"]] == [
        "again"
    ]
    assert (await client.users_info(user="U0DORA"))["ok"]
    assert slack.sockets.open == 1


async def test_settings_change_one_by_one_and_wrong_ones_are_refused(
    slack: Slack, http: aiohttp.ClientSession, people: Any
) -> None:
    await people.do("config", latency=0.01)
    after = await people.do("config", pair="mention")

    assert (after["latency"], after["pair"]) == (0.01, "mention")
    wrong: Any
    for wrong in ({"pair": "both"}, {"latency": "slow"}, {"colour": 1}, {"limits": "strict"}, []):
        async with http.post(f"{slack.addresses['control']}/config", json=wrong) as answer:
            assert answer.status == 400
    assert slack.settings.pair == "mention"


async def test_faults_are_cleared(
    slack: Slack, http: aiohttp.ClientSession, client: AsyncWebClient, people: Any
) -> None:
    await people.faults({"method": "auth.test", "do": "500", "times": None})
    await http.delete(f"{slack.addresses['control']}/faults")

    assert (await client.auth_test())["ok"]


async def test_the_world_names_people_channels_and_the_app(slack: Slack, http: aiohttp.ClientSession) -> None:
    _, world = await get(slack, http, "world")

    assert world["bot"] in {person["id"] for person in world["people"]}
    assert "U0ADA" in next(channel["members"] for channel in world["channels"] if channel["name"] == "general")
