"""Files: shared by people, fetched with a token only, uploaded in three steps."""

import base64
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def fetch(http: aiohttp.ClientSession, url: str, token: str = "") -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.get(url, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def share(people: Any, client: AsyncWebClient, **more: Any) -> Any:
    file = {"name": "cat.png", "base64": base64.b64encode(PNG).decode()} | more
    await people.do("say", text="look", files=[file])
    return (await client.conversations_history(channel="C0GENERAL"))["messages"][0]


async def test_a_file_comes_with_the_token(client: AsyncWebClient, people: Any, http: aiohttp.ClientSession) -> None:
    message = await share(people, client)
    (file,) = message["files"]

    assert (message["subtype"], file["mimetype"], file["size"]) == ("file_share", "image/png", len(PNG))
    assert await fetch(http, file["url_private"], "xoxb-playground") == (200, "image/png", PNG)
    assert await fetch(http, file["url_private_download"], "xoxb-playground") == (200, "image/png", PNG)


@pytest.mark.parametrize("token", ["", "xoxb-wrong"])
async def test_without_the_token_comes_a_login_page_that_looks_like_success(
    client: AsyncWebClient, people: Any, http: aiohttp.ClientSession, token: str
) -> None:
    (file,) = (await share(people, client))["files"]
    status, kind, body = await fetch(http, file["url_private"], token)

    assert (status, kind) == (200, "text/html")
    assert b"Sign in" in body


async def test_without_the_scope_comes_the_login_page_too(
    client: AsyncWebClient, people: Any, http: aiohttp.ClientSession
) -> None:
    (file,) = (await share(people, client))["files"]
    await people.do("config", scopes=["chat:write"])

    assert (await fetch(http, file["url_private"], "xoxb-playground"))[1] == "text/html"


async def test_a_veiled_file_is_shown_by_files_info(client: AsyncWebClient, people: Any, refusal: Any) -> None:
    (file,) = (await share(people, client, veiled=True))["files"]
    full = (await client.files_info(file=file["id"]))["file"]

    assert (file["file_access"], "url_private" in file) == ("check_file_info", False)
    assert full["name"] == "cat.png"
    assert await refusal(client.files_info(file="F0NOTHING")) == "file_not_found"


async def test_an_upload_stands_in_the_thread(client: AsyncWebClient, people: Any, http: aiohttp.ClientSession) -> None:
    root = (await people.do("say", text="long answer?"))["ts"]
    uploaded = await client.files_upload_v2(
        content="all of it", filename="answer.md", channel="C0GENERAL", thread_ts=root, initial_comment="here"
    )

    (reply,) = (await client.conversations_replies(channel="C0GENERAL", ts=root))["messages"][1:]
    assert (reply["text"], reply["files"][0]["id"]) == ("here", uploaded["file"]["id"])
    assert (await fetch(http, reply["files"][0]["url_private"], "xoxb-playground"))[2] == b"all of it"
    (version,) = await people.seen("versions", method="files.completeUploadExternal")
    assert version["files"] == ["answer.md"]


async def test_what_was_not_uploaded_cannot_be_shared(client: AsyncWebClient, refusal: Any) -> None:
    announced = await client.files_getUploadURLExternal(filename="x.txt", length=3)
    early = client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": None}])

    assert await refusal(early) == "file_not_found"
    assert await refusal(client.files_getUploadURLExternal(filename="x.txt", length=0)) == "invalid_arguments"


async def test_where_threads_are_off_no_upload_is_taken_into_one(
    client: AsyncWebClient, people: Any, refusal: Any
) -> None:
    channel = (await people.do("add_channel", name="news", threadless=True))["channel"]
    root = (await people.do("say", text="long answer?", channel=channel))["ts"]

    upload = client.files_upload_v2(content="all of it", filename="answer.md", channel=channel, thread_ts=root)
    assert await refusal(upload) == "restricted_action_non_threadable_channel"
    await client.files_upload_v2(content="all of it", filename="answer.md", channel=channel)

    shown = (await client.conversations_history(channel=channel))["messages"]
    assert [len(message.get("files", ())) for message in shown] == [1, 0]
