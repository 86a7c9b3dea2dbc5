"""chat.*: what the app may write, where, and how long."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

pytestmark = pytest.mark.anyio


def markdown(text: str) -> list[dict[str, Any]]:
    return [{"type": "markdown", "text": text}]


async def test_a_post_and_its_edits_are_all_on_the_record(client: AsyncWebClient, people: Any) -> None:
    posted = await client.chat_postMessage(channel="C0GENERAL", text="Hel", blocks=markdown("Hel"))
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="Hello", blocks=markdown("Hello"))

    versions = await people.seen("versions", message=posted["ts"])
    assert [(v["number"], v["shown"], v["method"]) for v in versions] == [
        (0, "Hel", "chat.postMessage"),
        (1, "Hello", "chat.update"),
    ]
    assert posted["message"]["bot_id"] == "B0PARLEY"


async def test_a_channel_is_found_by_id_and_by_name_and_a_person_by_his_direct_channel(client: AsyncWebClient) -> None:
    by_name = await client.chat_postMessage(channel="#general", text="hi")
    direct = await client.chat_postMessage(channel="U0ADA", text="hi")

    assert by_name["channel"] == "C0GENERAL"
    assert direct["channel"].startswith("D")


async def test_where_the_app_may_not_write(client: AsyncWebClient, people: Any, refusal: Any) -> None:
    await people.do("add_channel", name="hidden", private=True, members=["ada"], id="G0HIDDEN")
    await people.do("archive", channel="random")
    answers = [
        await refusal(client.chat_postMessage(channel=channel, text="hi"))
        for channel in ("C0NOWHERE", "C0OUTSIDE", "G0HIDDEN", "C0RANDOM")
    ]

    assert answers == ["channel_not_found", "not_in_channel", "channel_not_found", "is_archived"]


async def test_only_its_own_living_messages_can_be_edited_and_deleted(
    client: AsyncWebClient, people: Any, refusal: Any
) -> None:
    foreign = await people.do("say", text="mine")
    own = await client.chat_postMessage(channel="C0GENERAL", text="own")
    await client.chat_delete(channel="C0GENERAL", ts=own["ts"])

    def edit(ts: str) -> Any:
        return refusal(client.chat_update(channel="C0GENERAL", ts=ts, text="x"))

    assert await edit(foreign["ts"]) == "cant_update_message"
    assert await edit(own["ts"]) == "message_not_found"
    assert await refusal(client.chat_delete(channel="C0GENERAL", ts=foreign["ts"])) == "cant_delete_message"
    assert await refusal(client.chat_delete(channel="C0GENERAL", ts=own["ts"])) == "message_not_found"


async def test_an_archived_channel_refuses_edits(client: AsyncWebClient, people: Any, refusal: Any) -> None:
    own = await client.chat_postMessage(channel="C0GENERAL", text="own")
    await people.do("archive", channel="general")

    assert await refusal(client.chat_update(channel="C0GENERAL", ts=own["ts"], text="x")) == "is_inactive"


async def test_a_long_text_is_cut_in_a_post_and_refused_in_an_edit(client: AsyncWebClient, refusal: Any) -> None:
    posted = await client.chat_postMessage(channel="C0GENERAL", text="x" * 40_001)
    ts = posted["ts"]

    assert len(posted["message"]["text"]) == 40_000
    assert (await client.chat_update(channel="C0GENERAL", ts=ts, text="x" * 4_000))["ok"]
    assert await refusal(client.chat_update(channel="C0GENERAL", ts=ts, text="x" * 4_001)) == "msg_too_long"


async def test_an_edit_keeps_the_blocks_and_metadata_that_it_does_not_name(client: AsyncWebClient) -> None:
    metadata = {"event_type": "turn", "event_payload": {"id": "1"}}
    posted = await client.chat_postMessage(channel="C0GENERAL", text="a", blocks=markdown("old"), metadata=metadata)
    kept = await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="b")
    gone = await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="c", blocks=[], metadata={})

    assert kept["message"]["blocks"][0]["text"] == "old"
    assert kept["message"]["metadata"] == metadata
    assert gone["message"]["blocks"][0]["type"] == "rich_text"
    assert "metadata" not in gone["message"]


async def test_a_reply_to_a_root_that_is_gone_lands_in_the_channel(client: AsyncWebClient, people: Any) -> None:
    root = await people.do("say", text="question")
    inside = await client.chat_postMessage(channel="C0GENERAL", text="answer", thread_ts=root["ts"])
    await client.chat_delete(channel="C0GENERAL", ts=inside["ts"])
    await people.do("delete", ts=root["ts"])
    outside = await client.chat_postMessage(channel="C0GENERAL", text="answer", thread_ts=root["ts"])

    assert inside["message"]["thread_ts"] == root["ts"]
    assert "thread_ts" not in outside["message"]


async def test_nobody_can_answer_in_the_thread_of_a_system_message(
    client: AsyncWebClient, people: Any, refusal: Any
) -> None:
    await people.do("invite", channel="general", user="olga")
    (joined,) = await people.seen("versions", subtype="channel_join")

    reply = client.chat_postMessage(channel="C0GENERAL", text="hi", thread_ts=joined["message"])
    assert await refusal(reply) == "cannot_reply_to_message"


async def test_an_ephemeral_is_seen_by_one_who_is_in_the_channel(
    client: AsyncWebClient, people: Any, refusal: Any
) -> None:
    await client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="only you")
    outsider = client.chat_postEphemeral(channel="C0GENERAL", user="U0OTHER", text="only you")

    assert await refusal(outsider) == "user_not_in_channel"
    assert [(e["user"], e["shown"]) for e in await people.seen("ephemerals")] == [("U0ADA", "only you")]
    assert await people.seen("versions") == []


async def test_form_query_and_json_are_all_understood(client: AsyncWebClient) -> None:
    form = await client.api_call("chat.postMessage", data={"channel": "C0GENERAL", "text": "a", "blocks": "[]"})
    query = await client.api_call("chat.postMessage", params={"channel": "C0GENERAL", "text": "b"})
    json = await client.api_call("chat.postMessage", json={"channel": "C0GENERAL", "text": "c"})

    assert [answer["message"]["text"] for answer in (form, query, json)] == ["a", "b", "c"]


async def test_pings_are_on_the_record(client: AsyncWebClient, people: Any) -> None:
    posted = await client.chat_postMessage(
        channel="C0GENERAL", text="<!here> hi", blocks=markdown("<@U0ADA> and <!subteam^S1> and <https://x.example>")
    )

    (version,) = await people.seen("versions", message=posted["ts"])
    assert version["pings"] == ["<!here>", "<@U0ADA>", "<!subteam^S1>"]


async def test_a_permalink_names_channel_and_message(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0GENERAL", text="hi")
    answer = await client.chat_getPermalink(channel="C0GENERAL", message_ts=posted["ts"])

    assert answer["permalink"].endswith(f"/C0GENERAL/p{posted['ts'].replace('.', '')}")
