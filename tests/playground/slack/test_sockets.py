"""Socket Mode: hello, acknowledgements, retries, and every way in which a socket ends."""

import asyncio
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import Slack
from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


async def link(slack: Slack, http: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A socket without Bolt, which acknowledges nothing."""
    client = AsyncWebClient(token="xapp-playground", base_url=slack.addresses["api"], session=http)
    opened = await client.apps_connections_open(app_token="xapp-playground")
    return await http.ws_connect(opened["url"])


async def test_hello_counts_the_sockets(slack: Slack, http: aiohttp.ClientSession) -> None:
    sockets = [await link(slack, http) for _ in range(2)]
    hellos = [await socket.receive_json(timeout=PATIENCE) for socket in sockets]

    assert [hello["num_connections"] for hello in hellos] == [1, 2]
    assert hellos[0]["type"] == "hello"


async def test_the_eleventh_socket_is_sent_away(slack: Slack, http: aiohttp.ClientSession) -> None:
    sockets = [await link(slack, http) for _ in range(11)]
    frame = await sockets[-1].receive_json(timeout=PATIENCE)

    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    assert (await sockets[-1].receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.CLOSE
    assert slack.sockets.open == 10


async def test_a_ticket_opens_one_socket(slack: Slack, http: aiohttp.ClientSession) -> None:
    client = AsyncWebClient(base_url=slack.addresses["api"], session=http)
    url = (await client.apps_connections_open(app_token="xapp-playground"))["url"]
    await http.ws_connect(url)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url)


async def test_an_event_is_acknowledged_and_its_time_is_noted(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("say", text="hello")

    (delivery,) = await people.wait("deliveries", lambda found: found and found[0]["acked"])
    assert delivery["monotonic"] < delivery["acked"]
    assert (delivery["attempt"], delivery["name"]) == (0, "message")
    assert [event["text"] for event in listener.events] == ["hello"]


async def test_a_frame_comes_as_it_is(slack: Slack, people: Any, http: aiohttp.ClientSession) -> None:
    socket = await link(slack, http)
    await socket.receive_json(timeout=PATIENCE)

    assert await people.do("frame", text='{"half') == {"sockets": 1}
    assert await socket.receive_str(timeout=PATIENCE) == '{"half'


async def test_what_is_not_acknowledged_comes_again_three_times_with_the_same_event_id(
    slack: Slack, people: Any, http: aiohttp.ClientSession
) -> None:
    await people.do("config", retries=[0, 1, 5], scale=0.01)
    socket = await link(slack, http)
    await people.do("say", text="hello")
    frames = [await socket.receive_json(timeout=PATIENCE) for _ in range(5)][1:]

    (lost,) = await people.wait("lost")
    assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2, 3]
    assert [frame["retry_reason"] for frame in frames] == ["", "timeout", "timeout", "timeout"]
    assert {frame["payload"]["event_id"] for frame in frames} == {lost["event_id"]}
    assert len({frame["envelope_id"] for frame in frames}) == 4


async def test_retries_keep_their_distances(slack: Slack, people: Any, http: aiohttp.ClientSession) -> None:
    await people.do("config", scale=0.001)
    await link(slack, http)
    await people.do("say", text="hello")
    await people.wait("lost")

    times = [delivery["monotonic"] for delivery in await people.seen("deliveries")]
    gaps = [(later - earlier) * 1000 for earlier, later in pairwise(times)]
    assert gaps[0] >= 3
    assert gaps[1] >= 63
    assert gaps[2] >= 303


async def test_an_event_without_a_socket_comes_only_as_a_retry(people: Any, listener: Any) -> None:
    await people.do("config", scale=0.05, retries=[0, 0, 0])
    await people.do("say", text="while you were out")
    await listener.connect()
    await people.wait("deliveries", lambda found: found[-1]["acked"])

    (headers,) = listener.headers
    assert int(headers["x-slack-retry-num"][0]) >= 1
    assert (await people.seen("deliveries"))[0]["connection"] is None


async def test_each_event_goes_to_one_of_the_sockets(people: Any, listener: Any) -> None:
    await listener.connect(sockets=2)
    for number in range(20):
        await people.do("say", text=str(number))
    deliveries = await people.wait("deliveries", lambda found: len(found) == 20 and all(d["acked"] for d in found))

    assert {delivery["connection"] for delivery in deliveries} == {1, 2}
    assert sorted(event["text"] for event in listener.events) == sorted(map(str, range(20)))


async def test_events_leave_in_the_order_in_which_things_happened(
    slack: Slack, people: Any, http: aiohttp.ClientSession
) -> None:
    socket = await link(slack, http)
    for number in range(20):
        await people.do("say", text=str(number))
    frames = [await socket.receive_json(timeout=PATIENCE) for _ in range(21)][1:]

    assert [frame["payload"]["event"]["text"] for frame in frames] == [str(number) for number in range(20)]


async def test_redelivery_repeats_an_event(people: Any, listener: Any) -> None:
    await listener.connect()
    said = await people.do("say", text="once")
    await people.do("say", text="other")
    await people.do("redeliver", event_id=said["events"][0], times=2)
    await people.wait("deliveries", lambda found: sum(bool(d["acked"]) for d in found) == 4)

    assert [event["text"] for event in listener.events].count("once") == 3


async def test_a_disconnect_frame_makes_the_client_come_back(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("disconnect")
    connections = await people.wait("connections", lambda found: len(found) == 2)
    await people.do("say", text="still there?")
    await people.wait("deliveries", lambda found: found[0]["acked"])

    assert [connection["reason"] for connection in connections] == ["refresh_requested", ""]


async def test_a_dropped_socket_is_replaced(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("drop")
    await people.wait("connections", lambda found: len(found) == 2)
    await people.do("say", text="still there?")
    await people.wait("deliveries", lambda found: found[0]["acked"])

    assert [event["text"] for event in listener.events] == ["still there?"]


async def test_a_frozen_socket_answers_nothing(slack: Slack, people: Any, http: aiohttp.ClientSession) -> None:
    socket = await link(slack, http)
    await socket.receive_json(timeout=PATIENCE)
    await people.do("freeze")
    await people.do("say", text="lost in the void")

    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.1)
    assert slack.sockets.open == 1


async def test_a_warning_changes_nothing_for_the_events(slack: Slack, people: Any, http: aiohttp.ClientSession) -> None:
    socket = await link(slack, http)
    await people.do("disconnect", reason="warning")
    await people.do("say", text="goes on")
    frames = [await socket.receive_json(timeout=PATIENCE) for _ in range(3)]

    assert [frame["type"] for frame in frames] == ["hello", "disconnect", "events_api"]


async def test_a_socket_that_was_told_to_go_gets_nothing_and_is_closed(
    slack: Slack, people: Any, http: aiohttp.ClientSession
) -> None:
    await people.do("config", scale=0.01)
    socket = await link(slack, http)
    await people.do("disconnect")
    await people.do("say", text="not for you")
    kinds = [(await socket.receive(timeout=PATIENCE)).type for _ in range(3)]

    assert kinds == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.CLOSE]
    assert (await people.seen("deliveries"))[0]["connection"] is None


async def test_nonsense_from_the_app_is_ignored(slack: Slack, http: aiohttp.ClientSession) -> None:
    socket = await link(slack, http)
    for text in ("", "[]", '{"envelope_id": "never sent"}'):
        await socket.send_str(text)
    await socket.ping(b"still")
    await asyncio.sleep(0.02)

    assert slack.sockets.open == 1
