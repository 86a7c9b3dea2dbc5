"""What people do: commands, buttons, shortcuts, and the errors they see when nobody answers."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Slack
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio
BUTTONS: list[dict[str, Any]] = [
    {"type": "markdown", "text": "growing"},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "stop", "value": "t1", "text": {"type": "plain_text", "text": "Stop"}},
            {"type": "button", "action_id": "again", "value": "t2", "text": {"type": "plain_text", "text": "Again"}},
        ],
    },
]


async def test_a_command_reaches_the_app_and_its_answer_the_person(people: Any, listener: Any) -> None:
    async def on_command(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"{command['user_name']} in {command['channel_name']}: {command['text']}")

    listener.app.command("/claude")(on_command)
    await listener.connect()
    await people.do("slash", command="/claude", text="reset", user="ben", channel="secret")

    (answer,) = await people.wait("ephemerals")
    assert (answer["user"], answer["shown"]) == ("U0BEN", "ben in privategroup: reset")


async def test_a_commands_text_is_escaped_as_the_manifest_wants(people: Any, listener: Any) -> None:
    typed: list[str] = []

    async def on_command(ack: Any, command: dict[str, Any]) -> None:
        typed.append(command["text"])
        await ack(text="done")

    listener.app.command("/claude")(on_command)
    await listener.connect()
    await people.do("slash", text="<b> R&D @ben, a@ben #general @here @nobody")

    await people.wait("ephemerals")
    assert typed == ["&lt;b&gt; R&amp;D <@U0BEN|ben>, a@ben <#C0GENERAL|general> <!here> @nobody"]


async def test_an_answer_in_the_channel_is_seen_by_all(people: Any, listener: Any) -> None:
    async def on_command(ack: Any) -> None:
        await ack(text="hello all", response_type="in_channel")

    listener.app.command("/claude")(on_command)
    await listener.connect()
    await people.do("slash", text="hi")

    (version,) = await people.wait("versions")
    assert (version["author"], version["shown"], version["method"]) == ("U0PARLEY", "hello all", "ack")


async def test_a_press_tells_who_pressed_what_where(client: AsyncWebClient, people: Any, listener: Any) -> None:
    pressed: list[dict[str, Any]] = []

    async def on_press(ack: Any, body: dict[str, Any]) -> None:
        pressed.append(body)
        await ack()

    listener.app.action("again")(on_press)
    await listener.connect()
    root = await people.do("say", text="root")
    posted = await client.chat_postMessage(
        channel="C0GENERAL", thread_ts=root["ts"], text="x", blocks=BUTTONS, metadata={}
    )
    await people.do("press", ts=posted["ts"], action="Again", user="ben")
    await people.wait("deliveries", lambda found: found and found[-1]["acked"], type="interactive")

    (body,) = pressed
    assert (body["user"]["id"], body["channel"]["id"]) == ("U0BEN", "C0GENERAL")
    assert (body["actions"][0]["action_id"], body["actions"][0]["value"]) == ("again", "t2")
    assert (body["container"]["message_ts"], body["container"]["thread_ts"]) == (posted["ts"], root["ts"])
    assert body["message"]["ts"] == posted["ts"]


async def test_a_shortcut_brings_its_message(people: Any, listener: Any) -> None:
    seen: list[dict[str, Any]] = []

    async def on_shortcut(ack: Any, shortcut: dict[str, Any]) -> None:
        seen.append(shortcut)
        await ack()

    listener.app.shortcut("ask_about_message")(on_shortcut)
    await listener.connect()
    said = await people.do("say", text="what about this?")
    await people.do("shortcut", callback_id="ask_about_message", ts=said["ts"])
    await people.wait("deliveries", lambda found: found and found[-1]["acked"], type="interactive")

    assert seen[0]["message"]["text"] == "what about this?"


async def test_without_a_socket_the_person_sees_an_error_at_once(people: Any) -> None:
    await people.do("slash", text="hi")

    (failure,) = await people.seen("failures")
    assert (failure["user"], failure["what"], failure["reason"]) == ("U0ADA", "/claude", "dispatch_failed")


async def test_what_is_not_acknowledged_in_time_is_an_error_and_is_not_repeated(
    people: Any, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    await people.do("config", scale=0.01)
    opened = await client.apps_connections_open(app_token="xapp-playground")
    async with http.ws_connect(opened["url"]) as socket:
        await people.do("slash", text="hi")
        _, frame = [await socket.receive_json(timeout=PATIENCE) for _ in range(2)]
        (failure,) = await people.wait("failures")
        await socket.send_json({"envelope_id": frame["envelope_id"], "payload": {"text": "too late"}})
        await people.wait("deliveries", lambda found: found[0]["acked"])

    assert failure["reason"] == "operation_timeout"
    assert len(await people.seen("deliveries")) == 1
    assert await people.seen("ephemerals") == []


async def test_new_people_and_channels_can_be_written_to(people: Any, client: AsyncWebClient) -> None:
    dora = await people.do("add_user", name="dora", guest=True)
    made = await people.do("add_channel", name="news", members=["dora", "U0PARLEY"])
    await people.do("say", channel="news", user="dora", text="hello")

    history = await client.conversations_history(channel=made["channel"])
    assert [message["user"] for message in history["messages"]] == [dora["user"]]
    assert (await client.users_info(user=dora["user"]))["user"]["is_restricted"]


async def test_a_moderator_deletes_the_apps_message(client: AsyncWebClient, people: Any, refusal: Any) -> None:
    posted = await client.chat_postMessage(channel="C0GENERAL", text="hi")
    await people.do("delete", ts=posted["ts"])

    gone = client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="x")
    assert await refusal(gone) == "message_not_found"
    assert (await people.seen("versions"))[-1]["deleted"]


async def test_any_event_can_be_sent(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("event", event={"type": "app_home_opened", "user": "U0ADA", "tab": "messages"})
    await people.wait("deliveries", lambda found: found[0]["acked"])

    assert [event["type"] for event in listener.events] == ["app_home_opened"]


async def test_what_cannot_be_done_is_said_in_a_sentence(slack: Slack, http: aiohttp.ClientSession) -> None:
    async def attempt(verb: str, **raw: Any) -> tuple[int, str]:
        async with http.post(f"{slack.addresses['control']}/{verb}", json=raw) as answer:
            return answer.status, (await answer.json())["error"]

    attempts = await asyncio.gather(
        attempt("say", user="nobody", text="x"),
        attempt("say", channel="nowhere", text="x"),
        attempt("press", ts="1.0"),
        attempt("redeliver"),
        attempt("event", event=[]),
        attempt("fly"),
    )
    assert {status for status, _ in attempts} == {400}
    assert [sentence.split(";")[0] for _, sentence in attempts] == [
        "there is no such person",
        "there is no such channel",
        "there is no such message",
        "there is no such event",
        "an event is an object with a type",
        "there is no such verb",
    ]
