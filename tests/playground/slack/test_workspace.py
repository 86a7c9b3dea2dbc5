"""Events: what the app hears of what happens, in the shapes that Slack gives them."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.launcher import PATIENCE

pytestmark = pytest.mark.anyio


async def heard(people: Any, listener: Any, count: int) -> list[Any]:
    """The events, as soon as so many are acknowledged, in the order in which they were sent: Bolt keeps none."""
    await people.wait("deliveries", lambda found: sum(bool(d["acked"]) for d in found) >= count)
    return [body["event"] for body in sorted(listener.heard, key=lambda body: str(body["event_id"]))]


@pytest.mark.parametrize("first", ["message", "mention"])
async def test_a_mention_comes_as_two_events_with_one_ts(people: Any, listener: Any, first: str) -> None:
    await people.do("config", pair=first)
    await listener.connect()
    said = await people.do("say", text="hello", mention=True)
    events = await heard(people, listener, 2)

    kinds = ["message", "app_mention"] if first == "message" else ["app_mention", "message"]
    assert [event["type"] for event in events] == kinds
    assert {event["ts"] for event in events} == {said["ts"]}
    assert len({event["client_msg_id"] for event in events}) == 1
    assert len({body["event_id"] for body in listener.heard}) == 2
    assert ["channel_type" in event for event in events] == [event["type"] == "message" for event in events]


async def test_the_order_of_the_pair_is_random_by_default(people: Any, listener: Any) -> None:
    await listener.connect()
    for _ in range(20):
        await people.do("say", text="hello", mention=True)
    events = await heard(people, listener, 40)

    assert {event["type"] for event in events[::2]} == {"message", "app_mention"}


async def test_a_direct_message_comes_once_and_is_no_mention(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("say", channel="im", user="ben", text="hello", mention=True)
    (event,) = await heard(people, listener, 1)

    assert (event["type"], event["channel_type"], event["user"]) == ("message", "im", "U0BEN")


async def test_our_own_posts_and_edits_come_back(client: AsyncWebClient, socket: Any) -> None:
    # Bolt keeps an app's own events from its listeners, so this looks at the frames themselves.
    posted = await client.chat_postMessage(channel="C0GENERAL", text="a")
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="b")
    await client.chat_delete(channel="C0GENERAL", ts=posted["ts"])
    frames = [await socket.receive_json(timeout=PATIENCE) for _ in range(3)]

    own, changed, deleted = (frame["payload"]["event"] for frame in frames)
    assert (own["bot_id"], "subtype" in own) == ("B0PARLEY", False)
    assert (changed["subtype"], "user" in changed) == ("message_changed", False)
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("b", "a")
    assert changed["message"]["edited"]["user"] == "U0PARLEY"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", posted["ts"])


async def test_bolt_keeps_our_own_events_from_the_listeners(client: AsyncWebClient, people: Any, listener: Any) -> None:
    await listener.connect()
    posted = await client.chat_postMessage(channel="C0GENERAL", text="a")
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="b")

    assert await heard(people, listener, 2) == []


async def test_an_edit_and_a_deletion_by_a_person(people: Any, listener: Any) -> None:
    await listener.connect()
    said = await people.do("say", text="frist")
    await people.do("edit", ts=said["ts"], text="first")
    await people.do("delete", ts=said["ts"])
    _, changed, deleted = await heard(people, listener, 3)

    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("first", "frist")
    assert changed["message"]["user"] == "U0ADA"
    assert (deleted["deleted_ts"], deleted["previous_message"]["text"]) == (said["ts"], "first")


async def test_a_mention_that_is_edited_is_told_once_more(people: Any, listener: Any) -> None:
    """chenhg5/cc-connect #1579, slack-go/slack #1256: whether it was one before or not."""
    await listener.connect()
    said = await people.do("say", text="why?")
    await people.do("edit", ts=said["ts"], text="<@U0PARLEY> why?")
    _, *pair = await heard(people, listener, 3)

    [mention] = [event for event in pair if event["type"] == "app_mention"]
    assert (mention["ts"], mention["text"]) == (said["ts"], "<@U0PARLEY> why?")
    assert mention["edited"]["user"] == "U0ADA"


async def test_deleting_a_root_with_replies_is_told_as_a_change(people: Any, listener: Any) -> None:
    await listener.connect()
    root = await people.do("say", text="root")
    await people.do("say", text="reply", thread_ts=root["ts"])
    await people.do("delete", ts=root["ts"])
    *_, changed = await heard(people, listener, 3)

    assert (changed["subtype"], changed["message"]["subtype"]) == ("message_changed", "tombstone")


async def test_a_reply_names_its_root_and_its_files(people: Any, listener: Any) -> None:
    await listener.connect()
    root = await people.do("say", text="root")
    await people.do("say", text="see", mention=True, thread_ts=root["ts"], files=[{"name": "a.txt", "text": "A"}])
    _, *pair = await heard(people, listener, 3)

    assert {event["thread_ts"] for event in pair} == {root["ts"]}
    assert {event["files"][0]["name"] for event in pair} == {"a.txt"}
    assert {event.get("subtype") for event in pair if event["type"] == "message"} == {"file_share"}


async def test_another_bot_is_known_by_its_bot_id(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("say", user="robot", text="deployed", mention=True)
    events = await heard(people, listener, 2)

    assert {event["bot_id"] for event in events} == {"B0ROBOT"}
    assert not any("client_msg_id" in event or "subtype" in event for event in events)


async def test_somebody_of_another_team_is_marked(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("say", user="olga", channel="shared", text="hello")
    (event,) = await heard(people, listener, 1)

    assert (event["team"], event["user_team"]) == ("T0OTHER", "T0OTHER")
    assert listener.heard[0]["is_ext_shared_channel"] is True
    assert listener.heard[0]["team_id"] == "T0PLAY"


async def test_what_happens_without_the_app_is_not_told(people: Any, socket: Any) -> None:
    await people.do("say", channel="outside", text="hello", mention=True)
    await people.do("kick", channel="random")
    await people.do("say", channel="random", text="gone?", mention=True)
    await people.do("invite", channel="random")
    left, event = [(await socket.receive_json(timeout=PATIENCE))["payload"]["event"] for _ in range(2)]

    assert (left["type"], left["channel"]) == ("channel_left", "C0RANDOM")
    assert (event["subtype"], event["user"], event["channel"]) == ("channel_join", "U0PARLEY", "C0RANDOM")


async def test_stop_is_told_as_an_event(people: Any, listener: Any) -> None:
    await listener.connect()
    root = await people.do("say", text="root")
    await people.do("stop_session", channel="general", thread_ts=root["ts"], user="ben")
    *_, event = await heard(people, listener, 2)

    assert (event["type"], event["thread_ts"], event["user"]) == ("agent_session_stopped", root["ts"], "U0BEN")


async def test_delayed_events_arrive_after_later_ones(people: Any, listener: Any) -> None:
    await listener.connect()
    await people.do("say", text="first", delay=0.2)
    await people.do("say", text="second")
    await heard(people, listener, 2)

    assert [event["text"] for event in listener.events] == ["second", "first"]
    assert listener.events[1]["ts"] < listener.events[0]["ts"]
