"""Conversations: history newest first, threads oldest first, pages without a gap."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

pytestmark = pytest.mark.anyio


async def say(people: Any, *texts: str, **more: Any) -> list[str]:
    return [(await people.do("say", text=text, **more))["ts"] for text in texts]


def texts(answer: Any) -> list[str]:
    return [message["text"] for message in answer["messages"]]


async def test_history_is_newest_first_and_without_replies(client: AsyncWebClient, people: Any) -> None:
    (root, _) = await say(people, "one", "two")
    await say(people, "reply", thread_ts=root)
    await say(people, "seen by all", thread_ts=root, broadcast=True)
    history = await client.conversations_history(channel="C0GENERAL")

    assert texts(history) == ["seen by all", "two", "one"]
    assert history["messages"][-1]["reply_count"] == 2
    assert history["messages"][0]["thread_ts"] == root


async def test_a_thread_begins_with_its_root_and_goes_forward(client: AsyncWebClient, people: Any) -> None:
    (root,) = await say(people, "root")
    replies = await say(people, "a", "b", "c", thread_ts=root)
    whole = await client.conversations_replies(channel="C0GENERAL", ts=root)
    later = await client.conversations_replies(channel="C0GENERAL", ts=root, oldest=replies[0])
    single = await client.conversations_replies(channel="C0GENERAL", ts=replies[1])

    assert texts(whole) == ["root", "a", "b", "c"]
    assert texts(later) == ["root", "b", "c"]
    assert texts(single) == ["b"]
    assert whole["messages"][1]["parent_user_id"] == "U0ADA"


async def test_pages_join_to_the_whole(client: AsyncWebClient, people: Any) -> None:
    await say(people, *"abcdefg")
    found = []
    async for page in await client.conversations_history(channel="C0GENERAL", limit=3):
        found.append(texts(page))

    assert found == [["g", "f", "e"], ["d", "c", "b"], ["a"]]


async def test_of_oldest_alone_pages_go_forward_each_newest_first(client: AsyncWebClient, people: Any) -> None:
    first, *_, last = await say(people, *"abcdefg")
    found = []
    async for page in await client.conversations_history(channel="C0GENERAL", oldest=first, limit=3):
        found.append(texts(page))
    both = await client.conversations_history(channel="C0GENERAL", oldest=first, latest=last, limit=3)

    assert found == [["d", "c", "b"], ["g", "f", "e"]]
    assert texts(both) == ["f", "e", "d"]


async def test_what_was_said_long_ago_is_told_to_nobody(client: AsyncWebClient, people: Any) -> None:
    (old,) = await say(people, "old", ago=3600)
    (new,) = await say(people, "new")

    assert texts(await client.conversations_history(channel="C0GENERAL")) == ["new", "old"]
    assert 3599 < float(new) - float(old) < 3700
    assert len(await people.seen("deliveries")) == 1


async def test_oldest_and_latest_are_outside_unless_asked_for(client: AsyncWebClient, people: Any) -> None:
    stamps = await say(people, *"abcd")
    span: dict[str, Any] = {"channel": "C0GENERAL", "oldest": stamps[0], "latest": stamps[3]}

    assert texts(await client.conversations_history(**span)) == ["c", "b"]
    assert texts(await client.conversations_history(**span, inclusive=True)) == ["d", "c", "b", "a"]


async def test_metadata_is_shown_only_when_asked_for(client: AsyncWebClient) -> None:
    metadata = {"event_type": "turn", "event_payload": {"id": "7"}}
    root = await client.chat_postMessage(channel="C0GENERAL", text="x", metadata=metadata)
    plain = await client.conversations_replies(channel="C0GENERAL", ts=root["ts"])
    asked = await client.conversations_replies(channel="C0GENERAL", ts=root["ts"], include_all_metadata=True)

    assert "metadata" not in plain["messages"][0]
    assert asked["messages"][0]["metadata"] == metadata


async def test_what_cannot_be_read(client: AsyncWebClient, refusal: Any) -> None:
    channel = "C0GENERAL"

    assert await refusal(client.conversations_replies(channel=channel, ts="1.0")) == "thread_not_found"
    assert await refusal(client.conversations_history(channel="C0OUTSIDE")) == "not_in_channel"
    assert await refusal(client.conversations_history(channel=channel, cursor="?")) == "invalid_cursor"
    assert await refusal(client.conversations_history(channel=channel, oldest="then")) == "invalid_ts_oldest"
    assert await refusal(client.conversations_history(channel=channel, limit=2_000)) == "invalid_limit"


async def test_a_deleted_root_with_replies_stays_as_a_tombstone(client: AsyncWebClient, people: Any) -> None:
    (root,) = await say(people, "root")
    await say(people, "reply", thread_ts=root)
    await people.do("delete", ts=root)
    thread = await client.conversations_replies(channel="C0GENERAL", ts=root)

    assert thread["messages"][0]["subtype"] == "tombstone"
    assert texts(thread)[1:] == ["reply"]


async def test_channels_say_what_they_are(client: AsyncWebClient) -> None:
    general = (await client.conversations_info(channel="C0GENERAL", include_num_members=True))["channel"]
    secret = (await client.conversations_info(channel="G0SECRET"))["channel"]
    outside = (await client.conversations_info(channel="C0OUTSIDE"))["channel"]

    assert (general["is_member"], general["is_private"], general["num_members"]) == (True, False, 6)
    assert (secret["is_member"], secret["is_private"]) == (True, True)
    assert outside["is_member"] is False


async def test_a_direct_conversation_is_opened_once(client: AsyncWebClient, refusal: Any) -> None:
    first = await client.conversations_open(users="U0ADA")
    again = await client.conversations_open(users=["U0ADA"], return_im=True)
    several = await client.conversations_open(users="U0ADA,U0BEN", return_im=True)

    assert first["channel"]["id"] == again["channel"]["id"]
    assert (again["already_open"], again["channel"]["user"]) == (True, "U0ADA")
    assert several["channel"]["is_mpim"]
    assert await refusal(client.conversations_open(users="U0NOBODY")) == "user_not_found"


async def test_lists_differ_in_what_the_app_is_no_member_of(client: AsyncWebClient) -> None:
    every = await client.conversations_list(types="public_channel,private_channel")
    own = await client.users_conversations(types="public_channel,private_channel")

    names = {channel["name"] for channel in every["channels"]}
    assert names == {"general", "random", "secret", "shared", "outside"}
    assert {channel["name"] for channel in own["channels"]} == names - {"outside"}


async def test_members_come_in_pages(client: AsyncWebClient) -> None:
    first = await client.conversations_members(channel="C0GENERAL", limit=4)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_members(channel="C0GENERAL", limit=4, cursor=cursor)

    assert len(first["members"]) == 4
    assert len(second["members"]) == 2
    assert second["response_metadata"]["next_cursor"] == ""
