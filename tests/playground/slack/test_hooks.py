"""response_url: five posts in half an hour, for one person or for all, in place of the original or beside it."""

from itertools import count
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Slack

pytestmark = pytest.mark.anyio
STOP = {"type": "button", "action_id": "stop", "text": {"type": "plain_text", "text": "Stop"}}


async def post(http: aiohttp.ClientSession, url: str, **body: Any) -> tuple[int, str]:
    async with http.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_bolts_respond_reaches_one_person(people: Any, listener: Any) -> None:
    async def on_command(ack: Any, respond: Any) -> None:
        await ack()
        await respond("only you")
        await respond("all of you", response_type="in_channel")

    listener.app.command("/claude")(on_command)
    await listener.connect()
    await people.do("slash", channel="outside", user="ben")
    (version,) = await people.wait("versions")

    (whisper,) = await people.seen("ephemerals")
    assert (whisper["user"], whisper["shown"], whisper["method"]) == ("U0BEN", "only you", "response_url")
    assert (version["channel"], version["shown"]) == ("C0OUTSIDE", "all of you")


async def test_it_is_used_up_after_five_posts(slack: Slack, http: aiohttp.ClientSession) -> None:
    url = slack.hooks.open("commands", "C0GENERAL", "U0ADA")
    answers = [await post(http, url, text="hi") for _ in range(6)]

    assert [status for status, _ in answers] == [200] * 5 + [404]
    assert answers[0][1] == "ok"
    assert "used_url" in answers[5][1]


async def test_a_refused_post_uses_nothing_up(slack: Slack, http: aiohttp.ClientSession) -> None:
    url = slack.hooks.open("commands", "C0GENERAL", "U0ADA")
    refused = [await post(http, url, text="") for _ in range(6)]

    assert {status for status, _ in refused} == {400}
    assert (await post(http, url, text="hi"))[0] == 200


async def test_it_ends_after_half_an_hour(slack: Slack, http: aiohttp.ClientSession) -> None:
    clock = count(0, 1_000)
    slack.record.monotonic = lambda: float(next(clock))
    url = slack.hooks.open("commands", "C0GENERAL", "U0ADA")
    answers = [await post(http, url, text="hi") for _ in range(3)]

    assert answers[-1][0] == 404
    assert "expired_url" in answers[-1][1]


async def test_it_replaces_and_deletes_the_message_that_was_pressed(
    slack: Slack, client: AsyncWebClient, http: aiohttp.ClientSession, people: Any
) -> None:
    blocks = [{"type": "actions", "elements": [STOP]}]
    posted = await client.chat_postMessage(channel="C0GENERAL", text="old", blocks=blocks)
    url = slack.hooks.open("actions", "C0GENERAL", "U0ADA", posted["ts"])
    await post(http, url, text="new", replace_original=True)
    await post(http, url, delete_original=True)

    versions = await people.seen("versions", message=posted["ts"])
    assert [(version["text"], version["deleted"]) for version in versions] == [
        ("old", False),
        ("new", False),
        ("new", True),
    ]


async def test_an_ephemeral_is_replaced_for_its_reader(
    slack: Slack, client: AsyncWebClient, http: aiohttp.ClientSession, people: Any
) -> None:
    shown = await client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="old")
    url = slack.hooks.open("actions", "C0GENERAL", "U0ADA", shown["message_ts"])
    await post(http, url, text="new", replace_original=True)
    await post(http, url, delete_original=True)

    ephemerals = await people.seen("ephemerals", message=shown["message_ts"])
    assert [ephemeral["shown"] for ephemeral in ephemerals] == ["old", "new"]
    assert len(await people.seen("ephemerals_deleted")) == 1
